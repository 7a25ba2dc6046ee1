/** Likes, boosts and bookmarks at rest: one row each. */
import { and, desc, eq, sql } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { OWNER } from "../model/post.ts";
import { peers, reactions } from "./schema.ts";

export type Reaction = typeof reactions.$inferSelect;

/** 1 row; nothing when it is there already. */
export function react(db: Db, reaction: Reaction) {
  return db.insert(reactions).values(reaction).onConflictDoNothing();
}

/** Takes it back, unless it was made after `at`. */
export function unreact(db: Db, post: number, kind: Reaction["kind"], peer: number, at: UnixMs) {
  return db.run(
    sql`DELETE FROM reactions WHERE post = ${post} AND kind = ${kind} AND peer = ${peer} AND at <= ${at}`,
  );
}

/** Takes back by the activity's id alone, as a bare Undo names it. Reads the table; only authenticated peers get here. */
export function unreactByIri(db: Db, iri: string, peer: number, at: UnixMs) {
  return db.run(sql`DELETE FROM reactions WHERE peer = ${peer} AND iri = ${iri} AND at <= ${at}`);
}

export async function ownReaction(db: Db, post: number, kind: Reaction["kind"]): Promise<Reaction | null> {
  const [row] = await db
    .select()
    .from(reactions)
    .where(and(eq(reactions.post, post), eq(reactions.kind, kind), eq(reactions.peer, OWNER)));
  return row ?? null;
}

/** How often a post was liked, boosted and bookmarked; a kind that never was has no row. To be batched. */
export function countReactions(db: Db, post: number) {
  return db
    .select({ kind: reactions.kind, count: sql<number>`count(*)` })
    .from(reactions)
    .where(eq(reactions.post, post))
    .groupBy(reactions.kind);
}

/** Who reacted, newest first. */
export function reactionsTo(db: Db, post: number, kind: Reaction["kind"], limit: number) {
  return db
    .select({ reaction: reactions, peer: peers })
    .from(reactions)
    .innerJoin(peers, eq(peers.id, reactions.peer))
    .where(and(eq(reactions.post, post), eq(reactions.kind, kind)))
    .orderBy(desc(reactions.at))
    .limit(limit);
}
