/** What is meant by what somebody typed into a search field. */
import type { Iri } from "../../kernel/brand.ts";
import { cleanText } from "../../kernel/html-text.ts";
import { parseIri } from "../../kernel/iri.ts";

export type Query =
  | { readonly kind: "nothing" }
  | { readonly kind: "address"; readonly iri: Iri }
  /** `host` is "" where none was typed, and may lack its end. */
  | { readonly kind: "handle"; readonly user: string; readonly host: string }
  | { readonly kind: "hashtag"; readonly name: string }
  | { readonly kind: "words"; readonly words: readonly string[] };

const WORDS_MAX = 8;
const WORD_MAX = 100;
/** As far as it was typed. */
const HOST = /^[a-z0-9_-][a-z0-9_.-]*(:\d{1,5})?$/;

export function readQuery(typed: string): Query {
  const text = cleanText(typed).trim();
  const iri = parseIri(text);
  if (iri) return { kind: "address", iri };
  const [, user, host = ""] = /^(?:acct:)?@?([^\s@/#]{1,100})@([^\s@/]{1,253})$/i.exec(text) ?? [];
  if (user !== undefined && HOST.test(host.toLowerCase()))
    return { kind: "handle", user, host: host.toLowerCase() };
  const [, alone] = /^@([^\s@/#]{1,100})$/.exec(text) ?? [];
  if (alone !== undefined) return { kind: "handle", user: alone, host: "" };
  const [, tag] = /^[#＃]([^\s#]{1,100})$/.exec(text) ?? [];
  if (tag !== undefined) return { kind: "hashtag", name: tag };
  const words = text.split(/\s+/).filter((word) => word !== "" && word.length <= WORD_MAX);
  return words.length === 0 ? { kind: "nothing" } : { kind: "words", words: words.slice(0, WORDS_MAX) };
}
