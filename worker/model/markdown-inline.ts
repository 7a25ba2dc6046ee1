/**
 * The inside of a paragraph: emphasis, code, links, mentions and hashtags, found in one pass from left to
 * right.
 */

export type Token =
  | { kind: "text" | "code" | "url"; text: string }
  | { kind: "link"; text: string; href: string; label: Token[] }
  | { kind: "mention"; text: string; handle: string }
  | { kind: "hashtag"; text: string; name: string }
  | { kind: "start" | "end"; tag: "em" | "strong" };

const WORD = "\\p{L}\\p{M}\\p{N}\\p{Pc}";
const IN_URL = '[^\\s<>"`{}|\\\\^()\\[\\]、。「」『』（）【】！？…]';
const URL_END = "[^\\s<>\"`{}|\\\\^()\\[\\]、。「」『』（）【】！？….,;:!?'*]";
const LABEL = "[\\p{L}\\p{N}_]+(?:-+[\\p{L}\\p{N}_]+)*";
const TOP_LEVEL = "(?:xn--[a-z0-9-]*[a-z0-9]|[a-z]{2,}|[^\\x00-\\x7f\\s\\p{P}\\p{S}]+)(?![a-z0-9_])";

const ESCAPE = "\\\\(?<escaped>[*`\\[\\]@#])";
const CODE = "(?<!`)(?<ticks>`{1,3})(?!`)(?<code>.+?)(?<!`)\\k<ticks>(?!`)";
const STARS = "(?<stars>\\*+)";
const LINK = "\\[(?<label>[^\\[\\]\\n]+)\\]\\((?<href>https?://[^\\s()]+(?:\\([^\\s()]*\\)[^\\s()]*)*)\\)";
const BARE = `(?<![${WORD}@/])(?<url>https?://(?:${IN_URL}|\\(${IN_URL}*\\))*(?:${URL_END}|\\(${IN_URL}*\\)))`;
// A name without a dot is a host of local federation alone.
const MENTION = `(?<![${WORD}=/@.+-])@(?<user>[a-z0-9_]+(?:[.-]+[a-z0-9_]+)*)@(?<host>(?:${LABEL}\\.)+${TOP_LEVEL}|localhost:\\d{1,5})`;
// Mastodon 4.x (`Tag`): letters, marks, digits, underscore; the middle dots and the non-joiner only inside.
// What stands before it is its rule until 4.3, which takes more ("(#tag)") than white space alone
const HASHTAG = `(?<![${WORD}/)&#])[#＃](?<tag>[\\p{L}\\p{N}\\p{Pc}](?:[${WORD}·・\\u200c]*[${WORD}])?)`;

const INLINE = new RegExp([ESCAPE, CODE, STARS, LINK, BARE, MENTION, HASHTAG].join("|"), "gisu");
const IN_LABEL = new RegExp([ESCAPE, CODE, STARS].join("|"), "gisu");

/**
 * A paragraph to its tokens; each piece of its text is in exactly one of them, in order. Starts and ends
 * are balanced.
 */
export function parseInline(text: string): Token[] {
  return tokensOf(text, INLINE);
}

interface Open {
  tag: "em" | "strong";
  /** Index in the tokens. */
  at: number;
}

function tokensOf(text: string, grammar: RegExp): Token[] {
  const tokens: Token[] = [];
  const open: Open[] = [];
  let from = 0;
  const plain = (part: string): void => {
    if (part !== "") tokens.push({ kind: "text", text: part });
  };
  for (const match of text.matchAll(grammar)) {
    const end = match.index + match[0].length;
    plain(text.slice(from, match.index));
    from = end;
    const run = match.groups?.["stars"];
    if (run === undefined) {
      tokens.push(tokenOf(match[0], match.groups ?? {}));
      continue;
    }
    const opens = !isSpace(text[end]) && !joins(charBefore(text, match.index));
    const closes = !isSpace(text[match.index - 1]) && !joins(charAt(text, end));
    for (const part of partsOf(run, closes ? open.at(-1) : undefined)) {
      placeStars(part, opens, closes, tokens, open);
    }
  }
  plain(text.slice(from));
  return tokens;
}

function tokenOf(text: string, groups: Record<string, string | undefined>): Token {
  const { escaped, code, label, href, url, user, host, tag } = groups;
  if (escaped !== undefined) return { kind: "text", text: escaped };
  if (code !== undefined)
    return { kind: "code", text: /^ .*[^ ].* $/s.test(code) ? code.slice(1, -1) : code };
  if (label !== undefined && href !== undefined && label.trim() !== "") {
    return { kind: "link", text, href, label: tokensOf(label, IN_LABEL) };
  }
  if (url !== undefined) return { kind: "url", text };
  if (host !== undefined) return { kind: "mention", text, handle: `${user}@${host.toLowerCase()}` };
  // not only digits: a letter, or a separator between two others
  if (tag !== undefined && /\p{L}|.[_·・\u200c]./u.test(tag)) return { kind: "hashtag", text, name: tag };
  return { kind: "text", text };
}

/** `***` is both kinds: the strong one outside, but what was begun last ends first. */
function partsOf(run: string, last: Open | undefined): string[] {
  if (run.length !== 3) return [run];
  return last?.tag === "em" ? ["*", "**"] : ["**", "*"];
}

/**
 * Adds one or two stars as text, and makes them an end when they have a start: never crossing,
 * each kind open once. Longer runs are ornament.
 */
function placeStars(text: string, opens: boolean, closes: boolean, tokens: Token[], open: Open[]): void {
  const at = tokens.push({ kind: "text", text }) - 1;
  if (text.length > 2) return;
  const tag = text.length === 1 ? "em" : "strong";
  const partner = open.findLastIndex((other) => other.tag === tag);
  const start = open[partner];
  if (closes && start !== undefined) {
    tokens[start.at] = { kind: "start", tag };
    tokens[at] = { kind: "end", tag };
    open.length = partner;
  } else if (opens) {
    if (start !== undefined) open.splice(partner, 1);
    open.push({ tag, at });
  }
}

const isSpace = (char: string | undefined): boolean => char === undefined || /\s/.test(char);

/**
 * Whether a star beside this character is inside of a word. Scripts without spaces between words have no
 * inside.
 */
const joins = (char: string): boolean =>
  /[\p{L}\p{N}]/u.test(char) &&
  !/[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u.test(char);

const charAt = (text: string, index: number): string => {
  const code = text.codePointAt(index);
  return code === undefined ? "" : String.fromCodePoint(code);
};

const charBefore = (text: string, index: number): string =>
  /.$/su.exec(text.slice(Math.max(0, index - 2), index))?.[0] ?? "";
