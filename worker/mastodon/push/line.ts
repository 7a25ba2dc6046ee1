/** From notifications to pushes: which subscriptions want them, what waits to be sent, and a round of sending. */
import { HOUR } from "../../kernel/clock.ts";
import type { UnixMs } from "../../kernel/brand.ts";
import type { Ctx } from "../../kernel/ctx.ts";
import { OWNER } from "../../model/post.ts";
import { runBatch, type Statement } from "../../store/batch.ts";
import { vapidKey } from "../../store/keys.ts";
import { notificationRows } from "../../store/notifications.ts";
import {
  followedAmong,
  notePushed,
  notePushProblem,
  workingSubscriptions,
  type Subscription,
} from "../../store/push.ts";
import { toNotification } from "../entities/notification.ts";
import { aboutOf } from "../notifications/load.ts";
import { searchAgain, type Notice } from "../streaming/notices.ts";
import { toNotice } from "./notice.ts";
import { sendPush, type Sent } from "./send.ts";
import type { Due, ToPush, Waiting } from "./waiting.ts";

/** What the subscriptions want of these. 1 D1 read when one of them asks whom the owner follows. */
export async function wantedPushes(
  ctx: Ctx,
  notices: readonly Notice[],
  subscriptions: readonly Subscription[],
): Promise<ToPush[]> {
  const peers = notices.map(fromWhom);
  const asks = subscriptions.some(({ policy }) => policy === "followed");
  const followed = asks ? await followedAmong(ctx.db, peers) : new Set<number>();
  // Mastodon as well: the owner follows not themselves.
  const isFrom = (notice: Notice, policy: Subscription["policy"]): boolean => {
    switch (policy) {
      case "all":
        return true;
      case "followed":
        return followed.has(fromWhom(notice));
      case "follower":
        return notice.row.peer !== null && notice.row.peer.follower !== null;
      case "none":
        return false;
    }
  };
  return subscriptions.flatMap(({ id, alerts, policy }) =>
    notices
      .filter((notice) => alerts.includes(notice.shown.type) && isFrom(notice, policy))
      .map((notice): ToPush => {
        const { row, fold, count } = notice;
        return { subscription: id, fold, notice: row.id, kind: row.kind, peer: fromWhom(notice), count };
      }),
  );
}

const fromWhom = ({ row: { peer } }: Notice): number => peer?.id ?? OWNER;

/** Pushes in a round: each is 1 fetch and about 1 ms of CPU. */
const ROUND_MAX = 20;

/** Sends what is due, as much as an invocation may. At most 6 D1 calls. The subscriptions that ended with it. */
export async function pushRound(ctx: Ctx, waiting: Waiting): Promise<void> {
  const due = waiting.due(ctx.clock(), Math.min(ROUND_MAX, ctx.settings.signatures));
  if (due.length === 0) return;
  const subscriptions = new Map((await workingSubscriptions(ctx.db)).map((row) => [row.id, row]));
  waiting.keepOnly([...subscriptions.keys()]);
  const ready = due.filter(({ subscription }) => subscriptions.has(subscription));
  if (ready.length === 0) return;
  const key = await vapidKey(ctx);
  const shown = await shownAgain(ctx, ready);
  const sent = await Promise.all(
    ready.map(async (push, n): Promise<Sent> => {
      const notification = shown[n];
      // It was taken back meanwhile, or its sender was muted.
      if (!notification) return { kind: "sent" };
      return sendPush(ctx, subscriptions.get(push.subscription)!, toNotice(notification, push.count), key);
    }),
  );
  const notes = ready.flatMap((push, n) => settle(ctx, waiting, push, sent[n]!));
  await runBatch(ctx.db, notes);
}

/** Null: there is no such notification any more. */
async function shownAgain(ctx: Ctx, pushes: readonly Due[]) {
  const queries = pushes.map(({ notice: id, kind, peer }) =>
    notificationRows(ctx.db, searchAgain(ctx, { id, kind, peer })),
  );
  const [first, ...others] = queries;
  const found = (await ctx.db.batch([first!, ...others])).map(([row]) => row);
  const about = await aboutOf(
    ctx,
    found.flatMap((row) => row ?? []),
  );
  return found.map((row) => {
    const known = row && about.get(row.id);
    return row && known ? toNotification(ctx, row, known) : null;
  });
}

function settle(ctx: Ctx, waiting: Waiting, push: Due, sent: Sent): Statement[] {
  const now = ctx.clock();
  const { subscription } = push;
  switch (sent.kind) {
    case "sent":
      waiting.done(push, now);
      return [notePushed(ctx.db, subscription, (now - (now % HOUR)) as UnixMs)];
    case "again":
      if (!waiting.again(push, now, sent.pause)) waiting.done(push, now);
      return [notePushProblem(ctx.db, subscription, sent.problem, now, false)];
    case "over":
      waiting.drop(subscription);
      return [notePushProblem(ctx.db, subscription, sent.problem, now, true)];
  }
}
