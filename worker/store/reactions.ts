/** Likes, boosts and bookmarks at rest: one row each. */
import { and, desc, eq, lt, sql } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { idFromTime, OWNER } from "../model/post.ts";
import { peers } from "./schema.ts";
import { reactions } from "./schema/posts.ts";

export type Reaction = typeof reactions.$inferSelect;

const KEY = [reactions.post, reactions.kind, reactions.peer];

/** 1 row; nothing when it is there already. */
export function react(db: Db, reaction: Omit<Reaction, "id">) {
  return db
    .insert(reactions)
    .values({ ...reaction, id: null })
    .onConflictDoNothing({ target: KEY });
}

/**
 * The same, in its place among all of its kind: a boost becomes an entry of timelines. Its number is its time, or the next that is free. 1 row and 1
 * index entry.
 */
export function reactListed(db: Db, reaction: Omit<Reaction, "id">) {
  return insertListed(db, reaction).onConflictDoNothing({ target: KEY });
}

/** What the owner does, in its place as well. Fails when it is there already: what is told of it with it is then not told again. */
export function insertListed(db: Db, reaction: Omit<Reaction, "id">) {
  const { kind, at } = reaction;
  const from = idFromTime(at) + 1;
  const free = sql`(SELECT CASE WHEN NOT EXISTS (SELECT 1 FROM reactions WHERE kind = ${kind} AND id = ${from}) THEN ${from}
    ELSE (SELECT r.id + 2 FROM reactions r WHERE r.kind = ${kind} AND r.id >= ${from}
      AND NOT EXISTS (SELECT 1 FROM reactions q WHERE q.kind = ${kind} AND q.id = r.id + 2) ORDER BY r.id LIMIT 1) END)`;
  return db.insert(reactions).values({ ...reaction, id: free as never });
}

/** What the owner did with a post. At most 3 rows. To be batched. */
export function ownReactions(db: Db, post: number) {
  const kinds = sql`${reactions.kind} IN ('like', 'boost', 'bookmark')`;
  return db
    .select()
    .from(reactions)
    .where(and(eq(reactions.post, post), kinds, eq(reactions.peer, OWNER)));
}

/** Who liked or boosted a post, the owner too, in the order of their numbers, highest first; none of those the owner blocks. */
export function whoReacted(
  db: Db,
  post: number,
  kind: "like" | "boost",
  range: { before: number; after: number },
  limit: number,
) {
  return db
    .select({ peer: reactions.peer, account: peers })
    .from(reactions)
    .leftJoin(peers, eq(peers.id, reactions.peer))
    .where(
      and(
        eq(reactions.post, post),
        eq(reactions.kind, kind),
        lt(reactions.peer, range.before),
        sql`${reactions.peer} > ${range.after}`,
        sql`${peers.blockedAt} IS NULL`,
      ),
    )
    .orderBy(desc(reactions.peer))
    .limit(limit);
}

/** Takes it back, unless it was made after `at`. A boost that stood in a timeline is told of by `goneIn`. */
export function unreact(db: Db, post: number, kind: Reaction["kind"], peer: number, at: UnixMs) {
  return db.run(
    sql`DELETE FROM reactions WHERE post = ${post} AND kind = ${kind} AND peer = ${peer} AND at <= ${at}
      RETURNING CASE WHEN kind = 'boost' THEN id END AS gone`,
  );
}

/** Takes back by the activity's id alone, as a bare Undo names it. Reads the table; only authenticated peers get here. */
export function unreactByIri(db: Db, iri: string, peer: number, at: UnixMs) {
  return db.run(sql`DELETE FROM reactions WHERE peer = ${peer} AND iri = ${iri} AND at <= ${at}
    RETURNING CASE WHEN kind = 'boost' THEN id END AS gone`);
}

/** How often a post was liked, boosted and bookmarked; a kind that never was has no row. To be batched. */
export function countReactions(db: Db, post: number) {
  return db
    .select({ kind: reactions.kind, count: sql<number>`count(*)` })
    .from(reactions)
    .where(eq(reactions.post, post))
    .groupBy(reactions.kind);
}
