import { beforeAll, beforeEach, describe, expect, it } from "vitest";

import { ACTOR, env, Stead } from "../fediverse/stead.ts";
import { rows } from "../fediverse/rows.ts";
import { Browser } from "./browser.ts";

const SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe";
const FEP = "https://w3id.org/fep/3b86";

let stead: Stead;
let visitor: Browser;
let address = 0;

/** What the visitor's server says of them. */
function serves(links: unknown, host = "home.test") {
  const asked: URL[] = [];
  stead.host(host).get = (request) => {
    asked.push(new URL(request.url));
    return Response.json({ subject: `acct:bob@${host}`, links });
  };
  return asked;
}
/** From an address of its own, so that no limit is reached. */
const follows = (account: string) =>
  visitor.post("/follow", { account }, { "cf-connecting-ip": `2001:db8::${++address}` });
const linkIn = (html: string) => /<a class="button" href="([^"]+)"/.exec(html)?.[1]?.replaceAll("&amp;", "&");

describe("following from where one is", () => {
  // One stead for all: a visitor changes nothing but the count of tries.
  beforeAll(async () => {
    stead = await Stead.claimed();
    visitor = new Browser(stead);
  });
  beforeEach(() => void stead.world.take());

  it("is linked from the profile, and has every way to follow on one page without a script", async () => {
    expect((await visitor.get("/")).html).toContain('href="/follow"');
    const { status, html, headers } = await visitor.get("/follow");
    expect(status).toBe(200);
    expect(headers.get("cache-control")).toBe("no-cache");
    for (const part of [
      '<span class="handle">@me@me.test</span>',
      'href="web+ap://me.test/@me"',
      'src="/follow.svg"',
      'href="/feed.atom"',
      'href="/feed.rss"',
      'href="/feed.json"',
      'href="https://bsky.app/profile/me.me.test.ap.brid.gy"',
      "Only if this account is bridged",
      "Threads",
    ]) {
      expect(html).toContain(part);
    }
  });

  it("has a QR code that is an inert picture of our own", async () => {
    const answer = await stead.fetch("/follow.svg");
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      "content-type": "image/svg+xml",
      "content-security-policy": "default-src 'none'; sandbox",
      "x-content-type-options": "nosniff",
    });
    expect(await answer.text()).toMatch(
      /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="[^<>]*"><rect /,
    );
  });

  it.each([
    "@bob@home.test",
    "bob@home.test",
    "acct:bob@home.test",
    "https://home.test/@bob",
    " @bob@HOME.test ",
  ])(
    "asks the server of %s by WebFinger, unsigned, and shows where it leads before anybody leaves",
    async (typed) => {
      const asked = serves([
        { rel: SUBSCRIBE, template: "https://home.test/authorize_interaction?uri={uri}" },
      ]);
      const { status, html, headers } = await follows(typed);
      expect(status).toBe(200);
      expect(headers.get("cache-control")).toBe("private, no-store");
      expect(linkIn(html)).toBe(`https://home.test/authorize_interaction?uri=${encodeURIComponent(ACTOR)}`);
      expect(html).toContain("<h1>Go on to home.test</h1>");
      expect(asked.map((url) => url.searchParams.get("resource"))).toEqual(["acct:bob@home.test"]);
      const [request] = stead.world.take();
      expect(request!.headers.get("signature")).toBeNull();
    },
  );

  it("names the other host when the server lives under another name than its handles", async () => {
    serves([{ rel: SUBSCRIBE, template: "https://social.home.test/follow?u={uri}" }]);
    const { html } = await follows("bob@home.test");
    expect(html).toContain("<h1>Go on to social.home.test</h1>");
    expect(html).toContain("social.home.test, which home.test names as its server");
  });

  it.each([
    ["Follow", `https://home.test/f?o=${encodeURIComponent(ACTOR)}`, [`${FEP}/Object`, `${FEP}/Follow`]],
    ["Object", `https://home.test/o?o=${encodeURIComponent(ACTOR)}`, [SUBSCRIBE, `${FEP}/Object`]],
  ])("prefers FEP-3b86's %s over what is older, in any order", async (_, url, rels) => {
    const path = (rel: string) => (rel.endsWith("Follow") ? "f" : rel.endsWith("Object") ? "o" : "s");
    serves(rels.map((rel) => ({ rel, template: `https://home.test/${path(rel)}?o={object}{uri}` })));
    expect(linkIn((await follows("bob@home.test")).html)).toBe(url);
  });

  it("reads FEP-3b86's earlier spelling with href, leaves unknown gaps empty, and keeps a fragment", async () => {
    serves([{ rel: `${FEP}/Follow`, href: "https://home.test/x?a={on-success}&o={object}#go" }]);
    expect(linkIn((await follows("bob@home.test")).html)).toBe(
      `https://home.test/x?a=&o=${encodeURIComponent(ACTOR)}#go`,
    );
  });

  it.each([
    ["no template", "does not say where it follows", () => Response.json({ links: [] })],
    ["no JSON", "does not say where it follows", () => new Response("<html>")],
    ["no such account", "knows no bob", () => new Response(null, { status: 404 })],
    ["an error", "did not answer as it should", () => new Response(null, { status: 500 })],
    [
      "a document without end",
      "did not answer as it should",
      () => Response.json({ links: ["x".repeat(70_000)] }),
    ],
    [
      "no answer",
      "did not answer as it should",
      () => {
        throw new TypeError("connection refused");
      },
    ],
  ])(
    "says kindly what happened when the server has %s, and keeps what was typed",
    async (_, text, answer) => {
      stead.host("home.test").get = answer;
      const { status, html } = await follows("bob@home.test");
      expect([status, html.includes(text)]).toEqual([422, true]);
      expect(html).toContain('value="bob@home.test"');
      expect(html).toContain('<span class="handle">@me@me.test</span>');
    },
  );

  it.each([
    "",
    "bob",
    "@bob",
    "bob@",
    "@home.test",
    "bob@home.test@evil.test",
    "bob@home.test/x",
    "bob@ho me.test",
  ])("asks for an account when %j is none, and asks no server", async (typed) => {
    const { status, html } = await follows(typed);
    expect([status, html.includes("Write your account like @you@example.social")]).toEqual([422, true]);
    expect(stead.world.requests).toEqual([]);
  });

  it("says so when the visitor writes the owner's own handle", async () => {
    expect((await follows("@me@me.test")).html).toContain("That is the account on this page");
    expect(stead.world.requests).toEqual([]);
  });
});

