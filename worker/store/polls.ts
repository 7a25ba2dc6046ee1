/** Votes at rest, and the owner's polls that still take them. */
import { and, asc, eq, isNull, lte, sql } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import type { Poll, Tally } from "../model/poll.ts";
import { OWNER, type Post } from "../model/post.ts";
import { peers } from "./schema.ts";
import { openPolls, pollVotes } from "./schema/polls.ts";
import { posts } from "./schema/posts.ts";

export type OpenPoll = typeof openPolls.$inferSelect;

/** 1 row. A poll that was changed is opened anew. */
export function openPoll(db: Db, post: number, endsAt: UnixMs, now: UnixMs) {
  const row = { post, endsAt, dueAt: endsAt, toldAt: now };
  return db.insert(openPolls).values(row).onConflictDoUpdate({ target: openPolls.post, set: row });
}

/** Its post was written anew with the counts of a moment ago: it is counted once more, also when it was closed meanwhile. 1 row. */
export function countAnew(db: Db, post: number, endsAt: UnixMs, now: UnixMs) {
  const row = { post, endsAt, dueAt: now, toldAt: now };
  return db
    .insert(openPolls)
    .values(row)
    .onConflictDoUpdate({ target: openPolls.post, set: { dueAt: now } });
}

/** It takes no votes any more. 1 row. */
export function closePoll(db: Db, post: number) {
  return db.delete(openPolls).where(eq(openPolls.post, post));
}

/** 1 row. */
export function noteCounted(db: Db, post: number, toldAt: UnixMs, dueAt: UnixMs) {
  return db.update(openPolls).set({ toldAt, dueAt }).where(eq(openPolls.post, post));
}

/** Those to be counted, the longest due first. Reads the open ones. */
export function duePolls(db: Db, now: UnixMs, limit: number): Promise<OpenPoll[]> {
  return db
    .select()
    .from(openPolls)
    .where(lte(openPolls.dueAt, now))
    .orderBy(asc(openPolls.dueAt))
    .limit(limit);
}

/**
 * A peer's vote in an open poll of the owner's, received `at`: counted once, and where one option may be chosen only the first. 1 row; another for the
 * first vote since the last count, which makes the poll due.
 */
export function addVote(
  db: Db,
  { post, peer, choice }: typeof pollVotes.$inferInsert,
  multiple: boolean,
  at: UnixMs,
) {
  const first = multiple
    ? sql`1`
    : sql`NOT EXISTS (SELECT 1 FROM poll_votes v WHERE v.post = ${post} AND v.peer = ${peer})`;
  return [
    db.run(sql`INSERT OR IGNORE INTO poll_votes (post, peer, choice) SELECT ${post}, ${peer}, ${choice}
      FROM open_polls o WHERE o.post = ${post} AND o.ends_at > ${at} AND ${first}`),
    db.run(
      sql`UPDATE open_polls SET due_at = ${at} WHERE post = ${post} AND due_at > ${at} AND changes() > 0`,
    ),
  ] as const;
}

/** The owner's votes in another's poll. Fails when one of them is there: two requests at once vote once. 1 row each. */
export function addOwnVotes(db: Db, post: number, choices: readonly number[]) {
  return db.run(sql`INSERT INTO poll_votes (post, peer, choice)
    SELECT ${post}, ${OWNER}, value FROM json_each(${JSON.stringify(choices)})`);
}

/** All votes of a poll, whose rows are as many written. */
export function dropVotes(db: Db, post: number) {
  return db.delete(pollVotes).where(eq(pollVotes.post, post));
}

/** Reads each vote. 1 D1 call. */
export async function tallyOf(db: Db, post: number): Promise<Tally> {
  const [counts, [people]] = await db.batch([
    db
      .select({ choice: pollVotes.choice, count: sql<number>`count(*)` })
      .from(pollVotes)
      .where(eq(pollVotes.post, post))
      .groupBy(pollVotes.choice),
    db
      .select({ count: sql<number>`count(DISTINCT ${pollVotes.peer})` })
      .from(pollVotes)
      .where(eq(pollVotes.post, post)),
  ]);
  return {
    votes: new Map(counts.map(({ choice, count }) => [choice, count])),
    voters: people?.count ?? 0,
  };
}

/** People who voted, but those the owner blocks, with where to reach them; at most `limit`. */
export function votersOf(db: Db, post: number, limit: number) {
  return db
    .selectDistinct({ inbox: peers.inbox, sharedInbox: peers.sharedInbox, rfc9421: peers.rfc9421 })
    .from(pollVotes)
    .innerJoin(peers, eq(peers.id, pollVotes.peer))
    .where(and(eq(pollVotes.post, post), isNull(peers.blockedAt)))
    .limit(limit);
}

/** New counts in the post and its document; `post` as it was read. 1 row and its index entry. */
export function saveCounts(db: Db, post: Pick<Post, "id">, poll: Poll, document: string) {
  return db.update(posts).set({ poll, document }).where(eq(posts.id, post.id));
}

/** Fails, and with it its batch, when the post was edited or deleted since it was read: what stands there now is newer than what is written. */
export function unlessEdited(db: Db, { id, editedAt }: Pick<Post, "id" | "editedAt">) {
  return db.run(sql`SELECT json('edited meanwhile: ' || p.id) FROM posts p
    WHERE p.id = ${id} AND (p.edited_at IS NOT ${editedAt} OR p.deleted_at IS NOT NULL)`);
}

/** The owner's votes in a post, and its counts until its server tells them again. 1 row and its index entry. */
export function saveOwnVotes(db: Db, post: number, poll: Poll, ownVotes: number[]) {
  return db.update(posts).set({ poll, ownVotes, kept: true }).where(eq(posts.id, post));
}
