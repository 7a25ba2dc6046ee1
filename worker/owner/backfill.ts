/** The owner reads a thread: what is missing of it is fetched, so that they see what others see. */
import type { UnixMs } from "../kernel/brand.ts";
import { DAY, MINUTE } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { EMPTY_PLAN, planned, task, type Plan } from "../model/backfill.ts";
import { OWNER } from "../model/post.ts";
import { stepBackfill } from "../peers/backfill.ts";
import {
  backfillQuery,
  beginBackfill,
  sweepBackfills,
  threadAround,
  threadId,
  waitingBackfill,
  type Backfill,
  type Opened,
} from "../store/backfill.ts";
import { runBatch } from "../store/batch.ts";

/** The same thread is not asked for again. */
const COOLDOWN = 10 * MINUTE;
/** What nobody looked at for so long goes on by itself. */
const LEFT = 1 * MINUTE;

/**
 * A post of a thread was opened, by its number or that of a boost: fetching begins or goes on behind the answer. Null: there is nothing to
 * fetch, or it was done a moment ago. 4 D1 calls, 1 row; the step is counted at `stepBackfill`.
 */
export async function openThread(ctx: Ctx, id: number): Promise<Backfill | null> {
  const opened = await threadAround(ctx.db, id);
  const plan = opened && planOf(opened);
  if (!opened || !plan) return null;
  const name = threadId(opened.post.id);
  const now = ctx.clock();
  await runBatch(ctx.db, [beginBackfill(ctx.db, name, plan, now, (now - COOLDOWN) as UnixMs)]);
  return goOn(ctx, name);
}

/** How far it is; and it goes on, behind the answer. Null: it is not known, or known no more. 1 D1 call. */
export async function lookAtBackfill(ctx: Ctx, id: string): Promise<Backfill | null> {
  const [row] = await backfillQuery(ctx.db, id);
  if (row?.doneAt === null) ctx.ports.background(stepBackfill(ctx, id));
  return row ?? null;
}

async function goOn(ctx: Ctx, id: string): Promise<Backfill | null> {
  const row = await lookAtBackfill(ctx, id);
  return row?.doneAt === null ? row : null;
}

/** Goes on with what nobody asks for: called by cron. 1 D1 call when there is nothing. */
export async function goOnWithBackfills(ctx: Ctx): Promise<void> {
  const id = await waitingBackfill(ctx.db, (ctx.clock() - LEFT) as UnixMs);
  if (id !== null) await stepBackfill(ctx, id);
}

/** To be batched. */
export const sweepOldBackfills = (ctx: Ctx) => sweepBackfills(ctx.db, (ctx.clock() - DAY) as UnixMs);

/** What is not for everybody is not asked for. Of the owner's own posts the answers are known; what answers them may not be. */
function planOf({ post, missing, top, answers }: Opened): Plan | null {
  if (post.visibility !== "public" && post.visibility !== "quiet") return null;
  const mine = post.author === OWNER;
  const tasks = [
    ...(missing ? [task("above", missing, -1)] : []),
    ...(mine ? answers.map((iri) => task("post", iri, 1)) : [task("post", post.iri)]),
  ];
  if (tasks.length === 0) return null;
  const plan = planned(EMPTY_PLAN, tasks);
  return { ...plan, posts: [...new Set([...plan.posts, top, post.iri])] };
}
