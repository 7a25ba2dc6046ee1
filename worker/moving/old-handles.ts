/** Handles the owner had before, on domains that are theirs: WebFinger answers for them too, with the handle of today. */
import type { Ctx } from "../kernel/ctx.ts";
import { ownDomains } from "../owner/domains.ts";
import { loadOwner, updateOwner, type Owner } from "../store/stead.ts";
import { readOldHandle } from "./redirect-packs.ts";

const HANDLES_MAX = 20;

/** Says what is wrong instead, or null. 1 D1 read, 1 row. */
export async function addOldHandle(ctx: Ctx, typed: string): Promise<string | null> {
  const handle = readOldHandle(typed);
  if (handle === null) return `"${typed}" is no handle. Write it like @anna@old.example.`;
  const owner = await loadOwner(ctx);
  const { user, domain } = handle;
  if (!ownDomains(owner).includes(domain))
    return `${domain} is not among your domains yet. Add it under Settings, Further domains, then come back.`;
  if (answersFor(owner, user, domain)) return `@${user}@${domain} leads to you already.`;
  if (owner.handles.length >= HANDLES_MAX) return `There is room for ${HANDLES_MAX} old handles.`;
  await updateOwner(ctx.db, { handles: [...owner.handles, `${user}@${domain}`] });
  return null;
}

/** Nothing happens when it is not there. 1 D1 read, at most 1 row. */
export async function removeOldHandle(ctx: Ctx, handle: string): Promise<void> {
  const { handles } = await loadOwner(ctx);
  const left = handles.filter((one) => one !== handle);
  if (left.length < handles.length) await updateOwner(ctx.db, { handles: left });
}

/** Whether WebFinger at the stead's own host knows this handle, as it is asked after a redirect. Lower case. */
export function answersFor(owner: Owner, user: string, domain: string): boolean {
  const hosts = [owner.handleDomain, new URL(owner.origin).host];
  if (user === owner.handle.toLowerCase() && hosts.includes(domain)) return true;
  return owner.handles.includes(`${user}@${domain}`);
}
