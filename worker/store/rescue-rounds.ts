/** Who of the list is to have a rescue Accept, and who had one. */
import { and, asc, eq, gt, isNull, lt, sql } from "drizzle-orm";

import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { hash52 } from "../kernel/hash52.ts";
import { RESCUES_MAX } from "../model/repair.ts";
import { PROBES } from "./peers.ts";
import { expected, peers } from "./schema.ts";

export interface Missing {
  readonly id: number;
  readonly iri: Iri | null;
  readonly address: string | null;
  readonly host: string;
  /** Personal; null: they are to be looked for. */
  readonly inbox: Iri | null;
  readonly rfc9421: boolean | null;
}

export interface Round {
  /** unix ms: who was rescued since is not again. */
  readonly before: UnixMs;
  /** unix ms: when the window was opened: who followed since and left has changed their mind. 1: there was none, who ever followed has. */
  readonly opened: UnixMs;
}

/** Did not come, did not go, does not wait for the owner, and is not blocked. */
const isMissing = ({ before, opened }: Round) =>
  and(
    lt(expected.rescues, RESCUES_MAX),
    lt(sql`coalesce(${expected.rescuedAt}, 0)`, before),
    isNull(expected.declinedAt),
    isNull(peers.follower),
    isNull(peers.blockedAt),
    isNull(peers.blocksUsAt),
    lt(sql`coalesce(${peers.followEventAt}, 0)`, opened),
    sql`NOT EXISTS (SELECT 1 FROM follow_requests WHERE follow_requests.peer = ${expected.id})`,
    sql`${expected.host} NOT IN (SELECT host FROM blocked_hosts)`,
  );

/**
 * Missing people after `cursor`, by number, which mixes their servers. `unlooked`: not those who were looked for since then in vain. Reads 3
 * rows for each person it passes. To be batched.
 */
export function missingAfter(db: Db, round: Round, cursor: number, unlooked: UnixMs, limit: number) {
  return db
    .select({
      id: expected.id,
      iri: expected.iri,
      address: expected.address,
      host: expected.host,
      inbox: sql<Iri | null>`coalesce(${peers.inbox}, ${expected.inbox})`,
      rfc9421: peers.rfc9421,
    })
    .from(expected)
    .leftJoin(peers, and(eq(peers.id, expected.id), eq(peers.iri, expected.iri)))
    .where(
      and(
        gt(expected.id, cursor),
        isMissing(round),
        sql`(coalesce(${peers.inbox}, ${expected.inbox}) IS NOT NULL OR coalesce(${expected.lookedAt}, 0) < ${unlooked})`,
      ),
    )
    .orderBy(asc(expected.id))
    .limit(limit);
}

/** How many are missing now, and how many had a rescue Accept before. Reads the list, 3 rows a person. To be batched. */
export function countMissing(db: Db, round: Round) {
  return db
    .select({ missing: sql<number>`count(*)`, again: sql<number>`count(${expected.rescuedAt})` })
    .from(expected)
    .leftJoin(peers, and(eq(peers.id, expected.id), eq(peers.iri, expected.iri)))
    .where(isMissing(round));
}

/** All that were ever owed: the people and the Accepts. Reads the list. To be batched. */
export function countRescued(db: Db) {
  return db
    .select({
      people: sql<number>`count(${expected.rescuedAt})`,
      accepts: sql<number>`coalesce(sum(${expected.rescues}), 0)`,
      declined: sql<number>`count(${expected.declinedAt})`,
      came: sql<number>`count(*) FILTER (WHERE ${expected.rescuedAt} IS NOT NULL AND ${peers.follower} IS NOT NULL)`,
    })
    .from(expected)
    .leftJoin(peers, and(eq(peers.id, expected.id), eq(peers.iri, expected.iri)));
}

/** They are owed a rescue Accept: batch it with `owe`. 1 row each. */
export function noteRescued(db: Db, rescues: readonly { expected: number; inbox: Iri }[], at: UnixMs) {
  const rows = JSON.stringify(rescues.map(({ expected: id, inbox }) => ({ id, inbox })));
  return db.run(sql`UPDATE expected AS e SET rescues = e.rescues + 1, rescued_at = ${at}, inbox = j.value ->> 'inbox'
    FROM json_each(${rows}) j WHERE e.id = j.value ->> 'id'`);
}

/** Their server says that this person does not follow the owner. Nothing for who had no rescue Accept; at most 1 row. */
export function noteDeclined(db: Db, iri: Iri, at: UnixMs) {
  const id = hash52(iri);
  return db.run(sql`UPDATE expected SET declined_at = ${at}
    WHERE id >= ${id} AND id < ${id + PROBES} AND iri = ${iri} AND rescued_at IS NOT NULL`);
}
