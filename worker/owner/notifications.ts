/** What the owner does with notifications: away with them, and whose they want. Nobody is told. */
import type { Ctx } from "../kernel/ctx.ts";
import type { NoticeGroup } from "../model/notification.ts";
import type { Policy } from "../model/notification-policy.ts";
import { runBatch } from "../store/batch.ts";
import {
  clearThrough,
  dismissGroup,
  dismissOne,
  letThrough,
  loadPolicy,
  putAside,
  savePolicy,
} from "../store/notifications.ts";

/** The highest number that a notification of this moment can have. */
const newest = (ctx: Ctx): number => ctx.clock() * 1_000 + 999;

/** All there are. 1 row, and those that were dismissed before are forgotten. */
export async function clearNotifications(ctx: Ctx): Promise<void> {
  await runBatch(ctx.db, clearThrough(ctx.db, newest(ctx)));
}

/** 1 row. */
export async function dismissNotification(ctx: Ctx, id: number): Promise<void> {
  await runBatch(ctx.db, [dismissOne(ctx.db, id)]);
}

/** All of a group there are; who comes later shows it again. Arrivals are one notification, which does not come again. 1 row. */
export async function dismissTogether(ctx: Ctx, group: NoticeGroup): Promise<void> {
  await runBatch(ctx.db, [dismissGroup(ctx.db, group, newest(ctx))]);
}

/** What is not named stays. It holds for what is there already as well. 1 row. */
export async function changePolicy(ctx: Ctx, change: Partial<Policy>): Promise<void> {
  const policy = { ...(await loadPolicy(ctx.db)), ...change };
  await runBatch(ctx.db, [savePolicy(ctx.db, policy)]);
}

/** Their notifications are shown from now on, those held back as well. 1 row each. */
export async function acceptNotificationsFrom(ctx: Ctx, peers: readonly number[]): Promise<void> {
  await runBatch(ctx.db, [letThrough(ctx.db, peers, ctx.clock())]);
  ctx.ports.streams.emit([{ kind: "notifications" }]);
}

/** Theirs stay held back, and are not asked about until there is something new. 1 row each. */
export async function putAsideNotificationsFrom(ctx: Ctx, peers: readonly number[]): Promise<void> {
  await runBatch(ctx.db, [putAside(ctx.db, peers, newest(ctx))]);
}
