/** What the owner should know of and nothing else holds: mail that could not be verified, and reports. */
import { desc, eq, lt, sql } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { blockedHosts, reports, unverifiedMail } from "./schema.ts";

export function noteUnverified(db: Db, row: typeof unverifiedMail.$inferInsert) {
  return db.insert(unverifiedMail).values(row).onConflictDoUpdate({ target: unverifiedMail.actor, set: row });
}

export function newestUnverified(db: Db, limit: number) {
  return db.select().from(unverifiedMail).orderBy(desc(unverifiedMail.receivedAt)).limit(limit);
}

export function sweepUnverified(db: Db, before: UnixMs) {
  return db.delete(unverifiedMail).where(lt(unverifiedMail.receivedAt, before));
}

export function saveReport(db: Db, report: typeof reports.$inferInsert) {
  return db.insert(reports).values(report).onConflictDoNothing();
}

/** To be batched: one row when the owner wants nothing from this host. */
export function hostBlock(db: Db, host: string) {
  return db.select().from(blockedHosts).where(eq(blockedHosts.host, host));
}

/** The same for many hosts. */
export function hostBlocks(db: Db, hosts: readonly string[]) {
  return db
    .select()
    .from(blockedHosts)
    .where(sql`${blockedHosts.host} IN (SELECT value FROM json_each(${JSON.stringify(hosts)}))`);
}

/** All of them, newest first; to be batched. */
export function everyHostBlock(db: Db) {
  return db.select().from(blockedHosts).orderBy(desc(blockedHosts.at));
}

/** 1 row. */
export function blockHost(db: Db, host: string, at: UnixMs) {
  return db.insert(blockedHosts).values({ host, at }).onConflictDoNothing();
}

export function unblockHost(db: Db, host: string) {
  return db.delete(blockedHosts).where(eq(blockedHosts.host, host));
}
