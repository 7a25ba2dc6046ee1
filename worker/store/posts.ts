/** Posts at rest: the owner's and those that belong to their conversations. */
import { and, desc, eq, inArray, isNotNull, isNull, lt, sql, type SQL } from "drizzle-orm";

import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { OWNER, type Post } from "../model/post.ts";
import { leaveConversations } from "./conversations.ts";
import { following, peers } from "./schema.ts";
import { posts } from "./schema/posts.ts";

export type NewPost = typeof posts.$inferInsert;

export async function findPost(db: Db, iri: Iri): Promise<Post | null> {
  const [row] = await postByIri(db, iri);
  return row ?? null;
}

/** To be batched. */
export function postByIri(db: Db, iri: Iri) {
  return db.select().from(posts).where(eq(posts.iri, iri)).limit(1);
}

export async function postById(db: Db, id: number): Promise<Post | null> {
  const [row] = await postQuery(db, id);
  return row ?? null;
}

/** A post with its author, who is null for the owner's own; to be batched. */
export function postWithAuthor(db: Db, id: number) {
  return db
    .select({ post: posts, peer: peers })
    .from(posts)
    .leftJoin(peers, eq(peers.id, posts.author))
    .where(eq(posts.id, id));
}

/** To be batched. */
export function postQuery(db: Db, id: number) {
  return db.select().from(posts).where(eq(posts.id, id));
}

/**
 * Writes a remote post, or its newer version; the version with the older receipt never wins. Its number is the time it was published,
 * or the next free one. `mentions_owner` and `kept` once set stay set. 1 row and 1 to 3 index entries.
 */
export function savePost(db: Db, post: Omit<NewPost, "id">, from: number) {
  const free = sql`(SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM posts WHERE id = ${from}) THEN ${from}
    ELSE (SELECT p.id + 2 FROM posts p WHERE p.id >= ${from} AND NOT EXISTS (SELECT 1 FROM posts q WHERE q.id = p.id + 2)
      ORDER BY p.id LIMIT 1) END)`;
  const { iri: _i, author: _a, kept: _k, mentionsOwner: _m, ...changed } = post;
  return db
    .insert(posts)
    .values({ ...post, id: free as never })
    .onConflictDoUpdate({
      target: posts.iri,
      set: { ...changed, mentionsOwner: sql`max(mentions_owner, excluded.mentions_owner)` },
      setWhere: sql`received_at <= excluded.received_at AND author = excluded.author AND deleted_at IS NULL`,
    });
}

/** The next free number for a post of the owner's published now; ids of one millisecond follow each other. */
export async function freePostId(db: Db, from: number): Promise<number> {
  const [row] = await db
    .select({ id: sql<number>`max(id)` })
    .from(posts)
    .where(sql`id >= ${from} AND id < ${from + 1_000}`);
  return row?.id == null ? from : row.id + 2;
}

/** One of the owner's posts: 1 row and its index entries. */
export function insertPost(db: Db, post: NewPost) {
  return db.insert(posts).values(post);
}

export function updatePost(db: Db, id: number, change: Partial<NewPost>) {
  const { id: _, iri: _i, ...changed } = change;
  return db.update(posts).set(changed).where(eq(posts.id, id));
}

/** A boost that stood in a timeline; see `goneIn`. */
const GONE_BOOST = sql.raw("CASE WHEN kind = 'boost' THEN id END AS gone");

/** Removes a remote post of that author with its reactions. */
export function removePost(db: Db, iri: Iri, author: number) {
  const id = sql`(SELECT id FROM posts WHERE iri = ${iri} AND author = ${author})`;
  return [
    ...leaveConversations(db, sql`p.iri = ${iri} AND p.author = ${author}`),
    db.run(sql`DELETE FROM reactions WHERE post = ${id} RETURNING ${GONE_BOOST}`),
    db.run(sql`DELETE FROM posts WHERE iri = ${iri} AND author = ${author} RETURNING id AS gone`),
  ] as const;
}

/** Removes all that a peer said and did: their account is gone. */
export function removeAllOf(db: Db, peer: number) {
  return [
    ...leaveConversations(db, sql`p.author = ${peer}`),
    db.run(sql`DELETE FROM reactions WHERE post IN (SELECT id FROM posts WHERE author = ${peer})`),
    db.run(sql`DELETE FROM posts WHERE author = ${peer} RETURNING id AS gone`),
    db.run(sql`DELETE FROM reactions WHERE peer = ${peer} RETURNING ${GONE_BOOST}`),
  ] as const;
}

/** The owner's posts for everyone, newest first: the outbox. */
export function publicPostsBefore(db: Db, before: number, limit: number, besides?: SQL) {
  return db
    .select()
    .from(posts)
    .where(
      and(
        eq(posts.author, OWNER),
        lt(posts.id, before),
        isNull(posts.deletedAt),
        inArray(posts.visibility, ["public", "quiet"]),
        besides,
      ),
    )
    .orderBy(desc(posts.id))
    .limit(limit);
}