describe("what a visitor leaves behind", () => {
  beforeEach(async () => {
    stead = await Stead.claimed();
    visitor = new Browser(stead);
  });

  it("keeps no handle of a visitor anywhere: not in the database, not in a cookie", async () => {
    serves([{ rel: SUBSCRIBE, template: "https://home.test/authorize_interaction?uri={uri}" }]);
    const { headers } = await follows("very-private-bob@home.test");
    expect(headers.getSetCookie()).toEqual([]);
    const state = await stead.state();
    expect(state).not.toContain("very-private-bob");
    expect(state).not.toContain("home.test");
  });

  it("asks ten servers an hour for one address, and then sends nobody but still says how", async () => {
    const asked = serves([{ rel: SUBSCRIBE, template: "https://home.test/i?uri={uri}" }]);
    const tries = (ip: string) =>
      visitor.post("/follow", { account: "bob@home.test" }, { "cf-connecting-ip": ip });
    for (let n = 0; n < 10; n++) expect((await tries("203.0.113.9")).status).toBe(200);
    const refused = await tries("203.0.113.9");
    expect(refused.status).toBe(429);
    expect(refused.html).toContain("You can still follow by hand");
    expect(asked).toHaveLength(10);
    expect((await tries("203.0.113.10")).status).toBe(200);
    expect(await rows("SELECT name, count FROM attempts ORDER BY name")).toEqual([
      { name: "follow:*", count: 11 },
      { name: "follow:203.0.113.10", count: 1 },
      { name: "follow:203.0.113.9", count: 10 },
    ]);
  });

  it("asks 600 servers an hour for everybody together, so that nobody makes it a hose", async () => {
    const hour = Math.floor(Date.now() / 3_600_000);
    await env.DB.prepare("INSERT INTO attempts VALUES ('follow:*', ?, 600)").bind(hour).run();
    expect((await follows("bob@home.test")).status).toBe(429);
    expect(stead.world.requests).toEqual([]);
  });

  it("takes the form from its own page alone", async () => {
    const foreign = { origin: "https://evil.test", "sec-fetch-site": "cross-site" };
    expect((await visitor.post("/follow", { account: "bob@home.test" }, foreign)).status).toBe(403);
    expect(stead.world.requests).toEqual([]);
  });
});
