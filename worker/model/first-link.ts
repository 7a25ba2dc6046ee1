/** The link of a post that a card is shown for: its first that is no mention, no hashtag and not the post it quotes. Pure. */
import { safeHref } from "../kernel/link-host.ts";
import { tagsIn, wordsOf } from "./html-tags.ts";
import type { Mention } from "./post.ts";

const LINKS: ReadonlySet<string> = new Set(["a", "p", "span", "/p", "/span"]);
/** Links that are looked at: a post may have thousands. */
const LINKS_MAX = 50;

interface Said {
  readonly html: string;
  readonly mentions: readonly Mention[];
}

/** Null: there is none. */
export function firstLink({ html, mentions }: Said): string | null {
  const named = new Set<string>(mentions.flatMap(({ iri, url }) => [iri, url]));
  let inQuote: string | null = null;
  let looked = 0;
  for (const tag of tagsIn(html, LINKS)) {
    if (tag.name !== "a") {
      // Mastodon and others name the quoted post in the text too, for who can not show a quote.
      if (inQuote === null && wordsOf(tag, "class").includes("quote-inline")) inQuote = `/${tag.name}`;
      else if (tag.name === inQuote) inQuote = null;
      continue;
    }
    if (looked++ >= LINKS_MAX) return null;
    if (inQuote !== null) continue;
    const classes = wordsOf(tag, "class");
    if (classes.includes("mention") || classes.includes("hashtag") || wordsOf(tag, "rel").includes("tag"))
      continue;
    const href = safeHref(tag.attributes.get("href") ?? "");
    if (href !== null && !named.has(href)) return href;
  }
  return null;
}
