/**
 * The part of Structured Fields (RFC 8941) that signatures are written in: a dictionary of items and inner lists.
 * One pass from left to right over a bounded text; each pattern is anchored where the last one ended.
 */
import { fromBase64 } from "../kernel/base64.ts";

/** Longest header we look into, in characters. A signature by RSA-4096 with the longest key id is below 4,000. */
export const FIELD_MAX = 8_192;

type BareItem = string | number | boolean | Uint8Array | { token: string };
export type Parameters = Map<string, BareItem>;
interface Item {
  value: BareItem;
  params: Parameters;
}
export interface Member {
  value: BareItem | Item[];
  params: Parameters;
  /** The member as written, value and parameters. */
  raw: string;
}

// Upper case is no key of RFC 8941. It is let through because a doubly signed request has the members of a draft-cavage
// signature (`keyId=…`) in the same header.
const KEY = /[A-Za-z*][A-Za-z0-9_.*-]*/y;
const STRING = /"((?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"/y;
const NUMBER = /-?\d{1,12}\.\d{1,3}|-?\d{1,15}/y;
const BYTES = /:([A-Za-z0-9+/=]*):/y;
const BOOLEAN = /\?([01])/y;
const TOKEN = /[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*/y;
const EQUALS = /=/y;
const SEMICOLON = /; */y;
const COMMA = /[ \t]*,[ \t]*/y;
const SPACES = / */y;
const GAP = / +/y;
const OPEN = /\( */y;
const CLOSE = / *\)/y;

/**
 * The members of a dictionary in the order written, or null when the text is none or is longer than `FIELD_MAX`.
 * Stricter than RFC 8941 in one point: a key given twice is refused, where the RFC takes the last.
 */
export function parseDictionary(text: string): Map<string, Member> | null {
  if (text.length > FIELD_MAX) return null;
  const reader = new Reader(text);
  const members = new Map<string, Member>();
  reader.take(SPACES);
  if (reader.done()) return members;
  do {
    const key = reader.take(KEY);
    if (key === null || members.has(key)) return null;
    const member = reader.member();
    if (member === null) return null;
    members.set(key, member);
  } while (reader.take(COMMA) !== null);
  reader.take(SPACES);
  return reader.done() ? members : null;
}

class Reader {
  #at = 0;
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  done(): boolean {
    return this.#at === this.#text.length;
  }

  /** Reads what the pattern matches here: its group if it has one, the whole match if not. */
  take(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text);
    if (found === null) return null;
    this.#at = pattern.lastIndex;
    return found[1] ?? found[0];
  }

  member(): Member | null {
    const hasValue = this.take(EQUALS) !== null;
    const start = this.#at;
    const value = hasValue ? this.#value() : true;
    const params = this.#parameters();
    if (value === null || params === null) return null;
    return { value, params, raw: this.#text.slice(start, this.#at) };
  }

  #value(): BareItem | Item[] | null {
    return this.take(OPEN) === null ? this.#bareItem() : this.#innerListAfterOpen();
  }

  #innerListAfterOpen(): Item[] | null {
    const items: Item[] = [];
    while (this.take(CLOSE) === null) {
      if (items.length > 0 && this.take(GAP) === null) return null;
      const value = this.#bareItem();
      const params = this.#parameters();
      if (value === null || params === null) return null;
      items.push({ value, params });
    }
    return items;
  }

  #parameters(): Parameters | null {
    const params: Parameters = new Map();
    while (this.take(SEMICOLON) !== null) {
      const key = this.take(KEY);
      if (key === null || params.has(key)) return null;
      const value = this.take(EQUALS) === null ? true : this.#bareItem();
      if (value === null) return null;
      params.set(key, value);
    }
    return params;
  }

  #bareItem(): BareItem | null {
    const string = this.take(STRING);
    if (string !== null) return string.replace(/\\(.)/g, "$1");
    const number = this.take(NUMBER);
    if (number !== null) return Number(number);
    const bytes = this.take(BYTES);
    if (bytes !== null) return fromBase64(bytes);
    const boolean = this.take(BOOLEAN);
    if (boolean !== null) return boolean === "1";
    const token = this.take(TOKEN);
    return token === null ? null : { token };
  }
}
