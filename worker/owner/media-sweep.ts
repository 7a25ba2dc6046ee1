/** What no post shows goes: the bytes first, then the row that knows of them. */
import type { UnixMs } from "../kernel/brand.ts";
import { HOUR } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { runBatch } from "../store/batch.ts";
import { dropMedia, expiredMedia, giveUpMedia } from "../store/media.ts";

/** Rows at a time, each of at most two files. */
const A_SWEEP = 200;
/** Past its end, a file is still there as long as whoever saw it before may be attaching it. What was given up has no end to wait for. */
const GRACE = HOUR;

/** Removes what has had its time. 1 D1 read, 1 operation of R2 and 1 D1 row each; without a bucket nothing, so that nothing is forgotten. */
export async function sweepMedia(ctx: Ctx): Promise<void> {
  const port = ctx.ports.media;
  if (!port) return;
  const expired = await expiredMedia(ctx.db, (ctx.clock() - GRACE) as UnixMs, A_SWEEP);
  if (expired.length === 0) return;
  await port.remove(expired.flatMap(({ name, preview }) => (preview === null ? [name] : [name, preview])));
  await runBatch(ctx.db, [
    dropMedia(
      ctx.db,
      expired.map(({ id }) => id),
    ),
  ]);
}

/** The file is not there any more, unless a post shows it, and its bytes go at once; should that break off, with the next sweep. */
export async function giveUp(ctx: Ctx, id: number): Promise<void> {
  await runBatch(ctx.db, [giveUpMedia(ctx.db, id)]);
  ctx.ports.background(sweepMedia(ctx));
}
