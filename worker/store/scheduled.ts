/** What the owner wants to say later, at rest. What a draft is, is for `owner/schedule.ts` to know. */
import { and, asc, desc, eq, gt, gte, isNotNull, lt, lte, sql } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { scheduledPosts } from "./schema/scheduled.ts";
import type { Span } from "./timelines.ts";

export type ScheduledRow = typeof scheduledPosts.$inferSelect;

/**
 * As long as there are fewer than `max`; its number is its time, or the next that is free. Fails when it was asked for under the same name. 1 row and 2
 * index entries, or none.
 */
export function insertScheduled(db: Db, row: Omit<ScheduledRow, "problem" | "nextAt">, max: number) {
  const { id, at, draft, app, asked } = row;
  return db.run(sql`INSERT INTO scheduled_posts (id, at, next_at, draft, app, asked)
    SELECT max(${id}, coalesce(max(s.id) + 1, 0)), ${at}, ${at}, ${JSON.stringify(draft)}, ${app}, ${asked}
    FROM scheduled_posts s HAVING count(*) < ${max} RETURNING id`);
}

export async function scheduledById(db: Db, id: number): Promise<ScheduledRow | null> {
  const [row] = await db.select().from(scheduledPosts).where(eq(scheduledPosts.id, id));
  return row ?? null;
}

/** The one that was asked for under this name, by number `since`. */
export async function scheduledAs(db: Db, asked: string, since: number): Promise<ScheduledRow | null> {
  const [row] = await db
    .select()
    .from(scheduledPosts)
    .where(and(eq(scheduledPosts.asked, asked), gte(scheduledPosts.id, since)));
  return row ?? null;
}

/** The name may be used again for those from before number `since`. */
export function forgetAsked(db: Db, asked: string, since: number) {
  return db
    .update(scheduledPosts)
    .set({ asked: null })
    .where(and(eq(scheduledPosts.asked, asked), lt(scheduledPosts.id, since)));
}

/** A page by number. */
export function scheduledIn(db: Db, { before, after, oldestFirst, limit }: Span): Promise<ScheduledRow[]> {
  const { id } = scheduledPosts;
  return db
    .select()
    .from(scheduledPosts)
    .where(and(lt(id, before), gt(id, after)))
    .orderBy(oldestFirst ? asc(id) : desc(id))
    .limit(limit);
}

/** Those whose time has come, the longest due first. */
export function dueScheduled(db: Db, now: UnixMs, limit: number): Promise<ScheduledRow[]> {
  const { nextAt } = scheduledPosts;
  return db.select().from(scheduledPosts).where(lte(nextAt, now)).orderBy(asc(nextAt)).limit(limit);
}

/** Those that could not be published, the newest first. To be batched. */
export function unpublished(db: Db, limit: number) {
  return db
    .select()
    .from(scheduledPosts)
    .where(isNotNull(scheduledPosts.problem))
    .orderBy(desc(scheduledPosts.at))
    .limit(limit);
}

/** 1 row and 2 index entries. */
export function moveScheduled(db: Db, id: number, at: UnixMs) {
  return db.update(scheduledPosts).set({ at, nextAt: at, problem: null }).where(eq(scheduledPosts.id, id));
}

/** Why it could not be published, and when it is tried again; nothing when the owner moved it meanwhile. */
export function noteProblem(db: Db, row: ScheduledRow, problem: string, nextAt: UnixMs) {
  return db
    .update(scheduledPosts)
    .set({ problem, nextAt })
    .where(and(eq(scheduledPosts.id, row.id), eq(scheduledPosts.nextAt, row.nextAt)));
}

export function dropScheduled(db: Db, id: number) {
  return db.delete(scheduledPosts).where(eq(scheduledPosts.id, id));
}

/** Files that no post shows are kept until then. 1 row each. */
export function holdMedia(db: Db, ids: readonly number[], until: UnixMs) {
  return db.run(sql`UPDATE media SET expires_at = ${until}
    WHERE id IN (SELECT value FROM json_each(${JSON.stringify(ids)})) AND post IS NULL AND expires_at > 0`);
}

/** Fails, and with it its batch, when the owner took it back or moved it since it was read. */
export function unlessTakenBack(db: Db, { id, nextAt }: ScheduledRow) {
  return db.run(sql`SELECT json('taken back: ' || o.id) FROM owner o
    WHERE NOT EXISTS (SELECT 1 FROM scheduled_posts s WHERE s.id = ${id} AND s.next_at = ${nextAt})`);
}
