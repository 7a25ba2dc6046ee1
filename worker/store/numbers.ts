/** Numbers that stand beside the owner's name. */
import { and, eq, inArray, isNull, sql } from "drizzle-orm";

import type { Db } from "../kernel/ctx.ts";
import { OWNER } from "../model/post.ts";
import { followRequests, posts } from "./schema.ts";

/** How many posts the owner has for everyone, and the newest; null when there is none. Reads them by their index. To be batched. */
export function openPostsQuery(db: Db) {
  return db
    .select({ count: sql<number>`count(*)`, newest: sql<number | null>`max(${posts.id})` })
    .from(posts)
    .where(
      and(eq(posts.author, OWNER), isNull(posts.deletedAt), inArray(posts.visibility, ["public", "quiet"])),
    );
}

/** How many wait for the owner's yes. To be batched. */
export function countRequestsQuery(db: Db) {
  return db.select({ count: sql<number>`count(*)` }).from(followRequests);
}
