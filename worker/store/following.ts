/** Whom the owner follows. */
import { and, desc, eq, gte, lt, sql } from "drizzle-orm";

import type { Iri } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { hash52 } from "../kernel/hash52.ts";
import { PROBES } from "./peers.ts";
import { following, peers } from "./schema.ts";

export type Following = typeof following.$inferSelect;

export async function findFollowing(db: Db, peer: number): Promise<Following | null> {
  const [row] = await db.select().from(following).where(eq(following.peer, peer));
  return row ?? null;
}

/** The owner's Follows of peers whose number may be this IRI's; to be batched. */
export function followingNear(db: Db, iri: Iri) {
  const id = hash52(iri);
  return db
    .select()
    .from(following)
    .where(and(gte(following.peer, id), lt(following.peer, id + PROBES)));
}

export function saveFollowing(db: Db, row: Following) {
  return db.insert(following).values(row).onConflictDoNothing();
}

/** The peer accepted our Follow. 1 row; nothing when we never asked. */
export function acceptFollowing(db: Db, peer: number) {
  return db.update(following).set({ state: "accepted", replaces: null }).where(eq(following.peer, peer));
}

/** The peer, who was asked already, is followed in the place of another now. 1 row. */
export function followInPlaceOf(db: Db, peer: number, replaces: number) {
  return db.update(following).set({ replaces }).where(eq(following.peer, peer));
}

export function dropFollowing(db: Db, peer: number) {
  return db.delete(following).where(eq(following.peer, peer));
}

/** Accepted ones, newest first. */
export function followingBefore(db: Db, before: number, limit: number) {
  return db
    .select({ following, peer: peers })
    .from(following)
    .innerJoin(peers, eq(peers.id, following.peer))
    .where(and(eq(following.state, "accepted"), lt(following.id, before)))
    .orderBy(desc(following.id))
    .limit(limit);
}

/** All of them, the requested too, newest first: for the owner's own page. */
export function everyFollowing(db: Db, before: number, limit: number) {
  return db
    .select({ following, peer: peers })
    .from(following)
    .innerJoin(peers, eq(peers.id, following.peer))
    .where(lt(following.id, before))
    .orderBy(desc(following.id))
    .limit(limit);
}

/** To be batched. Reads the table: a person follows hundreds, not millions. */
export function countFollowingQuery(db: Db) {
  return db
    .select({ count: sql<number>`count(*)` })
    .from(following)
    .where(eq(following.state, "accepted"));
}
