import { beforeEach, describe, expect, it } from "vitest";

import { env, ORIGIN, Stead } from "../fediverse/stead.ts";
import { Browser } from "./browser.ts";

const KINDS = [
  ["/feed.atom", "application/atom+xml; charset=utf-8"],
  ["/feed.rss", "application/rss+xml; charset=utf-8"],
  ["/feed.json", "application/feed+json; charset=utf-8"],
] as const;

interface JsonFeed {
  version: string;
  title: string;
  items: {
    id: string;
    url: string;
    title?: string;
    content_html: string;
    date_published: string;
    tags?: string[];
  }[];
}

describe("the feeds", () => {
  let stead: Stead;
  beforeEach(async () => {
    stead = await Stead.claimed();
  });
  const text = async (path: string) => (await stead.fetch(path)).text();
  const jsonFeed = async () => JSON.parse(await text("/feed.json")) as JsonFeed;

  it("are named in the head of the profile page", async () => {
    const { html } = await new Browser(stead).get("/");
    for (const [path, type] of KINDS) {
      expect(html).toContain(`<link rel="alternate" type="${type.split(";")[0]}"`);
      expect(html).toContain(`href="${path}"`);
    }
  });

  it.each(KINDS)(
    "%s has its type, stays the same while nothing changes, and is 304 to its ETag",
    async (path, type) => {
      await stead.publishes("Hello");
      const answer = await stead.fetch(path);
      expect([answer.status, answer.headers.get("content-type")]).toEqual([200, type]);
      expect(answer.headers.get("cache-control")).toBe("no-cache");
      const etag = answer.headers.get("etag")!;
      expect((await stead.fetch(path, { headers: { "if-none-match": etag } })).status).toBe(304);
      await stead.publishes("Again");
      expect((await stead.fetch(path, { headers: { "if-none-match": etag } })).status).toBe(200);
    },
  );

  it("have the posts everybody may see, newest first, and no others", async () => {
    const first = await stead.publishes("First **post** #Tag");
    await stead.publishes("For followers", { visibility: "followers" });
    const quiet = await stead.publishes("Quietly", { visibility: "quiet" });
    const gone = await stead.publishes("Soon gone");
    await (await Browser.signedIn(stead)).post(`/posts/${gone}/delete`);
    const { items, version } = await jsonFeed();
    expect(version).toBe("https://jsonfeed.org/version/1.1");
    expect(items.map(({ id }) => id)).toEqual([`${ORIGIN}/posts/${quiet}`, `${ORIGIN}/posts/${first}`]);
    expect(items[1]).toMatchObject({ url: `${ORIGIN}/posts/${first}`, tags: ["Tag"], language: "en" });
    expect(items[1]).not.toHaveProperty("title");
    expect(items[1]!.content_html).toContain("<strong>post</strong>");
    const atom = await text("/feed.atom");
    expect(atom.match(/<entry>/g)).toHaveLength(2);
    expect(atom).toContain(`<id>${ORIGIN}/posts/${first}</id>`);
    expect(atom).toContain("<title>First post #Tag</title>");
    const rss = await text("/feed.rss");
    expect(rss.match(/<item>/g)).toHaveLength(2);
    expect(rss).toContain(`<guid isPermaLink="true">${ORIGIN}/posts/${first}</guid>`);
    expect(rss).toContain("&lt;strong&gt;post&lt;/strong&gt;");
  });

  it("have the content warning as the title", async () => {
    await stead.publishes("The butler did it", { summary: "Ending of a <novel>" });
    expect((await jsonFeed()).items[0]!.title).toBe("Ending of a <novel>");
    for (const path of ["/feed.atom", "/feed.rss"]) {
      expect(await text(path)).toContain("<title>Ending of a &lt;novel&gt;</title>");
    }
  });

  it("have twenty posts and are whole without any", async () => {
    for (const [path] of KINDS) expect((await stead.fetch(path)).status).toBe(200);
    expect((await jsonFeed()).items).toEqual([]);
    for (let n = 0; n < 21; n++) await stead.publishes(`Number ${n}`);
    expect((await jsonFeed()).items).toHaveLength(20);
  });

  it("are well-formed XML whatever the owner writes", async () => {
    const evil = `</title>]]><script>alert("1")</script>&amp;\ufffe\uffff\u0000\u0008'`;
    await (await Browser.signedIn(stead)).post("/settings", { name: evil, bio: evil });
    await stead.publishes(evil, { summary: evil, language: null });
    await env.DB.prepare(`UPDATE posts SET language = '"><x' WHERE author = 0`).run();
    for (const path of ["/feed.atom", "/feed.rss"]) {
      const xml = await text(path);
      expect(xml).not.toMatch(/<script|\]\]>|[\ufffe\uffff\0\b]/);
      expect(xml.replace(/^<\?xml [^>]*\?>/, "")).toMatch(/^\s*<(feed|rss)\b/);
      expectNested(xml);
    }
    expect((await jsonFeed()).title).toContain("<script>");
  });
});

const TAG = /<(\/?)([a-z][\w:]*)((?:\s+[\w:]+="[^"<]*")*)\s*(\/?)>/gi;

/** Every tag is closed, in order, there is no other <, and every & begins a reference. */
function expectNested(xml: string): void {
  const body = xml.replace(/^<\?xml [^>]*\?>/, "");
  const open: string[] = [];
  const closed: (string | undefined)[] = [];
  const ended: (string | undefined)[] = [];
  for (const [, end, name, , leaf] of body.matchAll(TAG)) {
    if (end) {
      closed.push(open.pop());
      ended.push(name);
    } else if (!leaf) open.push(name!);
  }
  expect(closed).toEqual(ended);
  expect(open).toEqual([]);
  expect(body.replaceAll(TAG, "")).not.toContain("<");
  expect(body).not.toMatch(/&(?!(amp|lt|gt|quot|#39);)/);
}
