import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { OUTPUT_MAX } from "../../worker/kernel/html-writer.ts";
import { escapeHtml, INPUT_MAX, plainText, sanitise } from "../../worker/kernel/sanitise.ts";
import { VECTORS } from "./html-vectors.ts";
import { browserSees, problemOf } from "./strict-html.ts";

/** All that a browser may ever find in what we let out. */
const MAY_BE_SEEN = new Set(
  (
    "a a[class] a[href] a[rel] a[target] b blockquote br code del em h1 h2 h3 h4 h5 h6 hr i li li[value] ol ol[reversed] " +
    "ol[start] p p[class] pre rp rt ruby s span span[class] strong sub sup u ul"
  ).split(" "),
);

describe("each hostile snippet comes out as the row says, and the same again when it is sanitised twice", () => {
  it.each(VECTORS)("$name", async ({ name, input, output }) => {
    expect(name).not.toBe("");
    const html = sanitise(input);
    expect(html).toBe(output);
    expect(problemOf(html)).toBeNull();
    expect(sanitise(html)).toBe(html);
    expect((await browserSees(html)).filter((seen) => !MAY_BE_SEEN.has(seen))).toEqual([]);
  });
});

describe("whatever comes in, because nobody can list it all", () => {
  const hostile = fc
    .array(
      fc.oneof(
        fc.constantFrom(...VECTORS.map((vector) => vector.input)),
        fc
          .constantFrom(
            ..."a b p ul ol li div ruby rt pre blockquote br hr h1 span script style svg math td !-- ! / x-y img title".split(
              " ",
            ),
          )
          .chain((name) => fc.constantFrom(`<${name}>`, `</${name}>`, `<${name} `, `<${name}/`, name)),
        fc.constantFrom(
          ..."< > & \" ' = ; / \\ - # &# &#x & &lt &lt; &amp; &amp;lt; -- --> \r \n \t \0 \ud83d \ude00 \u202e".split(
            " ",
          ),
        ),
        fc.constantFrom(
          ..."href=https://a.test/ class=invisible class='mention x' rel=tag start=1 alt=x bank.test https://b.test [a.test]".split(
            " ",
          ),
          '<a href="https://a.test/">',
          '<span class="invisible">',
        ),
        fc.string({ unit: "binary", maxLength: 5 }),
      ),
      { maxLength: 40, size: "max" },
    )
    .map((parts) => parts.join(""));

  it("only listed tags and attributes come out, all closed in order, and a second time changes nothing", () => {
    fc.assert(
      fc.property(hostile, (input) => {
        const html = sanitise(input);
        expect(problemOf(html)).toBeNull();
        expect(sanitise(html)).toBe(html);
      }),
      { numRuns: 2_000 },
    );
  });

  it("a browser's own parser finds nothing else in it either", async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async (input) => {
        const seen = await browserSees(sanitise(input));
        expect(seen.filter((each) => !MAY_BE_SEEN.has(each))).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  it("text goes through escape and back unchanged, but for control characters", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme", maxLength: 60 }), (text) => {
        const tidy = text.replace(/[ \t\n]+/g, " ").trim();
        expect(plainText(escapeHtml(text))).toBe(tidy);
        expect(sanitise(escapeHtml(text))).toBe(escapeHtml(text));
      }),
      { numRuns: 500 },
    );
  });
});

