import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { open } from "../../worker/moving/window.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, ORIGIN, PASSWORD, Stead } from "../fediverse/stead.ts";
import { Browser } from "../web/browser.ts";
import { App, ask, form } from "./client.ts";
import { follows, says } from "./following.ts";
import { tokenFor } from "./tokens.ts";

let stead: Stead;
let app: App;
let browser: Browser;
let alice: FakePeer;

beforeAll(async () => {
  stead = await Stead.claimed();
  app = new App(
    stead,
    { id: "", secret: "" },
    await tokenFor(stead, ["read", "write", "fedistead:identity"]),
  );
  browser = await Browser.signedIn(stead);
  alice = await stead.peer("alice");
  await follows(stead, alice);
}, 30_000);
afterAll(() => stead.settle());

const move = (to: string) => app.ask("/api/v1/accounts/move", form({ moved_to_uri: to, password: PASSWORD }));

describe("accounts/move", () => {
  it("only asks, whatever password is sent: the owner looks at it and confirms it on our page", async () => {
    const { status, body } = await move("alice@a.test");
    expect([status, body]).toEqual([
      202,
      { requested: "alice@a.test", confirm_at: `${ORIGIN}/move/out?to=alice%40a.test` },
    ]);
    expect(await rows("SELECT moved_to FROM owner")).toEqual([{ moved_to: null }]);
    const { html } = await browser.get("/move/out");
    expect(html).toContain("Made asks you to move to alice@a.test");
    expect((await browser.get("/move/out?to=%22%3E%3Cscript%3E")).html).not.toContain("<script>");
  });

  it("is refused by the owner, or done by them with their password", async () => {
    await move("alice@a.test");
    const refused = await browser.post("/move/out/requests/refuse", { account: "alice@a.test" });
    expect([refused.status, await rows("SELECT 1 FROM identity_requests")]).toEqual([303, []]);
    await move("alice@a.test");
    alice.document["alsoKnownAs"] = [ACTOR];
    alice.publishDocument();
    const done = await browser.post("/move/out", { to: "alice@a.test", password: PASSWORD });
    expect(done.status).toBe(303);
    expect(await rows("SELECT moved_to FROM owner")).toEqual([{ moved_to: alice.id }]);
    expect(await rows("SELECT 1 FROM identity_requests")).toEqual([]);
    await browser.post("/move/out/back", { password: PASSWORD });
    await stead.settle();
  });

  it.each([
    "",
    "alice",
    "javascript:alert(1)",
    "http://a.test/users/alice",
    `https://a.test/${"a".repeat(600)}`,
  ])("does not note %s", async (to) => {
    expect((await move(to)).status).toBe(422);
    expect(await rows("SELECT 1 FROM identity_requests")).toEqual([]);
  });

  it("takes no more than five, so that no app can fill the page", async () => {
    const answers = [];
    for (let n = 0; n < 7; n++) answers.push((await move(`a${n}@a.test`)).status);
    expect(answers).toEqual([202, 202, 202, 202, 202, 422, 422]);
  });

  it("needs the scope for it: no app that may only write can ask", async () => {
    const token = await tokenFor(stead, ["read", "write", "follow"]);
    const headers = { authorization: `Bearer ${token}` };
    const init = { ...form({ moved_to_uri: "alice@a.test" }), headers };
    expect((await ask(stead, "/api/v1/accounts/move", init)).status).toBe(403);
    expect((await ask(stead, "/api/v1/fedistead/moves/arrivals", { headers })).status).toBe(403);
  });
});

describe("the ledger of a move", () => {
  it("is told to apps as the page tells it", async () => {
    const before = await app.ask("/api/v1/fedistead/moves/arrivals");
    expect(before.body).toMatchObject({ followers_count: 0, arrived_count: 0, window: null, totals: null });
    expect(await open(await stead.ctx(), 7, "everybody")).toBeNull();
    await stead.settle();
    await stead.followedBy(await stead.peer("bob", "b.test"), await stead.peer("cid", "c.test"));
    const { body } = await app.ask("/api/v1/fedistead/moves/arrivals");
    expect(body).toMatchObject({
      followers_count: 2,
      arrived_count: 2,
      lively: true,
      window: { open: true, takes: "everybody", closed_at: null },
      accepts: { delivered_count: 2, retrying_count: 0 },
      unverified: { count: 0, hosts: [] },
    });
  });
});

