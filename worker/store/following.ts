/** Whom the owner follows. */
import { and, desc, eq, gte, inArray, lt, sql } from "drizzle-orm";

import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { hash52 } from "../kernel/hash52.ts";
import type { Peer } from "../model/peer.ts";
import { PROBES } from "./peers.ts";
import { following, peers } from "./schema.ts";

export type Following = typeof following.$inferSelect;

/** A Follow of the owner's, and of whom. */
export interface Followed {
  readonly following: Following;
  readonly peer: Peer;
}

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

/** 1 row. Asked twice at once, as when two accounts move to one: the newest id stands, and what it replaces. */
export function saveFollowing(db: Db, row: typeof following.$inferInsert) {
  return db
    .insert(following)
    .values(row)
    .onConflictDoUpdate({
      target: following.peer,
      set: { followIri: row.followIri, replaces: sql`coalesce(excluded.replaces, replaces)` },
      setWhere: eq(following.state, "requested"),
    });
}

/** The same for the first time. Fails when it is there already: the Follow that is sent with it is then not sent again. 1 row. */
export function insertFollowing(db: Db, row: typeof following.$inferInsert) {
  return db.insert(following).values(row);
}

/** What the owner wants of whom they follow; what is missing stays. Who is to be heard of already, is from the time it was first said. 1 row. */
export function wishOf(
  db: Db,
  peer: number,
  wishes: Partial<Pick<Following, "boosts" | "notify" | "languages">>,
  now: UnixMs,
) {
  const since = sql`CASE WHEN ${following.notify} = 1 THEN ${following.notifySince} ELSE ${now} END`;
  const heard = wishes.notify === undefined ? {} : { notifySince: wishes.notify ? since : null };
  return db
    .update(following)
    .set({ ...wishes, ...heard })
    .where(eq(following.peer, peer));
}

/** The peer accepted our Follow. 1 row; nothing when we never asked. */
export function acceptFollowing(db: Db, peer: number) {
  return db.update(following).set({ state: "accepted", replaces: null }).where(eq(following.peer, peer));
}

/** The peer, who was asked already, is followed in the place of another now. 1 row. */
export function followInPlaceOf(db: Db, peer: number, replaces: number) {
  return db.update(following).set({ replaces }).where(eq(following.peer, peer));
}

/** Most accounts that became one and are left together. */
const MERGED_MAX = 50;

/**
 * Whom the owner follows of a peer and those whose Moves lead to it, over any number of steps; a circle is walked once. 1 statement, which
 * reads all that the owner follows for each step.
 */
export async function movedInto(db: Db, peer: number): Promise<Followed[]> {
  // The order of the joins is held: the table of peers is large and has no index for this.
  const ids = sql`(WITH RECURSIVE gone(id, iri) AS (
      SELECT id, iri FROM peers WHERE id = ${peer}
      UNION
      SELECT p.id, p.iri FROM gone CROSS JOIN following f CROSS JOIN peers p ON p.id = f.peer WHERE p.moved_to = gone.iri)
    SELECT id FROM gone)`;
  return db
    .select({ following, peer: peers })
    .from(following)
    .innerJoin(peers, eq(peers.id, following.peer))
    .where(inArray(following.peer, ids))
    .limit(MERGED_MAX);
}

/** The peer does not know of our Follow: it is asked again, under a new id. 1 row. */
export function askAgain(db: Db, peer: number, followIri: Iri) {
  return db.update(following).set({ state: "requested", followIri }).where(eq(following.peer, peer));
}

export function dropFollowing(db: Db, peer: number) {
  return db.delete(following).where(eq(following.peer, peer));
}

/** The owner's Follows of these peers. One statement. */
export async function followingOf(db: Db, ids: readonly number[]): Promise<Following[]> {
  return db
    .select()
    .from(following)
    .where(sql`${following.peer} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`);
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
