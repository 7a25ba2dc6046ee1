/** Puts in place what an app asks for: tokens of the owner's, and a home timeline with people in it. */
import { newSecret, secretHash } from "../../worker/kernel/secret-token.ts";
import { hash52 } from "../../worker/kernel/hash52.ts";

const APP = 10 ** 15;
const PEOPLE = 100;
const POSTS = 1_000;
const HTML = `<p>${"Words of a post of ordinary length, as people write them. ".repeat(4)}</p>`;

export async function makeTokens(db: D1Database, count: number): Promise<string[]> {
  const now = Date.now();
  const tokens = Array.from({ length: count }, newSecret);
  const app = db
    .prepare(
      "INSERT INTO oauth_apps (id, secret_hash, name, redirect_uris, scopes, created_at) VALUES (?, '', 'Bench', '[]', 'read write', ?) ON CONFLICT DO NOTHING",
    )
    .bind(APP, now);
  const hashes = await Promise.all(tokens.map(secretHash));
  await db.batch([
    app,
    ...hashes.map((hash) =>
      db
        .prepare("INSERT INTO oauth_tokens VALUES (?, ?, 'owner', 'read write', ?, ?)")
        .bind(hash, APP, now, now),
    ),
  ]);
  return tokens;
}

/** People whom the owner follows, and what they said in the last days; every tenth post is liked by one of them. Does it once. */
export async function fillHome(db: D1Database): Promise<void> {
  const there = await db.prepare("SELECT count(*) AS n FROM following").first<number>("n");
  if (there) return;
  const iri = (n: number) => `https://friends.example/users/${n}`;
  const start = Date.now() - POSTS * 60_000;
  const people = Array.from({ length: PEOPLE }, (_, n) => n).flatMap((n) => [
    db
      .prepare(
        `INSERT INTO peers (id, iri, inbox, keys, keys_fetched_at, rfc9421, username, name, summary, url, fetched_at, follow_event_at)
         VALUES (?, ?, ?, '[]', 0, 0, ?, 'A friend', '', ?, 0, 0)`,
      )
      .bind(hash52(iri(n)), iri(n), `${iri(n)}/inbox`, `friend${n}`, iri(n)),
    db
      .prepare("INSERT INTO following (peer, id, follow_iri, state) VALUES (?, ?, ?, 'accepted')")
      .bind(hash52(iri(n)), n, `https://me.example/follows/${n}`),
  ]);
  const posts = Array.from({ length: POSTS }, (_, n) =>
    db
      .prepare(
        "INSERT INTO posts (id, iri, author, html, visibility, received_at) VALUES (?, ?, ?, ?, 'public', 0)",
      )
      .bind((start + n * 60_000) * 1_000, `${iri(n % PEOPLE)}/posts/${n}`, hash52(iri(n % PEOPLE)), HTML),
  );
  for (const statements of [people, posts])
    for (let n = 0; n < statements.length; n += 100) await db.batch(statements.slice(n, n + 100));
}
