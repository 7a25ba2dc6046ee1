/**
 * Links that say one place and go to another (CVE-2023-36462 in Mastodon). A
 * reader sees text; only the sanitiser sees where it leads, so the sanitiser has to tell.
 */
import { IRI_MAX } from "./iri.ts";

/**
 * The href, unchanged, when a link may go there; null when not: no http or https, relative, not a URL,
 * longer than IRI_MAX, with a user name in it (`https://bank.example@evil.test`), or with a backslash, of
 * which parsers disagree where the host ends.
 */
export function safeHref(value: string): string | null {
  const href = value.trim();
  if (href.length > IRI_MAX || !/^https?:\/\/[^\s\\\p{Cc}\p{Cs}\u202d\u202e]+$/iu.test(href)) return null;
  if (!URL.canParse(href)) return null;
  const url = new URL(href);
  return url.username === "" && url.password === "" ? href : null;
}

/**
 * What has to be added to a link's text so that nobody is misled: " [true.host]", or "" when the text
 * claims no other host. Text claims a host when it has a URL or a `www.` name in it, or is nothing but a
 * domain name. Two readings are taken: with the parts that peers hide by class, and without.
 * @param href as `safeHref` gave it
 * @param full all text of the link
 * @param shown its text without the hidden parts
 */
export function hostNote(href: string, full: string, shown: string): string {
  const { host, hostname } = new URL(href);
  const note = ` [${host}]`;
  if (shown.endsWith(note)) return "";
  return claimsOther(shown, hostname) || (full !== shown && claimsOther(full, hostname)) ? note : "";
}

/** Longest stretch read as a host, in characters. A DNS name has 253. */
const HOST_MAX = 300;
const URL_IN_WORD = /(?:https?:[/\\]{2}|(?<![\p{L}\p{N}])(?=www\.))([^/?#\\]{1,300})/iu;
const DOMAIN_FIRST = /^[^\p{L}\p{N}@#]*([\p{L}\p{N}-]+(?:\.[\p{L}\p{N}-]+)+)(?![\p{L}\p{N}@-])/u;

function claimsOther(raw: string, hostname: string): boolean {
  // what looks the same has to read the same: wide letters, ideographic dots, characters of no width
  const text = raw
    .normalize("NFKC")
    .replaceAll("。", ".")
    .replace(/\p{Default_Ignorable_Code_Point}+/gu, "");
  const words = text.split(/\s+/).filter((word) => /[\p{L}\p{N}]/u.test(word));
  return words.some((word) => {
    const domain = DOMAIN_FIRST.exec(word.slice(0, HOST_MAX))?.[1];
    if (domain !== undefined && isDomain(domain)) {
      // the true host first: what follows is its path, as in archive.org/web/https://example.com
      if (!differs(domain, hostname)) return false;
      if (words.length === 1) return true;
    }
    const authority = URL_IN_WORD.exec(word)?.[1];
    return authority !== undefined && differs(authority, hostname);
  });
}

/** `example.com` and `192.0.2.1` are, `3.14`, `v1.2` and `e.g` are not. */
function isDomain(name: string): boolean {
  const labels = name.split(".");
  return /^[\p{L}\p{N}-]*\p{L}[\p{L}\p{N}-]+$/u.test(labels.at(-1) ?? "") || /^\d+(?:\.\d+){3}$/.test(name);
}

function differs(authority: string, hostname: string): boolean {
  const written = `https://${authority.replace(/[^\p{L}\p{N}\]]+$/u, "")}`;
  if (written === "https://") return false;
  if (authority.includes("@") || !URL.canParse(written)) return true;
  return withoutWww(new URL(written).hostname) !== withoutWww(hostname);
}

const withoutWww = (hostname: string): string => hostname.replace(/^www\./, "").replace(/\.$/, "");
