import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { MINUTE } from "../../worker/kernel/clock.ts";
import { rows } from "../fediverse/rows.ts";
import { PASSWORD, SECRET, Stead } from "../fediverse/stead.ts";
import { Browser } from "../web/browser.ts";
import {
  App,
  ask,
  authorizeQuery,
  codeIn,
  consent,
  forgetApps,
  form,
  pkce,
  REDIRECT,
  redemption,
  registered,
  type Client,
} from "./client.ts";

const OOB = "urn:ietf:wg:oauth:2.0:oob";
const IVORY = "com.tapbots.Ivory.10217:/request_token/9F3C";

let stead: Stead;
let owner: Browser;
let client: Client;
beforeAll(async () => {
  stead = await Stead.claimed();
  owner = await Browser.signedIn(stead);
});
beforeEach(async () => {
  await forgetApps();
  const uris = [REDIRECT, "icecubesapp://", IVORY, OOB, "http://127.0.0.1/cb", "https://web.example/?a=b"];
  client = await registered(stead, { redirect_uris: uris.join("\n") });
});

const open = (query: Record<string, string>, slash = "") =>
  owner.get(`/oauth/authorize${slash}?${new URLSearchParams(query).toString()}`);
const codes = () => rows("SELECT * FROM oauth_codes");

describe("the consent page", () => {
  it("asks who is not signed in to sign in, and comes back to the same question", async () => {
    const visitor = new Browser(stead);
    const query = authorizeQuery(client, { state: "a&b", force_login: "true", lang: "de" });
    const path = `/oauth/authorize?${new URLSearchParams(query).toString()}`;
    const sent = await visitor.get(path);
    expect([sent.status, sent.location]).toEqual([303, `/login?next=${encodeURIComponent(path)}`]);
    const login = await visitor.get(sent.location);
    const next = /name="next" value="([^"]+)"/.exec(login.html)![1]!.replaceAll("&amp;", "&");
    const back = await visitor.post("/login", { next, password: PASSWORD });
    expect(back.location).toBe(path);
    expect((await visitor.get(back.location)).html).toContain("Test app");
  });

  it("names the app, and where the yes goes, which the app can not make up", async () => {
    const { html, headers } = await open(authorizeQuery(client, { scope: "read write:statuses" }));
    expect(html).toContain("<bdi>Test app</bdi>");
    expect(html).toContain("<strong>app.example</strong>");
    expect(html).toContain("read all that is yours here");
    expect(html).toContain("post and delete in your name");
    expect(html).not.toContain("change your profile");
    expect(headers.get("content-security-policy")).toContain("frame-ancestors 'none'");
    expect((await open(authorizeQuery(client, { redirect_uri: IVORY }))).html).toContain(
      "<strong>com.tapbots.ivory.10217:</strong>",
    );
    expect((await open(authorizeQuery(client, { redirect_uri: OOB }))).html).toContain(
      "<strong>Never</strong>",
    );
    expect((await open(authorizeQuery(client, { redirect_uri: "http://127.0.0.1:999/cb" }))).html).toContain(
      "a program that runs on this device",
    );
  });

  it("shows what an app calls itself as text, whatever it is", async () => {
    const name = `<script>alert(1)</script>"'&\u202e`;
    const sly = await registered(stead, { client_name: name });
    const { html, status } = await open(authorizeQuery(sly));
    expect(status).toBe(200);
    expect(html).not.toContain("<script>");
    expect(html).not.toContain("\u202e");
  });

  it("is there with a slash at the end, as toot asks for it", async () => {
    expect((await open(authorizeQuery(client), "/")).status).toBe(200);
  });

  it.each([
    [REDIRECT, `${REDIRECT}?code=`],
    ["icecubesapp://", "icecubesapp://?code="],
    [IVORY, `${IVORY}?code=`],
    ["http://127.0.0.1:54321/cb", "http://127.0.0.1:54321/cb?code="],
    ["https://web.example/?a=b", "https://web.example/?a=b&code="],
  ])("sends the yes to %s as it is written, with the state as it was given", async (uri, begins) => {
    const query = authorizeQuery(client, { redirect_uri: uri, state: 'x y&"é' });
    const { status, location, headers } = await consent(owner, query);
    expect(status).toBe(303);
    expect(location.startsWith(begins)).toBe(true);
    expect(new URLSearchParams(location.slice(location.indexOf("?"))).get("state")).toBe('x y&"é');
    expect(headers.get("cache-control")).toBe("no-store");
    expect(await codes()).toHaveLength(1);
    expect(await stead.state()).not.toContain(codeIn(location));
  });

  it("sends no state where none was given", async () => {
    expect((await consent(owner, authorizeQuery(client))).location).toMatch(/\?code=[\w-]{43}$/);
  });

  it("tells the app of a no, and gives it nothing", async () => {
    const { location } = await consent(owner, authorizeQuery(client, { state: "s" }), "deny");
    const answer = new URL(location).searchParams;
    expect([answer.get("error"), answer.get("state"), answer.get("code")]).toEqual([
      "access_denied",
      "s",
      null,
    ]);
    expect(await codes()).toEqual([]);
    const copied = await consent(owner, authorizeQuery(client, { redirect_uri: OOB }), "deny");
    expect(copied.location).toBe("/apps");
  });

  it("G2: shows the code to copy where there is no address, and in no address of ours", async () => {
    const { status, html, location } = await consent(owner, authorizeQuery(client, { redirect_uri: OOB }));
    expect([status, location]).toEqual([200, ""]);
    const code = /<code class="handle">([\w-]{43})<\/code>/.exec(html)![1]!;
    const { body } = await ask(stead, "/oauth/token", form(redemption(client, code, { redirect_uri: OOB })));
    expect(body["token_type"]).toBe("Bearer");
  });

  it("gives what the app asked for, and leaves out what there is not", async () => {
    const { location } = await consent(owner, authorizeQuery(client, { scope: "write read admin:write" }));
    const { body } = await ask(stead, "/oauth/token", form(redemption(client, codeIn(location))));
    expect(body["scope"]).toBe("read write");
  });

  it("takes read for an app that asks for nothing in particular", async () => {
    const { scope: _, ...query } = authorizeQuery(client);
    const { location } = await consent(owner, query);
    const { body } = await ask(stead, "/oauth/token", form(redemption(client, codeIn(location))));
    expect(body["scope"]).toBe("read");
  });
});

