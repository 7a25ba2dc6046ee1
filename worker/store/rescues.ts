/**
 * Rescue Accepts owed: for people on an old follower list whose Follow never came, or whose Accept never arrived. Rows are the debt, as the
 * rows of `followers` are: ids only grow, in the order of commits, and the redelivery object keeps how far they are sent.
 */
import { and, asc, gt, lt, lte, sql } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { hash52 } from "../kernel/hash52.ts";
import { hostOf } from "../kernel/iri.ts";
import { PROBES } from "./peers.ts";
import { rescues } from "./schema.ts";

export type Rescue = typeof rescues.$inferSelect;

/**
 * Owes a rescue Accept to each of these, in their order: 1 row each, one statement. Nothing keeps anybody from being owed two: batch it
 * with the change that notes it (`expected.rescues`), then wake the redelivery object. (In a list, because a bare statement
 * would run when a promise resolves to it.)
 */
export function owe(db: Db, people: readonly Omit<Rescue, "id" | "at">[], now: UnixMs) {
  const rows = JSON.stringify(
    people.map(({ expected, iri, inbox, rfc9421 }) => [expected, iri, inbox, rfc9421 ? 1 : 0]),
  );
  const last = sql`max((SELECT coalesce(max(id), 0) FROM rescues), ${now * 1_000})`;
  return [
    db.run(sql`INSERT INTO rescues (id, expected, iri, inbox, rfc9421, at)
      SELECT ${last} + 1 + j.key, j.value ->> 0, j.value ->> 1, j.value ->> 2, j.value ->> 3, ${now}
      FROM json_each(${rows}) j`),
  ] as const;
}

/** In order. */
export async function rescuesBetween(db: Db, after: number, to: number, limit: number): Promise<Rescue[]> {
  return db
    .select()
    .from(rescues)
    .where(and(gt(rescues.id, after), lte(rescues.id, to)))
    .orderBy(asc(rescues.id))
    .limit(limit);
}

export async function rescuesById(db: Db, ids: readonly number[]): Promise<Rescue[]> {
  return db
    .select()
    .from(rescues)
    .where(sql`${rescues.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`);
}

/**
 * Which of these are still to be sent, by number: to nobody who follows by now or has left since, who waits for the owner, who blocks or is
 * blocked, alone or with their whole server. 1 D1 call.
 */
export async function stillOwed(db: Db, rows: readonly Rescue[]): Promise<Set<number>> {
  if (rows.length === 0) return new Set();
  const places = JSON.stringify(rows.map(({ id, iri }) => ({ id, peer: hash52(iri), host: hostOf(iri) })));
  const left = await db.all<{ id: number }>(sql`SELECT r.id AS id FROM json_each(${places}) j
    JOIN rescues r ON r.id = j.value ->> 'id'
    LEFT JOIN peers p ON p.id >= j.value ->> 'peer' AND p.id < (j.value ->> 'peer') + ${PROBES} AND p.iri = r.iri
    WHERE p.follower IS NULL AND p.blocked_at IS NULL AND p.blocks_us_at IS NULL AND coalesce(p.follow_event_at, 0) <= r.at
      AND NOT EXISTS (SELECT 1 FROM follow_requests f WHERE f.peer = p.id)
      AND NOT EXISTS (SELECT 1 FROM blocked_hosts b WHERE b.host = j.value ->> 'host')`);
  return new Set(left.map(({ id }) => id));
}

/** Numbers above `after`, in order. Reads as many rows as it returns. */
export async function rescueIdsAfter(db: Db, after: number, limit: number): Promise<number[]> {
  const rows = await db
    .select({ id: rescues.id })
    .from(rescues)
    .where(gt(rescues.id, after))
    .orderBy(asc(rescues.id))
    .limit(limit);
  return rows.map((row) => row.id);
}

/**
 * Forgets those older than `before`, up to and with `done`: how far the redelivery object has sent them without a gap. Dead letters that the
 * owner may send again keep theirs. As many rows as go.
 */
export function sweepRescues(db: Db, before: UnixMs, done: number) {
  const dead = sql`(SELECT position FROM dead_letters WHERE stream = 'rescues')`;
  return db
    .delete(rescues)
    .where(and(lt(rescues.at, before), lte(rescues.id, done), sql`${rescues.id} NOT IN ${dead}`));
}
