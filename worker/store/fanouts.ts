/** Activities that leave, and the deliveries we gave up on. */
import { and, asc, desc, eq, isNotNull, isNull, lt, max, sql } from "drizzle-orm";

import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { clientOf } from "./batch.ts";
import { deadLetters, fanouts, followers, rescues } from "./schema.ts";

export type Fanout = typeof fanouts.$inferSelect;
export type DeadLetter = typeof deadLetters.$inferSelect;

export function saveFanout(db: Db, fanout: typeof fanouts.$inferInsert) {
  return db.insert(fanouts).values(fanout);
}

/** An inbox that gets what is sent to all followers. */
export interface SharedInbox {
  readonly id: number;
  readonly url: Iri;
  readonly rfc9421: boolean;
}

const FANOUT = "SELECT * FROM fanouts WHERE id = ?";
const SHARED = `SELECT id, url, rfc9421 FROM inboxes WHERE id > ? AND id <= ? AND gone_at IS NULL ORDER BY id LIMIT ?`;

/**
 * What a page is delivered from: the fanout, and the inboxes of followers above `after` up to `to`, in order. One D1 call. In plain SQL: it is
 * asked for at every page, and a query builder takes a tenth of the CPU that a signature does.
 */
export async function readPage(db: Db, id: number, after: number, to: number, limit: number) {
  const client = clientOf(db);
  const [found, shared] = await client.batch([
    client.prepare(FANOUT).bind(id),
    client.prepare(SHARED).bind(after, to, limit),
  ]);
  const [row] = found!.results as FanoutRow[];
  const inboxes = (shared!.results as { id: number; url: Iri; rfc9421: number }[]).map(
    ({ id, url, rfc9421 }): SharedInbox => ({ id, url, rfc9421: rfc9421 === 1 }),
  );
  return { fanout: row ? fanoutFrom(row) : null, inboxes };
}

/** As it lies in the table. */
interface FanoutRow {
  readonly id: number;
  readonly activity: string;
  readonly digest: string;
  readonly to_followers: number;
  readonly recipients: string;
  readonly created_at: UnixMs;
  readonly done_at: UnixMs | null;
}

function fanoutFrom({
  id,
  activity,
  digest,
  to_followers,
  recipients,
  created_at,
  done_at,
}: FanoutRow): Fanout {
  const toFollowers = to_followers === 1;
  const named = JSON.parse(recipients) as Fanout["recipients"];
  return { id, activity, digest, toFollowers, recipients: named, createdAt: created_at, doneAt: done_at };
}

/** To be batched. */
export function fanoutById(db: Db, id: number) {
  return db.select().from(fanouts).where(eq(fanouts.id, id));
}

/** What there may be to hand out: fanouts that are open, oldest first, and the last places of the logs. One D1 call. */
export async function everythingOwed(db: Db) {
  const { activity: _a, digest: _d, ...light } = columns;
  const [open, [lastFollower], [lastRescue]] = await db.batch([
    db.select(light).from(fanouts).where(isNull(fanouts.doneAt)).orderBy(asc(fanouts.id)),
    db.select({ id: max(followers.id) }).from(followers),
    db.select({ id: max(rescues.id) }).from(rescues),
  ]);
  return { open, lastFollower: lastFollower?.id ?? 0, lastRescue: lastRescue?.id ?? 0 };
}

const columns = {
  id: fanouts.id,
  activity: fanouts.activity,
  digest: fanouts.digest,
  toFollowers: fanouts.toFollowers,
  recipients: fanouts.recipients,
  createdAt: fanouts.createdAt,
  doneAt: fanouts.doneAt,
};

/** 1 row. */
export function closeFanout(db: Db, id: number, at: UnixMs) {
  return db.update(fanouts).set({ doneAt: at }).where(eq(fanouts.id, id));
}

/** A week and a day after the last page was handed out nothing points at it any more, but for dead letters the owner may send again. */
export function sweepFanouts(db: Db, before: UnixMs) {
  const notDead = sql`${fanouts.id} NOT IN (SELECT CAST(stream AS INTEGER) FROM dead_letters)`;
  return db.delete(fanouts).where(and(isNotNull(fanouts.doneAt), lt(fanouts.doneAt, before), notDead));
}

/** Twice is once: the number is made of the delivery. 1 row each. */
export function bury(db: Db, letters: (typeof deadLetters.$inferInsert)[]) {
  return db.insert(deadLetters).values(letters).onConflictDoNothing();
}

/** Those given up last come first. Reads the table: for the owner's own page. To be batched. */
export function newestDeadLetters(db: Db, limit: number) {
  return db.select().from(deadLetters).orderBy(desc(deadLetters.lastAt)).limit(limit);
}

export async function findDeadLetter(db: Db, id: number): Promise<DeadLetter | null> {
  const [row] = await db.select().from(deadLetters).where(eq(deadLetters.id, id));
  return row ?? null;
}

export function dropDeadLetter(db: Db, id: number) {
  return db.delete(deadLetters).where(eq(deadLetters.id, id));
}