describe("oauth.redirect.wrong→refused: what is refused before the owner is asked, and never sent on", () => {
  const sly = [
    "https://app.example/callback/",
    "https://app.example/callback/evil",
    "https://app.example/callback?x=1",
    "https://app.example/CALLBACK",
    "https://app.example/evil/../callback",
    "https://app.example@evil.example/callback",
    "https://app.example:444/callback",
    "https://evil.example/",
    "javascript:alert(1)",
    "",
  ];

  it.each<[string, Record<string, string>]>([
    ...sly.map((uri): [string, Record<string, string>] => [`G1: redirect URI ${uri}`, { redirect_uri: uri }]),
    ["an app that there is not", { client_id: "1000000000000000" }],
    ["an app's name that is none", { client_id: "' OR 1=1 --" }],
    ["an answer that is a token", { response_type: "token" }],
    ["no answer", { response_type: "" }],
    ["nothing but scopes that there are not", { scope: "admin:write" }],
    [
      "oauth.pkce.plain-refused (G3): a plain challenge",
      { code_challenge: "x".repeat(43), code_challenge_method: "plain" },
    ],
    ["G3: a challenge without its method", { code_challenge: "x".repeat(43) }],
    ["G3: a method without a challenge", { code_challenge_method: "S256" }],
    ["G3: a challenge that is none", { code_challenge: "short", code_challenge_method: "S256" }],
    ["a state too long to send back", { state: "x".repeat(5_000) }],
  ])("%s", async (_, wrong) => {
    const query = authorizeQuery(client, wrong);
    const before = await stead.state();
    const asked = await open(query);
    const answered = await owner.post("/oauth/authorize", { ...query, answer: "allow" });
    const denied = await owner.post("/oauth/authorize", { ...query, answer: "deny" });
    for (const { status, location } of [asked, answered, denied])
      expect([status, location]).toEqual([400, ""]);
    expect(await stead.state()).toBe(before);
  });

  it("more than the app registered for", async () => {
    const modest = await registered(stead, { scopes: "read:statuses profile" });
    expect((await open(authorizeQuery(modest, { scope: "read" }))).status).toBe(400);
    expect((await open(authorizeQuery(modest, { scope: "profile" }))).status).toBe(200);
  });
});

