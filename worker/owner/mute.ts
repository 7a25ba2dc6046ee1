/** The owner does not want to read or hear of somebody, or of a conversation. Nobody is told. */
import type { UnixMs } from "../kernel/brand.ts";
import { SECOND } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { runBatch } from "../store/batch.ts";
import * as mutes from "../store/mutes.ts";

/** Longest mute that ends, in seconds: what is longer is for ever anyway. */
const LONGEST = 100 * 365 * 86_400;

export interface MuteWishes {
  /** What they do makes no notification either. */
  readonly notifications: boolean;
  /** In seconds; 0: until the owner takes it back. */
  readonly duration: number;
}

/** Again is a change. 1 row. */
export async function mutePeer(
  ctx: Ctx,
  peer: number,
  { notifications, duration }: MuteWishes,
): Promise<void> {
  const now = ctx.clock();
  const ends = duration > 0 && duration <= LONGEST;
  const expiresAt = ends ? ((now + duration * SECOND) as UnixMs) : null;
  await runBatch(ctx.db, [mutes.saveMute(ctx.db, { peer, notifications, expiresAt }, now)]);
}

export async function unmutePeer(ctx: Ctx, peer: number): Promise<void> {
  await runBatch(ctx.db, [mutes.dropMute(ctx.db, peer)]);
}

/** No notification any more of the conversation that a post stands in. 1 row. */
export async function muteThread(ctx: Ctx, post: number): Promise<void> {
  await runBatch(ctx.db, [mutes.muteThread(ctx.db, post, ctx.clock())]);
}

export async function unmuteThread(ctx: Ctx, post: number): Promise<void> {
  await runBatch(ctx.db, [mutes.unmuteThread(ctx.db, post)]);
}
