import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { SafeHtml, UnixMs } from "../../worker/kernel/brand.ts";
import { escapeHtml } from "../../worker/kernel/html-text.ts";
import { filtersMet, type Filter, type Filterable } from "../../worker/model/filter.ts";

const NOW = 1_800_000_000_000 as UnixMs;

const filter = (keywords: [keyword: string, wholeWord: boolean][], fields: Partial<Filter> = {}): Filter => ({
  id: 1,
  title: "Filter",
  contexts: ["home"],
  action: "warn",
  expiresAt: null,
  keywords: keywords.map(([keyword, wholeWord], n) => ({ id: n + 1, keyword, wholeWord })),
  posts: [],
  ...fields,
});

const post = (html: string, fields: Partial<Filterable> = {}): Filterable => ({
  id: 10,
  author: 7,
  title: null,
  html: html as SafeHtml,
  summary: "",
  attachments: [],
  poll: null,
  ...fields,
});

const matched = (keyword: string, wholeWord: boolean, said: Filterable): boolean =>
  filtersMet([filter([[keyword, wholeWord]])], said, NOW).length === 1;

describe("a keyword", () => {
  it.each([
    ["cat", true, "<p>A cat.</p>", true],
    ["cat", true, "<p>Concatenate</p>", false],
    ["cat", true, "<p>cats</p>", false],
    ["cat", true, "<p>bobcat</p>", false],
    ["cat", true, "<p>bobcat, then a cat</p>", true],
    ["cat", false, "<p>Concatenate</p>", true],
    ["CAT", true, "<p>cat</p>", true],
    ["straße", true, "<p>STRAßE</p>", true],
    ["ΟΔΟΣ", true, "<p>οδός οδος</p>", true],
    ["οδοσ", false, "<p>ΟΔΟΣ</p>", true],
    ["спорт", true, "<p>Спорт!</p>", true],
    ["спорт", true, "<p>транспорт</p>", false],
    ["café", true, "<p>cafe\u0301</p>", true],
    ["cafe", true, "<p>cafe\u0301</p>", false],
    ["日本", true, "<p>日本 です</p>", true],
    ["日本", true, "<p>日本語</p>", false],
    ["日本", false, "<p>日本語</p>", true],
    ["𝒳", true, "<p>𝒳𝒴</p>", false],
    ["snake", true, "<p>snake_case</p>", false],
    ["c++", true, "<p>I write c++, and c++17</p>", true],
    ["#tag", true, '<p><a href="https://h.test/t">#<span>tag</span></a></p>', true],
    ["#tag", true, "<p>#tags</p>", false],
    ["a.c", true, "<p>abc</p>", false],
    ["(", false, "<p>1 (one)</p>", true],
    ["two words", true, "<p>Two words</p>", true],
    ["fish & chips", true, "<p>Fish &amp; chips</p>", true],
    ["amp", true, "<p>Fish &amp; chips</p>", false],
    ["href", false, '<p><a href="https://h.test">x</a></p>', false],
    ["one", true, "<p>one</p><p>two</p>", true],
    ["onetwo", false, "<p>one</p><p>two</p>", false],
    ["onetwo", false, "<p>one<br>two</p>", false],
    [
      "example.com/path",
      true,
      '<p><span class="invisible">https://</span><span>example.com/path</span></p>',
      true,
    ],
  ])("%s (whole word: %s) in %s: %s", (keyword, wholeWord, html, met) => {
    expect(matched(keyword, wholeWord, post(html))).toBe(met);
  });

  it.each<[string, Partial<Filterable>]>([
    ["the warning", { summary: "About spiders" }],
    ["the title", { title: "Spiders!" }],
    ["what a picture shows", { attachments: [{ url: "https://h.test/1", type: "", alt: "two spiders" }] }],
    ["what a poll offers", { poll: { options: [{ title: "Spiders" }, { title: "Snakes" }] } }],
  ])("is found in %s as well", (_, fields) => {
    expect(matched("spiders", true, post("<p>x</p>", fields))).toBe(true);
    expect(matched("spiders x", false, post("<p>x</p>", fields))).toBe(false);
  });

  it("is told of as the owner typed it, each that is found", () => {
    const [match] = filtersMet(
      [
        filter([
          ["Spider", false],
          ["snake", true],
          ["BIRD", true],
        ]),
      ],
      post("<p>spiders and a bird</p>"),
      NOW,
    );
    expect(match?.keywords).toEqual(["Spider", "BIRD"]);
  });
});

describe("a filter", () => {
  it("meets a post it names, whatever the post says", () => {
    const named = filter([["nothing", true]], { posts: [{ id: 1, post: 10 }] });
    expect(filtersMet([named], post("<p>x</p>"), NOW)).toEqual([
      { filter: named, keywords: [], byPost: true },
    ]);
    expect(filtersMet([named], post("<p>x</p>", { id: 11 }), NOW)).toEqual([]);
  });

  it("meets nothing from the moment it expires", () => {
    fc.assert(
      fc.property(fc.integer({ min: -1_000, max: 1_000 }), (left) => {
        const expiring = filter([["x", true]], { expiresAt: (NOW + left) as UnixMs });
        expect(filtersMet([expiring], post("<p>x</p>"), NOW)).toHaveLength(left > 0 ? 1 : 0);
      }),
    );
  });

  it("meets nothing that the owner said: nobody is warned of their own words", () => {
    expect(filtersMet([filter([["x", false]])], post("<p>x</p>", { author: 0 }), NOW)).toEqual([]);
  });
});

describe("matching", () => {
  const letter = fc.constantFrom(..."abcxyzäßéжя語かß́_09".split(""));
  const word = fc.string({ unit: letter, minLength: 1, maxLength: 8 });
  const gap = fc.constantFrom(" ", ", ", ". ", "\n", "-", "/", " (", "'");

  it("of a whole word holds exactly when it is one of the words, for any words", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(word, gap), { minLength: 1, maxLength: 8 }), word, (said, sought) => {
        const text = said.map(([one, after]) => one + after).join("");
        const fold = (one: string) => one.normalize("NFC").toLowerCase();
        const isOne = said.some(([one]) => fold(one) === fold(sought));
        const html = `<p>${escapeHtml(text).replaceAll("\n", "<br>")}</p>`;
        expect(matched(sought, true, post(html))).toBe(isOne);
      }),
      { numRuns: 500 },
    );
  });

  it("of a part of a word holds exactly when it is in the text, for any text", () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 30 }), fc.string({ minLength: 1, maxLength: 3 }), (text, sought) => {
        // What the sanitiser would not have let in is not asked for.
        fc.pre(!/[\p{Cc}]/u.test(text + sought) && text.isWellFormed() && sought.isWellFormed());
        expect(matched(sought, false, post(`<p>${escapeHtml(text)}</p>`))).toBe(
          text.toLowerCase().includes(sought.toLowerCase()),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("is linear: 200,000 letters that nearly match take no longer than any others", () => {
    const began = performance.now();
    for (const keyword of ["a", "aa", "aaab", "#a", "a a"])
      matched(keyword, true, post(`<p>${"a".repeat(200_000)}</p>`));
    matched("#a", true, post(`<p>${"#aa".repeat(60_000)}</p>`));
    expect(performance.now() - began).toBeLessThan(2_000);
  });
});
