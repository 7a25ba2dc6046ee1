/** L1 to L6: no byte of what is not for everybody is in any answer to somebody who may not have it, on any path the Worker has. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { app as worker } from "../../worker/app.ts";
import { forgetCounts } from "../../worker/mastodon/rate-limit.ts";
import { routes } from "../../worker/mastodon/routes.ts";
import type { Route } from "../../worker/mastodon/router.ts";
import type { UnixMs } from "../../worker/kernel/brand.ts";
import { signCavage } from "../../worker/signatures/sign.ts";
import { covers, SCOPES, type Scope } from "../../worker/model/scopes.ts";
import { issueAppToken } from "../../worker/owner/tokens.ts";
import { findApp } from "../../worker/store/oauth.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ORIGIN, Stead } from "../fediverse/stead.ts";
import { Browser } from "../web/browser.ts";
import { App, registered } from "./client.ts";
import { tokenFor } from "./tokens.ts";
import { everythingSaid, Words, type Whose } from "./words.ts";

const words = new Words();
let stead: Stead;
let app: App;
let peers: Record<"alice" | "bob", FakePeer>;
/** Numbers by what they are of. */
const numbers: Record<"posts" | "people" | "lists", string[]> = { posts: [], people: [], lists: [] };
beforeAll(async () => {
  stead = await Stead.claimed();
  app = await App.letIn(stead);
  peers = await everythingSaid(stead, app, words);
  const { body: me } = await app.ask("/api/v1/accounts/verify_credentials");
  const ids = async (sql: string) => (await rows<{ id: number }>(sql)).map(({ id }) => String(id));
  numbers.posts = await ids(
    "SELECT id FROM posts UNION SELECT id FROM reactions WHERE kind = 'boost' AND id IS NOT NULL",
  );
  numbers.people = [String(me["id"]), ...(await ids("SELECT id FROM peers"))];
  numbers.lists = await ids("SELECT id FROM lists");
}, 60_000);
afterAll(() => stead.settle());

const QUERIES = [
  "?limit=40",
  "?pinned=true",
  "?tagged=everywhere",
  "?remote=true",
  "?only_media=true",
  "?q=zq",
];
const JSON_LD = "application/activity+json";

/** What can stand for a part of a path. */
function fillings(path: string, name: string, pattern: string): readonly string[] {
  if (/^[\w|]+$/.test(pattern) && pattern.includes("|")) return pattern.split("|");
  if (name === "at") return ["@me", "@alice@a.test"];
  if (/tag/.test(name)) return ["everywhere"];
  if (name === "version") return ["2.0", "2.1", "1"];
  if (name !== "id") return ["1", "user"];
  if (path.includes("/accounts/:id")) return numbers.people;
  return /\/(lists?|filters)\/(\w+\/)?:id/.test(path) ? numbers.lists : numbers.posts;
}

function fill(path: string): string[] {
  const part = /:(\w+)(?:\{([^}]*)\})?/.exec(path);
  if (part) {
    const [all, name = "", pattern = ""] = part;
    return fillings(path, name, pattern).flatMap((filling) => fill(path.replace(all, () => filling)));
  }
  const listed = /^\/api\/.*(\/(statuses|search)$|timelines|follow(ers|ing)$|trends|directory)/.test(path);
  return [path, ...(listed ? QUERIES.map((query) => path + query) : [])];
}

/** Whether a route's door is shut: then one address of it says as much as all. */
function isShut({ scope }: Route, scopes: readonly Scope[]): boolean {
  if (scope === "public" || scope === "app") return false;
  const needed = "anybody" in scope ? scope.anybody : scope;
  if (needed.some((one) => covers(scopes, one))) return false;
  return !("anybody" in scope && scopes.length === 0);
}

/** Every address that a GET of the Worker's has, with everything in its place, for who has these scopes. */
function addresses(scopes: readonly Scope[]): string[] {
  const paths = new Set(
    worker.routes.flatMap(({ method, path }) =>
      (method === "GET" || method === "ALL") && !path.includes("*") && !path.endsWith("/") ? [path] : [],
    ),
  );
  const filled = [...paths].flatMap((path) => {
    const route = routes.find((one) => one.method === "GET" && one.path === path);
    return route && isShut(route, scopes) ? fill(path).slice(0, 1) : fill(path);
  });
  const named = (ids: readonly string[]) => ids.map((id) => `id[]=${id}`).join("&");
  return [
    "/",
    ...filled,
    `/api/v1/statuses?${named(numbers.posts)}`,
    `/api/v1/accounts?${named(numbers.people)}`,
    `/api/v1/accounts/relationships?${named(numbers.people)}`,
  ];
}

/** Addresses of the stead's in an answer. */
function leadsTo(text: string): string[] {
  const named = [
    ...text.matchAll(
      /(?:href|src)="(\/[^"]*)"|"(https:\/\/me\.test\/[^"\s]*)"|<(https:\/\/me\.test\/[^>]*)>/g,
    ),
  ];
  return named.map(([, path, iri, link]) => {
    const url = new URL((path ?? iri ?? link)!.replaceAll("&amp;", "&"), ORIGIN);
    return url.pathname + url.search;
  });
}

