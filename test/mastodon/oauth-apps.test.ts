import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { DAY, HOUR } from "../../worker/kernel/clock.ts";
import { isRedirectUri, isRegistered, withAnswer } from "../../worker/model/redirect-uri.ts";
import { covers, IDENTITY, readScopes, SCOPES, within } from "../../worker/model/scopes.ts";
import { sweepDaily } from "../../worker/sweep.ts";
import { rows } from "../fediverse/rows.ts";
import { env, Stead } from "../fediverse/stead.ts";
import { Browser } from "../web/browser.ts";
import {
  App,
  ask,
  asJson,
  authorizeQuery,
  consent,
  forgetApps,
  form,
  registered,
  REDIRECT,
} from "./client.ts";

/** As the apps of today send them. */
const REDIRECTS = [
  "https://app.example/callback",
  "https://app.example/callback?instance=me.test",
  "http://localhost:3000/",
  "http://127.0.0.1:8080/callback",
  "icecubesapp://",
  "oauth2redirect://com.keylesspalace.tusky/",
  "org.joinmastodon.android-auth://callback",
  "mastodon://joinmastodon.org/oauth",
  "com.tapbots.Ivory.10217:/request_token/9F3C",
  "urn:ietf:wg:oauth:2.0:oob",
];

const REFUSED = [
  "javascript:alert(1)",
  "JavaScript:alert(1)//https://app.example",
  "data:text/html,<script>alert(1)</script>",
  "vbscript:msgbox",
  "https://app.example/#fragment",
  "https://user@app.example/",
  "https://user:pass@app.example/",
  "https:app.example",
  "https:///app.example",
  "https://app.example\\@evil.example/",
  "https://app.example/\u00e9",
  "//app.example/callback",
  "/callback",
  "app.example",
  "",
];

describe("oauth.redirect: redirect URIs", () => {
  it.each(REDIRECTS)("takes %s, for it is a string and not a URL", (uri) => {
    expect(isRedirectUri(uri)).toBe(true);
    expect(isRegistered([uri], uri)).toBe(true);
  });

  it.each(REFUSED)("refuses %j", (uri) => {
    expect(isRedirectUri(uri)).toBe(false);
    expect(isRegistered([uri], uri)).toBe(false);
  });

  it.each([
    ["another port of an https site", "https://app.example/cb", "https://app.example:444/cb"],
    ["another path", "https://app.example/cb", "https://app.example/cb/"],
    ["a path below", "https://app.example/cb", "https://app.example/cb/evil"],
    ["a path above", "https://app.example/cb", "https://app.example/"],
    ["a path that leads back", "https://app.example/cb", "https://app.example/evil/../cb"],
    ["more in the query", "https://app.example/cb", "https://app.example/cb?to=evil"],
    ["another case", "https://app.example/cb", "https://app.example/CB"],
    ["a user before the host", "https://app.example/cb", "https://evil@app.example/cb"],
    ["a host that goes on", "https://app.example", "https://app.example.evil.example"],
    ["http for https", "https://app.example/cb", "http://app.example/cb"],
    ["another port of a name", "http://localhost:3000/cb", "http://localhost:3001/cb"],
    ["another path of a loopback address", "http://127.0.0.1:3000/cb", "http://127.0.0.1:3001/other"],
    ["another loopback address", "http://127.0.0.1:3000/cb", "http://[::1]:3000/cb"],
    ["a user before a loopback address", "http://127.0.0.1/cb", "http://evil@127.0.0.1/cb"],
    ["a host that begins like a loopback address", "http://127.0.0.1/cb", "http://127.0.0.1.evil.example/cb"],
    ["a port that is a user", "http://127.0.0.1/cb", "http://127.0.0.1:80@evil.example/cb"],
  ])("G1: does not take %s", (_, registeredUri, uri) => {
    expect(isRegistered([registeredUri], uri)).toBe(false);
  });

  it.each([
    ["http://127.0.0.1/cb", "http://127.0.0.1:54321/cb"],
    ["http://127.0.0.1:1/cb?a=b", "http://127.0.0.1:54321/cb?a=b"],
    ["http://[::1]/cb", "http://[::1]:54321/cb"],
  ])("lets a program on this machine choose its port: %s is %s (RFC 8252, section 7.3)", (one, other) => {
    expect(isRegistered([one], other)).toBe(true);
  });

  it("are never rewritten, only gone on with", () => {
    expect(withAnswer("icecubesapp://", { code: "a b", state: "&" })).toBe(
      "icecubesapp://?code=a+b&state=%26",
    );
    expect(withAnswer("https://app.example/?x=1", { code: "c" })).toBe("https://app.example/?x=1&code=c");
    expect(withAnswer("https://app.example/?", { code: "c" })).toBe("https://app.example/?code=c");
  });
});

