/** Accepts owed to followers, read for the outbox: the followers' own log, with what an Accept is made of. */
import type { Iri } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { clientOf } from "./batch.ts";

/** What an Accept is made of. */
export interface AcceptOwed {
  readonly id: number;
  readonly followIri: string | null;
  readonly follower: Iri;
  readonly inbox: Iri;
  readonly rfc9421: boolean;
}

const ACCEPT = `SELECT f.id, f.follow_iri, p.iri, p.inbox, p.rfc9421 FROM followers f JOIN peers p ON p.id = f.peer`;

/** Accepts owed to followers above `after`, up to and with `to`, in the order of the log. In plain SQL, and no more than is needed: see `readPage`. */
export async function acceptsBetween(
  db: Db,
  after: number,
  to: number,
  limit: number,
): Promise<AcceptOwed[]> {
  const statement = clientOf(db).prepare(`${ACCEPT} WHERE f.id > ? AND f.id <= ? ORDER BY f.id LIMIT ?`);
  return (await statement.bind(after, to, limit).all<AcceptRow>()).results.map(acceptFrom);
}

/** Those of single followers; who no longer follows is left out. */
export async function acceptsOf(db: Db, ids: readonly number[]): Promise<AcceptOwed[]> {
  const statement = clientOf(db).prepare(`${ACCEPT} WHERE f.id IN (SELECT value FROM json_each(?))`);
  return (await statement.bind(JSON.stringify(ids)).all<AcceptRow>()).results.map(acceptFrom);
}

/** As it lies in the tables. */
interface AcceptRow {
  readonly id: number;
  readonly follow_iri: string | null;
  readonly iri: Iri;
  readonly inbox: Iri;
  readonly rfc9421: number;
}

function acceptFrom({ id, follow_iri, iri, inbox, rfc9421 }: AcceptRow): AcceptOwed {
  return { id, followIri: follow_iri, follower: iri, inbox, rfc9421: rfc9421 === 1 };
}
