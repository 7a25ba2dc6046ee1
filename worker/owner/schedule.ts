/** The owner wants to say something later: kept until then, and published once. */
import type { UnixMs } from "../kernel/brand.ts";
import { DAY, HOUR, MINUTE } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { idFromTime } from "../model/post.ts";
import { postAskedAs } from "../store/asked-posts.ts";
import { changes, runBatch, type Statement } from "../store/batch.ts";
import {
  dropScheduled,
  dueScheduled,
  forgetAsked,
  holdMedia,
  insertScheduled,
  moveScheduled,
  noteProblem,
  scheduledAs,
  scheduledById,
  unlessTakenBack,
  type ScheduledRow,
} from "../store/scheduled.ts";
import { attaching } from "./attach.ts";
import { problemOf, type Draft } from "./draft.ts";
import { publish, type Published } from "./publish.ts";

/** As Mastodon: how many may wait, and how far ahead the time has to be. */
const SCHEDULED_MAX = 300;
const AHEAD_MIN = 5 * MINUTE;
/** Posts that one run of cron publishes: about 10 D1 calls each, and what is looked up for those they name. The rest follow a minute later. */
const POSTS_A_RUN = { free: 2, paid: 20 };
const TRIED_AGAIN = HOUR;
/** What is attached waits with its post, and for so long after its time: what could not be published is still to be seen. */
const MEDIA_HELD = 30 * DAY;
/** And for so long when the owner took it back, to be attached elsewhere. */
const MEDIA_LET_GO = DAY;

const TOO_SOON = "The time has to be at least five minutes ahead";

export interface ScheduledPost extends ScheduledRow {
  /** As it will be published. What is not known before, as who is named, is looked up then. */
  readonly draft: Draft;
}

export type Scheduled =
  | { kind: "scheduled"; post: ScheduledPost }
  | { kind: "not-found" }
  | { kind: "invalid"; problem: string };

/** Published: asked for before under the same name, and its time has come meanwhile. */
export type Wished = Scheduled | Published;

const anHourAgo = (ctx: Ctx) => (ctx.clock() - HOUR) as UnixMs;

/** The same wish within an hour is fulfilled once. At most 6 D1 calls; 1 row and 2 index entries. */
export async function schedulePost(ctx: Ctx, draft: Draft, at: UnixMs, app: number): Promise<Wished> {
  const problem = problemOf(draft);
  if (problem) return { kind: "invalid", problem };
  const { wish, attach, ...words } = draft;
  const before = wish === undefined ? null : await askedBefore(ctx, wish);
  if (before) return before;
  const now = ctx.clock();
  if (at < now + AHEAD_MIN) return { kind: "invalid", problem: TOO_SOON };
  const attached = await attaching(ctx, attach);
  if (attached.kind === "invalid") return attached;
  const kept: Draft = { ...words, ...(attach ? { attach: { media: attach.media } } : {}) };
  const row = { id: idFromTime(now), at, draft: kept, app, asked: wish ?? null };
  try {
    const forgotten = wish === undefined ? [] : [forgetAsked(ctx.db, wish, idFromTime(anHourAgo(ctx)))];
    const results = await runBatch(ctx.db, [
      ...forgotten,
      ...holding(ctx, kept, (at + MEDIA_HELD) as UnixMs),
      insertScheduled(ctx.db, row, SCHEDULED_MAX),
    ]);
    const [inserted] = (results.at(-1)?.results ?? []) as { id: number }[];
    if (!inserted)
      return { kind: "invalid", problem: `At most ${SCHEDULED_MAX} posts can wait to be published` };
    return await scheduledPost(ctx, inserted.id);
  } catch (cause) {
    const meanwhile = wish === undefined ? null : await askedBefore(ctx, wish);
    if (meanwhile) return meanwhile;
    throw cause;
  }
}

async function askedBefore(ctx: Ctx, wish: string): Promise<Wished | null> {
  const row = await scheduledAs(ctx.db, wish, idFromTime(anHourAgo(ctx)));
  if (row) return { kind: "scheduled", post: row as ScheduledPost };
  const id = await postAskedAs(ctx.db, wish, anHourAgo(ctx));
  return id === null ? null : { kind: "published", id, unresolved: [] };
}

/** 1 D1 call. */
export async function scheduledPost(ctx: Ctx, id: number): Promise<Scheduled> {
  const row = await scheduledById(ctx.db, id);
  return row ? { kind: "scheduled", post: row as ScheduledPost } : { kind: "not-found" };
}

function holding({ db }: Ctx, draft: Draft, until: UnixMs): Statement[] {
  const ids = draft.attach?.media ?? [];
  return ids.length === 0 ? [] : [holdMedia(db, ids, until)];
}

/** One that could not be published may be tried again so. 3 D1 calls. */
export async function reschedulePost(ctx: Ctx, id: number, at: UnixMs): Promise<Scheduled> {
  if (at < ctx.clock() + AHEAD_MIN) return { kind: "invalid", problem: TOO_SOON };
  const found = await scheduledPost(ctx, id);
  if (found.kind !== "scheduled") return found;
  await runBatch(ctx.db, [
    moveScheduled(ctx.db, id, at),
    ...holding(ctx, found.post.draft, (at + MEDIA_HELD) as UnixMs),
  ]);
  return scheduledPost(ctx, id);
}

/** Never published once this has said true. False: there was none, or it is published already. */
export async function cancelScheduled(ctx: Ctx, id: number): Promise<boolean> {
  const found = await scheduledPost(ctx, id);
  if (found.kind !== "scheduled") return false;
  const until = (ctx.clock() + MEDIA_LET_GO) as UnixMs;
  const [dropped] = await runBatch(ctx.db, [
    dropScheduled(ctx.db, id),
    ...holding(ctx, found.post.draft, until),
  ]);
  return changes(dropped) > 0;
}

/**
 * Publishes what is due. Its row goes in the transaction that publishes it, so that whatever fails half-way, it is published once. What can not be
 * published stays with the reason, and is tried again every hour until the owner takes it back.
 */
export async function publishDue(ctx: Ctx): Promise<void> {
  const now = ctx.clock();
  const limit = POSTS_A_RUN[ctx.settings.plan];
  for (const row of await dueScheduled(ctx.db, now, limit)) {
    // Who is named has to be looked up with signatures: those that are left over belong to the next minute.
    if (ctx.meter.signatures >= ctx.settings.signatures) return;
    const problem = await tryToPublish(ctx, row);
    if (problem === null) continue;
    const later = (ctx.clock() + TRIED_AGAIN) as UnixMs;
    await runBatch(ctx.db, [noteProblem(ctx.db, row, problem, later)]);
  }
}

/** Why it is not published; null: it is, or the owner took it back or moved it meanwhile. */
async function tryToPublish(ctx: Ctx, row: ScheduledRow): Promise<string | null> {
  const { db } = ctx;
  const draft = { ...(row.draft as Draft), wish: row.asked ?? `scheduled ${row.id}` };
  try {
    const published = await publish(ctx, draft, [unlessTakenBack(db, row), dropScheduled(db, row.id)]);
    if (published.kind === "invalid") return published.problem;
    // Published before under the same wish: then the row is still there.
    await runBatch(db, [dropScheduled(db, row.id)]);
    return null;
  } catch (cause) {
    const still = await scheduledById(db, row.id);
    if (!still || still.nextAt !== row.nextAt) return null;
    ctx.log.error("publishing what was scheduled", cause, { scheduled: row.id });
    return "Something failed here. It is tried again.";
  }
}
