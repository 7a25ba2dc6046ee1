import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { linkHeader } from "../../worker/mastodon/links.ts";
import { forgetCounts, networkOf } from "../../worker/mastodon/rate-limit.ts";
import { routes } from "../../worker/mastodon/routes.ts";
import { covers, SCOPES, type Scope } from "../../worker/model/scopes.ts";
import { issueAppToken } from "../../worker/owner/tokens.ts";
import { findApp } from "../../worker/store/oauth.ts";
import { env, ORIGIN, Stead } from "../fediverse/stead.ts";
import { App, ask, asJson, registered } from "./client.ts";
import { contracted } from "./contracts/by-route.ts";
import { tokenFor } from "./tokens.ts";

/** Routes for everybody. A new one is not, unless it is named here. */
const PUBLIC = new Set([
  "POST /api/v1/apps",
  "POST /oauth/token",
  "POST /oauth/revoke",
  "GET /.well-known/oauth-authorization-server",
  "GET /api/v2/instance",
  "GET /api/v1/instance",
  "GET /api/v1/instance/rules",
  "GET /api/v1/instance/extended_description",
  "GET /api/v1/instance/privacy_policy",
  "GET /api/v1/instance/translation_languages",
  "GET /api/v1/instance/activity",
  "GET /api/v1/directory",
  "GET /api/v1/custom_emojis",
  "GET /api/v1/trends",
  "GET /api/v1/trends/tags",
  "GET /api/v1/trends/statuses",
  "GET /api/v1/trends/links",
]);

/** Routes for everybody, that show more to the owner. */
const OPEN = new Set([
  "GET /api/v1/accounts/:id{[0-9]+}",
  "GET /api/v1/accounts/:id{[0-9]+}/statuses",
  "GET /api/v1/accounts/:id{[0-9]+}/featured_tags",
  "GET /api/v1/accounts",
  "GET /api/v1/accounts/lookup",
  "GET /api/v1/instance/peers",
  "GET /api/v1/instance/domain_blocks",
  "GET /api/v1/search",
  "GET /api/v2/search",
  "GET /api/v1/statuses",
  "GET /api/v1/statuses/:id{[0-9]+}",
  "GET /api/v1/statuses/:id{[0-9]+}/context",
  "GET /api/v1/statuses/:id{[0-9]+}/history",
  "GET /api/v1/polls/:id{[0-9]+}",
  "GET /api/v1/timelines/public",
  "GET /api/v1/timelines/tag/:hashtag",
  "GET /api/v1/timelines/link",
  "GET /api/v1/tags/:id{[^/]+}",
]);

const pathOf = (path: string) => path.replaceAll(/:\w+(\{[^}]*\})?/g, "1");
const nameOf = ({ method, path }: { method: string; path: string }) => `${method} ${path}`;
const guarded = routes.flatMap((route) =>
  Array.isArray(route.scope) ? [{ ...route, scopes: route.scope as readonly Scope[] }] : [],
);

const opened = routes.flatMap(({ method, path, scope }) =>
  typeof scope === "object" && "anybody" in scope ? [{ method, path, scopes: scope.anybody }] : [],
);

let stead: Stead;
beforeAll(async () => {
  stead = await Stead.claimed();
});
beforeEach(() => forgetCounts());
afterEach(() => {
  vi.useRealTimers();
});

