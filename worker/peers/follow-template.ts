/**
 * Where somebody's own server lets them follow a remote account: their WebFinger document names an address with a gap in it. Asked for
 * by visitors, so it is one unsigned GET with tight caps, and whatever comes back is a link to be shown, never a place to be fetched.
 */
import { checkUrl, type Bounds } from "../kernel/allowed-url.ts";
import type { Iri } from "../kernel/brand.ts";
import { SECOND } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { IRI_MAX } from "../kernel/iri.ts";
import { safeHref } from "../kernel/link-host.ts";
import { safeFetch } from "../kernel/safe-fetch.ts";
import { asText, isObject, list } from "../vocab/read.ts";

export interface Account {
  readonly user: string;
  /** As in a URL: lower case, punycode, its port where it has one. */
  readonly host: string;
}

export type WayToFollow =
  /** `host` is where the link leads; a server may live under another name than its handles. */
  | { kind: "way"; url: string; host: string }
  /** The server knows the account and names no address we would send anybody to. */
  | { kind: "no-way" }
  | { kind: "unknown-account" }
  /** No public name: nothing was sent. */
  | { kind: "no-server" }
  | { kind: "no-answer" };

/** A big server's document has 2 KB. */
const JRD_MAX = 65_536;
const DEADLINE = 5 * SECOND;

/** FEP-3b86's own word for it first, then its "open this", then what OStatus left behind and every server still has. */
const RELS = [
  ["https://w3id.org/fep/3b86/Follow", "object"],
  ["https://w3id.org/fep/3b86/Object", "object"],
  ["http://ostatus.org/schema/1.0/subscribe", "uri"],
] as const;

/** `@user@host`, `user@host`, `acct:user@host`, or the address of a profile (`https://host/@user`, `https://host/users/user`). */
export function readAccount(typed: string): Account | null {
  const text = typed.trim().replace(/^acct:/i, "");
  const [, user, host] =
    /^@?([^@\s/\\?#:]{1,200})@([^@\s/\\?#]{1,300})$/.exec(text) ??
    swapped(/^https?:\/\/([^@\s/\\?#]{1,300})\/(?:@|users\/)([^@\s/\\?#:]{1,200})\/?$/i.exec(text)) ??
    [];
  const url = host === undefined ? null : URL.parse(`https://${host}/`);
  return user === undefined || url === null ? null : { user, host: url.host };
}

const swapped = (match: RegExpExecArray | null) => match && ([match[0], match[2], match[1]] as const);

/** Asks the account's server where it follows. One fetch and at most 3 redirects, 5 seconds, 64 KiB; nothing is stored. */
export async function wayToFollow(ctx: Ctx, { user, host }: Account, actor: Iri): Promise<WayToFollow> {
  const { privateHosts } = ctx.door;
  const scheme = privateHosts.has(host) || privateHosts.has(host.replace(/:\d+$/, "")) ? "http" : "https";
  const resource = encodeURIComponent(`acct:${user}@${host}`);
  const answer = await safeFetch(ctx.door, {
    method: "GET",
    url: `${scheme}://${host}/.well-known/webfinger?resource=${resource}`,
    headers: { accept: "application/jrd+json, application/json" },
    maxBytes: JRD_MAX,
    deadlineMs: DEADLINE,
  });
  if (!answer.ok) return { kind: answer.reason === "not-allowed" ? "no-server" : "no-answer" };
  if (answer.status === 404 || answer.status === 410) return { kind: "unknown-account" };
  if (answer.status !== 200) return { kind: "no-answer" };
  const url = followUrl(ctx.door, new TextDecoder().decode(answer.body), actor);
  return url === null ? { kind: "no-way" } : { kind: "way", url: url.href, host: url.host };
}

/** The address in a WebFinger document (RFC 7033) where its account may follow `actor`; null when it names none that is safe. */
export function followUrl(bounds: Bounds, jrd: string, actor: Iri): URL | null {
  const links = linksOf(jrd);
  for (const [rel, gap] of RELS) {
    for (const link of links) {
      // Until 2025 FEP-3b86 put its templates into `href`.
      const template = link["rel"] === rel ? (asText(link["template"]) ?? asText(link["href"])) : null;
      const url = template === null ? null : filled(bounds, template, gap, actor);
      if (url) return url;
    }
  }
  return null;
}

function linksOf(jrd: string) {
  try {
    const json: unknown = JSON.parse(jrd);
    return isObject(json) ? list(json["links"]).filter(isObject) : [];
  } catch {
    return [];
  }
}

/** The host stands before the first gap, so that nothing we fill in can become a part of it. */
const WHOLE_HOST = /^https?:\/\/[^\s/?#{}\\]+[/?#]/i;

/** RFC 6570 level 1. Gaps we do not know are left empty (FEP-3b86 §3.2). What may be fetched may be linked: https, a public name, not ours. */
function filled(bounds: Bounds, template: string, gap: string, actor: Iri): URL | null {
  if (template.length > IRI_MAX || !WHOLE_HOST.test(template)) return null;
  let used = false;
  const text = template.replaceAll(/\{([^{}]*)\}/g, (_, name: string) => {
    if (name !== gap) return "";
    used = true;
    return encodeURIComponent(actor);
  });
  if (!used || safeHref(text) === null || !checkUrl(bounds, text).ok) return null;
  return new URL(text);
}
