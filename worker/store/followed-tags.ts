/** Hashtags the owner follows, and the posts of others that stand at home for one of them. */
import { and, desc, eq, gt, lt, sql, type SQL } from "drizzle-orm";

import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { tagKey } from "../model/tag.ts";
import type { Statement } from "./batch.ts";
import { spellings } from "./timelines.ts";
import { followedTags } from "./schema/tags.ts";

export type FollowedTag = typeof followedTags.$inferSelect;

/** Posts that are looked through for a hashtag that is newly followed, and those that then stand at home. */
const LOOKED_THROUGH = 2_000;
const FOUND_MAX = 200;

export function followedTagsWithin(db: Db, range: { before: number; after: number }, limit: number) {
  return db
    .select()
    .from(followedTags)
    .where(and(lt(followedTags.id, range.before), gt(followedTags.id, range.after)))
    .orderBy(desc(followedTags.id))
    .limit(limit);
}

/** To be batched. */
export const followedTagQuery = (db: Db, name: string) =>
  db.select().from(followedTags).where(eq(followedTags.name, name));

/** To be batched. Reads them all: a person follows dozens. */
export const countFollowedTags = (db: Db) => db.select({ count: sql<number>`count(*)` }).from(followedTags);

/** Which of these hashtags, as their authors wrote them, the owner follows. To be batched. At most 1 row read each. */
export const followedAmong = (db: Db, tags: readonly string[]) =>
  db
    .select({ name: followedTags.name })
    .from(followedTags)
    .where(sql`${followedTags.name} IN ${keys(tags)}`);

const keys = (tags: readonly string[]): SQL =>
  sql`(SELECT value FROM json_each(${JSON.stringify([...new Set(tags.map(tagKey))])}))`;

/**
 * Follows a hashtag, and finds what is here with it. Twice is once. 1 row, and 2 for each post that is found among the newest 2,000, which are read.
 */
export const followTag = (db: Db, tag: FollowedTag): Statement[] => [
  db.insert(followedTags).values(tag).onConflictDoNothing(),
  db.run(sql`INSERT OR IGNORE INTO tag_entries (post, name)
    SELECT p.id, ${tag.name} FROM (SELECT * FROM posts ORDER BY id DESC LIMIT ${LOOKED_THROUGH}) p
    WHERE p.author <> 0 AND p.visibility = 'public' AND EXISTS (SELECT 1 FROM json_each(p.tags) t
      WHERE lower(t.value) IN (SELECT lower(value) FROM json_each(${JSON.stringify(spellings(tag.name))})))
    LIMIT ${FOUND_MAX}`),
];

/** With the entries that stood at home for it. */
export const unfollowTag = (db: Db, name: string) =>
  db.delete(followedTags).where(eq(followedTags.name, name));

/** A post as it came. */
interface Version {
  readonly iri: Iri;
  readonly tags: readonly string[];
  readonly receivedAt: UnixMs;
}

/**
 * Enters a post of somebody else that is written before in the same batch: it stands at home when the owner follows one of its hashtags. 2 rows
 * for each that they follow, none for a post without.
 */
export function enterTagged(db: Db, version: Version, edited: boolean): Statement[] {
  const { iri, tags, receivedAt } = version;
  // Only when this version was the one to stay.
  const post = sql`(SELECT id FROM posts WHERE iri = ${iri} AND received_at = ${receivedAt})`;
  const dropped = db.run(sql`DELETE FROM tag_entries WHERE post = ${post} AND name NOT IN ${keys(tags)}`);
  const entered = db.run(sql`INSERT OR IGNORE INTO tag_entries (post, name)
    SELECT p.id, f.name FROM posts p CROSS JOIN followed_tags f
    WHERE p.id = ${post} AND p.author <> 0 AND p.visibility = 'public' AND f.name IN ${keys(tags)}`);
  return [...(edited ? [dropped] : []), ...(tags.length > 0 ? [entered] : [])];
}
