/** What cron does: every minute it wakes the objects, once a day it sweeps what has had its time. */
import type { Env } from "./env.ts";
import type { UnixMs } from "./kernel/brand.ts";
import { DAY, MINUTE } from "./kernel/clock.ts";
import type { Ctx } from "./kernel/ctx.ts";
import { bind, MAILROOMS } from "./objects/bindings.ts";
import { goOnWithBackfills, sweepOldBackfills } from "./owner/backfill.ts";
import { sweepUnusedApps } from "./owner/apps.ts";
import { countPolls } from "./owner/poll.ts";
import { publishDue } from "./owner/schedule.ts";
import { sweepMedia } from "./owner/media-sweep.ts";
import { sweepSessions } from "./owner/sign-in.ts";
import { verifyFields } from "./owner/verify-fields.ts";
import { sweepIdentityRequests } from "./store/identity-requests.ts";
import { runBatch } from "./store/batch.ts";
import { sweepCards } from "./store/cards.ts";
import { sweepFanouts } from "./store/fanouts.ts";
import { sweepChecks } from "./store/follow-checks.ts";
import { depart, followersGoneSince, forgetUndone } from "./store/followers.ts";
import { sweepMutes } from "./store/mutes.ts";
import { sweepUnverified } from "./store/notices.ts";
import { sweepRescues } from "./store/rescues.ts";
import { sweepPosts } from "./store/posts.ts";

/** Remote posts that the owner does not hold on to. */
const POSTS_KEPT = 90 * DAY;
/** Longer than any peer keeps trying: Mastodon 74 hours. */
const UNDONE_KEPT = 7 * DAY;
/** Due deliveries point at a fanout for 7 days. */
const FANOUTS_KEPT = 8 * DAY;
const GONE_KEPT = 30 * DAY;
const RESCUES_KEPT = 30 * DAY;
const REQUESTS_KEPT = 7 * DAY;
const CHECKS_KEPT = 30 * DAY;
const UNVERIFIED_KEPT = 30 * DAY;
/** Of links that stand in no post any more. */
const CARDS_KEPT = 30 * DAY;
const CARDS_A_SWEEP = 500;
/** Rows a night, so that a sweep can not eat the day's writes. */
const POSTS_A_SWEEP = 2_000;
const GONE_A_SWEEP = 200;

export async function sweep(
  env: Env,
  at: number,
  background: (work: Promise<unknown>) => void,
): Promise<void> {
  const bound = await bind(env, background);
  if (bound.kind !== "claimed") return;
  const { ctx } = bound;
  const minute = Math.floor(at / MINUTE);
  // The night's work has a minute of its own: an invocation on Free may call the database 50 times.
  if (minute % 1_440 === 240) return each([() => ctx.ports.redelivery.wake(), () => sweepDaily(ctx)]);
  await each([
    () => ctx.ports.redelivery.wake(),
    () => publishDue(ctx),
    () => countPolls(ctx),
    // A mailroom's own alarm is durable: it is only looked after.
    ...(minute % 10 === 0 ? [() => ctx.ports.mover.wake(), () => wakeMailrooms(env)] : []),
    () => goOnWithBackfills(ctx),
  ]);
}

/** One after the other; what fails keeps none of the others from its turn, and is thrown at the end. */
async function each(jobs: readonly (() => Promise<unknown>)[]): Promise<void> {
  const faults: unknown[] = [];
  for (const job of jobs) await job().catch((cause: unknown) => faults.push(cause));
  if (faults.length > 0) throw new Error(`${faults.length} of cron's jobs failed`, { cause: faults[0] });
}

const wakeMailrooms = (env: Env) =>
  Promise.all(Array.from({ length: MAILROOMS }, (_, n) => env.MAILROOM.getByName(String(n)).wake()));

export async function sweepDaily(ctx: Ctx): Promise<void> {
  const { db } = ctx;
  const before = (age: number) => (ctx.clock() - age) as UnixMs;
  await runBatch(db, [
    ...sweepSessions(ctx),
    ...sweepUnusedApps(ctx),
    forgetUndone(db, before(UNDONE_KEPT)),
    sweepFanouts(db, before(FANOUTS_KEPT)),
    sweepMutes(db, ctx.clock()),
    sweepIdentityRequests(db, before(REQUESTS_KEPT)),
    sweepCards(db, before(CARDS_KEPT), CARDS_A_SWEEP),
    sweepOldBackfills(ctx),
    sweepChecks(db, before(CHECKS_KEPT)),
    sweepUnverified(db, before(UNVERIFIED_KEPT)),
    ...sweepPosts(db, before(POSTS_KEPT), POSTS_A_SWEEP),
  ]);
  await sweepMedia(ctx);
  const { done } = await ctx.ports.redelivery.state("rescues");
  await runBatch(db, [sweepRescues(db, before(RESCUES_KEPT), done[0]?.to ?? 0)]);
  const gone = await followersGoneSince(db, before(GONE_KEPT), GONE_A_SWEEP);
  await runBatch(
    db,
    gone.flatMap((peer) => [...depart(db, peer, ctx.clock())]),
  );
  if (Math.floor(ctx.clock() / DAY) % 7 === 0) await verifyFields(ctx);
}
