import { describe, expect, it } from "vitest";

import { firstLink } from "../../worker/model/first-link.ts";
import { tagsIn } from "../../worker/model/html-tags.ts";
import { decodePage, isHtml, mayBeNamedAt, readPage, withOembed } from "../../worker/model/opengraph.ts";
import { linkInField, linksBack } from "../../worker/model/rel-me.ts";
import type { Iri } from "../../worker/kernel/brand.ts";

const URL_OF = "https://news.test/a/1";
const og = (name: string, content: string) => `<meta property="${name}" content="${content}">`;

describe("what a page says of itself", () => {
  it("is read from Open Graph first, then Twitter, then the page", () => {
    const html = `<!doctype html><html lang="de-AT"><head><title>Plain &amp; simple</title>
      <meta name="description" content="Plain"><meta name=twitter:title content=Tweeted>
      ${og("og:title", "Graphed &quot;so&quot;")}${og("og:description", "Long\n  words")}${og("og:site_name", "News")}
      ${og("og:image", "/i.png")}${og("og:image:width", "1200")}${og("og:image:height", "630")}${og("og:image:alt", "A cat")}
      ${og("article:published_time", "2026-01-02T03:04:05+01:00")}<meta name="author" content="Ann">
      <meta name="fediverse:creator" content="@ann@a.test">
      <link rel="alternate" type="application/json+oembed" href="/oembed?x=1"></head>`;
    const read = readPage(html, URL_OF);
    expect(read).toMatchObject({ oembed: "https://news.test/oembed?x=1", creator: "ann@a.test" });
    expect(read?.card).toEqual({
      type: "link",
      title: 'Graphed "so"',
      description: "Long words",
      language: "de",
      authorName: "Ann",
      authorUrl: "",
      providerName: "News",
      providerUrl: "",
      html: "",
      width: 1200,
      height: 630,
      image: "https://news.test/i.png",
      imageAlt: "A cat",
      embedUrl: "",
      publishedAt: "2026-01-02T02:04:05.000Z",
    });
    expect(readPage("<title>Only\n this </title>", URL_OF)?.card.title).toBe("Only this");
    expect(readPage("<meta name=twitter:title content='T'>", URL_OF)?.card.title).toBe("T");
    expect(readPage("<p>Nothing</p>", URL_OF)).toBeNull();
  });

  it.each([
    ["a script for an image", og("og:image", "javascript:alert(1)"), { image: null }],
    ["data for an image", og("og:image", "data:image/png;base64,AA"), { image: null }],
    ["http for an image", og("og:image", "http://news.test/i.png"), { image: null }],
    ["a name and password", og("og:image", "https://a:b@news.test/i.png"), { image: null }],
    ["a size that is none", og("og:image:width", "-1"), { width: 0 }],
    ["a size beyond all", og("og:image:width", "99999"), { width: 0 }],
    ["a time that is none", og("article:published_time", "soon"), { publishedAt: null }],
    ["a language that is none", og("og:locale", "<script>"), { language: null }],
    [
      "tags in text",
      og("og:description", "&lt;img src=x onerror=alert(1)&gt;"),
      { description: "<img src=x onerror=alert(1)>" },
    ],
    ["control characters", og("og:description", "a&#0;b&#x202e;c"), { description: "a\ufffdbc" }],
    ["a title in a comment", "<!-- <meta property=og:title content=No> -->", { title: "T" }],
    ["a title in a script", "<script>'<meta property=og:title content=No>'</script>", { title: "T" }],
    ["a title after the body's beginning", "<body>" + og("og:title", "No"), { title: "T" }],
  ])("is not believed where it is %s", (_, html, expected) => {
    expect(readPage(`<title>T</title>${html}`, URL_OF)?.card).toMatchObject(expected);
  });

  it("is cut where it is too long, never in the middle of a character", () => {
    const card = readPage(`<title>${"😀".repeat(400)}</title>`, URL_OF)!.card;
    expect(card.title.length).toBeLessThanOrEqual(300);
    expect(card.title.isWellFormed()).toBe(true);
  });

  it.each([
    ["of <", "<".repeat(500_000)],
    ["of open tags", "<meta ".repeat(80_000)],
    ["of open quotes", '<meta a="'.repeat(55_000)],
    ["of closed tags with open quotes", '<a b=">'.repeat(70_000)],
    ["of comments", "<!--".repeat(120_000)],
    ["of scripts", "<script>".repeat(60_000)],
    ["of attributes", `<meta ${"a=b ".repeat(120_000)}>`],
    ["of spaces", `<meta a${" ".repeat(500_000)}=b>`],
  ])("takes no time to speak of for a page %s, because anybody may write one", (_, html) => {
    const start = performance.now();
    readPage(html, URL_OF);
    linksBack(html, URL_OF, ["https://me.test/@me"]);
    expect(performance.now() - start).toBeLessThan(1_000);
  });

  it("is decoded as the header says, then the page, then UTF-8", () => {
    const latin = new Uint8Array([0x3c, 0x74, 0x69, 0x74, 0x6c, 0x65, 0x3e, 0xe4]);
    expect(decodePage(latin, "text/html; charset=ISO-8859-1")).toBe("<title>ä");
    expect(decodePage(latin, "text/html")).toBe("<title>\ufffd");
    expect(decodePage(latin, "text/html; charset=made-up")).toBe("<title>\ufffd");
    const said = new Uint8Array([...new TextEncoder().encode('<meta charset="shift_jis">'), 0x93, 0xfa]);
    expect(decodePage(said, "text/html")).toContain("日");
  });

  it.each([
    ["text/html", true],
    ["text/html; charset=utf-8", true],
    ["application/xhtml+xml", true],
    ["text/plain", false],
    ["application/json", false],
    [null, false],
  ])("%s is a page: %s", (type, is) => {
    expect(isHtml(type)).toBe(is);
  });
});

