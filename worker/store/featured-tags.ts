/** Hashtags on the owner's profile, and what the owner wrote with them. */
import { asc, eq, sql } from "drizzle-orm";

import type { Db } from "../kernel/ctx.ts";
import { featuredTags } from "./schema/tags.ts";

export type FeaturedTag = typeof featuredTags.$inferSelect;

/** Posts of the owner's that are looked through for their hashtags. */
const LOOKED_THROUGH = 2_000;

/** In the order they were put there; at most ten. To be batched. */
export const featuredTagsQuery = (db: Db) => db.select().from(featuredTags).orderBy(asc(featuredTags.id));

/** Nothing when it is there already. 1 row and an index entry. */
export const insertFeaturedTag = (db: Db, tag: FeaturedTag) =>
  db.insert(featuredTags).values(tag).onConflictDoNothing();

export const dropFeaturedTag = (db: Db, id: number) => db.delete(featuredTags).where(eq(featuredTags.id, id));

/** The hashtags of what the owner said to everybody, newest first. Reads the newest 2,000 of their posts. To be batched. */
export function ownTagsQuery(db: Db) {
  return db
    .select({ id: sql<number>`p.id`.as("id"), tags: sql<string>`p.tags`.as("tags") })
    .from(
      sql`(SELECT id, tags, visibility, deleted_at FROM posts WHERE author = 0 ORDER BY id DESC LIMIT ${LOOKED_THROUGH}) p`,
    )
    .where(sql`p.deleted_at IS NULL AND p.visibility IN ('public', 'quiet') AND p.tags <> '[]'`)
    .orderBy(sql`p.id DESC`);
}
