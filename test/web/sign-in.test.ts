import { createExecutionContext } from "cloudflare:test";
import { beforeEach, describe, expect, it } from "vitest";

import { app } from "../../worker/app.ts";
import { forgetStead } from "../../worker/store/stead.ts";
import { env, ORIGIN, PASSWORD, SECRET, Stead } from "../fediverse/stead.ts";
import { Browser } from "./browser.ts";

async function rows(table: string): Promise<number> {
  return (await env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<{ n: number }>())!.n;
}

describe("signing in", () => {
  let stead: Stead;
  beforeEach(async () => {
    stead = await Stead.claimed();
  });

  it("gives a cookie that no script, no other host and no other site can use, and keeps only its hash", async () => {
    const { headers, status, location } = await new Browser(stead).post("/login", { password: PASSWORD });
    expect([status, location]).toEqual([303, "/home"]);
    const cookie = headers.get("set-cookie") ?? "";
    expect(cookie).toMatch(
      /^__Host-session=[\w-]{43}; Path=\/; Max-Age=2592000; HttpOnly; SameSite=Lax; Secure$/,
    );
    const token = /=([\w-]+);/.exec(cookie)![1]!;
    expect(await stead.state()).not.toContain(token);
  });

  it("refuses a wrong password, and from the sixth in an hour any", async () => {
    const browser = new Browser(stead);
    const tries = [];
    for (let n = 0; n < 6; n++) tries.push((await browser.post("/login", { password: `wrong ${n}` })).status);
    expect(tries).toEqual([403, 403, 403, 403, 403, 429]);
    const right = await browser.post("/login", { password: PASSWORD });
    expect([right.status, right.headers.get("retry-after")]).toEqual([429, "3600"]);
    expect(await rows("sessions")).toBe(0);
  });

  it("counts tries by address, so that somebody else's do not lock the owner out", async () => {
    const browser = new Browser(stead);
    const from = (address: string) => ({ "cf-connecting-ip": address });
    for (let n = 0; n < 6; n++) await browser.post("/login", { password: "no" }, from("203.0.113.9"));
    expect((await browser.post("/login", { password: PASSWORD }, from("203.0.113.9"))).status).toBe(429);
    expect((await browser.post("/login", { password: PASSWORD }, from("198.51.100.1"))).status).toBe(303);
  });

  it("leads back to the page that was asked for, and never to another site", async () => {
    const asked = await new Browser(stead).get("/settings?a=1");
    expect(asked.location).toBe("/login?next=%2Fsettings%3Fa%3D1");
    expect((await new Browser(stead).get(asked.location)).html).toContain(
      'name="next" value="/settings?a=1"',
    );
    for (const next of [
      "//evil.test",
      "https://evil.test/",
      "/\\evil.test",
      "javascript:alert(1)",
      "/\t/evil.test",
      "",
    ]) {
      const { location } = await new Browser(stead).post("/login", { password: PASSWORD, next });
      expect([next, location]).toEqual([next, "/home"]);
    }
  });

  it("ends the session on the server when the owner signs out", async () => {
    const browser = await Browser.signedIn(stead);
    const { cookie } = browser;
    expect((await browser.get("/home")).status).toBe(200);
    const out = await browser.post("/logout");
    expect(out.headers.get("set-cookie")).toContain("Max-Age=0");
    browser.cookie = cookie;
    expect((await browser.get("/home")).location).toBe("/login?next=%2Fhome");
    expect(await rows("sessions")).toBe(0);
  });

  it("takes no session that has expired, was never given, or belongs to another name", async () => {
    const browser = await Browser.signedIn(stead);
    const good = browser.cookie;
    for (const cookie of [
      good.replace("__Host-", ""),
      `${good}x`,
      "__Host-session=",
      "__Host-session=' OR 1=1 --",
    ]) {
      browser.cookie = cookie;
      expect((await browser.get("/home")).status).toBe(303);
    }
    await env.DB.prepare("UPDATE sessions SET expires_at = ?")
      .bind(Date.now() - 1)
      .run();
    browser.cookie = good;
    expect((await browser.get("/home")).status).toBe(303);
  });
});

