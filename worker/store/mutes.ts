/** Whom the owner does not want to read or hear of. A mute whose time is over counts as none, whether it is swept yet or not. */
import { and, desc, eq, gt, isNull, lt, lte, or, sql, type SQL } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { peers } from "./schema.ts";
import { mutedThreads, mutes } from "./schema/people.ts";

export type Mute = typeof mutes.$inferSelect;

/** Posts of a thread that are looked at on the way up to its first one. */
const STEPS_MAX = 40;

/** Mutes, or changes for how long and how much. Keeps its place in the list. 1 row and an index entry. */
export function saveMute(db: Db, mute: Omit<Mute, "id">, now: UnixMs) {
  const { peer: _, ...change } = mute;
  const id = sql`max(${now * 1_000}, coalesce((SELECT max(id) + 1 FROM mutes), 0))`;
  return db
    .insert(mutes)
    .values({ ...mute, id: id as never })
    .onConflictDoUpdate({ target: mutes.peer, set: change });
}

export function dropMute(db: Db, peer: number) {
  return db.delete(mutes).where(eq(mutes.peer, peer));
}

const holds = (now: UnixMs) => or(isNull(mutes.expiresAt), gt(mutes.expiresAt, now));

/** A part of the list of people, newest first: neither place is included. */
export interface Range {
  readonly before: number;
  readonly after: number;
}

/** With whom they are about, newest first. Reads 2 rows for each, and 1 for each whose time is over. */
export function mutesWithin(db: Db, { before, after }: Range, limit: number, now: UnixMs) {
  return db
    .select({ place: mutes.id, expiresAt: mutes.expiresAt, peer: peers })
    .from(mutes)
    .innerJoin(peers, eq(peers.id, mutes.peer))
    .where(and(lt(mutes.id, before), gt(mutes.id, after), holds(now)))
    .orderBy(desc(mutes.id))
    .limit(limit);
}

/** Nobody with this number is muted now. Reads 1 row each time, and where nobody is muted none. */
export const notMuted = (peer: SQL, now: UnixMs): SQL =>
  sql`(NOT EXISTS (SELECT 1 FROM mutes) OR NOT EXISTS (SELECT 1 FROM mutes muted
    WHERE muted.peer = ${peer} AND (muted.expires_at IS NULL OR muted.expires_at > ${now})))`;

/** Forgets mutes whose time is over. Reads the mutes: for the daily sweep. */
export function sweepMutes(db: Db, now: UnixMs) {
  return db.delete(mutes).where(lte(mutes.expiresAt, now));
}

/** The post and what it answers, as far up as is held here: `id`, and `n` steps up. Reads 1 row a step. */
const upFrom = (post: SQL): SQL => sql`WITH RECURSIVE up(id, n) AS (
    SELECT ${post}, 0
    UNION ALL SELECT q.reply_to, up.n + 1 FROM up CROSS JOIN posts q ON q.id = up.id
    WHERE q.reply_to IS NOT NULL AND up.n < ${STEPS_MAX})`;

/** Mutes the whole thread: by the first of its posts that is held here. 1 row. */
export function muteThread(db: Db, post: number, now: UnixMs) {
  return db.run(sql`INSERT INTO muted_threads (post, at)
    SELECT * FROM (${upFrom(sql`${post}`)} SELECT id, ${now} FROM up ORDER BY n DESC LIMIT 1)
    WHERE true ON CONFLICT DO NOTHING`);
}

/** Whatever mutes this post. */
export function unmuteThread(db: Db, post: number) {
  return db
    .delete(mutedThreads)
    .where(sql`${mutedThreads.post} IN (${upFrom(sql`${post}`)} SELECT id FROM up)`);
}

/** 1 for a post in a muted thread. Reads 1 row for each post above it, and where nothing is muted none. */
export const inMutedThread = (post: SQL): SQL<number> =>
  sql<number>`(EXISTS (SELECT 1 FROM muted_threads) AND EXISTS (${upFrom(post)}
    SELECT 1 FROM up CROSS JOIN muted_threads t ON t.post = up.id))`;
