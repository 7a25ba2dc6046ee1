/** Posts that an app may ask for twice, because it did not hear the first answer. */
import { and, eq, gte, lt } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { askedPosts } from "./schema/posts.ts";

/** The number of the post that was asked for under this key since; null when none was. */
export async function postAskedAs(db: Db, key: string, since: UnixMs): Promise<number | null> {
  const [row] = await db
    .select({ post: askedPosts.post })
    .from(askedPosts)
    .where(and(eq(askedPosts.key, key), gte(askedPosts.at, since)));
  return row?.post ?? null;
}

/** Forgets those from before `since` and notes this one. Fails when the key is taken: another request was quicker. 1 row, and those forgotten. */
export function noteAsked(db: Db, key: string, post: number, at: UnixMs, since: UnixMs) {
  return [
    db.delete(askedPosts).where(lt(askedPosts.at, since)),
    db.insert(askedPosts).values({ key, post, at }),
  ];
}
