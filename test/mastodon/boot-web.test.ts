/** boot.{phanpy,elk,pinafore}: what apps that are web pages ask when they start, in order. */
import { afterAll, beforeAll, expect, it } from "vitest";

import { ORIGIN, Stead } from "../fediverse/stead.ts";
import { Start, livedIn } from "./boot.ts";
import type { Json } from "./client.ts";

const HOST = new URL(ORIGIN).host;

let stead: Stead;
beforeAll(async () => {
  stead = await Stead.claimed();
  await livedIn(stead);
}, 30_000);
afterAll(() => stead.settle());

/** Source: github.com/cheeaun/phanpy at 03400504 (2026-08-19), src/utils/{auth,oauth-pkce,api}.js, src/app.jsx, src/pages; order as recorded of a running one. */
it("boot.phanpy", async () => {
  const phanpy = new Start(stead, {
    origin: "https://phanpy.social",
    name: "Phanpy",
    redirect: "https://phanpy.social",
    registers: "form",
    redeems: "form",
    pkce: true,
  });
  // Where the handle's domain leads is where it signs in.
  const template = / template="([^"]+)"/.exec(await phanpy.reads("/.well-known/host-meta"))?.[1];
  expect(new URL(template ?? "").host).toBe(HOST);
  const { body: metadata } = await phanpy.ask("/.well-known/oauth-authorization-server");
  expect(metadata["code_challenge_methods_supported"]).toContain("S256");
  await phanpy.signsIn();

  await phanpy.asks("/api/v1/preferences", "/api/v2/instance");
  await phanpy.learnsWhose();
  const { links } = JSON.parse(await phanpy.reads("/.well-known/nodeinfo")) as { links: Json[] };
  const schema = "http://nodeinfo.diaspora.software/ns/schema/2.0";
  const known = links.find(({ rel }) => rel === schema);
  expect(JSON.parse(await phanpy.reads(new URL(String(known?.["href"])).pathname))).toMatchObject({
    software: { name: "fedistead" },
  });
  await phanpy.asks(
    "/api/v1/timelines/home?limit=20",
    "/api/v1/followed_tags?limit=200",
    "/api/v1/notifications?limit=80&exclude_types[]=follow_request",
    "/api/v1/announcements",
    "/api/v1/follow_requests?limit=80",
  );
  const read = await phanpy.sends("/api/v1/markers", "POST", "json", {
    notifications: { last_read_id: "1700000000000000" },
  });
  expect(read.body).toMatchObject({ notifications: { last_read_id: "1700000000000000" } });
  await phanpy.listens("subprotocol");

  // What its menus ask first, and its look for news.
  await phanpy.asks(
    "/api/v1/lists",
    "/api/v1/mutes?limit=80",
    "/api/v1/blocks?limit=80",
    "/api/v1/follow_requests?limit=1",
    "/api/v1/notifications?limit=1&since_id=1700000000000000",
    "/api/v1/markers?timeline=notifications",
    "/api/v1/timelines/home?limit=5&since_id=1700000000000000",
  );
});

/** Source: github.com/elk-zone/elk at ae4ebf33 (2026-08-18), server/, app/composables/{users,masto}. Its own server signs in, the page asks the rest. */
it("boot.elk", async () => {
  const redirect = `https://elk.zone/api/${HOST}/oauth/https%3A%2F%2Felk.zone`;
  const server = new Start(stead, {
    origin: null,
    name: "Elk",
    redirect,
    registers: "json",
    redeems: "json",
    authorizes: { force_login: "false", lang: "en-US" },
    brings: { scope: "read write follow push" },
  });
  await server.ask("/api/v2/instance");
  await server.signsIn();

  const elk = new Start(stead, { ...server.login, origin: "https://elk.zone" });
  elk.token = server.token;
  await elk.asks("/api/v2/instance");
  JSON.parse(await elk.reads("/nodeinfo/2.0"));
  await elk.learnsWhose();
  await elk.asks("/api/v1/preferences");
  await elk.findsNone("/api/v1/push/subscription");
  await elk.listens("subprotocol");
  await elk.asks(
    "/api/v1/markers?timeline[]=notifications",
    "/api/v1/notifications?limit=30",
    "/api/v1/custom_emojis",
    "/api/v1/followed_tags",
    "/api/v1/timelines/home?limit=30",
    `/api/v1/accounts/relationships?id[]=${elk.own}`,
  );
});

/** Source: github.com/nolanlawson/pinafore at 74e1ae79 (2024-09-22), src/routes/_actions and _api; Semaphore goes on from it. */
it.each([
  ["pinafore", "https://pinafore.social"],
  ["semaphore", "https://semaphore.social"],
])("boot.%s", async (name, origin) => {
  const page = new Start(stead, {
    origin,
    name,
    redirect: `${origin}/settings/instances/add`,
    registers: "json",
    redeems: "form",
  });
  await page.ask("/api/v1/instance");
  await page.signsIn();
  await page.learnsWhose();
  await page.asks("/api/v1/custom_emojis", "/api/v1/timelines/home?limit=20");
  const { body } = await page.ask("/api/v1/instance", { headers: { authorization: `Bearer ${page.token}` } });
  // Without it the home timeline is not shown at all.
  expect(body["urls"]).toEqual({ streaming_api: `wss://${HOST}` });
  await page.learnsWhose();
  await page.listens("query", "user");
  await page.asks("/api/v1/lists", "/api/v1/filters", "/api/v1/notifications?limit=20");
  await page.asks(
    "/api/v1/notifications?limit=20&exclude_types[]=follow&exclude_types[]=favourite&exclude_types[]=reblog&exclude_types[]=poll&exclude_types[]=admin.sign_up&exclude_types[]=update&exclude_types[]=follow_request&exclude_types[]=admin.report",
  );
});
