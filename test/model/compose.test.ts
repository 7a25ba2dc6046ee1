import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Iri } from "../../worker/kernel/brand.ts";
import { plainText, sanitise } from "../../worker/kernel/sanitise.ts";
import { compose, findHashtags, findMentions, type Mentioned } from "../../worker/model/compose.ts";
import { problemOf } from "../hostile/strict-html.ts";

const peer = (handle: string, url: string): [string, Mentioned] => [
  handle,
  { handle, iri: "https://a.test/users/1" as Iri, url },
];
const known = {
  mentions: new Map([
    peer("alice@a.test", "https://a.test/@alice"),
    peer("Bob.B@xn--bcher-kva.test", "https://a.test/b"),
    peer("mallory@evil.test", "javascript:alert(1)"),
  ]),
  tagUrl: (tag: string) => `https://me.test/tags/${encodeURIComponent(tag)}`,
};

const REL = 'rel="nofollow noopener noreferrer" target="_blank"';
const link = (url: string, html: string) => `<a href="${url}" ${REL}>${html}</a>`;
const hidden = (text: string) => `<span class="invisible">${text}</span>`;
const mention = (url: string, user: string) =>
  `<span class="h-card"><a href="${url}" class="u-url mention" ${REL}>@<span>${user}</span></a></span>`;
const hashtag = (path: string, name: string) =>
  `<a href="https://me.test/tags/${path}" class="mention hashtag" rel="tag nofollow noopener noreferrer" target="_blank">` +
  `#<span>${name}</span></a>`;
const alice = mention("https://a.test/@alice", "alice");

