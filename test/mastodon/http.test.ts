/** What holds for every route there is, whatever it is for: web pages may call it, a slash does not matter, and no answer is a page. */
import { beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { forgetCounts } from "../../worker/mastodon/rate-limit.ts";
import type { Route } from "../../worker/mastodon/router.ts";
import { routes } from "../../worker/mastodon/routes.ts";
import { SCOPES } from "../../worker/model/scopes.ts";
import { env, Stead } from "../fediverse/stead.ts";
import { ask, asJson, type Json } from "./client.ts";
import { tokenFor } from "./tokens.ts";

const ORIGIN_OF_AN_APP = "https://elk.example";
const pathOf = ({ path }: Route) => path.replaceAll(/:\w+(\{[^}]*\})?/g, "1");
const paths = [...new Set(routes.map((route) => pathOf(route)))];

let stead: Stead;
let authorization: string;
beforeAll(async () => {
  stead = await Stead.claimed();
  authorization = `Bearer ${await tokenFor(stead, SCOPES)}`;
});
beforeEach(() => forgetCounts());

/** One answer for each route, of an anonymous call; what is said to who may not enter changes nothing. */
async function each<T>(of: readonly Route[], look: (path: string, route: Route) => Promise<T>): Promise<T[]> {
  const looks: T[] = [];
  for (const route of of) {
    forgetCounts();
    looks.push(await look(pathOf(route), route));
  }
  return looks;
}

describe("http.cors-preflight", () => {
  it("is granted for every route, every verb and both ways to end it, before anybody is asked who they are", async () => {
    const refused: string[] = [];
    for (const path of paths.flatMap((one) => [one, `${one}/`])) {
      for (const method of ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"]) {
        const headers = {
          origin: ORIGIN_OF_AN_APP,
          "access-control-request-method": method,
          "access-control-request-headers": "authorization,content-type,idempotency-key",
        };
        const { status, headers: said } = await stead.fetch(path, { method: "OPTIONS", headers });
        const granted = said.get("access-control-allow-headers")?.toLowerCase().split(", ") ?? [];
        const fits =
          status === 204 &&
          said.get("access-control-allow-origin") === "*" &&
          said.get("access-control-allow-credentials") === null &&
          said.get("access-control-allow-methods")!.split(", ").includes(method) &&
          ["authorization", "content-type", "idempotency-key"].every((name) => granted.includes(name));
        if (!fits) refused.push(`${method} ${path}`);
      }
    }
    expect(refused).toEqual([]);
  });
});

describe("every route", () => {
  it("http.cors-on-errors, http.ratelimit: says to a stranger who may read the answer, and how much they may still ask", async () => {
    const said = await each(routes, async (path, { method }) => {
      const { headers } = await ask(stead, path, { method, headers: { origin: ORIGIN_OF_AN_APP } });
      const exposed = headers.get("access-control-expose-headers") ?? "";
      return [
        `${method} ${path}`,
        ...["Link", "X-RateLimit-Remaining", "Retry-After"].filter((name) => !exposed.includes(name)),
        headers.get("x-ratelimit-limit"),
        headers.get("x-ratelimit-remaining"),
        /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/.test(headers.get("x-ratelimit-reset") ?? ""),
      ];
    });
    expect(said).toEqual(routes.map((route) => [`${route.method} ${pathOf(route)}`, "300", "299", true]));
  });

  it("http.trailing-slash: is the same with a slash at its end", async () => {
    const both = await each(routes, async (path, { method }) => {
      const plain = await ask(stead, path, { method });
      forgetCounts();
      const slashed = await ask(stead, `${path}/`, { method });
      return [`${method} ${path}`, plain.status, slashed.status] as const;
    });
    expect(both.filter(([, plain, slashed]) => plain !== slashed)).toEqual([]);
  });

  it("http.HEAD: is a GET without its body, with the same headers", async () => {
    const gets = routes.filter(({ method }) => method === "GET");
    const both = await each(gets, async (path) => {
      const init = { headers: { authorization } };
      const get = await ask(stead, path, init);
      const head = await stead.fetch(path, { ...init, method: "HEAD" });
      expect([path, await head.text()]).toEqual([path, ""]);
      const kept = ["content-type", "access-control-allow-origin", "cache-control", "link"];
      const of = (status: number, headers: Headers) => [status, ...kept.map((name) => headers.get(name))];
      return [path, of(get.status, get.headers), of(head.status, head.headers)] as const;
    });
    for (const [path, get, head] of both) expect([path, head]).toEqual([path, get]);
  });

  it("http.json-404: asked with a verb that it does not have is not there, because Android and Elk go on for that alone", async () => {
    const verbs = ["GET", "POST", "PUT", "PATCH", "DELETE"];
    for (const path of paths) {
      const has = new Set(
        routes.filter((route) => pathOf(route) === path).map(({ method }) => method as string),
      );
      // Another route may have this very path, as `:id` has `1`.
      const without = verbs.filter((verb) => !has.has(verb));
      for (const method of path.startsWith("/api/") ? without : []) {
        forgetCounts();
        const { status, body } = await ask(stead, path, {
          method,
          headers: { authorization, accept: "text/html" },
        });
        expect([method, path, status, body]).toEqual([method, path, 404, { error: "Record not found" }]);
      }
    }
  });
});

