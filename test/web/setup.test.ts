import { createExecutionContext } from "cloudflare:test";
import { beforeEach, describe, expect, it } from "vitest";

import { app } from "../../worker/app.ts";
import type { Env } from "../../worker/env.ts";
import { emptyStead, env, SECRET } from "../fediverse/stead.ts";
import { Browser, expectSafe, type Fields } from "./browser.ts";

const HTML = { accept: "text/html" };
const GOOD = { secret: SECRET, handle: "me", name: "Me", password: "correct horse" };

/** Asks a Worker with other settings than the test's own. */
function ask(
  url: string,
  { vars = {}, ...init }: Omit<RequestInit, "cf"> & { vars?: Partial<Env> } = {},
): Promise<Response> {
  return Promise.resolve(
    app.fetch(
      new Request(url, { redirect: "manual", ...init }),
      { ...env, ...vars },
      createExecutionContext(),
    ),
  );
}

function claim(fields: Fields, url = "https://me.test/setup", vars: Partial<Env> = {}): Promise<Response> {
  return ask(url, { method: "POST", body: new URLSearchParams(fields as Record<string, string>), vars });
}

async function rows(table: string): Promise<number> {
  return (await env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<{ n: number }>())!.n;
}

describe("before the claim", () => {
  beforeEach(emptyStead);

  const DOORS = [
    ["GET", "/"],
    ["GET", "/setup"],
    ["POST", "/setup"],
    ["GET", "/login"],
    ["GET", "/actor"],
    ["POST", "/inbox"],
    ["POST", "/actor/inbox"],
    ["GET", "/.well-known/webfinger?resource=acct:me@me.test"],
    ["GET", "/.well-known/nodeinfo"],
    ["GET", "/posts/1"],
    ["GET", "/oauth/authorize"],
  ] as const;

  it.each(["", "a".repeat(21), undefined])(
    "answers 503 with the cure at every door when INSTANCE_SECRET is %o, for anybody could claim it otherwise (I1, I7)",
    async (secret) => {
      for (const [method, path] of DOORS) {
        const vars = { INSTANCE_SECRET: secret } as Partial<Env>;
        const answer = await ask(`https://me.test${path}`, { method, vars });
        expect([path, answer.status]).toEqual([path, 503]);
        const html = await answer.text();
        expectSafe(answer.headers, html);
        expect(html).toContain("wrangler secret put INSTANCE_SECRET");
        expect(html).toContain("npm start");
      }
      expect(
        (await claim({ ...GOOD, secret: secret ?? "" }, undefined, { INSTANCE_SECRET: secret ?? "" })).status,
      ).toBe(503);
      expect(await rows("owner")).toBe(0);
    },
  );

  it("sends everybody to the set-up at every other door, so that nothing half works", async () => {
    for (const [method, path] of DOORS) {
      if (path === "/setup") continue;
      const answer = await ask(`https://me.test${path}`, { method });
      expect([path, answer.status]).toEqual([path, 503]);
      expect(await answer.text()).toContain('href="/setup"');
    }
  });

  it("shows a form that needs no script, and says where the stead will live for ever", async () => {
    const page = await new Browser({
      fetch: (path, init) => ask(`https://me.test${path}`, init),
    }).get("/setup");
    expect(page.status).toBe(200);
    for (const name of ["secret", "handle", "name", "password"])
      expect(page.html).toContain(`name="${name}"`);
    expect(page.html).toContain("https://me.test");
  });

  it("serves the stylesheet, or the first page would be bare", async () => {
    const answer = await ask("https://me.test/style.css", { vars: { INSTANCE_SECRET: "" } });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/css; charset=utf-8"]);
    expect((await answer.text()).length).toBeLessThan(15_000);
  });

  it("claims by a bare form without Origin, as curl sends it, and leads on by a path of its own", async () => {
    const answer = await claim(GOOD);
    expect([answer.status, answer.headers.get("location")]).toEqual([303, "/login?claimed"]);
    expect(await rows("owner")).toBe(1);
    expect(await rows("keys")).toBe(2);
  });

  it("claims by a multipart form too", async () => {
    const body = new FormData();
    for (const [name, value] of Object.entries(GOOD)) body.append(name, value);
    expect((await ask("https://me.test/setup", { method: "POST", body })).status).toBe(303);
  });

  it("refuses a wrong secret, the sixth in an hour with 429, and still takes the right one (I2)", async () => {
    const tries = [];
    for (let n = 0; n < 6; n++) tries.push((await claim({ ...GOOD, secret: `wrong-${n}` })).status);
    expect(tries).toEqual([403, 403, 403, 403, 403, 429]);
    expect(await rows("owner")).toBe(0);
    expect((await claim(GOOD)).status).toBe(303);
  });

  it("refuses a secret in the address, because addresses are kept in logs (I6)", async () => {
    for (const method of ["GET", "POST"]) {
      const answer = await ask(`https://me.test/setup?secret=${SECRET}`, { method, headers: HTML });
      expect(answer.status).toBe(400);
      expect(await answer.text()).not.toContain(SECRET);
    }
    expect(await rows("owner")).toBe(0);
  });

  it.each([
    ["handle with a space", { handle: "a b" }, /The handle takes/],
    ["empty handle", { handle: "" }, /The handle takes/],
    ["handle with markup", { handle: '"><b>' }, /The handle takes/],
    ["short password", { password: "1234567" }, /The password needs/],
  ])(
    "refuses a %s with the reason, and keeps what was typed but for the secrets",
    async (_, wrong, reason) => {
      const fields = { ...GOOD, name: 'Me & "you" <3', ...wrong };
      const answer = await claim(fields);
      const html = await answer.text();
      expect(answer.status).toBe(422);
      expectSafe(answer.headers, html);
      expect(html).toMatch(reason);
      expect(html).toContain('value="Me &amp; &quot;you&quot; &lt;3"');
      expect(html).not.toContain(SECRET);
      expect(html).not.toContain(`value="${fields.password}"`);
      expect(await rows("owner")).toBe(0);
    },
  );

  it("refuses a claim on workers.dev with the cure, for the name could never leave Cloudflare", async () => {
    const url = "https://fedistead.someone.workers.dev/setup";
    expect(await (await ask(url)).text()).toContain("Domains &amp; Routes");
    const answer = await claim(GOOD, url);
    expect(answer.status).toBe(422);
    expect(await answer.text()).toContain("Domains &amp; Routes");
    expect(await rows("owner")).toBe(0);
  });

  it("refuses what is no form, or too much of one", async () => {
    const json = {
      method: "POST",
      body: JSON.stringify(GOOD),
      headers: { "content-type": "application/json" },
    };
    expect((await ask("https://me.test/setup", json)).status).toBe(415);
    expect((await claim({ ...GOOD, name: "x".repeat(20_000) })).status).toBe(413);
    const broken = {
      method: "POST",
      body: "--x",
      headers: { "content-type": "multipart/form-data; boundary=x" },
    };
    expect((await ask("https://me.test/setup", broken)).status).toBe(400);
    expect((await ask("https://me.test/setup", { method: "DELETE" })).status).toBe(405);
  });

  it("lets exactly one of twenty parallel claims win, and tells the others (I3)", async () => {
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => claim({ ...GOOD, handle: `me${n}`, name: `Me ${n}` })),
    );
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    expect(statuses).toEqual([303, ...Array<number>(19).fill(409)]);
    expect([await rows("owner"), await rows("keys")]).toEqual([1, 2]);
    const winner = answers.findIndex(({ status }) => status === 303);
    const owner = await env.DB.prepare("SELECT handle FROM owner").first("handle");
    const actor = await env.DB.prepare("SELECT body FROM documents WHERE name = 'actor'").first<string>(
      "body",
    );
    expect(owner).toBe(`me${winner}`);
    expect(JSON.parse(actor ?? "{}")).toMatchObject({ preferredUsername: `me${winner}` });
  });
});

