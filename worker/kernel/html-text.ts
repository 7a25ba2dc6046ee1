/**
 * Text and HTML's way of writing it: the two directions, escape and decode, exact opposites of each other.
 * Whatever the sanitiser lets out went through `escapeHtml`, so running it again changes nothing.
 */
import type { SafeHtml } from "./brand.ts";

/** Names of U+00A0 to U+00FF, in order (HTML 4.01, section 24.2). */
const LATIN_1 =
  "nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 " +
  "sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute " +
  "Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde " +
  "Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave " +
  "aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth " +
  "ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml";

/** The other names that blogs and old archives really use: name, character, name, character. */
const OTHERS =
  "amp & lt < gt > quot \" apos ' hellip … ndash – mdash — lsquo ‘ rsquo ’ sbquo ‚ ldquo “ rdquo ” " +
  "bdquo „ lsaquo ‹ rsaquo › bull • euro € trade ™ larr ← uarr ↑ rarr → darr ↓ harr ↔ hearts ♥ minus " +
  "− infin ∞ ne ≠ le ≤ ge ≥ asymp ≈ permil ‰ dagger † Dagger ‡ OElig Œ oelig œ Scaron Š scaron š " +
  "Yuml Ÿ ensp \u2002 emsp \u2003 thinsp \u2009 zwnj \u200c zwj \u200d lrm \u200e rlm \u200f";

const NAMED = new Map(LATIN_1.split(" ").map((name, i) => [name, String.fromCharCode(0xa0 + i)]));
const others = OTHERS.split(" ");
for (let i = 0; i + 1 < others.length; i += 2) NAMED.set(others[i] ?? "", others[i + 1] ?? "");

const REFERENCE = /&(?:#(\d{1,7});?|#x([0-9a-f]{1,6});?|([a-z][a-z0-9]{1,7});)/gi;

/**
 * Decodes character references once. A name we do not know stays as it is written: it then shows, and
 * nothing is lost.
 */
export function decodeEntities(html: string): string {
  return html.replace(REFERENCE, (whole, decimal?: string, hex?: string, name?: string) => {
    if (name !== undefined) return NAMED.get(name) ?? whole;
    return fromCodePoint(decimal === undefined ? parseInt(hex ?? "", 16) : Number(decimal));
  });
}

/**
 * U+0080 to U+009F as HTML reads them: Windows-1252, because that is what people meant (HTML, numeric
 * character references).
 */
const WINDOWS_1252 = "€\ufffd‚ƒ„…†‡ˆ‰Š‹Œ\ufffdŽ\ufffd\ufffd‘’“”•–—˜™š›œ\ufffdžŸ";

function fromCodePoint(code: number): string {
  if (code >= 0x80 && code <= 0x9f) return WINDOWS_1252.charAt(code - 0x80);
  const impossible = code === 0 || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff);
  return impossible ? "\ufffd" : String.fromCodePoint(code);
}

/**
 * Text as we keep it: line ends are LF, no control characters, no half surrogates, and no bidi overrides
 * (U+202D, U+202E), which turn around text outside of what their author wrote and have no use in any
 * language.
 */
export function cleanText(text: string): string {
  return text
    .replace(/\r\n?/g, "\n")
    .replace(/[\0-\x08\x0b-\x1f\x7f-\x9f\u202d\u202e]/g, "")
    .toWellFormed();
}

const ESCAPES: Record<string, string> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text to HTML, safe in an element and in a quoted attribute alike. The text is cleaned on the way. */
export function escapeHtml(text: string): SafeHtml {
  return cleanText(text).replace(/[&<>"']/g, (char) => ESCAPES[char] ?? "") as SafeHtml;
}
