import type { Ctx } from "../kernel/ctx.ts";
import { loadOwner, updateOwner, type Owner } from "../store/stead.ts";

/** Whether WebFinger answers under this host too: the handle's domain, and those the owner listed. At most 1 D1 read. */
export async function isOwnDomain(ctx: Ctx, host: string): Promise<boolean> {
  return host === ctx.stead.handleDomain || (await loadOwner(ctx)).domains.includes(host);
}

/** The hosts a handle of the owner's may end in. */
export function ownDomains(owner: Pick<Owner, "origin" | "handleDomain" | "domains">): string[] {
  return [owner.handleDomain, new URL(owner.origin).host, ...owner.domains];
}

const DOMAINS_MAX = 20;

/** Sets the further hosts under which WebFinger answers. Says what is wrong instead, or null. 1 D1 read, 1 row. */
export async function changeDomains(ctx: Ctx, typed: readonly string[]): Promise<string | null> {
  const hosts: string[] = [];
  for (const one of typed) {
    const host = hostName(one);
    if (host === null)
      return `"${one}" is no domain. Write it like example.com, without https:// and without a path.`;
    if (!hosts.includes(host)) hosts.push(host);
  }
  if (hosts.length > DOMAINS_MAX) return `There is room for ${DOMAINS_MAX} domains.`;
  const owner = await loadOwner(ctx);
  const left = ownDomains({ ...owner, domains: hosts });
  const orphan = owner.handles.find((handle) => !left.includes(handle.slice(handle.indexOf("@") + 1)));
  if (orphan !== undefined)
    return `Your old handle @${orphan} needs its domain. Remove the handle under Redirects first.`;
  await updateOwner(ctx.db, { domains: hosts });
  return null;
}

/** A host name as requests carry it: lower case, punycode, its port where it has one; null when it is none. */
export function hostName(typed: string): string | null {
  const text = typed.trim();
  const url = /[/\\?#@\s]/.test(text) ? null : URL.parse(`https://${text}/`);
  return url !== null && /^([a-z0-9_-]+\.)+[a-z0-9-]+$/.test(url.hostname) ? url.host : null;
}