describe("the table of routes", () => {
  it("names as public what is, and nothing twice, and has a contract for each", () => {
    const open = routes.filter(({ scope }) => scope === "public").map(nameOf);
    expect(new Set(open)).toEqual(PUBLIC);
    expect(new Set(opened.map(nameOf))).toEqual(OPEN);
    const names = routes.map(nameOf);
    expect(new Set(names).size).toBe(names.length);
    expect(new Set(contracted)).toEqual(new Set(names));
  });

  it("G17: lets no one in without a token, or with one that does not work", async () => {
    const before = await stead.state();
    for (const route of routes.filter(({ scope }) => scope === "app" || Array.isArray(scope))) {
      const wrong = ["", "Bearer", `Bearer ${"x".repeat(43)}`, "Bearer ../..", `Basic ${"x".repeat(43)}`];
      for (const authorization of wrong) {
        const { status, body } = await ask(stead, pathOf(route.path), {
          method: route.method,
          headers: authorization === "" ? {} : { authorization },
        });
        expect([nameOf(route), status, body]).toEqual([
          nameOf(route),
          401,
          { error: "The access token is invalid" },
        ]);
        forgetCounts();
      }
    }
    expect(await stead.state()).toBe(before);
  });

  it("G17: takes each route's scopes and refuses every other, with and without what stands above it", async () => {
    const tokens = new Map<Scope, string>();
    for (const scope of SCOPES) tokens.set(scope, await tokenFor(stead, [scope]));
    // All that do not open it, together: what refuses them refuses each.
    const others = new Map<string, string>();
    for (const route of guarded) {
      const shut = SCOPES.filter((scope) => !route.scopes.some((needed) => covers([scope], needed)));
      others.set(nameOf(route), await tokenFor(stead, shut));
    }
    const before = await stead.state();
    const matrix = guarded.flatMap((route) => SCOPES.map((scope) => ({ route, scope })));
    for (const route of guarded) {
      forgetCounts();
      const headers = { authorization: `Bearer ${others.get(nameOf(route))!}` };
      const { status, body } = await ask(stead, pathOf(route.path), { method: route.method, headers });
      expect([nameOf(route), status, body["error"]]).toEqual([
        nameOf(route),
        403,
        "This action is outside the authorized scopes",
      ]);
    }
    expect(await stead.state()).toBe(before);
    for (const { route, scope } of matrix) {
      if (!route.scopes.some((needed) => covers([scope], needed))) continue;
      forgetCounts();
      const headers = { authorization: `Bearer ${tokens.get(scope)!}` };
      const { status } = await ask(stead, pathOf(route.path), { method: route.method, headers });
      // There is no post to find, nothing to say and nobody to point here: past the door it is another question.
      const past =
        /\/:id\b|^POST \/api\/v[12]\/(statuses|accounts\/(alias|move)|lists|filters|featured_tags|reports|media)$|^(POST|DELETE) \/api\/v1\/domain_blocks$|^(GET|POST|PUT) \/api\/v1\/push\//.test(
          nameOf(route),
        )
          ? [404, 422]
          : [200];
      expect([nameOf(route), scope, past.includes(status)]).toEqual([nameOf(route), scope, true]);
    }
  });

  it("G17: shows a stranger what is open, and refuses a token that does not work or is for something else", async () => {
    for (const { method, path, scopes } of opened) {
      const asked = (headers: Record<string, string>) => ask(stead, pathOf(path), { method, headers });
      expect([path, [200, 404].includes((await asked({})).status)]).toEqual([path, true]);
      const dead = await asked({ authorization: `Bearer ${"x".repeat(43)}` });
      expect([path, dead.status]).toEqual([path, 401]);
      const other = await tokenFor(stead, ["write", "push"]);
      expect([path, (await asked({ authorization: `Bearer ${other}` })).status]).toEqual([path, 403]);
      const right = await tokenFor(stead, [scopes[0]]);
      const let_in = await asked({ authorization: `Bearer ${right}` });
      expect([path, [200, 404].includes(let_in.status)]).toEqual([path, true]);
      forgetCounts();
    }
  });

  it("G17: opens nothing of the owner's to an app's token for itself, whatever its scopes", async () => {
    const client = await registered(stead);
    const ctx = await stead.ctx();
    const app = (await findApp(ctx.db, Number(client.id)))!;
    const issued = await issueAppToken(ctx, app, SCOPES.join(" "), "");
    if (issued.kind !== "issued") throw new Error(issued.kind);
    const headers = { authorization: `Bearer ${issued.token}` };
    for (const route of guarded) {
      const { status, body } = await ask(stead, pathOf(route.path), { method: route.method, headers });
      expect([nameOf(route), status, body["error"]]).toEqual([
        nameOf(route),
        422,
        "This method requires an authenticated user",
      ]);
    }
    expect((await ask(stead, "/api/v1/apps/verify_credentials", { headers })).status).toBe(200);
  });

  it("answers each GET that needs no id, with a slash at its end as well, as its contract says", async () => {
    const token = await tokenFor(stead, ["read", "write", "profile", "fedistead:identity"]);
    const headers = { authorization: `Bearer ${token}` };
    for (const route of routes.filter(({ method, path }) => method === "GET" && !/:id|\/push\//.test(path))) {
      for (const path of [route.path, `${route.path}/`]) {
        const query = route.path.endsWith("/lookup") ? "?acct=me" : "";
        expect([path, (await ask(stead, path + query, { headers })).status]).toEqual([path, 200]);
      }
    }
  });
});

