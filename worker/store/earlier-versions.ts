/** What the owner's posts said before they were edited. */
import { asc, eq } from "drizzle-orm";

import type { Db } from "../kernel/ctx.ts";
import { earlierVersions } from "./schema/posts.ts";

export type EarlierVersion = typeof earlierVersions.$inferSelect;

/** 1 row; nothing when it is there already. */
export function keepVersion(db: Db, version: EarlierVersion) {
  return db.insert(earlierVersions).values(version).onConflictDoNothing();
}

/** To be batched; oldest first. */
export function versionsOf(db: Db, post: number) {
  return db
    .select()
    .from(earlierVersions)
    .where(eq(earlierVersions.post, post))
    .orderBy(asc(earlierVersions.at));
}

export function dropVersions(db: Db, post: number) {
  return db.delete(earlierVersions).where(eq(earlierVersions.post, post));
}
