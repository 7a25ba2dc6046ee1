/** What a hostile server may answer a visitor's question with, and what a hostile visitor may ask it of. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { Iri } from "../../worker/kernel/brand.ts";
import { followUrl } from "../../worker/peers/follow-template.ts";
import { ACTOR, Stead } from "../fediverse/stead.ts";
import { Browser } from "../web/browser.ts";
import { refusedUrls } from "./refused-urls.ts";

const SUBSCRIBE = "http://ostatus.org/schema/1.0/subscribe";
const BOUNDS = {
  ownHosts: new Set(["me.test", "fedistead.owner.workers.dev", "xn--mnchen-3ya.test"]),
  privateHosts: new Set<string>(),
};

const urlOf = (template: unknown) =>
  followUrl(BOUNDS, JSON.stringify({ links: [{ rel: SUBSCRIBE, template }] }), ACTOR as Iri);

describe("a template of a hostile server", () => {
  it.each([
    "javascript:alert({uri})",
    "JaVaScRiPt:alert(1)//{uri}",
    "data:text/html,{uri}",
    "vbscript:{uri}",
    "http://home.test/?u={uri}",
    "https://home.test:8443/?u={uri}",
    "https://bob@home.test/?u={uri}",
    "https://bank.example@evil.test/?u={uri}",
    "https://127.0.0.1/?u={uri}",
    "https://[::1]/?u={uri}",
    "https://2130706433/?u={uri}",
    "https://localhost/?u={uri}",
    "https://printer.local/?u={uri}",
    "https://me.test/logout?u={uri}",
    "https://www.me.test/?u={uri}",
    "https://{uri}/",
    "https://{uri}.evil.test/",
    "https://home.test{uri}",
    "{uri}",
    "/authorize_interaction?uri={uri}",
    "//home.test/?u={uri}",
    "https:home.test/?u={uri}",
    "https://home.test\\@evil.test/?u={uri}",
    "https://home.test/?u={uri}\r\nset-cookie: a=b",
    "https://home.test/ {uri}",
    "https://home.test/\u202e?u={uri}",
    "https://home.test/nothing-to-fill",
    "https://home.test/{object}",
    "https://home.test/{+uri}",
    `https://home.test/?u={uri}&x=${"x".repeat(2_100)}`,
    "",
    null,
    42,
    ["https://home.test/?u={uri}"],
    { toString: "https://home.test/?u={uri}" },
  ])("leads nowhere: %j", (template) => {
    expect(urlOf(template)).toBeNull();
  });

  it.each(Object.entries(refusedUrls))("leads nowhere when the door would not go there: %s", (_, urls) => {
    for (const url of urls) expect([url, urlOf(`${url}?u={uri}`)]).toEqual([url, null]);
  });

  it.each([
    "null",
    "[]",
    '"x"',
    "{}",
    '{"links":null}',
    '{"links":{"rel":1}}',
    '{"links":[null,1,"x",[]]}',
    '{"__proto__":{"links":[]}}',
    "",
    "{",
    "[".repeat(50_000),
  ])("is not found in %s", (jrd) => {
    expect(followUrl(BOUNDS, jrd, ACTOR as Iri)).toBeNull();
  });

  it("is passed over for a usable one behind it", () => {
    const links = ["javascript:{uri}", "https://home.test/?u={uri}"].map((template) => ({
      rel: SUBSCRIBE,
      template,
    }));
    expect(followUrl(BOUNDS, JSON.stringify({ links }), ACTOR as Iri)?.host).toBe("home.test");
  });

  it("is shown as the text it is when it is full of markup", async () => {
    const stead = await Stead.claimed();
    const template = `https://home.test/"><script>alert(1)</script>?u={uri}`;
    stead.host("home.test").get = () => Response.json({ links: [{ rel: SUBSCRIBE, template }] });
    const { status, html } = await new Browser(stead).post("/follow", { account: "bob@home.test" });
    expect(status).toBe(200);
    expect(html).not.toContain("<script");
  });
});

describe("an account of a hostile visitor", () => {
  let stead: Stead;
  let visitor: Browser;
  beforeAll(async () => {
    stead = await Stead.claimed();
  });
  beforeEach(() => {
    stead.world.take();
    visitor = new Browser(stead);
  });

  it.each([
    "bob@127.0.0.1",
    "bob@0x7f.1",
    "bob@[::1]",
    "bob@169.254.169.254",
    "bob@localhost",
    "bob@localhost:8787",
    "bob@home.test:22",
    "bob@printer.local",
    "bob@me.test",
    "bob@ME.test",
    "bob@www.me.test",
    "bob@home.test.",
    "bob@home.test\r\nhost: evil.test",
    "bob@home.test?x=",
    "bob@home.test#",
    "bob:secret@home.test",
    "http://127.0.0.1/@bob",
    `bob@${"a".repeat(300)}.test`,
    `${"b".repeat(300)}@home.test`,
    '<img src=x onerror=alert(1)>@"><script>',
  ])("has no request sent: %j", async (account) => {
    const { status, html } = await visitor.post(
      "/follow",
      { account },
      { "cf-connecting-ip": account.slice(0, 5) },
    );
    expect([422, 429]).toContain(status);
    expect(html).not.toMatch(/<script|<img src=x/);
    expect(stead.world.requests).toEqual([]);
    expect(stead.world.unexpected).toEqual([]);
  });

  it("does not reach us again by a redirect of the server they named", async () => {
    stead.host("bounce.test").get = () => Response.redirect("https://me.test/actor", 302);
    const { status } = await visitor.post("/follow", { account: "bob@bounce.test" });
    expect(status).toBe(422);
    expect(stead.world.unexpected).toEqual([]);
  });

  it("can put nothing into the question but their name", async () => {
    const asked: string[] = [];
    stead.host("home.test").get = ({ url }) => {
      asked.push(new URL(url).search);
      return new Response(null, { status: 404 });
    };
    expect((await visitor.post("/follow", { account: "b&rel=x%00@home.test" })).status).toBe(422);
    expect(asked).toEqual(["?resource=acct%3Ab%26rel%3Dx%2500%40home.test"]);
  });
});