describe("oauth.scopes.{parent,child,narrow-403}: scopes", () => {
  it("stand for what is below them, and follow for what it was in Mastodon's beginning", () => {
    expect(covers(["read"], "read:statuses")).toBe(true);
    expect(covers(["read:statuses"], "read")).toBe(false);
    expect(covers(["write"], "read:statuses")).toBe(false);
    expect(covers(["follow"], "write:blocks")).toBe(true);
    expect(covers(["follow"], "write:statuses")).toBe(false);
    expect(covers(["follow"], "read")).toBe(false);
  });

  it("never stand for who the owner is: that is asked for by name", () => {
    const others = SCOPES.filter((scope) => scope !== IDENTITY);
    expect(covers(others, IDENTITY)).toBe(false);
    expect(covers([IDENTITY], IDENTITY)).toBe(true);
    expect(SCOPES.filter((scope) => covers([IDENTITY], scope))).toEqual([IDENTITY]);
  });

  it("leave out what there is not, such as rights over other people", () => {
    expect(
      readScopes("read admin:write admin:read:accounts crypto read constructor write:everything"),
    ).toEqual(["read"]);
    expect(within(["read"], ["read:statuses"])).toBe(true);
    expect(within(["read:statuses"], ["read"])).toBe(false);
  });
});