describe("the owner's text becomes the HTML that Mastodon knows", () => {
  it.each([
    ["nothing is nothing", " \n\t\n ", ""],
    [
      "an empty line parts paragraphs, a line end breaks the line",
      "a\nb\n\n\nc\r\nd",
      "<p>a<br>b</p><p>c<br>d</p>",
    ],
    ["tags are text", '<b>x</b> & "y"', "<p>&lt;b&gt;x&lt;/b&gt; &amp; &quot;y&quot;</p>"],
    ["references are text", "&lt; &amp;", "<p>&amp;lt; &amp;amp;</p>"],
    ["control characters go", "a\0b\u202ec", "<p>abc</p>"],
    ["emphasis", "*a b* **c** ***d***", "<p><em>a b</em> <strong>c</strong> <strong><em>d</em></strong></p>"],
    [
      "emphasis in emphasis",
      "**a *b* c** *d **e***",
      "<p><strong>a <em>b</em> c</strong> <em>d <strong>e</strong></em></p>",
    ],
    ["crossing emphasis does not cross", "*a **b* c**", "<p><em>a **b</em> c**</p>"],
    ["stars within words are stars", "f*ck this sh*t, 2*3*4", "<p>f*ck this sh*t, 2*3*4</p>"],
    ["a star before a space begins nothing", "a * b* **c", "<p>a * b* **c</p>"],
    ["stars in the air are stars", "2 * 3 * 4 ** 5 ****", "<p>2 * 3 * 4 ** 5 ****</p>"],
    [
      "but not where words have no spaces between them",
      "これは**重要**です",
      "<p>これは<strong>重要</strong>です</p>",
    ],
    ["a star that waits in vain is a star", "*a *b* **", "<p>*a <em>b</em> **</p>"],
    [
      "underscores and tildes are no markup",
      "snake_case _x_ ~~y~~ ¯\\_(ツ)_/¯",
      "<p>snake_case _x_ ~~y~~ ¯\\_(ツ)_/¯</p>",
    ],
    ["a backslash takes the meaning away", "\\*a\\* \\#b \\@alice@a.test", "<p>*a* #b @alice@a.test</p>"],
    [
      "code keeps what is in it",
      "`*a* <b> #c @alice@a.test`",
      "<p><code>*a* &lt;b&gt; #c @alice@a.test</code></p>",
    ],
    ["code with ticks in it", "`` a`b `` and `", "<p><code>a`b</code> and `</p>"],
    [
      "fenced code",
      "a\n```js\n<b>\n\n  *c*\n```\nd",
      "<p>a</p><pre><code>&lt;b&gt;\n\n  *c*</code></pre><p>d</p>",
    ],
    ["a fence left open reaches to the end", "```\na\n\nb", "<pre><code>a\n\nb</code></pre>"],
    ["an empty fence is nothing", "```\n```", ""],
    ["three ticks before more than a language are ticks", "```<b> x\ny", "<p>```&lt;b&gt; x<br>y</p>"],
    ["a quote", "> a\n> b\n>\n> c\nd", "<blockquote><p>a<br>b</p><p>c</p></blockquote><p>d</p>"],
    [
      "a quote in a quote",
      "> > a\n> b",
      "<blockquote><blockquote><p>a</p></blockquote><p>b</p></blockquote>",
    ],
    ["faces are no quotes", ">_< >:(\n>.<", "<p>&gt;_&lt; &gt;:(<br>&gt;.&lt;</p>"],
    [
      "a list after a line of text",
      "Buy:\n- milk\n- *eggs*",
      "<p>Buy:</p><ul><li>milk</li><li><em>eggs</em></li></ul>",
    ],
    ["a numbered list keeps its first number", "3. a\n4) b", '<ol start="3"><li>a</li><li>b</li></ol>'],
    ["kinds of lists do not mix", "- a\n1. b", "<ul><li>a</li></ul><ol><li>b</li></ol>"],
    [
      "lists in lists, lines in items",
      "- a\n  b\n  - c\n- d",
      "<ul><li>a<br>b<ul><li>c</li></ul></li><li>d</li></ul>",
    ],
    ["a year is no list", "It was in\n1984. Or not", "<p>It was in<br>1984. Or not</p>"],
    ["a minus is no list", "-5 degrees\n-- x", "<p>-5 degrees<br>-- x</p>"],
    ["a mention", "Hi @alice@a.test!", `<p>Hi ${alice}!</p>`],
    ["a mention, the host in any case", "@alice@A.TEST's", `<p>${alice}&#39;s</p>`],
    ["a mention with marks around", "(**@alice@a.test**)", `<p>(<strong>${alice}</strong>)</p>`],
    [
      "international hosts and dotted users",
      "@Bob.B@xn--bcher-kva.test.",
      `<p>${mention("https://a.test/b", "Bob.B")}.</p>`,
    ],
    ["who is not known stays text", "@carol@a.test @alice", "<p>@carol@a.test @alice</p>"],
    [
      "a peer's page that is no page",
      "@mallory@evil.test",
      `<p>${mention("https://a.test/users/1", "mallory")}</p>`,
    ],
    [
      "a hashtag",
      "#Fedi, (#日本語)",
      `<p>${hashtag("Fedi", "Fedi")}, (${hashtag("%E6%97%A5%E6%9C%AC%E8%AA%9E", "日本語")})</p>`,
    ],
    ["not only digits, not in words, not in paths", "#1 a#b /#c #️⃣ #1️⃣ ##d", "<p>#1 a#b /#c #️⃣ #1️⃣ ##d</p>"],
    [
      "a bare link hides its scheme",
      "https://a.test/b.",
      `<p>${link("https://a.test/b", `${hidden("https://")}a.test/b`)}.</p>`,
    ],
    [
      "a long link hides its tail, and can still be copied whole",
      "http://www.a.test/0123456789/0123456789/0123456789?a=1&b=2#c @",
      `<p>${link(
        "http://www.a.test/0123456789/0123456789/0123456789?a=1&amp;b=2#c",
        `${hidden("http://www.")}<span class="ellipsis">a.test/0123456789/0123456789/0</span>${hidden("123456789?a=1&amp;b=2#c")}`,
      )} @</p>`,
    ],
    [
      "a host is never cut",
      `https://${"a.".repeat(30)}test/`,
      `<p>${link(`https://${"a.".repeat(30)}test/`, `${hidden("https://")}<span class="ellipsis">${"a.".repeat(30)}test</span>${hidden("/")}`)}</p>`,
    ],
    [
      "brackets of a link are its own when they are two",
      "(https://a.test/b_(c))",
      `<p>(${link("https://a.test/b_(c)", `${hidden("https://")}a.test/b_(c)`)})</p>`,
    ],
    [
      "mentions and hashtags in a link are the link's",
      "https://a.test/@alice@a.test/#b",
      `<p>${link("https://a.test/@alice@a.test/#b", `${hidden("https://")}a.test/@alice@a.test/#b`)}</p>`,
    ],
    [
      "a link ends where Japanese goes on",
      "https://a.test/。次",
      `<p>${link("https://a.test/", `${hidden("https://")}a.test/`)}。次</p>`,
    ],
    [
      "a link with text",
      "[*my* #page](https://a.test/(b))",
      `<p>${link("https://a.test/(b)", "<em>my</em> #page")}</p>`,
    ],
    [
      "a link whose text is another host says its own (H19)",
      "[bank.test](https://evil.test/)",
      `<p>${link("https://evil.test/", "bank.test [evil.test]")}</p>`,
    ],
    [
      "a link to nowhere is text",
      "[x](javascript:alert(1)) [y](/z) [](https://)",
      "<p>[x](javascript:alert(1)) [y](/z) [](https://)</p>",
    ],
    ["a user name for a host is text", "https://bank.test@evil.test/", "<p>https://bank.test@evil.test/</p>"],
  ])("%s", (_name, text, html) => {
    expect(compose(text, known)).toBe(html);
    expect(sanitise(html)).toBe(html);
  });
});