describe("bombs end soon, whole, and within the limits", () => {
  const link = '<a href="https://a.test/">';
  const bombs: Record<string, string> = {
    "50,000 nested tags": "<b>".repeat(50_000),
    "50,000 nested tags of all kinds": "<div><b><ul><li><span>".repeat(10_000),
    "40,000 nested tags with text in each": "<b>x".repeat(40_000),
    "200,000 brackets": "<".repeat(200_000),
    "200,000 ampersands": "&".repeat(200_000),
    "50,000 open comments": "<!--".repeat(50_000),
    "28,000 scripts begun": "<script".repeat(28_000),
    "25,000 open scripts": "<script>".repeat(25_000),
    "a tag of 99,000 attributes": `<a ${"a ".repeat(99_000)}>`,
    "a tag of open quotes": `<a ${'a="'.repeat(60_000)}>`,
    "a tag of equals": `<a ${"a = ".repeat(49_000)}>`,
    "19,000 classes": `<a href="https://a.test/" class="${"mention x ".repeat(19_000)}">x</a>`,
    "11,000 formulas begun": `<math>${"<annotation x-tex".repeat(11_000)}`,
    "one formula, 33,000 times TeX": `<math><annotation ${"x-tex ".repeat(33_000)}`,
    "6,000 links that lie": `${link}b.test</a>`.repeat(6_000),
    "a link of 25,000 hosts": `${link}${"b.test ".repeat(25_000)}</a>`,
    "a link with a host of 180,000 characters": `${link}${"b.".repeat(90_000)}</a>`,
    "a link of 25,000 schemes": `${link}${"http://".repeat(25_000)}x</a>`,
    "a link of dots": `${link}https://${".".repeat(190_000)}x</a>`,
    "a link of white space": `${link}${" ".repeat(199_000)}x</a>`,
  };
  it.each(Object.entries(bombs))("%s", async (_name, bomb) => {
    const began = Date.now();
    const html = sanitise(bomb);
    await scheduler.wait(1); // workerd's clock moves with I/O only
    expect(Date.now() - began).toBeLessThan(3_000);
    expect(html.length).toBeLessThanOrEqual(OUTPUT_MAX);
    expect(problemOf(html)).toBeNull();
    expect(sanitise(html) === html).toBe(true);
  });

  it("what is too long is cut where the text may be cut, not within a tag, a reference or a character", () => {
    const before = "x".repeat(INPUT_MAX - 3);
    expect(sanitise(`${before}<a href="https://a.test/">y</a>`)).toBe(before);
    expect(sanitise(`${before}&amp;y`)).toBe(before);
    expect(sanitise(`<b>${before}y`)).toBe(`<b>${"x".repeat(OUTPUT_MAX - 7)}</b>`);
    expect(sanitise("😀".repeat(INPUT_MAX))).toBe("😀".repeat(INPUT_MAX / 2));
    // a link that lies is no link where its true host has no place any more
    const link = sanitise('<a href="https://a.test/">b.test</a>').replace(" [a.test]", "");
    const full = "x".repeat(OUTPUT_MAX - link.length);
    expect(sanitise(`${full}<a href="https://a.test/">b.test</a>`)).toBe(`${full}b.test`);
    expect(sanitise(`${"x".repeat(OUTPUT_MAX - 3)}&`)).toBe("x".repeat(OUTPUT_MAX - 3));
  });
});

describe("plain text, for what is shown as text (H24)", () => {
  it.each([
    ["paragraphs and breaks are line feeds", "<p>a<br>b</p><p>c</p>", "a\nb\n\nc"],
    ["never more than one empty line", "<p>a</p><br><br><hr><p>b</p>", "a\n\nb"],
    ["items stand on lines", "x<ul><li>a</li><li>b</li></ul>", "x\n\na\nb"],
    ["entities are decoded once", "&lt;b&gt; &amp;lt; &nbsp;&eacute;", "<b> &lt; \u00a0é"],
    ["markup of a name goes, its text stays", "<b onclick=x>Eve</b><script>x</script> <3", "Eve <3"],
    ["white space is one space, line feeds of the source too", " a \n\t b ", "a b"],
    ["a name cannot turn around what stands after it", "Eve\u202egpj.exe", "Evegpj.exe"],
    ["images are their alt text", '<img alt=":cat:" src="https://a.test/1.png"> Alice', ":cat: Alice"],
    ["nothing is nothing", "<p></p> <br>", ""],
  ])("%s", (_name, html, text) => {
    expect(plainText(html)).toBe(text);
  });

  it("is cut to its limit with the dots, never within a surrogate pair", () => {
    expect(plainText("<p>Hello world</p>", 11)).toBe("Hello world");
    expect(plainText("<p>Hello world</p>", 8)).toBe("Hello w…");
    expect(plainText("<p>Hello world</p>", 7)).toBe("Hello…");
    expect(plainText("ab😀cd", 4)).toBe("ab…");
  });
});