describe("what is not there", () => {
  it.each([
    ["GET", "/api/v1/nothing"],
    ["GET", "/api/v1/timelines/nowhere"],
    ["POST", "/api/v1/accounts/verify_credentials"],
    ["DELETE", "/api/v2/instance"],
    ["GET", "/api/v1/accounts/1"],
    ["GET", "/api/v1/accounts/me"],
    ["GET", "/api/"],
    ["GET", "/api/v1/instance//"],
  ])(
    "%s %s is 404 in JSON, even for a browser, because apps go on to an older endpoint for that alone",
    async (method, path) => {
      const { status, body } = await ask(stead, path, { method, headers: { accept: "text/html,*/*" } });
      expect([status, body]).toEqual([404, { error: "Record not found" }]);
    },
  );

  it("a fault is 503 in JSON, and what went wrong stays in the log", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    await env.DB.prepare("ALTER TABLE markers RENAME TO away").run();
    const token = await tokenFor(stead, ["read"]);
    const path = "/api/v1/markers?timeline[]=home";
    const { status, body, headers } = await ask(stead, path, {
      headers: { authorization: `Bearer ${token}` },
    });
    await env.DB.prepare("ALTER TABLE away RENAME TO markers").run();
    expect([status, headers.get("retry-after")]).toEqual([503, "10"]);
    expect(JSON.stringify(body)).not.toMatch(/markers|table|SQL/i);
    expect(logged.mock.calls.flat().join()).toContain("/api/v1/markers");
    expect(logged.mock.calls.flat().join()).not.toContain(token);
    logged.mockRestore();
  });

  it.each([
    ["broken JSON", 400, { body: "{", headers: { "content-type": "application/json" } }],
    ["too much", 413, { body: "a".repeat(300_000), headers: { "content-type": "text/plain" } }],
  ])("%s is %d in JSON", async (_, status, init) => {
    expect((await ask(stead, "/api/v1/apps", { method: "POST", ...init })).status).toBe(status);
  });
});

describe("reading from another site", () => {
  const PATHS = [
    "/api/v1/apps",
    "/api/v1/anything/at/all",
    "/oauth/token",
    "/oauth/revoke",
    "/oauth/userinfo",
    "/.well-known/oauth-authorization-server",
    "/.well-known/webfinger",
    "/.well-known/host-meta",
    "/.well-known/nodeinfo",
    "/nodeinfo/2.0",
    "/@me",
  ];

  it.each(PATHS)("is granted for %s before it is asked, for every verb", async (path) => {
    for (const method of ["GET", "POST", "PUT", "PATCH", "DELETE"]) {
      const headers = {
        origin: "https://elk.example",
        "access-control-request-method": method,
        "access-control-request-headers": "authorization,content-type,idempotency-key",
      };
      const answer = await stead.fetch(path, { method: "OPTIONS", headers });
      expect([path, answer.status]).toEqual([path, 204]);
      expect(answer.headers.get("access-control-allow-origin")).toBe("*");
      expect(answer.headers.get("access-control-allow-methods")).toContain(method);
      for (const name of ["Authorization", "Content-Type", "Idempotency-Key"])
        expect(answer.headers.get("access-control-allow-headers")).toContain(name);
    }
  });

  it("is granted for pictures, the profile and what finds it, whatever the answer", async () => {
    const paths = [...PATHS, "/avatar.png", "/header.png", "/images/avatar/none", "/.well-known/nothing"];
    for (const path of paths) {
      const answer = await stead.fetch(path);
      await answer.arrayBuffer();
      expect([path, answer.headers.get("access-control-allow-origin")]).toEqual([path, "*"]);
      expect(answer.headers.get("access-control-expose-headers")).toContain("Link, ");
    }
  });

  it.each(["/", "/home", "/login", "/settings", "/apps", "/oauth/authorize", "/inbox", "/api"])(
    "is not granted for %s, and credentials never",
    async (path) => {
      const answer = await stead.fetch(path, {
        headers: { origin: "https://evil.example", accept: "text/html" },
      });
      await answer.arrayBuffer();
      expect(answer.headers.get("access-control-allow-origin")).toBeNull();
      expect(answer.headers.get("access-control-allow-credentials")).toBeNull();
    },
  );

  it("is granted for the default pictures, which are pictures", async () => {
    for (const path of ["/avatar.png", "/header.png"]) {
      const answer = await stead.fetch(path);
      const bytes = new Uint8Array(await answer.arrayBuffer());
      expect([...bytes.subarray(1, 4)]).toEqual([0x50, 0x4e, 0x47]);
      expect(answer.headers.get("content-type")).toBe("image/png");
    }
  });
});

