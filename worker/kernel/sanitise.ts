/**
 * The one door for HTML that others wrote: peers, old archives, translations. Nothing of the input is
 * passed on. `xss` cuts it into tags and text, and a new document is written from the tags on our list and
 * from escaped text, so that where we and a browser read the input differently, the browser still only gets
 * what we wrote.
 */
import xss from "xss";
import type { SafeHtml } from "./brand.ts";
import { cleanText, decodeEntities, escapeHtml } from "./html-text.ts";
import { type Attributes, HtmlWriter } from "./html-writer.ts";
import { safeHref } from "./link-host.ts";

export { escapeHtml };

/**
 * Longest HTML read, in characters; what comes after is cut off. Mastodon's own ceiling for a post's text
 * is far below.
 */
export const INPUT_MAX = 200_000;

/**
 * What Mastodon 4.5 keeps (its `sanitize_config.rb`), and headings, rules and sub/sup, which articles have
 * (WordPress, Ghost, Lemmy).
 */
const KEPT = words(
  "a b blockquote code del em h1 h2 h3 h4 h5 h6 i li ol p pre rp rt ruby s span strong sub sup u ul",
);
const LEAVES = words("br hr");

/** Tags that are not kept, but end one thing and begin another: the kept tag that comes nearest. */
const PARAGRAPHS = words(
  "address article aside caption center dd details div dl dt fieldset figcaption figure footer form " +
    "header main nav section summary table tr",
);
const RENAMED = new Map([
  ...[...PARAGRAPHS].map((name): [string, string] => [name, "p"]),
  ["ins", "u"],
  ["kbd", "code"],
  ["samp", "code"],
  ["strike", "s"],
  ["tt", "code"],
]);

const CLASSES = new Map([
  ["a", words("mention hashtag u-url")],
  ["p", words("quote-inline")],
  ["span", words("h-card mention invisible ellipsis quote-inline")],
]);

/** Tags whose inside is no text for a reader. */
const UNREADABLE =
  "script|style|title|textarea|template|iframe|object|svg|math|noscript|noembed|noframes|xmp|plaintext|select";
