/**
 * What a move needs done at its own pace. Each step keeps its state in D1, does at most one invocation's share (5 signatures on Free,
 * 45 subrequests) and can be cut off anywhere: done again, it changes nothing.
 */
import type { UnixMs } from "../kernel/brand.ts";
import { MINUTE } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { sweepAccepts } from "./accept-sweeps.ts";
import { agreements } from "./agreements.ts";
import { askSoftware } from "./ask-software.ts";
import { fetchLists } from "./fetch-list.ts";
import { followChecks } from "./follow-checks.ts";
import { followerSync } from "./follower-sync.ts";
import { greetHosts } from "./greet-hosts.ts";
import { matchArrivals } from "./match-arrivals.ts";
import { leaveProbes } from "./probe.ts";
import { rescue } from "./rescue.ts";
import type { Step, Stepped } from "./step.ts";
import { closeWindow } from "./window.ts";

/** After a fault of ours in a step. */
const AGAIN = 1 * MINUTE;

/** Those that go on for long without a pause come last. */
const STEPS: readonly Step[] = [
  closeWindow,
  leaveProbes,
  sweepAccepts,
  followerSync,
  agreements,
  followChecks,
  fetchLists,
  matchArrivals,
  greetHosts,
  askSoftware,
  rescue,
];

/** The first step that has something to do does it; the others come with the next alarm. When that is; null: nothing waits. */
export async function moveOn(ctx: Ctx): Promise<UnixMs | null> {
  const times: UnixMs[] = [];
  for (const step of STEPS) {
    const { idle, next } = await taken(ctx, step);
    if (!idle) return ctx.clock();
    if (next !== null) times.push(next);
  }
  return times.length === 0 ? null : (Math.min(...times) as UnixMs);
}

/** A step that fails holds none of the others up. */
async function taken(ctx: Ctx, step: Step): Promise<Stepped> {
  try {
    return await step(ctx);
  } catch (cause) {
    ctx.log.error("move on", cause, { step: step.name });
    return { idle: true, next: (ctx.clock() + AGAIN) as UnixMs };
  }
}