describe("an app makes itself known", () => {
  let stead: Stead;
  beforeAll(async () => {
    stead = await Stead.claimed();
  });
  beforeEach(forgetApps);
  afterEach(() => {
    vi.useRealTimers();
  });

  const fields = {
    client_name: "Phanpy",
    redirect_uris: REDIRECT,
    scopes: "read write follow push",
    website: "https://phanpy.social",
  };
  const multipart = () => {
    const body = new FormData();
    for (const [name, value] of Object.entries(fields)) body.append(name, value);
    return { method: "POST", body };
  };

  it.each<[string, RequestInit]>([
    ["a form", form(fields)],
    ["multipart", multipart()],
    ["JSON", asJson(fields)],
    ["JSON with a list", asJson({ ...fields, redirect_uris: [REDIRECT] })],
    ["its query", { method: "POST" }],
  ])("in %s", async (name, init) => {
    const query = name === "its query" ? `?${new URLSearchParams(fields).toString()}` : "";
    const { status, body } = await ask(stead, `/api/v1/apps${query}`, init);
    expect(status).toBe(200);
    expect(body).toMatchObject({
      name: "Phanpy",
      website: "https://phanpy.social",
      redirect_uri: REDIRECT,
      redirect_uris: [REDIRECT],
      scopes: ["read", "write", "follow", "push"],
      client_secret_expires_at: 0,
    });
    expect(body["client_id"]).toMatch(/^[1-4]\d{15}$/);
    expect(await stead.state()).not.toContain(String(body["client_secret"]));
  });

  it("with several redirect URIs, a line each, and gets them as it wrote them", async () => {
    const { body } = await ask(
      stead,
      "/api/v1/apps",
      form({ ...fields, redirect_uris: REDIRECTS.join("\n") }),
    );
    expect([body["redirect_uris"], body["redirect_uri"]]).toEqual([REDIRECTS, REDIRECTS.join("\n")]);
  });

  it.each<[string, Record<string, string>]>([
    ["no name", { client_name: "" }],
    ["a name of control characters", { client_name: "\u0000\u202e" }],
    ["a name too long", { client_name: "x".repeat(61) }],
    ["no redirect URI", { redirect_uris: "" }],
    ["too much to keep", { redirect_uris: `https://app.example/${"x".repeat(2_000)}` }],
    ["scopes that there are not", { scopes: "admin:write" }],
    ...REFUSED.filter((uri) => uri !== "").map((uri): [string, Record<string, string>] => [
      `G2: ${uri}`,
      { redirect_uris: `${REDIRECT}\n${uri.replaceAll(/\s/g, "")}` },
    ]),
  ])("not with %s", async (_, wrong) => {
    const before = await stead.state();
    const { status, body } = await ask(stead, "/api/v1/apps", form({ ...fields, ...wrong }));
    expect([status, body["error"]]).toEqual([422, expect.stringMatching(/^Validation failed: /)]);
    expect(await stead.state()).toBe(before);
  });

  it("G21: loses every token and code with its row", async () => {
    const app = await App.letIn(stead);
    const owner = await Browser.signedIn(stead);
    await owner.post(`/apps/${app.client.id}/end`);
    expect((await app.ask("/api/v1/preferences")).status).toBe(401);
    expect(await rows("SELECT 1 FROM oauth_tokens UNION ALL SELECT 1 FROM oauth_codes")).toEqual([]);
  });

  describe("though nobody lets it in", () => {
    const at = (time: number) => vi.useFakeTimers({ toFake: ["Date"], now: time });
    const sweep = async () => sweepDaily(await stead.ctx());
    const count = async () => (await rows<{ n: number }>("SELECT count(*) AS n FROM oauth_apps"))[0]!.n;

    it("is kept for a week, because Elk goes on with it so long, and no longer", async () => {
      await registered(stead);
      const start = Date.now();
      at(start + 7.9 * DAY);
      await sweep();
      expect(await count()).toBe(1);
      at(start + 8.1 * DAY);
      await sweep();
      expect(await count()).toBe(0);
    });

    it("and one that was let in is kept for ever", async () => {
      const app = await App.letIn(stead);
      at(Date.now() + 4_000 * DAY);
      await sweep();
      expect((await app.ask("/api/v1/preferences")).status).toBe(200);
    });

    it("strangers can not fill the database: 30 from one, 100 in all in an hour, and 500 over a day", async () => {
      const now = Math.floor(Date.now() / HOUR) * HOUR + HOUR;
      at(now);
      const from = (address: string) => ({ ...form(fields), headers: { "cf-connecting-ip": address } });
      const tries: number[] = [];
      for (let n = 0; n < 32; n++)
        tries.push((await ask(stead, "/api/v1/apps", from(`2001:db8::${n}`))).status);
      expect([tries.slice(0, 30).every((status) => status === 200), ...tries.slice(30)]).toEqual([
        true,
        429,
        429,
      ]);
      for (let n = 0; n < 80; n++)
        tries.push((await stead.fetch("/api/v1/apps", from(`192.0.2.${n}`))).status);
      expect(tries.filter((status) => status === 200)).toHaveLength(100);
      expect(await count()).toBe(100);
      const refused = await ask(stead, "/api/v1/apps", from("192.0.2.200"));
      expect([refused.status, refused.headers.get("retry-after")]).toEqual([429, "3600"]);
      // The next five hours, without their requests.
      for (let hour = 1; hour < 6; hour++) {
        await env.DB.prepare(
          `INSERT INTO oauth_apps SELECT id + ${hour}, secret_hash, name, website, redirect_uris, scopes,
            created_at + ${hour * HOUR}, expires_at + ${hour * HOUR} FROM oauth_apps WHERE created_at = ${now}`,
        ).run();
      }
      expect(await count()).toBe(600);
      await sweep();
      expect(await count()).toBe(600);
      at(now + 2 * DAY);
      await sweep();
      expect(await count()).toBe(500);
    });

    it("an app that was let in stays when strangers come, whose apps go first", async () => {
      const owner = await Browser.signedIn(stead);
      const mine = await registered(stead);
      await consent(owner, authorizeQuery(mine));
      expect(await rows("SELECT expires_at FROM oauth_apps")).toEqual([{ expires_at: null }]);
    });
  });
});
