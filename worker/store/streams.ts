/** What the streams need to know before they tell anything: which posts and boosts are meant, and whose token still works. */
import type { Db, PostRef } from "../kernel/ctx.ts";
import { clientOf } from "./batch.ts";

/** A post, or somebody's boost of it; 0: the owner's. */
export interface Meant {
  readonly post: PostRef;
  readonly boostedBy: number | null;
}

/** The numbers that apps call them by; null: it is not here, or stands nowhere. `author` is peers.id; 0: the owner. */
export interface Numbers {
  readonly post: number | null;
  readonly author: number | null;
  readonly boost: number | null;
  readonly conversation: number | null;
}

const MEANT = `SELECT w.key AS n, p.id AS post, p.author AS author, p.conversation AS conversation, r.id AS boost FROM json_each(?) w
  CROSS JOIN posts p ON p.id = coalesce(w.value ->> 'id', (SELECT q.id FROM posts q WHERE q.iri = w.value ->> 'iri'))
  LEFT JOIN reactions r ON r.post = p.id AND r.kind = 'boost' AND r.peer = w.value ->> 'by'`;
const ALIVE =
  "SELECT hash FROM oauth_tokens WHERE kind = 'owner' AND hash IN (SELECT value FROM json_each(?))";

/** In the order of `meant`. 1 D1 call, 3 rows read each and 1 a token. */
export async function numbersOf(
  db: Db,
  meant: readonly Meant[],
  tokens: readonly string[],
): Promise<{ numbers: Numbers[]; alive: Set<string> }> {
  const client = clientOf(db);
  const wanted = meant.map(({ post, boostedBy }) => ({
    ...(typeof post === "number" ? { id: post } : { iri: post }),
    by: boostedBy,
  }));
  const [found, alive] = await client.batch<Record<string, unknown>>([
    client.prepare(MEANT).bind(JSON.stringify(wanted)),
    client.prepare(ALIVE).bind(JSON.stringify(tokens)),
  ]);
  const byPlace = new Map(found!.results.map((row) => [Number(row["n"]), row]));
  const numbers = meant.map((_, n): Numbers => {
    const row = byPlace.get(n);
    const named = (name: string) => (typeof row?.[name] === "number" ? row[name] : null);
    return {
      post: named("post"),
      author: named("author"),
      boost: named("boost"),
      conversation: named("conversation"),
    };
  });
  return { numbers, alive: new Set(alive!.results.map(({ hash }) => String(hash))) };
}

/** Which of these tokens still work. 1 D1 read. */
export async function tokensAlive(db: Db, tokens: readonly string[]): Promise<Set<string>> {
  const { results } = await clientOf(db).prepare(ALIVE).bind(JSON.stringify(tokens)).all<{ hash: string }>();
  return new Set(results.map(({ hash }) => hash));
}
