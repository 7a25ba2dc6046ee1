/**
 * HTML out: what the owner typed, in the shape Mastodon and its apps know (paragraphs, `h-card` mentions,
 * `rel="tag"` hashtags, links with the scheme and the tail hidden). Pure: who is mentioned is looked up by
 * the caller, between `findMentions` and `compose`.
 */
import type { Iri, SafeHtml } from "../kernel/brand.ts";
import { cleanText } from "../kernel/html-text.ts";
import { safeHref } from "../kernel/link-host.ts";
import { escapeHtml, sanitise } from "../kernel/sanitise.ts";
import type { Token } from "./markdown-inline.ts";
import { type Block, parseBlocks } from "./markdown.ts";

export interface Mentioned {
  /** `user@host` as typed, the host in lower case. */
  handle: string;
  iri: Iri;
  /** Their page for people, or the IRI again when they have none. */
  url: string;
}

export interface Known {
  /** By handle, as `findMentions` gave it. Who is missing stays plain text. */
  mentions: ReadonlyMap<string, Mentioned>;
  /** Our page of a hashtag, escaped for a URL. */
  tagUrl: (tag: string) => string;
}

/**
 * Each `user@host` mentioned, once, in order: the user as typed, the host in lower case. Not in code, links
 * or e-mail addresses.
 */
export function findMentions(text: string): string[] {
  const handles = tokensIn(parseBlocks(cleanText(text))).flatMap((token) =>
    token.kind === "mention" ? [token.handle] : [],
  );
  return [...new Set(handles)];
}

/**
 * Each hashtag, once, in order, without its "#"; of spellings that differ only in case the first. Not in
 * code or links.
 */
export function findHashtags(text: string): string[] {
  const found = new Map<string, string>();
  for (const token of tokensIn(parseBlocks(cleanText(text)))) {
    if (token.kind !== "hashtag") continue;
    const key = token.name.normalize("NFKC").toLowerCase();
    if (!found.has(key)) found.set(key, token.name);
  }
  return [...found.values()];
}

/**
 * Text to HTML. Its own output goes through the sanitiser, so what we send is what we would take: links
 * have their `rel`, a link that names another host than its own says so, and `sanitise(compose(x)) ===
 * compose(x)`. Of the text only the language of fenced code is
 * lost, and what is beyond `OUTPUT_MAX`; markup that is not ours is text.
 */
export function compose(text: string, known: Known): SafeHtml {
  return sanitise(
    parseBlocks(cleanText(text))
      .map((block) => blockHtml(block, known))
      .join(""),
  );
}

function tokensIn(blocks: readonly Block[]): Token[] {
  return blocks.flatMap((block) => {
    switch (block.kind) {
      case "paragraph":
        return block.tokens;
      case "code":
        return [];
      case "quote":
        return tokensIn(block.blocks);
      case "list":
        return block.items.flatMap(tokensIn);
    }
  });
}

function blockHtml(block: Block, known: Known): string {
  switch (block.kind) {
    case "paragraph":
      return `<p>${inlineHtml(block.tokens, known)}</p>`;
    case "code":
      return `<pre><code>${escapeHtml(block.text)}</code></pre>`;
    case "quote":
      return `<blockquote>${block.blocks.map((inner) => blockHtml(inner, known)).join("")}</blockquote>`;
    case "list": {
      const items = block.items.map((item) => `<li>${itemHtml(item, known)}</li>`).join("");
      if (block.start === null) return `<ul>${items}</ul>`;
      return block.start === 1 ? `<ol>${items}</ol>` : `<ol start="${block.start}">${items}</ol>`;
    }
  }
}

/** An item's first paragraph stands bare: that is how apps expect a list. */
function itemHtml(item: readonly Block[], known: Known): string {
  return item
    .map((block, i) =>
      i === 0 && block.kind === "paragraph" ? inlineHtml(block.tokens, known) : blockHtml(block, known),
    )
    .join("");
}

function inlineHtml(tokens: readonly Token[], known: Known): string {
  return tokens.map((token) => tokenHtml(token, known)).join("");
}

function tokenHtml(token: Token, known: Known): string {
  switch (token.kind) {
    case "text":
      return textHtml(token.text);
    case "code":
      return `<code>${escapeHtml(token.text)}</code>`;
    case "start":
      return `<${token.tag}>`;
    case "end":
      return `</${token.tag}>`;
    case "url":
      return safeHref(token.text) === null ? textHtml(token.text) : anchor(token.text, urlHtml(token.text));
    case "link":
      return safeHref(token.href) === null
        ? textHtml(token.text)
        : anchor(token.href, inlineHtml(token.label, known));
    case "mention": {
      const peer = known.mentions.get(token.handle);
      const href = peer && (safeHref(peer.url) ?? safeHref(peer.iri));
      if (!href) return textHtml(token.text);
      const user = escapeHtml(token.handle.slice(0, token.handle.indexOf("@")));
      return `<span class="h-card">${anchor(href, `@<span>${user}</span>`, ' class="u-url mention"')}</span>`;
    }
    case "hashtag":
      return anchor(
        known.tagUrl(token.name),
        `#<span>${escapeHtml(token.name)}</span>`,
        ' class="mention hashtag" rel="tag"',
      );
  }
}

/** The sanitiser adds the rest of `rel`, and the target. */
const anchor = (href: string, html: string, attributes = ""): string =>
  `<a href="${escapeHtml(href)}"${attributes}>${html}</a>`;

const textHtml = (text: string): string => escapeHtml(text).replaceAll("\n", "<br>");

/** Shortest tail of a URL that is hidden starts here, in characters; Mastodon shows as many. */
const SHOWN_MAX = 30;

/**
 * A URL without its scheme and `www.`, cut as Mastodon cuts it, but never within the host. All of it is
 * still there to copy.
 */
function urlHtml(url: string): string {
  const prefix = /^https?:\/\/(?:www\.(?=[^/?#]+\.))?/i.exec(url)?.[0] ?? "";
  const rest = url.slice(prefix.length);
  let cut = Math.max(SHOWN_MAX, /^[^/?#]*/.exec(rest)?.[0].length ?? 0);
  if (/[\ud800-\udbff]/.test(rest[cut - 1] ?? "")) cut++;
  const hidden = `<span class="invisible">${escapeHtml(prefix)}</span>`;
  if (rest.length <= cut) return hidden + escapeHtml(rest);
  const [head, tail] = [escapeHtml(rest.slice(0, cut)), escapeHtml(rest.slice(cut))];
  return `${hidden}<span class="ellipsis">${head}</span><span class="invisible">${tail}</span>`;
}
