/**
 * Which of the owner's filters a post meets. Pure. What is done with such a post is for the app: it is told, and the post is sent all the same,
 * whatever the filter's action and context (docs.joinmastodon.org/entities/FilterResult).
 */
import type { SafeHtml, UnixMs } from "../kernel/brand.ts";
import { decodeEntities } from "../kernel/html-text.ts";
import { OWNER, type Attachment } from "./post.ts";

export const CONTEXTS = ["home", "notifications", "public", "thread", "account"] as const;
export type FilterContext = (typeof CONTEXTS)[number];

/** `blur`: the pictures of the post are covered, and its words are shown. */
export const ACTIONS = ["warn", "hide", "blur"] as const;
export type FilterAction = (typeof ACTIONS)[number];

export interface FilterKeyword {
  readonly id: number;
  readonly keyword: string;
  readonly wholeWord: boolean;
}

export interface FilteredPost {
  readonly id: number;
  /** posts.id */
  readonly post: number;
}

export interface Filter {
  readonly id: number;
  readonly title: string;
  readonly contexts: readonly FilterContext[];
  readonly action: FilterAction;
  /** Null: never. */
  readonly expiresAt: UnixMs | null;
  readonly keywords: readonly FilterKeyword[];
  readonly posts: readonly FilteredPost[];
}

export interface FilterMatch {
  readonly filter: Filter;
  /** As the owner typed them. */
  readonly keywords: readonly string[];
  /** The post itself is filtered. */
  readonly byPost: boolean;
}

/** What of a post is looked through. */
export interface Filterable {
  readonly id: number;
  readonly author: number;
  readonly title: string | null;
  readonly html: SafeHtml;
  readonly summary: string;
  readonly attachments: readonly Attachment[];
  readonly poll: { readonly options: readonly { readonly title: string }[] } | null;
}

/** Between the parts of a post, so that no keyword is found across two of them. */
const BETWEEN = "\n\n";

/**
 * The filters that a post meets at `now`, in their order. An owner's own post meets none: nobody has to be warned of their own words. Reads the
 * text once a keyword, without regular expressions: what an owner types can not make it slow.
 */
export function filtersMet(filters: readonly Filter[], post: Filterable, now: UnixMs): FilterMatch[] {
  const live = post.author === OWNER ? [] : filters.filter((filter) => isLive(filter, now));
  if (live.length === 0) return [];
  const text = folded(textOf(post));
  return live.flatMap((filter) => {
    const keywords = filter.keywords.filter((one) => isIn(text, one)).map(({ keyword }) => keyword);
    const byPost = filter.posts.some((one) => one.post === post.id);
    return keywords.length > 0 || byPost ? [{ filter, keywords, byPost }] : [];
  });
}

const isLive = ({ expiresAt }: Filter, now: UnixMs): boolean => expiresAt === null || expiresAt > now;

function textOf({ title, html, summary, attachments, poll }: Filterable): string {
  const options = poll?.options.map((option) => option.title) ?? [];
  return [summary, title ?? "", words(html), ...options, ...attachments.map(({ alt }) => alt)].join(BETWEEN);
}

/** Sanitised HTML as text: a block and a line break end a word, what is within a line does not. */
function words(html: SafeHtml): string {
  const lines = html.replaceAll(/<(?:br|hr|\/?(?:p|li|ul|ol|pre|blockquote|h[1-6]))\b[^>]*>/g, "\n");
  return decodeEntities(lines.replaceAll(/<[^>]*>/g, ""));
}

/** Of letters that differ in case or in how they are composed, one. Greek's sigma has two small forms. */
const folded = (text: string): string => text.normalize("NFC").toLowerCase().replaceAll("ς", "σ");

/** Letters, the marks on them, digits and what joins words: Unicode's words (UTS #18, annex C), as Ruby and so Mastodon has them. */
const WORD = "[\\p{Alphabetic}\\p{M}\\p{Nd}\\p{Pc}\\u200c\\u200d]";
const WORD_LAST = new RegExp(`${WORD}$`, "u");
const WORD_FIRST = new RegExp(`^${WORD}`, "u");
const WORD_HERE = new RegExp(`${WORD}+`, "uy");

/** Whether a keyword stands in a text that is folded already. An end of it that is no letter needs no end of a word ("c++", "#tag"). */
function isIn(text: string, { keyword, wholeWord }: FilterKeyword): boolean {
  const sought = folded(keyword);
  if (sought === "") return false;
  const [starts, ends] = [WORD_FIRST.test(sought), WORD_LAST.test(sought)];
  for (let at = text.indexOf(sought); at !== -1;) {
    const end = at + sought.length;
    // Two units: a letter beyond the first plane is two.
    const before = starts && WORD_LAST.test(text.slice(Math.max(0, at - 2), at));
    const after = ends && WORD_FIRST.test(text.slice(end, end + 2));
    if (!wholeWord || (!before && !after)) return true;
    // Where it begins with a letter, no other beginning is to be found in the same word.
    at = text.indexOf(sought, starts ? wordEnd(text, at) : at + 1);
  }
  return false;
}

function wordEnd(text: string, at: number): number {
  WORD_HERE.lastIndex = at;
  return at + (WORD_HERE.exec(text)?.[0].length ?? 1);
}