/** These with all that is in them, and comments. Unclosed, they reach to the end, as in a browser. */
const DROPPED = new RegExp(
  `<!--(?:-?>|[^]*?(?:--!?>|$))|<(${UNREADABLE})\\b[^]*?(?:</\\1\\b[^>]*(?:>|$)|$)`,
  "gi",
);
const TEX = /<annotation\b[^<>]{0,200}\bx-tex\b[^<>]{0,100}>([^<]*)/i;
const TAG = /^<(\/?)([a-z][^\s/>]*)([^]*)>$/i;
const ATTRIBUTE = /([^\s"'<>/=]+)(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>`]+)))?/g;

/**
 * HTML from anywhere to HTML that is safe in a page and cannot break it: only listed tags and attributes,
 * all closed in order, links to http and https only, each with `rel="nofollow noopener noreferrer"` and a
 * new tab, its true host shown when its text names another. What is not kept leaves its text behind (an
 * image its alt text, a formula its TeX); scripts, styles and comments leave nothing. `rel="me"` is never
 * kept: on our page it would vouch for whoever wrote it.
 *
 * Idempotent. At most `INPUT_MAX` characters in and `OUTPUT_MAX` out; linear in the length.
 */
export function sanitise(html: string): SafeHtml {
  return read(html).html as SafeHtml;
}

/**
 * The text of HTML, for what is shown as text: names, summaries, page titles. Entities are decoded,
 * paragraphs and line breaks are line feeds (never more than two), the rest of the white space is single
 * spaces. It is text: escape it to put it in a page.
 * @param max longest result in characters (UTF-16), the "…" of a cut one included
 */
export function plainText(html: string, max: number = INPUT_MAX): string {
  const lines = read(html).text.split("\n");
  const text = lines
    .map((line) => line.trim().replace(/ {2,}/g, " "))
    .join("\n")
    .replace(/\n{3,}/g, "\n\n")
    .trim();
  if (text.length <= max) return text;
  return `${text
    .slice(0, Math.max(0, max - 1))
    .replace(/[\ud800-\udbff]$/, "")
    .trimEnd()}…`;
}

function read(html: string): { html: string; text: string } {
  const writer = new HtmlWriter();
  const source = cut(html).replace(DROPPED, (whole) => {
    const tex = TEX.exec(whole)?.[1];
    return tex === undefined ? "" : `$${tex}$`;
  });
  const escape = (text: string): string => {
    writer.text(decodeEntities(text));
    return "";
  };
  // each tag and each text between tags, in order; what xss itself would write is not wanted
  xss(source, { css: false, onTag: (_name, tag) => onTag(writer, tag) ?? escape(tag), escapeHtml: escape });
  return writer.end();
}

/** Cut before a tag or a reference that the end would break. */
function cut(html: string): string {
  if (html.length <= INPUT_MAX) return html;
  const start = html.slice(0, INPUT_MAX);
  const tag = start.lastIndexOf("<");
  return tag > start.lastIndexOf(">") ? start.slice(0, tag) : start.replace(/&[#\w]{0,31}$/, "");
}

/**
 * Null when this is no tag but text with a "<" in it ("I <3 you"); else "", as xss would write the tag
 * otherwise.
 */
function onTag(writer: HtmlWriter, source: string): "" | null {
  const [, slash, written, attributes = ""] = TAG.exec(source) ?? [];
  // <!doctype>, <?xml?> and broken end tags are comments to a browser
  if (written === undefined) return /^<[!?/]/.test(source) ? "" : null;
  const tag = written.toLowerCase();
  const name = RENAMED.get(tag) ?? tag;
  if (slash) writer.close(name);
  else if (tag === "td" || tag === "th") writer.text(" ");
  else if (LEAVES.has(name)) writer.leaf(name);
  else if (tag === "img") writer.text(attributesOf(attributes).get("alt") ?? "");
  else if (KEPT.has(name)) open(writer, name, attributesOf(attributes));
  return "";
}

function open(writer: HtmlWriter, name: string, given: Map<string, string>): void {
  const attributes = kept(name, given);
  // a link that leads nowhere we go is no link, but it still ends the one before it
  if (attributes === null) writer.close("a");
  else writer.open(name, attributes);
}

/**
 * Reads attributes, the first of a name wins as in HTML. Not `parseAttr` of xss: that is quadratic (a tag
 * of 40,000 characters takes seven seconds, measured 2026-11). This is linear.
 */
function attributesOf(source: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, written = "", double, single, bare] of source.matchAll(ATTRIBUTE)) {
    const name = written.toLowerCase();
    if (!found.has(name)) found.set(name, cleanText(decodeEntities(double ?? single ?? bare ?? "")));
  }
  return found;
}

/** The attributes that a kept tag keeps; null for a link without a place to go. */
function kept(name: string, given: Map<string, string>): Attributes | null {
  const classes = [...words(given.get("class"))].filter((token) => CLASSES.get(name)?.has(token));
  const classHtml = classes.length === 0 ? "" : ` class="${classes.join(" ")}"`;
  switch (name) {
    case "a": {
      const href = safeHref(given.get("href") ?? "");
      if (href === null) return null;
      const rel = `${words(given.get("rel")).has("tag") ? "tag " : ""}nofollow noopener noreferrer`;
      return { html: ` href="${escapeHtml(href)}"${classHtml} rel="${rel}" target="_blank"`, href };
    }
    case "ol":
      return { html: integer(given, "start") + (given.has("reversed") ? ' reversed=""' : "") };
    case "li":
      return { html: integer(given, "value") };
    default:
      return { html: classHtml, invisible: classes.includes("invisible") };
  }
}

function integer(given: Map<string, string>, name: string): string {
  const value = given.get(name) ?? "";
  return /^-?\d{1,9}$/.test(value) ? ` ${name}="${value}"` : "";
}

function words(text: string = ""): Set<string> {
  return new Set(text.split(/\s+/));
}
