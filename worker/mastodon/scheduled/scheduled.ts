/** Posts that wait for their time. */
import type { UnixMs } from "../../kernel/brand.ts";
import type { Ctx } from "../../kernel/ctx.ts";
import type { Attachment } from "../../model/post.ts";
import { attachmentOf } from "../../owner/attach.ts";
import {
  cancelScheduled,
  reschedulePost,
  scheduledPost,
  type Scheduled,
  type ScheduledPost,
} from "../../owner/schedule.ts";
import { mediaById } from "../../store/media.ts";
import { scheduledIn } from "../../store/scheduled.ts";
import { json, refused } from "../answers.ts";
import { toScheduledStatus } from "../entities/scheduled-status.ts";
import { linkHeader } from "../links.ts";
import { idIn, spanIn } from "../pages.ts";
import type { Params } from "../params.ts";
import type { GrantedCall } from "../router.ts";

/** Null: none was said. ISO 8601, of which a part without a zone is UTC (Mastodon's own reading). */
export function timeIn(params: Params): { at: UnixMs | null } | { problem: string } {
  const text = params.raw("scheduled_at").trim();
  if (text === "") return { at: null };
  const zoned = /[zZ]$|[+-]\d{2}:?\d{2}$/.test(text) || !text.includes(":");
  const at = Date.parse(zoned ? text : `${text}Z`);
  return Number.isNaN(at) ? { problem: "Scheduled at is no time" } : { at: at as UnixMs };
}

/** 1 D1 call of 1 statement, and at most 2 for what is attached. */
export async function listScheduled({ ctx, params, url }: GrantedCall): Promise<Response> {
  const span = spanIn(params);
  const found = await scheduledIn(ctx.db, span);
  const rows = span.oldestFirst ? found.toReversed() : found;
  const [first, last] = [rows[0], rows.at(-1)];
  const shown =
    first && last
      ? { first: String(first.id), last: String(last.id), more: rows.length === span.limit }
      : null;
  return json(await shownAs(ctx, rows as ScheduledPost[]), 200, linkHeader(ctx, url, shown));
}

/** D1 takes 100 parameters a statement. */
const FILES_A_READ = 80;

async function shownAs(ctx: Ctx, posts: readonly ScheduledPost[]) {
  const ids = posts.flatMap(({ draft }) => [...(draft.attach?.media ?? [])]);
  const files: Attachment[] = [];
  for (let n = 0; n < ids.length; n += FILES_A_READ) {
    const found = await mediaById(ctx.db, ids.slice(n, n + FILES_A_READ), ctx.clock());
    files.push(...found.map((media) => attachmentOf(ctx, media)));
  }
  return posts.map((post) => toScheduledStatus(post, files));
}

export async function showScheduled({ ctx, path }: GrantedCall): Promise<Response> {
  const id = idIn(path("id"));
  return answerScheduled(ctx, id === null ? { kind: "not-found" } : await scheduledPost(ctx, id));
}

/** Only its time can be changed, as Mastodon has it. */
export async function moveScheduled({ ctx, path, params }: GrantedCall): Promise<Response> {
  const id = idIn(path("id"));
  const time = timeIn(params);
  if (id === null) return refused({ kind: "not-found" });
  if ("problem" in time) return refused({ kind: "invalid", problem: time.problem });
  if (time.at === null) return answerScheduled(ctx, await scheduledPost(ctx, id));
  return answerScheduled(ctx, await reschedulePost(ctx, id, time.at));
}

export async function removeScheduled({ ctx, path }: GrantedCall): Promise<Response> {
  const id = idIn(path("id"));
  const removed = id !== null && (await cancelScheduled(ctx, id));
  return removed ? json({}) : refused({ kind: "not-found" });
}

export async function answerScheduled(ctx: Ctx, scheduled: Scheduled): Promise<Response> {
  switch (scheduled.kind) {
    case "scheduled": {
      const [shown] = await shownAs(ctx, [scheduled.post]);
      return json(shown);
    }
    case "not-found":
      return refused({ kind: "not-found" });
    case "invalid":
      return refused({ kind: "invalid", problem: scheduled.problem });
  }
}
