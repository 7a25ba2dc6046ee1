/** Whom the owner wants nothing from, whole servers among them. */
import type { Ctx } from "../kernel/ctx.ts";
import * as notices from "../store/notices.ts";
import { hostName } from "./domains.ts";
import { blockPeer } from "./follow.ts";
import { knowPeer } from "./know-peer.ts";

/** Blocks the account behind a handle or URL. Says what is wrong instead, or null. */
export async function blockHandle(ctx: Ctx, typed: string): Promise<string | null> {
  const known = await knowPeer(ctx, typed);
  if (known.kind === "unknown") return known.problem;
  await blockPeer(ctx, known.peer.id);
  return null;
}

/** Nothing is taken from this server any more. Who follows from there stays, until they are removed. 1 row. Says what is wrong, or null. */
export async function blockHost(ctx: Ctx, typed: string): Promise<string | null> {
  const host = hostName(typed);
  if (host === null)
    return `"${typed}" is no server. Write it like example.com, without https:// and without a path.`;
  if (host === new URL(ctx.stead.origin).host) return "That is your own stead.";
  await notices.blockHost(ctx.db, host, ctx.clock());
  return null;
}

export async function unblockHost(ctx: Ctx, host: string): Promise<void> {
  await notices.unblockHost(ctx.db, host);
}
