/**
 * What a move needs done at its own pace. Each step keeps its state in D1, does at most one invocation's share (5 signatures on Free,
 * 45 subrequests) and can be cut off anywhere: done again, it changes nothing.
 */
import type { UnixMs } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";

/** Does what is due. When it is to be asked again; null: nothing is waiting. `idle`: it did nothing that costs. */
export type Step = (ctx: Ctx) => Promise<Stepped>;

export interface Stepped {
  readonly idle: boolean;
  readonly next: UnixMs | null;
}

const STEPS: readonly Step[] = [];

/** The first step that has something to do does it; the others come with the next alarm. When that is; null: nothing waits. */
export async function moveOn(ctx: Ctx): Promise<UnixMs | null> {
  const times: UnixMs[] = [];
  for (const step of STEPS) {
    const { idle, next } = await step(ctx);
    if (!idle) return ctx.clock();
    if (next !== null) times.push(next);
  }
  return times.length === 0 ? null : (Math.min(...times) as UnixMs);
}
