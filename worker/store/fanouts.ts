/** Activities that leave, and the deliveries we gave up on. */
import { and, asc, desc, eq, isNotNull, isNull, lt, sql } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { deadLetters, fanouts } from "./schema.ts";

export type Fanout = typeof fanouts.$inferSelect;
export type DeadLetter = typeof deadLetters.$inferSelect;

export function saveFanout(db: Db, fanout: typeof fanouts.$inferInsert) {
  return db.insert(fanouts).values(fanout);
}

/** To be batched. */
export function fanoutById(db: Db, id: number) {
  return db.select().from(fanouts).where(eq(fanouts.id, id));
}

/** Those that are still to be handed out, oldest first. */
export async function openFanouts(db: Db): Promise<Omit<Fanout, "activity" | "digest">[]> {
  const { activity: _a, digest: _d, ...light } = columns;
  return db.select(light).from(fanouts).where(isNull(fanouts.doneAt)).orderBy(asc(fanouts.id));
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