describe("mentions are found as compose will see them, so that each can be looked up first", () => {
  it.each([
    ["in order, once, the host in lower case", "@b@B.test @a@a.test @b@b.test", ["b@b.test", "a@a.test"]],
    ["in quotes, items and emphasis", "> @a@a.test\n\n- x\n  - *@b@b.test*", ["a@a.test", "b@b.test"]],
    [
      "not in code, links and addresses",
      "`@a@a.test` https://x.test/@a@a.test a@a.test me@x@a.test\n```\n@a@a.test",
      [],
    ],
    ["not without a real host", "@a @a@b @a@1.2 @@a.test", []],
    [
      "with what may stand around",
      "(@a@a.test), @b@b.test: @c@c.test's @d@d.testさん",
      ["a@a.test", "b@b.test", "c@c.test", "d@d.test"],
    ],
    ["with dots and dashes inside only", "@a.b-c_d@e-f.test. @-a@a.test @a-@a.test", ["a.b-c_d@e-f.test"]],
    [
      "international hosts",
      "@a@bücher.test @b@例え.テスト @c@xn--p1b.xn--80asehdb",
      ["a@bücher.test", "b@例え.テスト", "c@xn--p1b.xn--80asehdb"],
    ],
  ])("%s", (_name, text, handles) => {
    expect(findMentions(text)).toEqual(handles);
  });
});

describe("hashtags are found by Mastodon's rules, so that others list the post under the same tags", () => {
  it.each([
    ["once, the first spelling wins", "#Fedi #fedi #FEDI #b", ["Fedi", "b"]],
    ["in any script", "#Ünïcode #日本語 #हिन्दी ＃全角", ["Ünïcode", "日本語", "हिन्दी", "全角"]],
    ["with digits, not of digits", "#2026 #2026a #a2026 #1_2", ["2026a", "a2026", "1_2"]],
    ["middle dots inside only", "#col·lecció #a· #·b #a・b", ["col·lecció", "a", "a・b"]],
    ["ends at a mark", "#a-b #c's #d.e #f!", ["a", "c", "d", "f"]],
    [
      "not in code, links, words or after a slash",
      "`#a` https://x.test/#b x#c /#d [#e](https://x.test/) &#39;",
      [],
    ],
  ])("%s", (_name, text, names) => {
    expect(findHashtags(text)).toEqual(names);
  });
});

describe("whatever the owner types or pastes", () => {
  const markup =
    "* ** *** ` `` > - 1. 7) [ ] ( ) ]( # @ \\ \\* _ < > <b> </p> <script> &amp; & \" ' word é 日 😀 \u200b \u202e \t ! . ,".split(
      " ",
    );
  const places =
    "https://a.test/ http://www.b.test/x?y=1&z=2 HTTPS://C.TEST https://u:p@a.test/ https:// ](https://a.test/) bank.test " +
    "[bank.test](https://evil.test/) @alice@a.test @mallory@evil.test @x@y.test me@x.test #tag #123 ＃日本 ``` <a href=x>";
  const textOf = (words: string[]) =>
    fc
      .array(
        fc.oneof(
          fc.constantFrom(...words, " ", "\n", "\n\n", "  "),
          fc.string({ unit: "binary", maxLength: 4 }),
        ),
        {
          maxLength: 60,
          size: "max",
        },
      )
      .map((parts) => parts.join(""));

  it("only our tags come out, and our own sanitiser would take them as they are", () => {
    fc.assert(
      fc.property(textOf([...markup, ...places.split(" ")]), (text) => {
        const html = compose(text, known);
        expect(problemOf(html)).toBeNull();
        expect(sanitise(html)).toBe(html);
      }),
      { numRuns: 1_000 },
    );
  });

  it("not one letter of the text is lost, but the language of fenced code", () => {
    const letters = (text: string) => text.toWellFormed().replace(/[^\p{L}]/gu, "");
    fc.assert(
      fc.property(textOf(markup), (text) => {
        fc.pre(!/^```/m.test(text));
        expect(letters(plainText(compose(text, known)))).toBe(letters(text));
      }),
      { numRuns: 1_000 },
    );
  });

  it("who is mentioned in the HTML is who was found in the text", () => {
    fc.assert(
      fc.property(textOf([...markup, ...places.split(" ")]), (text) => {
        const found = findMentions(text).filter((handle) => known.mentions.has(handle));
        expect(compose(text, known).includes("u-url mention")).toBe(found.length > 0);
        expect(compose(text, known).includes("mention hashtag")).toBe(findHashtags(text).length > 0);
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ["stars", "*a ".repeat(30_000)],
    ["stars that match", "a* *".repeat(30_000)],
    ["brackets", "[".repeat(100_000)],
    ["links begun", "[a](http://".repeat(9_000)],
    ["runs of ticks", Array.from({ length: 600 }, (_, i) => "`".repeat(i)).join(" ")],
    ["mentions begun", `@a@${"a-".repeat(50_000)}`],
    ["dots of a host", `@a@${"a.".repeat(50_000)}`],
    ["dots of a hashtag", `#a${"·".repeat(100_000)}`],
    ["a link of dots", `https://a${".".repeat(100_000)}`],
    ["a link of brackets", `https://(${"a(".repeat(50_000)}`],
    ["quotes in quotes", "> ".repeat(50_000)],
    ["items in items", `${"- ".repeat(50_000)}x`],
    ["items", "- a\n".repeat(25_000)],
  ])("ends soon with 100,000 characters of %s", async (_name, bomb) => {
    const began = Date.now();
    const html = compose(bomb, known);
    await scheduler.wait(1); // workerd's clock moves with I/O only
    expect(Date.now() - began).toBeLessThan(3_000);
    expect(problemOf(html)).toBeNull();
  });
});
