/**
 * What a page says of itself: Open Graph (ogp.me), Twitter's cards, its title, and who wrote it (Mastodon's `fediverse:creator`); and oEmbed
 * (oembed.com). Pure; text comes out as text, addresses as https, and nothing as HTML that we did not write.
 */
import { cleanText, decodeEntities, escapeHtml } from "../kernel/html-text.ts";
import { parseIri } from "../kernel/iri.ts";
import { plainText } from "../kernel/sanitise.ts";
import type { Card } from "./card.ts";
import { tagsIn } from "./html-tags.ts";

const TITLE_MAX = 300;
const DESCRIPTION_MAX = 1_000;
const NAME_MAX = 200;
const SIZE_MAX = 10_000;
const HEAD: ReadonlySet<string> = new Set(["html", "meta", "link", "title", "body"]);

export interface Page {
  readonly card: Card;
  /** Where its oEmbed document is. */
  readonly oembed: string | null;
  /** `user@host` of who wrote it, as the page claims. */
  readonly creator: string | null;
}

/** `url`: where the HTML came from in the end. Null: it has no title, so there is nothing to show. */
export function readPage(html: string, url: string): Page | null {
  const meta = new Map<string, string>();
  let [title, language, oembed]: [string, string, string | null] = ["", "", null];
  for (const tag of tagsIn(html, HEAD)) {
    const of = (name: string) => tag.attributes.get(name) ?? "";
    if (tag.name === "body") break;
    if (tag.name === "html") language ||= of("lang");
    if (tag.name === "title" && title === "") title = textAfter(html, tag.end);
    if (tag.name === "link" && of("type").toLowerCase() === "application/json+oembed")
      oembed ??= address(of("href"), url);
    if (tag.name !== "meta") continue;
    const name = (of("property") || of("name")).toLowerCase();
    if (name !== "" && of("content") !== "" && !meta.has(name)) meta.set(name, of("content"));
  }
  const first = (max: number, ...names: string[]) =>
    line(names.map((name) => meta.get(name) ?? "").find((text) => text.trim() !== "") ?? "", max);
  const shown = first(TITLE_MAX, "og:title", "twitter:title") || line(title, TITLE_MAX);
  if (shown === "") return null;
  const image = address(meta.get("og:image") ?? meta.get("twitter:image") ?? "", url);
  const creator = /^@?([\w.-]{1,64}@[\w.-]{1,253})$/.exec(meta.get("fediverse:creator")?.trim() ?? "")?.[1];
  const card: Card = {
    type: "link",
    title: shown,
    description: first(DESCRIPTION_MAX, "og:description", "twitter:description", "description"),
    language: languageOf(first(NAME_MAX, "og:locale") || language),
    authorName: first(NAME_MAX, "author", "article:author").replace(/^https?:\/\/.*$/, ""),
    authorUrl: "",
    providerName: first(NAME_MAX, "og:site_name"),
    providerUrl: "",
    html: "",
    width: size(meta.get("og:image:width")),
    height: size(meta.get("og:image:height")),
    image,
    imageAlt: first(DESCRIPTION_MAX, "og:image:alt", "twitter:image:alt"),
    embedUrl: "",
    publishedAt: timeOf(meta.get("article:published_time")),
  };
  return { card, oembed, creator: creator ?? null };
}

/** A page's card with what its oEmbed document adds. A video of which no frame can be written stays a link. */
export function withOembed(card: Card, oembed: unknown): Card {
  if (typeof oembed !== "object" || oembed === null) return card;
  const said = oembed as Record<string, unknown>;
  const text = (name: string, max: number) => {
    const value = said[name];
    return typeof value === "string" ? plainText(value, max).replaceAll("\n", " ") : "";
  };
  const link = (name: string) => (typeof said[name] === "string" ? address(said[name]) : null);
  const common: Card = {
    ...card,
    title: text("title", TITLE_MAX) || card.title,
    authorName: text("author_name", NAME_MAX) || card.authorName,
    authorUrl: link("author_url") ?? card.authorUrl,
    providerName: text("provider_name", NAME_MAX) || card.providerName,
    providerUrl: link("provider_url") ?? card.providerUrl,
    image: card.image ?? link("thumbnail_url"),
  };
  const [width, height] = [size(said["width"]), size(said["height"])];
  const [photo, html] = [link("url"), typeof said["html"] === "string" ? said["html"] : ""];
  const frame = frameOf(html, width, height);
  if (said["type"] === "photo" && photo !== null)
    return { ...common, type: "photo", embedUrl: photo, image: photo, width, height };
  if (said["type"] === "video" && frame !== "")
    return { ...common, type: "video", html: frame, width, height };
  return common;
}

