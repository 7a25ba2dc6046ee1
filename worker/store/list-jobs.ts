/** Follower lists being fetched, and what became of them. */
import { asc, desc, eq, sql } from "drizzle-orm";

import type { Db } from "../kernel/ctx.ts";
import { listJobs } from "./schema.ts";

export type ListJob = typeof listJobs.$inferSelect;

/** The one that is due first; none: nothing is being fetched. There are a handful. */
export function nextListJob(db: Db) {
  return db
    .select()
    .from(listJobs)
    .where(eq(listJobs.state, "running"))
    .orderBy(asc(listJobs.nextAt))
    .limit(1);
}

/** Newest first; to be batched. */
export function everyListJob(db: Db) {
  return db.select().from(listJobs).orderBy(desc(listJobs.id)).limit(50);
}

/** 1 row. */
export function saveListJob(db: Db, job: ListJob) {
  return db.insert(listJobs).values(job);
}

/** How far it has come; nothing once it was given up by the owner. What is done or failed keeps no token. 1 row. */
export function noteListJob(db: Db, id: number, change: Partial<Omit<ListJob, "id" | "token">>) {
  const over = change.state !== undefined && change.state !== "running";
  return db
    .update(listJobs)
    .set({ ...change, ...(over ? { token: null } : {}) })
    .where(sql`${listJobs.id} = ${id} AND ${listJobs.state} = 'running'`);
}

export function forgetListJobs(db: Db) {
  return db.delete(listJobs);
}
