/** The tests of the whole way that a preflight makes, newest first. A probe is a follower of our own for some seconds. */
import { and, desc, eq, isNull } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import { MINUTE } from "../kernel/clock.ts";
import type { Db } from "../kernel/ctx.ts";
import { probes } from "./schema.ts";

export type Probe = typeof probes.$inferSelect;

/** How long one may take at most, and how long its outcome is shown. */
export const PROBE_LIFE = 10 * MINUTE;
/** After its Accept came nobody asks for it any more, but for a copy that is late. */
const AFTER_ACCEPT = 1 * MINUTE;

/** Whether the probe is to be found by others: nobody else's business is ever served or taken. */
export function runs(probe: Probe, now: UnixMs): boolean {
  const until = probe.acceptedAt === null ? probe.startedAt + PROBE_LIFE : probe.acceptedAt + AFTER_ACCEPT;
  return now < Math.min(until, probe.startedAt + PROBE_LIFE);
}

/** To be batched. */
export function probeById(db: Db, id: number) {
  return db.select().from(probes).where(eq(probes.id, id));
}

/** Whether a probe of this number runs now. 1 D1 read. */
export async function probeRuns(db: Db, id: number, now: UnixMs): Promise<boolean> {
  const [probe] = await probeById(db, id);
  return probe !== undefined && runs(probe, now);
}

/** Those not swept yet: a handful. To be batched. */
export function everyProbe(db: Db) {
  return db.select().from(probes).orderBy(desc(probes.id));
}

export function saveProbe(db: Db, id: number, at: UnixMs) {
  return db.insert(probes).values({ id, startedAt: at });
}

/** What the inboxes answered to its Follow. */
export function noteFollowed(db: Db, id: number, followed: number, detail: string | null) {
  return db.update(probes).set({ followed, detail }).where(eq(probes.id, id));
}

/** Its Accept came. Once. */
export function noteAccepted(db: Db, id: number, at: UnixMs) {
  return db
    .update(probes)
    .set({ acceptedAt: at })
    .where(and(eq(probes.id, id), isNull(probes.acceptedAt)));
}

export function dropProbe(db: Db, id: number) {
  return db.delete(probes).where(eq(probes.id, id));
}
