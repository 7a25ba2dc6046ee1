import type { Ctx } from "../kernel/ctx.ts";
import { loadOwner } from "../store/stead.ts";

/** Whether WebFinger answers under this host too: the handle's domain, and those the owner listed. At most 1 D1 read. */
export async function isOwnDomain(ctx: Ctx, host: string): Promise<boolean> {
  return host === ctx.stead.handleDomain || (await loadOwner(ctx)).domains.includes(host);
}
