/** What apps ask, with the database failing at every statement in turn: the app is told so in JSON that any page may read, and never in HTML. */
import { isDeepStrictEqual } from "node:util";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { forgetCounts } from "../../worker/mastodon/rate-limit.ts";
import { routes } from "../../worker/mastodon/routes.ts";
import { SCOPES } from "../../worker/model/scopes.ts";
import { ACTOR } from "../fediverse/stead.ts";
import { asJson, ask, form, type Reply } from "../mastodon/client.ts";
import { tokenFor } from "../mastodon/tokens.ts";
import { Rig } from "./rig.ts";

let rig: Rig;
let authorization: string;
/** A post of the owner's, somebody known, and what the owner keeps. */
let post: string;
let peer: string;
let list: string;
let filter: string;
beforeAll(async () => {
  rig = await Rig.made();
  const [fan] = await rig.followedBy("fan@fan.test");
  authorization = `Bearer ${await tokenFor(rig.stead, SCOPES)}`;
  const written = await ask(rig.stead, "/api/v1/statuses", bearing(form({ status: "Here, #cats" })));
  post = String(written.body["id"]);
  const object = fan!.note({ inReplyTo: written.body["uri"], cc: [ACTOR] });
  await rig.stead.deliver(fan!, fan!.activity("Create", { object, to: object["to"], cc: object["cc"] }));
  await rig.run();
  const found = await ask(rig.stead, "/api/v1/accounts/lookup?acct=fan@fan.test", bearing());
  peer = String(found.body["id"]);
  list = await made("/api/v1/lists", { title: "Close" });
  filter = await made("/api/v2/filters", { title: "spoilt", context: ["home"] });
}, 30_000);
beforeEach(() => forgetCounts());
afterAll(() => rig.done());

function bearing(init: RequestInit = {}): RequestInit {
  return { ...init, headers: { ...(init.headers as Record<string, string>), authorization } };
}

async function made(path: string, fields: Record<string, unknown>): Promise<string> {
  return String((await ask(rig.stead, path, bearing(asJson(fields)))).body["id"]);
}

/** The number that a route asks for. */
function numberFor(route: string): string {
  if (route.includes("/accounts/:id")) return peer;
  if (/\/lists?\/:id/.test(route)) return list;
  return /v2\/filters\/:id/.test(route) ? filter : post;
}

/** What it is answered with a fault at its first, second, ... last statement. `ask` holds each answer against what JSON an app can read. */
async function struck(path: string, init: RequestInit = {}): Promise<{ faults: number; wrong: string[] }> {
  const wrong: string[] = [];
  const name = `${init.method ?? "GET"} ${path}`;
  const reading = init.method === undefined;
  const whole = reading ? await ask(rig.stead, path, bearing()) : null;
  await Promise.allSettled(rig.boundary.background.splice(0));
  for (let at = 1; ; at++) {
    forgetCounts();
    rig.boundary.arm(at, "before");
    let reply: Reply | null = null;
    try {
      reply = await ask(rig.stead, path, bearing(init));
    } catch (cause) {
      wrong.push(`${name} at ${at}: ${String(cause).slice(0, 200)}`);
    }
    await Promise.allSettled(rig.boundary.background.splice(0));
    const where = rig.boundary.disarm();
    if (where === null) return { faults: at - 1, wrong };
    if (!where.startsWith("d1")) continue; // What else fails may be made good behind the answer.
    const told = reply?.status === 503 && reply.headers.get("retry-after") !== null;
    // What fails behind an answer takes nothing from it, and what was done already is not unsaid.
    const done = reading ? isDeepStrictEqual(reply?.body, whole?.body) : (reply?.status ?? 500) < 300;
    if (reply && !told && !done) wrong.push(`${name} at ${at}, ${where}: ${reply.status}`);
  }
}

describe("chaos: the database fails", () => {
  const gets = routes.filter(({ method }) => method === "GET");
  it.each(gets.map(({ path }) => path))("GET %s is 503 in JSON, wherever it fails", async (route) => {
    const path = route.replaceAll(/:hashtag|:tag/g, "cats").replaceAll(/:\w+(\{[^}]*\})?/g, numberFor(route));
    const query = path.endsWith("/lookup") ? "?acct=fan@fan.test" : path.endsWith("/search") ? "?q=fan" : "";
    const { wrong } = await struck(path + query);
    expect(wrong).toEqual([]);
  });

  it.each<[string, () => [string, RequestInit]]>([
    [
      "a registration",
      () => ["/api/v1/apps", form({ client_name: "x", redirect_uris: "https://x.example/" })],
    ],
    [
      "a code",
      () => [
        "/oauth/token",
        form({ grant_type: "authorization_code", client_id: "1", client_secret: "x", code: "x" }),
      ],
    ],
    ["a post", () => ["/api/v1/statuses", form({ status: "Once more" })]],
    ["an edit", () => [`/api/v1/statuses/${post}`, asJson({ status: "Otherwise" }, "PUT")]],
    ["a like", () => [`/api/v1/statuses/${post}/favourite`, form({})]],
    ["a boost", () => [`/api/v1/statuses/${post}/reblog`, form({})]],
    ["a bookmark", () => [`/api/v1/statuses/${post}/bookmark`, form({})]],
    ["a follow", () => [`/api/v1/accounts/${peer}/follow`, form({})]],
    ["a mute", () => [`/api/v1/accounts/${peer}/mute`, form({})]],
    ["a place in a timeline", () => ["/api/v1/markers", asJson({ home: { last_read_id: "1" } })]],
    ["a list", () => ["/api/v1/lists", form({ title: "x" })]],
    ["a filter", () => ["/api/v2/filters", asJson({ title: "x", context: ["home"] })]],
    ["a profile", () => ["/api/v1/accounts/update_credentials", { ...form({ note: "x" }), method: "PATCH" }]],
    ["a deletion", () => [`/api/v1/statuses/${post}`, { method: "DELETE" }]],
  ])("%s is 503 in JSON, wherever it fails before it is done", async (_, asked) => {
    const { faults, wrong } = await struck(...asked());
    expect(wrong).toEqual([]);
    expect(faults).toBeGreaterThan(0);
  });
});
