import type { Ctx } from "../kernel/ctx.ts";
import { loadOwner, updateOwner } from "../store/stead.ts";

/** Whether WebFinger answers under this host too: the handle's domain, and those the owner listed. At most 1 D1 read. */
export async function isOwnDomain(ctx: Ctx, host: string): Promise<boolean> {
  return host === ctx.stead.handleDomain || (await loadOwner(ctx)).domains.includes(host);
}

const DOMAINS_MAX = 20;

/** Sets the further hosts under which WebFinger answers. Says what is wrong instead, or null. 1 row. */
export async function changeDomains(ctx: Ctx, typed: readonly string[]): Promise<string | null> {
  const hosts: string[] = [];
  for (const one of typed) {
    const host = hostName(one);
    if (host === null)
      return `"${one}" is no domain. Write it like example.com, without https:// and without a path.`;
    if (!hosts.includes(host)) hosts.push(host);
  }
  if (hosts.length > DOMAINS_MAX) return `There is room for ${DOMAINS_MAX} domains.`;
  await updateOwner(ctx.db, { domains: hosts });
  return null;
}

/** A host name as requests carry it: lower case, punycode, its port where it has one; null when it is none. */
export function hostName(typed: string): string | null {
  const text = typed.trim();
  const url = /[/\\?#@\s]/.test(text) ? null : URL.parse(`https://${text}/`);
  return url !== null && /^([a-z0-9_-]+\.)+[a-z0-9-]+$/.test(url.hostname) ? url.host : null;
}
