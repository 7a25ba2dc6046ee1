/**
 * Step: Accepts of a window's arrivals are sent once more an hour and a day after they came, under the same ids. A server may answer 202 and
 * lose what it took; its follower then waits for ever, Mastodon never asks again, and here it looks like any other follower.
 */
import type { UnixMs } from "../kernel/brand.ts";
import { DAY, HOUR, MINUTE } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { nextOf } from "../model/repair.ts";
import { firstFollower, saveSweep, trimSweeps } from "../store/accept-sweeps.ts";
import { runBatch } from "../store/batch.ts";
import { noteRepairs, repairsQuery } from "../store/repairs.ts";
import { latestWindow } from "../store/windows.ts";
import type { Stepped } from "./step.ts";

const WAITS = { hour: HOUR, day: DAY } as const;
/** Who came within this time goes together: half an hour is two dozen sweeps a day at most. */
const TOGETHER = 30 * MINUTE;
/** For the owner to look back at. */
const KEPT = 100;

/** 2 D1 calls; a sweep costs 2 rows, and what its Accepts cost. Cut off between, it begins again, and some have theirs once more. */
export async function sweepAccepts(ctx: Ctx): Promise<Stepped> {
  const { db } = ctx;
  const now = ctx.clock();
  const [[repairs], [window]] = await db.batch([repairsQuery(db), latestWindow(db)]);
  if (!repairs || !window) return { idle: true, next: null };
  const end = window.logAfter ?? Number.MAX_SAFE_INTEGER;
  const hourAfter = Math.max(repairs.hourThrough, window.logBefore);
  const dayAfter = Math.max(repairs.dayThrough, window.logBefore);
  const [[hour], [day]] = await db.batch([
    firstFollower(db, hourAfter, end),
    firstFollower(db, dayAfter, end),
  ]);
  const dues = [
    ...(hour ? [{ reason: "hour" as const, after: hourAfter, at: dueAt(hour.id, WAITS.hour) }] : []),
    ...(day ? [{ reason: "day" as const, after: dayAfter, at: dueAt(day.id, WAITS.day) }] : []),
  ];
  const due = dues.find(({ at }) => at <= now);
  const nextAt = nextOf(
    dues.map(({ at }) => at),
    now,
  );
  if (!due) return { idle: true, next: nextAt };
  const { reason, after } = due;
  const through = Math.min((now - WAITS[reason]) * 1_000, end);
  const done = reason === "hour" ? { hourThrough: through } : { dayThrough: through };
  await ctx.ports.redelivery.acceptsAgain(after, through);
  await runBatch(db, [
    saveSweep(db, { id: now, reason, after, through }),
    noteRepairs(db, done),
    trimSweeps(db, KEPT),
  ]);
  return { idle: false, next: null };
}

/** Ids of followers are unix ms * 1000 + n. */
const dueAt = (follower: number, wait: number) => (Math.floor(follower / 1_000) + wait + TOGETHER) as UnixMs;