describe("oEmbed", () => {
  const { card } = readPage("<title>T</title>", URL_OF)!;
  const video = { type: "video", width: 640, height: 360, provider_name: "Tube", author_name: "Ann" };

  it("makes a player that we wrote, of which only its address and size are theirs", () => {
    const html = `<script>alert(1)</script><iframe onload=alert(1) src="https://tube.test/e/1?a=1&amp;b=2" style=x></iframe>`;
    const made = withOembed(card, { ...video, html });
    expect(made).toMatchObject({
      type: "video",
      width: 640,
      height: 360,
      providerName: "Tube",
      authorName: "Ann",
    });
    expect(made.html).toBe(
      '<iframe src="https://tube.test/e/1?a=1&amp;b=2" width="640" height="360" sandbox="allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox allow-forms" referrerpolicy="strict-origin-when-cross-origin" allowfullscreen=""></iframe>',
    );
  });

  it.each([
    ["a script", "<iframe src='javascript:alert(1)'></iframe>"],
    ["data", "<iframe src='data:text/html,x'></iframe>"],
    ["a document of its own", "<iframe srcdoc='<script>1</script>'></iframe>"],
    ["no frame", "<script src=https://tube.test/x.js></script>"],
    ["http", "<iframe src='http://tube.test/e'></iframe>"],
    ["quotes that end the attribute", `<iframe src='https://tube.test/"onload="x'></iframe>`],
  ])("shows no player of %s", (_, html) => {
    const made = withOembed(card, { ...video, html });
    expect(made.html).not.toMatch(/javascript:|data:|srcdoc|onload="|http:\/\//);
    expect(made.type).toBe(made.html === "" ? "link" : "video");
  });

  it("a photo is a photo, and what is no object changes nothing", () => {
    const photo = {
      type: "photo",
      url: "https://p.test/1.jpg",
      width: "800",
      height: 600,
      title: "<b>Sea</b>",
    };
    expect(withOembed(card, photo)).toMatchObject({
      type: "photo",
      embedUrl: "https://p.test/1.jpg",
      width: 800,
      title: "Sea",
    });
    for (const nonsense of [null, "x", 7, [], { type: "photo", url: "javascript:1" }])
      expect(withOembed(card, nonsense)).toEqual(card);
  });
});

describe("the link of a post", () => {
  const mention = { iri: "https://a.test/u/ann" as Iri, handle: "ann@a.test", url: "https://a.test/@ann" };
  it.each<[string, string, string | null]>([
    [
      "the first",
      '<p><a href="https://x.test/1">1</a> <a href="https://x.test/2">2</a></p>',
      "https://x.test/1",
    ],
    [
      "no mention by class",
      '<a href="https://a.test/x" class="u-url mention">@a</a><a href="https://x.test/">x</a>',
      "https://x.test/",
    ],
    ["no mention by address", '<a href="https://a.test/@ann">@ann</a>', null],
    [
      "no hashtag",
      '<a href="https://a.test/tags/x" rel="tag nofollow">#x</a><a class="hashtag" href="https://a.test/t">#t</a>',
      null,
    ],
    [
      "not the quoted post",
      '<p class="quote-inline">RE: <a href="https://q.test/1">q</a></p><p><a href="https://x.test/1">1</a></p>',
      "https://x.test/1",
    ],
    ["no other scheme", '<a href="mailto:a@x.test">m</a>', null],
    ["not there", "<p>https://x.test/ as text</p>", null],
  ])("is %s", (_, html, expected) => {
    expect(firstLink({ html, mentions: [mention] })).toBe(expected);
  });
});

describe("a link back", () => {
  const PROFILE = "https://me.test/@me";
  it.each<[string, boolean]>([
    [`<a rel="me" href="${PROFILE}">me</a>`, true],
    [`<LINK REL="nofollow ME" HREF=https://ME.test/@Me/ >`, true],
    [`<a href="${PROFILE}#x" rel=me>`, true],
    [`<a rel="me" href="https://me.test/actor">me</a>`, true],
    [`<a href="${PROFILE}">me</a>`, false],
    [`<a rel="menu" href="${PROFILE}">me</a>`, false],
    [`<a rel="me" href="https://me.test/@mee">me</a>`, false],
    [`<a rel="me" href="https://evil.test/?${PROFILE}">me</a>`, false],
    [`<!-- <a rel="me" href="${PROFILE}"> -->`, false],
    [`<script>"<a rel='me' href='${PROFILE}'>"</script>`, false],
    [`<textarea><a rel="me" href="${PROFILE}"></textarea>`, false],
    [`<a rel="me" href="">`, false],
  ])("%s: %s", (html, links) => {
    expect(linksBack(html, "https://blog.test/", [PROFILE, "https://me.test/actor"])).toBe(links);
  });

  it.each<[string, string | null]>([
    [" https://blog.test/ ", "https://blog.test/"],
    ["http://blog.test/", null],
    ["See https://blog.test/", null],
    ["https://a:b@blog.test/", null],
    ["javascript:alert(1)", null],
    ["https://", null],
  ])("%j is the link of a field: %s", (value, link) => {
    expect(linkInField(value)).toBe(link);
  });
});

describe("who may be named as the author of a page", () => {
  it.each<[string, unknown[], boolean]>([
    ["news.test", ["news.test"], true],
    ["www.news.test", ["News.test"], true],
    ["badnews.test", ["news.test"], false],
    ["news.test", ["www.news.test"], false],
    ["news.test", ["test"], false],
    ["news.test", [], false],
    ["news.test", [7, null], false],
  ])("at %s, who names %j: %s", (host, domains, may) => {
    expect(mayBeNamedAt(host, domains)).toBe(may);
  });
});

it("tags are found with their attributes, the first of a name, in any case", () => {
  const [tag] = tagsIn(`x <A HREF='1' href="2" data-x=3 checked>`, new Set(["a"]));
  expect([...tag!.attributes]).toEqual([
    ["href", "1"],
    ["data-x", "3"],
    ["checked", ""],
  ]);
});
