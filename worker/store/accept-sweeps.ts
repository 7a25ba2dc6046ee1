/** When Accepts were sent once more, to a stretch of the followers' log at a time. */
import { and, asc, desc, gt, lte, notInArray } from "drizzle-orm";

import type { Db } from "../kernel/ctx.ts";
import { acceptSweeps, followers } from "./schema.ts";

export type AcceptSweep = typeof acceptSweeps.$inferSelect;

/** 1 row. Twice at one time is once. */
export function saveSweep(db: Db, sweep: AcceptSweep) {
  return db.insert(acceptSweeps).values(sweep).onConflictDoNothing();
}

/** The newest first. To be batched. */
export function newestSweeps(db: Db, limit: number) {
  return db.select().from(acceptSweeps).orderBy(desc(acceptSweeps.id)).limit(limit);
}

/** Forgets all but the newest. To be batched. */
export function trimSweeps(db: Db, kept: number) {
  const newest = db
    .select({ id: acceptSweeps.id })
    .from(acceptSweeps)
    .orderBy(desc(acceptSweeps.id))
    .limit(kept);
  return db.delete(acceptSweeps).where(notInArray(acceptSweeps.id, newest));
}

/** The first follower of that stretch of the log. 1 row. To be batched. */
export function firstFollower(db: Db, after: number, through: number) {
  return db
    .select({ id: followers.id })
    .from(followers)
    .where(and(gt(followers.id, after), lte(followers.id, through)))
    .orderBy(asc(followers.id))
    .limit(1);
}
