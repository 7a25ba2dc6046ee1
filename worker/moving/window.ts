/** The arrival window: while it is open, followers of the old account need no approval. It closes by itself. */
import type { UnixMs } from "../kernel/brand.ts";
import { DAY } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { runBatch } from "../store/batch.ts";
import { anyExpected } from "../store/old-accounts.ts";
import { loadOwner } from "../store/stead.ts";
import {
  changeWindow,
  closeWindowAt,
  latestWindow,
  openWindow,
  wasOpen,
  type ArrivalWindow,
} from "../store/windows.ts";
import { redrawn } from "./aliases.ts";
import type { Stepped } from "./step.ts";

export const WINDOW_DAYS = 7;
export const WINDOW_DAYS_MAX = 30;

/** The window that stands open now; null when none does. */
export async function windowNow(ctx: Ctx): Promise<ArrivalWindow | null> {
  const [window] = await latestWindow(ctx.db);
  return wasOpen(window, ctx.clock()) ? window : null;
}

/**
 * Opens it for so many days from now, or changes the one that is open. Says what is wrong instead, or null. At most 6 rows; the actor
 * document changes, and servers are told, only where the owner approves followers by hand.
 */
export async function open(ctx: Ctx, days: number, takes: ArrivalWindow["takes"]): Promise<string | null> {
  if (!Number.isInteger(days) || days < 1 || days > WINDOW_DAYS_MAX)
    return `A window stays open for 1 to ${WINDOW_DAYS_MAX} days.`;
  const [people, [latest]] = await ctx.db.batch([anyExpected(ctx.db), latestWindow(ctx.db)]);
  if (takes === "expected" && people.length === 0)
    return "Nobody is on the list yet, so nobody would be let in. Read the list of your old followers first.";
  const now = ctx.clock();
  const until = (now + days * DAY) as UnixMs;
  const standing = wasOpen(latest, now);
  const changed = standing
    ? [changeWindow(ctx.db, until, takes)]
    : // One whose time is over and that nobody has closed yet makes room.
      [closeWindowAt(ctx.db, now), openWindow(ctx.db, now, until, takes)];
  await runBatch(ctx.db, [...changed, ...(await redrawnIfLocked(ctx, now, takes === "everybody"))]);
  ctx.ports.background(Promise.all([ctx.ports.redelivery.wake(), ctx.ports.mover.wake()]));
  return null;
}

/** False: none is open. */
export async function close(ctx: Ctx): Promise<boolean> {
  const [window] = await latestWindow(ctx.db);
  if (!window || window.closedAt !== null) return false;
  const now = ctx.clock();
  await runBatch(ctx.db, [closeWindowAt(ctx.db, now), ...(await redrawnIfLocked(ctx, now, false))]);
  ctx.ports.background(ctx.ports.redelivery.wake());
  return true;
}

/** Step: closes the window when its time is over. */
export async function closeWindow(ctx: Ctx): Promise<Stepped> {
  const [window] = await latestWindow(ctx.db);
  if (!window || window.closedAt !== null) return { idle: true, next: null };
  if (ctx.clock() < window.closesAt) return { idle: true, next: window.closesAt };
  await close(ctx);
  return { idle: false, next: null };
}

/** Who lets everybody in at all times looks the same before, during and after. */
async function redrawnIfLocked(ctx: Ctx, at: UnixMs, openToAll: boolean) {
  const { locked } = await loadOwner(ctx);
  return locked ? redrawn(ctx, {}, at, openToAll) : [];
}
