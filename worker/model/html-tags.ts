/**
 * The tags of a page that others wrote, one after the other: enough to read what it says of itself, and no parser. Linear in its length, and
 * nothing of it is ever shown as HTML. Comments, scripts and styles are passed over, because a tag in them is none.
 */
import { cleanText, decodeEntities } from "../kernel/html-text.ts";

export interface Tag {
  /** In lower case. */
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** Where it ends: what comes after is inside of it. */
  readonly end: number;
}

/** Longest tag that is read, in characters. */
const TAG_MAX = 8_192;
const ATTRIBUTES_MAX = 32;
const NAME = /[a-z][a-z0-9-]{0,30}/iy;
const ATTRIBUTE = /([^\s"'<>/=]{1,64})(?:\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s"'<>`]+)))?/g;
/** What is in them is no HTML. */
const RAW: ReadonlySet<string> = new Set(["script", "style", "textarea", "template", "noscript", "svg"]);

/** Start tags of these names, in order; end tags as `/name`. */
export function* tagsIn(html: string, wanted: ReadonlySet<string>): Generator<Tag> {
  for (let at = html.indexOf("<"); at >= 0; at = html.indexOf("<", at)) {
    if (html.startsWith("<!--", at)) {
      const end = html.indexOf("-->", at + 4);
      if (end < 0) return;
      at = end + 3;
      continue;
    }
    const slash = html[at + 1] === "/" ? "/" : "";
    NAME.lastIndex = at + 1 + slash.length;
    const name = NAME.exec(html)?.[0].toLowerCase();
    if (name === undefined) {
      at++;
      continue;
    }
    const close = closing(html, at);
    if (close === null) return;
    if (wanted.has(slash + name)) {
      const attributes = attributesIn(html.slice(at + 1 + slash.length + name.length, close));
      yield { name: slash + name, attributes, end: close + 1 };
    }
    at = close + 1;
    if (slash === "" && RAW.has(name)) {
      const end = new RegExp(`</${name}`, "gi");
      end.lastIndex = at;
      const over = end.exec(html);
      if (!over) return;
      at = over.index;
    }
  }
}

/** The ">" of a tag, outside of quotes; one that is too long ends where it is. Null: the page ends before. */
function closing(html: string, from: number): number | null {
  let quote = "";
  const limit = Math.min(html.length, from + TAG_MAX);
  for (let at = from + 1; at < limit; at++) {
    const char = html[at]!;
    if (quote !== "") {
      if (char === quote) quote = "";
    } else if (char === ">") return at;
    else if ((char === '"' || char === "'") && html[at - 1] === "=") quote = char;
  }
  // Never back to a ">" in a quote: each would be gone through again, and a page of them would take seconds.
  return limit < html.length ? limit : null;
}

/** The first of a name wins, as in HTML. */
function attributesIn(source: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, written = "", double, single, bare] of source.slice(0, TAG_MAX).matchAll(ATTRIBUTE)) {
    const name = written.toLowerCase();
    if (!found.has(name)) found.set(name, cleanText(decodeEntities(double ?? single ?? bare ?? "")));
    if (found.size >= ATTRIBUTES_MAX) break;
  }
  return found;
}

/** Words of an attribute, in lower case: `rel`, `class`. */
export const wordsOf = (tag: Tag, name: string): string[] =>
  (tag.attributes.get(name) ?? "").toLowerCase().split(/\s+/);
