/**
 * Where the Worker may go: the rules of the one door out, as a pure function. A name is all we can judge, because a Worker never
 * sees the address it resolves to; the platform has no private network, and the flag `global_fetch_strictly_public` sends requests
 * for our own zone through the front. What is refused here is refused before a request exists.
 */
import { IRI_MAX } from "./iri.ts";

/** The two lists a URL is held against. An entry is "name" (any port) or "name:port", in lower case and punycode. */
export interface Bounds {
  /** Hosts that are ourselves: never fetched. */
  ownHosts: ReadonlySet<string>;
  /** Names reachable although private, plain http or on another port: local federation only (setting ALLOW_PRIVATE_HOSTS). */
  privateHosts: ReadonlySet<string>;
  /** Addresses of our own that may be fetched all the same, each to the letter: what we look at as others see it. */
  ownUrls?: ReadonlySet<string>;
}

/** Top-level names that no public host has: RFC 6761, 6762, 7686, 8375, 9476, ICANN's `internal`, and habits of private networks. */
const PRIVATE_TLDS: ReadonlySet<string> = new Set(
  "localhost localdomain local internal intranet private lan home corp arpa onion alt".split(" "),
);

/** Longest DNS name in characters, without the root's dot (RFC 1035 §2.3.4). */
const NAME_MAX = 253;
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;
/** A top-level name is letters or punycode; that alone leaves no room for an IPv4 address in any spelling. */
const TLD = /^([a-z]{2,63}|xn--[a-z0-9-]{1,59})$/;

/**
 * Says whether a URL may be fetched: https on port 443, no userinfo, a public DNS name that is not ours. Address literals are refused
 * in every spelling, public ones too: the parser turns `2130706433`, `0x7f.1` and full-width digits into dotted decimal, and puts
 * IPv6 into brackets. A final dot is refused, for it would be a second name of a host that is ours or blocked.
 *
 * The URL that comes back has no fragment; fetch that one, never the text it was parsed from. `detail` is for the log.
 */
export function checkUrl(
  bounds: Bounds,
  text: string,
): { ok: true; url: URL } | { ok: false; detail: string } {
  const refuse = (detail: string) => ({ ok: false, detail }) as const;
  if (text.length > IRI_MAX) return refuse(`longer than ${IRI_MAX} characters`);
  const url = URL.parse(text);
  if (url === null) return refuse("not a URL");
  url.hash = "";
  if (url.protocol !== "https:" && url.protocol !== "http:") return refuse(`scheme ${url.protocol}`);
  if (url.username !== "" || url.password !== "") return refuse("user or password in the URL");
  if (isOwn(bounds.ownHosts, url))
    return bounds.ownUrls?.has(url.href) ? { ok: true, url } : refuse("our own host");
  if (lists(bounds.privateHosts, url.hostname, url)) return { ok: true, url };
  if (url.protocol !== "https:") return refuse("not https");
  if (url.port !== "") return refuse(`port ${url.port}`);
  const wrong = whatIsWrongWith(url.hostname);
  return wrong === null ? { ok: true, url } : refuse(wrong);
}

function whatIsWrongWith(hostname: string): string | null {
  const labels = hostname.split(".");
  const tld = labels.at(-1) ?? "";
  if (labels.length < 2) return "no dotted name";
  if (PRIVATE_TLDS.has(tld)) return `private name .${tld}`;
  if (!TLD.test(tld)) return "an address literal, or no public top-level name";
  if (hostname.length > NAME_MAX || !labels.every((label) => LABEL.test(label))) return "no DNS name";
  return null;
}

/** Ours with `www.` before it as well; other subdomains may be other people's servers. */
function isOwn(ownHosts: ReadonlySet<string>, url: URL): boolean {
  const name = url.hostname;
  return lists(ownHosts, name, url) || (name.startsWith("www.") && lists(ownHosts, name.slice(4), url));
}

function lists(hosts: ReadonlySet<string>, name: string, url: URL): boolean {
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  return hosts.has(name) || hosts.has(`${name}:${port}`);
}