describe("oauth.csrf: a yes that the owner did not give", () => {
  const yes = () => ({ ...authorizeQuery(client), answer: "allow" });

  it.each<[string, Record<string, string>]>([
    ["a form of another site", { origin: "https://evil.example", "sec-fetch-site": "cross-site" }],
    ["a form of a sister site", { origin: "https://x.me.test", "sec-fetch-site": "same-site" }],
    ["a form from nowhere", { origin: "null", "sec-fetch-site": "cross-site" }],
  ])("is not taken from %s", async (_, headers) => {
    const before = await stead.state();
    const { status, location } = await owner.post("/oauth/authorize", yes(), headers);
    expect([status, location]).toEqual([403, ""]);
    expect(await stead.state()).toBe(before);
  });

  it("is not taken from who is not signed in, nor from a token", async () => {
    expect((await new Browser(stead).post("/oauth/authorize", yes())).location).toBe("/login");
    const app = await App.letIn(stead);
    const answer = await stead.fetch("/oauth/authorize", {
      ...form(yes()),
      headers: { authorization: `Bearer ${app.token}` },
    });
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/login"]);
  });

  it("is not a GET", async () => {
    const { location } = await open({ ...authorizeQuery(client), answer: "allow" });
    expect(location).toBe("");
    expect(await codes()).toEqual([]);
  });

  it("G31: is not given by an open browser alone where it could take the followers along", async () => {
    const { challenge } = await pkce();
    const query = authorizeQuery(client, {
      scope: "read fedistead:identity",
      code_challenge: challenge,
      code_challenge_method: "S256",
    });
    expect((await open(query)).html).toContain("move it, with all who follow you");
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 6 * MINUTE });
    const before = await stead.state();
    const refused = await owner.post("/oauth/authorize", { ...query, answer: "allow" });
    expect([refused.status, refused.location]).toEqual([403, ""]);
    expect(refused.html).toContain('type="password"');
    expect(await stead.state()).toBe(before);
    const given = await owner.post("/oauth/authorize", { ...query, answer: "allow", password: PASSWORD });
    expect(given.location).toContain("code=");
    vi.useRealTimers();
  });
});

describe("the page of apps", () => {
  it("shows what is in, since when and what it may do, and ends it at once", async () => {
    const app = await App.letIn(stead, "read write:statuses");
    const { html } = await owner.get("/apps");
    expect(html).toContain("Test app");
    expect(html).toContain("post and delete in your name");
    expect(html).not.toContain(app.token);
    expect((await app.ask("/api/v1/preferences")).status).toBe(200);
    const ended = await owner.post(`/apps/${app.client.id}/end`);
    expect(ended.location).toBe("/apps?ended");
    expect((await app.ask("/api/v1/preferences")).status).toBe(401);
    expect((await owner.get("/apps")).html).toContain("No app is in.");
  });

  it("notes the hour in which an app was used last, once an hour", async () => {
    const app = await App.letIn(stead);
    const then = Date.now() + 3 * 3_600_000;
    vi.useFakeTimers({ toFake: ["Date"], now: then });
    await app.ask("/api/v1/preferences");
    await vi.waitFor(async () => {
      const [row] = await rows<{ used_at: number }>("SELECT used_at FROM oauth_tokens");
      expect(row!.used_at).toBe(then - (then % 3_600_000));
    });
    vi.useRealTimers();
  });

  it("is reached from the settings", async () => {
    expect((await owner.get("/settings")).html).toContain('<a href="/apps">');
  });

  it("a new password by the secret ends every app, for whoever had one may have the other", async () => {
    const app = await App.letIn(stead);
    await new Browser(stead).post("/recover", { secret: SECRET, password: "a new password" });
    expect((await app.ask("/api/v1/preferences")).status).toBe(401);
  });
});