/** How many of them there are. Reads them by their index. */
export async function countPublicPosts(db: Db): Promise<number> {
  const open = inArray(posts.visibility, ["public", "quiet"]);
  const [row] = await db
    .select({ count: sql<number>`count(*)` })
    .from(posts)
    .where(and(eq(posts.author, OWNER), isNull(posts.deletedAt), open));
  return row?.count ?? 0;
}

/** Direct answers that everyone may see, oldest first. */
export function publicRepliesTo(db: Db, post: number, limit: number) {
  return db
    .select({ iri: posts.iri })
    .from(posts)
    .where(
      and(eq(posts.replyTo, post), isNull(posts.deletedAt), inArray(posts.visibility, ["public", "quiet"])),
    )
    .orderBy(posts.id)
    .limit(limit);
}

/** Direct answers that everyone may see, with their authors, oldest first; none of those the owner blocks. To be batched. */
export function openAnswersTo(db: Db, post: number, limit: number) {
  return db
    .select({ post: posts, peer: peers })
    .from(posts)
    .leftJoin(peers, eq(peers.id, posts.author))
    .where(
      and(
        eq(posts.replyTo, post),
        isNull(posts.deletedAt),
        inArray(posts.visibility, ["public", "quiet"]),
        isNull(peers.blockedAt),
      ),
    )
    .orderBy(posts.id)
    .limit(limit);
}

/** The owner's posts for everyone that carry a hashtag, in any spelling of its case; newest first. Reads the owner's posts. To be batched. */
export function openPostsTagged(db: Db, tag: string, before: number, limit: number) {
  // SQLite folds the case of ASCII only.
  const spellings = [
    tag.toLowerCase(),
    tag.toUpperCase(),
    tag.charAt(0).toUpperCase() + tag.slice(1).toLowerCase(),
  ];
  const wanted = sql`(SELECT lower(value) FROM json_each(${JSON.stringify(spellings)}))`;
  return publicPostsBefore(
    db,
    before,
    limit,
    sql`EXISTS (SELECT 1 FROM json_each(${posts.tags}) WHERE lower(value) IN ${wanted})`,
  );
}

/** What the owner reads: own posts, those of people they follow, and answers to them. Newest first. */
export function homeBefore(db: Db, before: number, limit: number) {
  return db
    .select({ post: posts, peer: peers })
    .from(posts)
    .leftJoin(peers, eq(peers.id, posts.author))
    .where(
      and(
        lt(posts.id, before),
        isNull(posts.deletedAt),
        sql`(${posts.author} = 0 OR ${posts.mentionsOwner} = 1
          OR ${posts.author} IN (SELECT ${following.peer} FROM ${following} WHERE ${following.state} = 'accepted'))`,
      ),
    )
    .orderBy(desc(posts.id))
    .limit(limit);
}

/** Posts by number; one statement, to be batched. */
export function postsById(db: Db, ids: readonly number[]) {
  return db
    .select()
    .from(posts)
    .where(sql`${posts.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`);
}

/** A post that was here before what it answers: now it is known. At most 1 row and its index entry. */
export function joinAnswer(db: Db, answer: Iri, to: number) {
  return db
    .update(posts)
    .set({ replyTo: to })
    .where(and(eq(posts.iri, answer), isNull(posts.replyTo)));
}

/** Marks a post as not to be swept. */
export function keepPost(db: Db, id: number) {
  return db
    .update(posts)
    .set({ kept: true })
    .where(and(eq(posts.id, id), eq(posts.kept, false)));
}

/** The opposite, when the owner neither did anything with it nor answered it. After the reaction is gone. */
export function letGoOfPost(db: Db, id: number) {
  return db.run(sql`UPDATE posts SET kept = 0 WHERE id = ${id} AND author <> 0 AND kept = 1
    AND NOT EXISTS (SELECT 1 FROM reactions WHERE post = ${id} AND kind IN ('like', 'boost', 'bookmark') AND peer = 0)
    AND NOT EXISTS (SELECT 1 FROM posts a WHERE a.reply_to = ${id} AND a.author = 0)`);
}

/** Pinned posts that everybody may see, the last pinned first. To be batched. */
export function pinnedPosts(db: Db) {
  const open = inArray(posts.visibility, ["public", "quiet"]);
  return db
    .select()
    .from(posts)
    .where(and(isNotNull(posts.pinnedAt), isNull(posts.deletedAt), open))
    .orderBy(desc(posts.pinnedAt));
}

/** Sweeps remote posts whose last news is older, but never those the owner holds on to, nor what was said to them alone. */
export function sweepPosts(db: Db, before: UnixMs, limit: number) {
  const old = sql`(SELECT id FROM posts WHERE author <> 0 AND kept = 0 AND conversation IS NULL AND received_at < ${before} LIMIT ${limit})`;
  return [
    db.run(sql`DELETE FROM reactions WHERE post IN ${old}`),
    db.run(sql`DELETE FROM posts WHERE id IN ${old}`),
  ] as const;
}