describe("addresses that apps open", () => {
  it.each([
    ["/auth/edit", "/settings"],
    ["/settings/profile", "/settings"],
    ["/settings/privacy", "/settings"],
    ["/settings/preferences/other", "/settings"],
    ["/settings/delete", "/settings"],
    ["/settings/export", "/settings"],
    ["/settings/migration", "/move/out"],
    ["/settings/aliases", "/move/point"],
    ["/settings/import", "/move/list"],
    ["/settings/imports", "/move/list"],
    ["/settings/applications", "/apps"],
    ["/oauth/authorized_applications", "/apps"],
    ["/about", "/"],
    ["/about/more", "/"],
    ["/web", "/home"],
    ["/web/home", "/home"],
    ["/web/notifications", "/notifications"],
    ["/web/timelines/tag/cats", "/tags/cats"],
    ["/web/@alice@a.test", "/@alice@a.test"],
    ["/@alice@a.test", "/authorize_interaction?uri=%40alice%40a.test"],
    [
      "/share?text=Hello%20you&url=https%3A%2F%2Fx.test%2F",
      "/write?text=Hello+you%0Ahttps%3A%2F%2Fx.test%2F",
    ],
  ])("%s leads to %s, and that is a page", async (path, ours) => {
    const answer = await browser.get(path);
    expect([answer.status, answer.location]).toEqual([303, ours]);
    // A hashtag that nobody used yet has a page that says so.
    expect([200, 303, ours.startsWith("/tags/") ? 404 : 200]).toContain((await browser.get(ours)).status);
  });

  it("/settings is the page itself, and what is shared stands in the form and is not said yet", async () => {
    expect((await browser.get("/settings")).status).toBe(200);
    const { html } = await browser.get("/write?text=%3Cscript%3EHello");
    expect(html).toContain("&lt;script&gt;Hello");
    expect(html).not.toContain("<script>");
    expect(await rows("SELECT 1 FROM posts WHERE author = 0")).toEqual([]);
  });

  it("/privacy-policy says what the API says", async () => {
    const { body } = await ask(stead, "/api/v1/instance/privacy_policy");
    const { html, status } = await browser.get("/privacy-policy");
    expect(status).toBe(200);
    for (const [, sentence] of String(body["content"]).matchAll(/<p>(.*?)<\/p>/g))
      expect(html).toContain(sentence);
  });

  it("/@user/:id is the post, its own page or, for the owner alone, that of somebody else's", async () => {
    const mine = await stead.publishes("Mine");
    const hers = await says(stead, alice);
    const visitor = new Browser(stead);
    expect((await visitor.get(`/@me/${mine}`)).location).toBe(`/posts/${mine}`);
    expect((await visitor.get(`/web/statuses/${mine}`)).location).toBe(`/posts/${mine}`);
    expect((await visitor.get(`/@alice@a.test/${hers}`)).status).toBe(404);
    expect((await visitor.get(`/@me/1`)).status).toBe(404);
    const { location } = await browser.get(`/@alice@a.test/${hers}`);
    expect(location).toMatch(/^\/authorize_interaction\?uri=https%3A%2F%2Fa.test%2F/);
    expect((await browser.get(location)).status).toBe(200);
  });

  it("lead nowhere else, whatever is written behind them", async () => {
    for (const path of [
      "/web/@evil.test/..//x",
      "/web//evil.test",
      "/@x@evil.test%2f%2f",
      "/settings//evil.test",
    ]) {
      const { location } = await browser.get(path);
      expect(location).not.toMatch(/^(https?:)?\/\//);
    }
  });
});