describe("after the claim", () => {
  beforeEach(async () => {
    await emptyStead();
    await claim(GOOD);
  });

  it("has no set-up any more, whatever is sent there (I4)", async () => {
    expect(await rows("owner")).toBe(1);
    for (const init of [{}, { headers: HTML }, { method: "POST" }, { method: "POST", headers: HTML }]) {
      expect((await ask("https://me.test/setup", init)).status).toBe(404);
    }
    expect((await claim(GOOD)).status).toBe(404);
    expect((await ask(`https://me.test/setup?secret=${SECRET}`)).status).toBe(404);
    expect(
      (await claim(GOOD, undefined, { INSTANCE_SECRET: "another-secret-of-32-characters" })).status,
    ).toBe(404);
  });

  it("names both addresses when ORIGIN is another than the stead was claimed with", async () => {
    const answer = await ask("https://me.test/actor", { vars: { ORIGIN: "https://other.test" } });
    expect(answer.status).toBe(503);
    const text = await answer.text();
    expect(text).toContain("https://other.test");
    expect(text).toContain("https://me.test");
  });

  it("answers under its own name only: pages lead there, machines get 421", async () => {
    const page = await ask("https://fedistead.x.workers.dev/@me?a=1", { headers: HTML });
    expect([page.status, page.headers.get("location")]).toEqual([308, "https://me.test/@me?a=1"]);
    for (const [method, path] of [
      ["GET", "/actor"],
      ["POST", "/inbox"],
      ["POST", "/login"],
    ] as const) {
      expect((await ask(`https://fedistead.x.workers.dev${path}`, { method })).status).toBe(421);
    }
  });
});