describe("http.cors-on-errors", () => {
  const JSON_TYPE = { "content-type": "application/json" };
  it.each<[number, string, () => RequestInit]>([
    [
      400,
      "/api/v1/statuses",
      () => ({ method: "POST", body: "{", headers: { ...JSON_TYPE, authorization } }),
    ],
    [401, "/api/v1/timelines/home", () => ({ headers: { authorization: "Bearer nobody" } })],
    [404, "/api/v1/statuses/1", () => ({ headers: { authorization } })],
    [404, "/api/v3/anything", () => ({ headers: { accept: "text/html" } })],
    [
      413,
      "/api/v1/statuses",
      () => ({ method: "POST", body: "a".repeat(300_000), headers: { authorization } }),
    ],
    [422, "/api/v1/statuses", () => ({ ...asJson({}), headers: { ...JSON_TYPE, authorization } })],
    [400, "/oauth/token", () => ({ method: "POST", body: "{", headers: JSON_TYPE })],
  ])(
    "%d from %s can be read by a page elsewhere, or it would see nothing but a failed fetch",
    async (status, path, init) => {
      const reply = await ask(stead, path, init());
      expect(reply.status).toBe(status);
      expect(reply.headers.get("access-control-expose-headers")).toContain("X-RateLimit-Reset");
    },
  );

  it("403, 429 and 503 as well", async () => {
    const narrow = { headers: { authorization: `Bearer ${await tokenFor(stead, ["push"])}` } };
    expect((await ask(stead, "/api/v1/timelines/home", narrow)).status).toBe(403);
    // Twice as many as a window allows, because one may end meanwhile.
    for (let n = 0; n < 600; n++) {
      const answer = await stead.fetch("/api/v1/custom_emojis");
      await answer.body?.cancel();
      if (answer.status === 429) break;
    }
    expect((await ask(stead, "/api/v1/custom_emojis")).status).toBe(429);
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    await env.DB.prepare("ALTER TABLE markers RENAME TO away").run();
    const broken = await ask(stead, "/api/v1/markers?timeline[]=home", { headers: { authorization } });
    await env.DB.prepare("ALTER TABLE away RENAME TO markers").run();
    logged.mockRestore();
    expect([broken.status, broken.headers.get("retry-after")]).toEqual([503, "10"]);
  });
});

describe("the same thing asked in every way that apps write it", () => {
  const shown = async (query: string): Promise<unknown[]> => {
    const { body } = await ask(stead, query, { headers: { authorization } });
    return (body as unknown as Json[]).map(({ id }) => id);
  };

  it("http.array forms: several ids", async () => {
    const ids = [await stead.publishes("One"), await stead.publishes("Two")].map(String);
    const [one, two] = ids;
    for (const query of [
      `id[]=${one}&id[]=${two}`,
      `id=${one}&id=${two}`,
      `id%5B%5D=${one}&id%5B%5D=${two}`,
    ]) {
      expect([query, await shown(`/api/v1/statuses?${query}`)]).toEqual([query, ids]);
    }
    expect(await shown(`/api/v1/statuses?id=${one}`)).toEqual([one]);
  });

  it("http.bool forms: yes and no", async () => {
    const { body: me } = await ask(stead, "/api/v1/accounts/verify_credentials", {
      headers: { authorization },
    });
    const start = await stead.publishes("A start");
    const answer = String(await stead.publishes("An answer to another", { replyTo: await byAnother(start) }));
    const statuses = `/api/v1/accounts/${String(me["id"])}/statuses`;
    for (const yes of ["1", "true", "True", "t", "on", "yes"])
      expect([yes, await shown(`${statuses}?exclude_replies=${yes}`)]).toEqual([
        yes,
        expect.not.arrayContaining([answer]),
      ]);
    for (const no of ["0", "false", "False", "f", "off", ""])
      expect([no, await shown(`${statuses}?exclude_replies=${no}`)]).toEqual([
        no,
        expect.arrayContaining([answer]),
      ]);
  });
});

/** An answer to it by somebody else, which the owner answers then: answers to oneself are a thread, and shown. */
async function byAnother(to: number): Promise<number> {
  const alice = await stead.peer("alice");
  const object = alice.note({ inReplyTo: `https://me.test/posts/${to}`, cc: ["https://me.test/actor"] });
  await stead.deliver(alice, alice.activity("Create", { object, to: object["to"], cc: object["cc"] }));
  await stead.settle();
  const row = await env.DB.prepare("SELECT id FROM posts WHERE iri = ?")
    .bind(object["id"])
    .first<{ id: number }>();
  return row!.id;
}
