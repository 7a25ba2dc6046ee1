/** Numbers that stand beside the owner's name. */
import { sql } from "drizzle-orm";

import type { Db } from "../kernel/ctx.ts";
import { followerLog, followRequests } from "./schema.ts";

export interface OwnNumbers {
  readonly followers: number;
  readonly following: number;
  /** That everybody may see. */
  readonly posts: number;
  /** Number of the newest of them; null before the first. */
  readonly newest: number | null;
}

export const NO_NUMBERS: OwnNumbers = { followers: 0, following: 0, posts: 0, newest: null };

/** In one row. Reads whom the owner follows, and the owner's posts by their index. To be batched. */
export function ownNumbersQuery(db: Db) {
  const open = sql`author = 0 AND deleted_at IS NULL AND visibility IN ('public', 'quiet')`;
  return db
    .select({
      followers: followerLog.count,
      following: sql<number>`(SELECT count(*) FROM following WHERE state = 'accepted')`.as("following"),
      posts: sql<number>`(SELECT count(*) FROM posts WHERE ${open})`.as("posts"),
      newest: sql<number | null>`(SELECT max(id) FROM posts WHERE ${open})`.as("newest"),
    })
    .from(followerLog);
}

/** How many wait for the owner's yes. To be batched. */
export function countRequestsQuery(db: Db) {
  return db.select({ count: sql<number>`count(*)` }).from(followRequests);
}
