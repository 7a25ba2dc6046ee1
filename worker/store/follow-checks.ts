/** Follows of the owner's that another server counts differently (FEP-8fcf, incoming): to be looked into, and what came of it. */
import { and, asc, desc, eq, isNotNull, isNull, lt, lte, sql } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import { DAY, HOUR } from "../kernel/clock.ts";
import type { Db } from "../kernel/ctx.ts";
import { followChecks, peers } from "./schema.ts";

export type FollowCheck = typeof followChecks.$inferSelect;

/** An account is looked into at most this often, and for the same claim once a day. */
const APART = HOUR;
const SAME_APART = DAY;
/** Accounts in the table: who is not followed is not noted past this. */
const CHECKS_MAX = 500;

/**
 * An account's server claims to count otherwise. Nothing is written for a claim that was looked into within a day, nor for one more stranger
 * when there are too many. At most 2 rows.
 */
export function noteCheck(
  db: Db,
  claim: Pick<FollowCheck, "peer" | "url" | "collection" | "digest">,
  followed: boolean,
  now: UnixMs,
) {
  const { peer, url, collection, digest } = claim;
  const room = followed ? sql`true` : sql`(SELECT count(*) FROM follow_checks) < ${CHECKS_MAX}`;
  return db.run(sql`INSERT INTO follow_checks (peer, url, collection, digest, noted_at, next_at)
      SELECT ${peer}, ${url}, ${collection}, ${digest}, ${now}, ${now} WHERE ${room}
      ON CONFLICT (peer) DO UPDATE SET url = excluded.url, collection = excluded.collection, digest = excluded.digest,
        noted_at = excluded.noted_at, next_at = max(excluded.next_at, coalesce(checked_at, 0) + ${APART})
      WHERE digest <> excluded.digest OR coalesce(checked_at, 0) < ${now - SAME_APART}`);
}

/** Those to be looked into now. To be batched. */
export function dueChecks(db: Db, now: UnixMs, limit: number) {
  return db
    .select()
    .from(followChecks)
    .where(lte(followChecks.nextAt, now))
    .orderBy(asc(followChecks.nextAt))
    .limit(limit);
}

/** When the next one is due. To be batched. */
export function nextCheck(db: Db) {
  return db
    .select({ nextAt: followChecks.nextAt })
    .from(followChecks)
    .where(isNotNull(followChecks.nextAt))
    .orderBy(asc(followChecks.nextAt))
    .limit(1);
}

/** At most 2 rows. */
export function saveCheck(db: Db, peer: number, change: Partial<FollowCheck>) {
  return db.update(followChecks).set(change).where(eq(followChecks.peer, peer));
}

export function dropCheck(db: Db, peer: number) {
  return db.delete(followChecks).where(eq(followChecks.peer, peer));
}

/** Forgets those that are done and were noted before `before`, lest strangers' fill the table for ever. */
export function sweepChecks(db: Db, before: UnixMs) {
  return db
    .delete(followChecks)
    .where(
      and(
        isNull(followChecks.nextAt),
        lt(followChecks.notedAt, before),
        lt(sql`coalesce(${followChecks.refollowedAt}, 0)`, before),
      ),
    );
}

/** What came of them, the newest first: for the owner's page. To be batched. */
export function newestChecks(db: Db, limit: number) {
  return db
    .select({ check: followChecks, peer: peers })
    .from(followChecks)
    .innerJoin(peers, eq(peers.id, followChecks.peer))
    .where(isNotNull(followChecks.outcome))
    .orderBy(desc(followChecks.checkedAt))
    .limit(limit);
}
