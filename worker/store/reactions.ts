/** Likes, boosts and bookmarks at rest: one row each. */
import { eq, sql } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { reactions } from "./schema.ts";

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

/** How often a post was liked, boosted and bookmarked; a kind that never was has no row. To be batched. */
export function countReactions(db: Db, post: number) {
  return db
    .select({ kind: reactions.kind, count: sql<number>`count(*)` })
    .from(reactions)
    .where(eq(reactions.post, post))
    .groupBy(reactions.kind);
}