async function textOf(path: string, headers: Record<string, string>): Promise<string> {
  forgetCounts();
  const answer = await stead.fetch(path, { headers });
  const type = answer.headers.get("content-type") ?? "";
  if (type.startsWith("text/event-stream")) throw new Error(`${path} streams to who may not hear it`);
  const said = new TextDecoder().decode(await answer.arrayBuffer());
  return [...answer.headers].flat().join("\n") + said;
}

describe("no byte of what is not for everybody", () => {
  it("L1–L6: is in any answer to somebody unknown: app, browser or server, on every page there is", async () => {
    const leaks: string[] = [];
    const seen = new Set<string>();
    const open = new Set<string>();
    const waiting = addresses([]);
    for (let path; (path = waiting.pop()) !== undefined;) {
      if (seen.has(path) || seen.size > 8_000) continue;
      seen.add(path);
      const accepts = path.startsWith("/api/") ? ["*/*"] : ["text/html", JSON_LD];
      for (const accept of accepts) {
        const text = await textOf(path, { accept });
        for (const label of words.in(text, "post", "owner", "gone"))
          leaks.push(`${path} (${accept}): ${label}`);
        for (const label of words.in(text, "open")) open.add(label);
        if (/"(favourited|reblogged|bookmarked|pinned|muted)":true/.test(text)) leaks.push(`${path}: a mark`);
        waiting.push(...leadsTo(text));
      }
    }
    expect(leaks).toEqual([]);
    expect(seen.size).toBeGreaterThan(500);
    // The look was at the right places: what is for everybody was met.
    const missed = words.labels("open").filter((label) => !open.has(label));
    expect(missed).toEqual([]);
  }, 120_000);

  it("is in any answer to an app's token for itself, or to a token of the owner's for something else", async () => {
    const client = await registered(stead);
    const ctx = await stead.ctx();
    const issued = await issueAppToken(
      ctx,
      (await findApp(ctx.db, Number(client.id)))!,
      SCOPES.join(" "),
      "",
    );
    if (issued.kind !== "issued") throw new Error(issued.kind);
    const leaks: string[] = [];
    const look = async (token: string, scopes: readonly Scope[], ...whose: Whose[]) => {
      for (const path of addresses(scopes).filter((one) => /^\/(api|oauth)\//.test(one))) {
        const text = await textOf(path, { authorization: `Bearer ${token}` });
        for (const label of words.in(text, ...whose)) leaks.push(`${path}: ${label}`);
      }
    };
    await look(issued.token, [], "post", "owner", "gone");
    const writes = ["write", "push"] as const;
    await look(await tokenFor(stead, writes), writes, "post", "owner", "gone");
    const reads = ["read:accounts", "read:follows", "read:blocks", "read:mutes", "read:filters"] as const;
    await look(await tokenFor(stead, reads), reads, "post", "gone");
    expect(leaks).toEqual([]);
  }, 120_000);

  it("L1: is in any answer to a server that signs but has nobody who follows; who follows reads what was for followers", async () => {
    const read = async (peer: FakePeer): Promise<string[]> => {
      const found: string[] = [];
      const key = { id: peer.keyId, privateKey: peer.pair.privateKey };
      const ends = ["", "/replies", "/likes", "/shares"];
      const paths = ["", "/outbox", "/outbox?page=true", "/followers", "/featured"].map(
        (end) => `/actor${end}`,
      );
      const posts = numbers.posts.flatMap((id) => ends.map((end) => `/posts/${id}${end}`));
      for (const path of [...paths, ...posts]) {
        const signed = await signCavage(key, { method: "GET", url: ORIGIN + path, at: Date.now() as UnixMs });
        found.push(...words.in(await textOf(path, { accept: JSON_LD, ...signed }), "post", "owner", "gone"));
      }
      return found;
    };
    expect(await read(peers.bob)).toEqual([]);
    const followers = await read(peers.alice);
    expect(followers).toContain("own private: text after an edit");
    expect(followers.filter((label) => !/^own (private|direct)/.test(label))).toEqual([]);
  }, 60_000);

  it("is missing where the owner asks: each word is read there, but what was deleted", async () => {
    const read = new Set<string>();
    const gone: string[] = [];
    const ids = (await rows<{ id: number }>("SELECT id FROM posts")).map(({ id }) => id);
    const paths = [
      ...ids.flatMap((id) => ["", "/history", "/source"].map((end) => `/api/v1/statuses/${id}${end}`)),
      ...["lists", "scheduled_statuses", "followed_tags"].map((name) => `/api/v1/${name}`),
      `/api/v1/accounts/relationships?${numbers.people.map((id) => `id[]=${id}`).join("&")}`,
      "/api/v2/filters",
    ];
    for (const path of paths) {
      const text = await textOf(path, { authorization: `Bearer ${app.token}` });
      for (const label of words.in(text, "open", "post", "owner")) read.add(label);
      gone.push(...words.in(text, "gone"));
    }
    expect(gone).toEqual([]);
    expect(words.labels("open", "post", "owner").filter((label) => !read.has(label))).toEqual([]);
    const browser = await Browser.signedIn(stead);
    const { html } = await browser.get("/home");
    expect(words.in(html, "post")).not.toEqual([]);
  }, 60_000);
});