describe("forms of another site", () => {
  const FOREIGN = [
    { origin: "https://evil.test" },
    { origin: "null" },
    { origin: "http://me.test" },
    { origin: "https://me.test:8443" },
    { origin: "https://me.test.evil.test" },
    { origin: ORIGIN, "sec-fetch-site": "cross-site" },
    { origin: ORIGIN, "sec-fetch-site": "same-site" },
  ];

  it("are refused with everything the browser sends along, and change nothing", async () => {
    const stead = await Stead.claimed();
    const browser = await Browser.signedIn(stead);
    const before = await stead.state();
    for (const headers of FOREIGN) {
      for (const [path, fields] of [
        ["/posts", { text: "Not my words", visibility: "public", language: "en" }],
        ["/settings", { name: "Eve" }],
        ["/logout", {}],
        ["/login", { password: PASSWORD }],
        ["/recover", { secret: SECRET, password: "chosen by eve" }],
      ] as const) {
        expect([path, headers, (await browser.post(path, fields, headers)).status]).toEqual([
          path,
          headers,
          403,
        ]);
      }
    }
    expect(await stead.state()).toBe(before);
  });

  it("are known by Origin alone where the browser says no more", async () => {
    const stead = await Stead.claimed();
    const browser = await Browser.signedIn(stead);
    const post = (headers: Record<string, string>) =>
      stead.fetch("/logout", { method: "POST", headers: { cookie: browser.cookie, ...headers } });
    expect((await post({ origin: "https://evil.test" })).status).toBe(403);
    expect((await post({ origin: ORIGIN })).status).toBe(303);
  });
});

describe("getting back in with the secret", () => {
  let stead: Stead;
  beforeEach(async () => {
    stead = await Stead.claimed();
  });

  it("sets the new password, ends every session and lifts the limit on passwords", async () => {
    const [old, other] = [await Browser.signedIn(stead), new Browser(stead)];
    for (let n = 0; n < 6; n++) await other.post("/login", { password: "no" });
    const recovered = await other.post("/recover", { secret: SECRET, password: "a new password" });
    expect([recovered.status, recovered.location]).toEqual([303, "/login?recovered"]);
    expect((await old.get("/home")).status).toBe(303);
    expect((await other.post("/login", { password: PASSWORD })).status).toBe(403);
    expect((await other.post("/login", { password: "a new password" })).status).toBe(303);
    expect((await other.get("/home")).status).toBe(200);
  });

  it("refuses a wrong secret, the sixth with 429, a secret in the address, and a short password", async () => {
    const browser = new Browser(stead);
    const before = await env.DB.prepare("SELECT * FROM owner").first();
    const tries = [];
    for (let n = 0; n < 6; n++) {
      tries.push(
        (await browser.post("/recover", { secret: `wrong-${n}`, password: "a new password" })).status,
      );
    }
    expect(tries).toEqual([403, 403, 403, 403, 403, 429]);
    expect((await browser.get(`/recover?secret=${SECRET}`)).status).toBe(400);
    const short = await browser.post("/recover", { secret: SECRET, password: "short" });
    expect(short.status).toBe(422);
    expect(short.html).not.toContain(SECRET);
    expect(await env.DB.prepare("SELECT * FROM owner").first()).toEqual(before);
  });
});

describe("a claimed stead whose secret is missing or another one", () => {
  it.each([
    ["missing", ""],
    ["another one", "another-secret-of-32-characters-"],
  ])(
    "shows its public pages, and says at the door that the secret is %s and how to put it back",
    async (_, secret) => {
      const stead = await Stead.claimed();
      const id = await stead.publishes("Still here");
      const { cookie } = await Browser.signedIn(stead);
      const before = await stead.state();
      const changed = new Browser({
        fetch: (path, init) => {
          const request = new Request(`${ORIGIN}${path}`, { ...init, redirect: "manual" });
          return Promise.resolve(
            app.fetch(request, { ...env, INSTANCE_SECRET: secret }, createExecutionContext()),
          );
        },
      });
      expect((await changed.get("/")).html).toContain("Still here");
      expect((await changed.get(`/posts/${id}`)).status).toBe(200);
      expect((await changed.get("/login")).html).toContain("wrangler secret put INSTANCE_SECRET");
      const login = await changed.post("/login", { password: PASSWORD });
      expect([login.status, login.html]).toEqual([503, expect.stringContaining("INSTANCE_SECRET")]);
      const recover = await changed.post("/recover", { secret, password: "a new password" });
      expect(recover.status).toBe(503);
      changed.cookie = cookie;
      expect((await changed.get("/home")).html).toContain("npm run rewrap");
      expect(await stead.state()).toBe(before);
      forgetStead();
    },
  );
});