describe("how much an app may ask", () => {
  it("is told with every answer, and ends at 300 in five minutes, for each token by itself", async () => {
    const one = await App.letIn(stead);
    const other = await tokenFor(stead, ["read"]);
    forgetCounts();
    vi.useFakeTimers({ toFake: ["Date"], now: new Date("2026-11-22T10:01:00Z") });
    const first = await one.ask("/api/v1/preferences");
    expect(first.headers.get("x-ratelimit-limit")).toBe("300");
    expect(first.headers.get("x-ratelimit-remaining")).toBe("299");
    expect(first.headers.get("x-ratelimit-reset")).toBe("2026-11-22T10:05:00.000000Z");
    for (let n = 1; n < 300; n++) await stead.fetch("/api/v1/preferences", auth(one.token));
    const refused = await one.ask("/api/v1/preferences");
    expect([refused.status, refused.body, refused.headers.get("retry-after")]).toEqual([
      429,
      { error: "Too many requests" },
      "240",
    ]);
    expect(refused.headers.get("x-ratelimit-remaining")).toBe("0");
    expect((await ask(stead, "/api/v1/preferences", auth(other))).status).toBe(200);
    vi.setSystemTime(new Date("2026-11-22T10:05:00Z"));
    expect((await one.ask("/api/v1/preferences")).status).toBe(200);
  });

  it("counts who has no token by their network, an IPv6 one as a whole", () => {
    expect(networkOf("192.0.2.7")).toBe("192.0.2.7");
    expect(networkOf("2001:db8:1:2:3:4:5:6")).toBe("2001:db8:1:2::/64");
    expect(networkOf("2001:db8:1:2::9")).toBe("2001:db8:1:2::/64");
    expect(networkOf("2001:0DB8::1")).toBe("2001:db8:0:0::/64");
    expect(networkOf("::1")).toBe("0:0:0:0::/64");
    expect(networkOf("")).toBe("");
  });
});

const auth = (token: string) => ({ headers: { authorization: `Bearer ${token}` } });

describe("pages of a list", () => {
  const asked = new URL(`${ORIGIN}/api/v1/timelines/home?limit=20&max_id=9&only_media=true`);

  it("lead on under the stead's own name, with what else was asked", async () => {
    const ctx = await stead.ctx();
    expect(linkHeader(ctx, asked, { first: "8", last: "3", more: true })).toEqual({
      link: `<${ORIGIN}/api/v1/timelines/home?limit=20&only_media=true&max_id=3>; rel="next", <${ORIGIN}/api/v1/timelines/home?limit=20&only_media=true&min_id=8>; rel="prev"`,
    });
    expect(linkHeader(ctx, asked, { first: "8", last: "3", more: false })["link"]).not.toContain("next");
  });

  it("have no next when they are empty, or masto.js would ask for ever", async () => {
    expect(linkHeader(await stead.ctx(), asked, null)).toEqual({});
  });
});

describe("HEAD", () => {
  it("is a GET without a body", async () => {
    expect((await ask(stead, "/api/v2/instance", { method: "HEAD" })).status).toBe(200);
    expect((await ask(stead, "/api/v1/apps", asJson({}, "POST"))).status).toBe(422);
  });
});