const FRAMES: ReadonlySet<string> = new Set(["iframe"]);
/** What Mastodon lets players do. Without `allow-top-navigation`: none of them leads the reader away. */
const SANDBOX = "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-forms";

/** The first frame in it, written anew: nothing but where it leads and its size. "": there is none that could be shown. */
function frameOf(html: string, width: number, height: number): string {
  if (width === 0 || height === 0) return "";
  const [frame] = tagsIn(html.slice(0, 20_000), FRAMES);
  const src = address(frame?.attributes.get("src") ?? "");
  if (src === null) return "";
  return `<iframe src="${escapeHtml(src)}" width="${width}" height="${height}" sandbox="${SANDBOX}" referrerpolicy="strict-origin-when-cross-origin" allowfullscreen=""></iframe>`;
}

/** https alone, without a user name: it is shown and opened as it stands. */
function address(href: string, base?: string): string | null {
  const url = href.trim() === "" ? null : URL.parse(href.trim(), base);
  if (!url || url.protocol !== "https:" || url.username !== "" || url.password !== "") return null;
  return parseIri(url.href);
}

const line = (text: string, max: number) => {
  const flat = cleanText(text).replaceAll(/\s+/g, " ").trim();
  return flat.length <= max ? flat : `${flat.slice(0, max - 1).replace(/[\ud800-\udbff]$/, "")}…`;
};

function textAfter(html: string, start: number): string {
  const end = html.indexOf("<", start);
  return decodeEntities(html.slice(start, end < 0 ? start + TITLE_MAX : Math.min(end, start + 5_000)));
}

/** Open Graph writes en_US. */
function languageOf(said: string): string | null {
  const [language] = /^[a-z]{2,3}\b/i.exec(said.replace("_", "-")) ?? [];
  return language?.toLowerCase() ?? null;
}

function size(value: unknown): number {
  const pixels = Number(typeof value === "string" && /^\d{1,5}$/.test(value.trim()) ? value : (value ?? 0));
  return Number.isInteger(pixels) && pixels > 0 && pixels <= SIZE_MAX ? pixels : 0;
}

function timeOf(said: string | undefined): string | null {
  const at = said === undefined ? Number.NaN : Date.parse(said);
  return Number.isFinite(at) && at > 0 && at < 8e15 ? new Date(at).toISOString() : null;
}

/**
 * The encoding of a page: what its header says, or its first 1,024 bytes, or UTF-8. One that nobody knows is read as UTF-8, and what does not
 * fit in becomes U+FFFD.
 */
export function decodePage(bytes: Uint8Array, contentType: string): string {
  const start = new TextDecoder("latin1").decode(bytes.subarray(0, 1_024));
  const label =
    /charset\s*=\s*"?([\w.:-]+)/i.exec(contentType)?.[1] ??
    /<meta[^>]{0,200}?charset\s*=\s*["']?([\w.:-]+)/i.exec(start)?.[1] ??
    "utf-8";
  try {
    return new TextDecoder(label).decode(bytes);
  } catch {
    return new TextDecoder().decode(bytes);
  }
}

/** Whether it vouches, in its actor document, for what is published there in its name (Mastodon's `attributionDomains`). */
export function mayBeNamedAt(host: string, domains: readonly unknown[]): boolean {
  const labels = host.toLowerCase().split(".");
  return domains.some(
    (domain) =>
      typeof domain === "string" &&
      labels.some((_, n) => n < labels.length - 1 && labels.slice(n).join(".") === domain.toLowerCase()),
  );
}

export const isHtml = (contentType: string | null): boolean =>
  /^\s*(text\/html|application\/xhtml\+xml)\b/i.test(contentType ?? "");
