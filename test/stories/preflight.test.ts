import { runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { HOUR, MINUTE } from "../../worker/kernel/clock.ts";
import { pointAt } from "../../worker/moving/aliases.ts";
import { moveOn } from "../../worker/moving/move-on.ts";
import { preflight, type Report } from "../../worker/moving/preflight.ts";
import { startProbe } from "../../worker/moving/probe.ts";
import { open } from "../../worker/moving/window.ts";
import { changeProfile } from "../../worker/owner/profile.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, env, ORIGIN, Stead } from "../fediverse/stead.ts";

type Answer = (request: Request) => Response | null | Promise<Response | null>;

let stead: Stead;
let old: FakePeer;
/** What answers in our place at our own address; null: we do. */
let inFront: Answer;

beforeEach(async () => {
  stead = await Stead.claimed();
  inFront = () => null;
  stead.world.host("me.test", async (request) => {
    const special = await inFront(request.clone());
    if (special) return special;
    const answer = await stead.fetch(request);
    return new Response(await answer.text(), answer);
  });
  old = await stead.peer("old", "mastodon.test");
  software("mastodon", "4.5.0");
  expect(await pointAt(await stead.ctx(), old.id, false)).toMatchObject({ kind: "pointed" });
  await stead.settle();
  stead.world.take();
});
afterEach(() => {
  vi.useRealTimers();
});

function software(name: string, version: string): void {
  const { host } = old;
  const rel = "http://nodeinfo.diaspora.software/ns/schema/2.1";
  host.documents.set("/.well-known/nodeinfo", { links: [{ rel, href: `${host.origin}/nodeinfo/2.1` }] });
  host.documents.set("/nodeinfo/2.1", { software: { name, version } });
}

/** Runs a whole check, the leaving included. */
async function checked(): Promise<Report> {
  await startProbe(await stead.ctx());
  await stead.settle();
  await gone();
  return done();
}

/** The mover sees to it as soon as the Accept has come. */
async function gone(): Promise<void> {
  await runDurableObjectAlarm(env.MOVER.getByName("mover"));
  await vi.waitFor(
    async () => expect(await rows("SELECT 1 FROM peers WHERE iri LIKE ?", `${ORIGIN}/probes/%`)).toEqual([]),
    5_000,
  );
}

async function done(): Promise<Report> {
  const state = await preflight(await stead.ctx());
  if (state.kind !== "done") throw new Error(`the check is ${state.kind}`);
  return state.report;
}

/** The checks that do not say ok, of the stead and of its old accounts. */
const wrong = (report: Report) =>
  [...report.checks, ...report.accounts.flatMap(({ checks }) => checks)]
    .filter(({ result }) => result !== "ok")
    .map(({ id, result }) => `${id} ${result}`);

/** What followers, requests, peers and counters say. */
const standing = () =>
  rows(`SELECT (SELECT count(*) FROM followers) AS followers, (SELECT count(*) FROM peers) AS peers,
    (SELECT count(*) FROM inboxes) AS inboxes, (SELECT count(*) FROM follow_requests) AS requests, count, arrived FROM follower_log`);

const setLocked = async (locked: boolean) => {
  const change = { name: "Me", bio: "", fields: [], locked, avatar: null, header: null };
  expect(await changeProfile(await stead.ctx(), change)).toBeNull();
};

describe("the check before Move is pressed", () => {
  it("says press when everything that servers look at is as they want it, and shows where", async () => {
    expect(await preflight(await stead.ctx())).toEqual({ kind: "none" });
    await startProbe(await stead.ctx());
    expect((await preflight(await stead.ctx())).kind).toBe("running");
    await stead.settle();
    const report = await done();
    expect(wrong(report)).toEqual([]);
    expect(report).toMatchObject({ press: true, accounts: [{ iri: old.id, verdict: "press" }] });
    expect(report.accounts[0]!.instructions).toMatchObject({
      page: "https://mastodon.test/settings/migration",
      steps: [expect.anything(), expect.stringContaining("@me@me.test"), "Press Move followers."],
    });
    expect(report.checks.map(({ id }) => id)).toEqual(
      expect.arrayContaining([
        "unsigned",
        "signed",
        "cache",
        "query",
        "webfinger",
        "inboxes",
        "accept",
        "plan",
      ]),
    );
    stead.world.assertNothingUnexpected();
  });

  it("sends a follower the whole way: in through both inboxes, verified by its document, let in, answered, gone", async () => {
    const friend = await stead.peer("friend", "a.test");
    await stead.followedBy(friend);
    const before = await standing();
    stead.world.take();
    const id = await startProbe(await stead.ctx());
    await stead.settle();
    await gone();
    const way = stead.world
      .take()
      .map(({ method, url, status }) => `${method} ${new URL(url).pathname} ${status}`);
    expect(way.toSorted()).toEqual([
      `GET /probes/${id} 200`,
      "POST /actor/inbox 202",
      "POST /inbox 202", // the copy of its Follow
      "POST /inbox 202", // its Undo
      `POST /probes/${id}/inbox 202`,
    ]);
    expect(await standing()).toEqual(before);
    expect(await stead.followers()).toEqual([friend.id]);
    expect((await done()).press).toBe(true);
  });

  it("is nothing that anybody sees afterwards, and is itself forgotten after ten minutes", async () => {
    const before = await standing();
    await checked();
    expect(await standing()).toEqual(before);
    const [probe] = await rows<{ id: number }>("SELECT id FROM probes");
    vi.useFakeTimers({ now: Date.now() + 2 * MINUTE, toFake: ["Date"] });
    expect((await stead.fetch(`/probes/${probe!.id}`)).status).toBe(404);
    vi.setSystemTime(Date.now() + 9 * MINUTE);
    await moveOn(await stead.ctx());
    expect(await rows("SELECT * FROM probes")).toEqual([]);
    expect(await preflight(await stead.ctx())).toEqual({ kind: "none" });
    const page = await stead.getJson("/actor/followers");
    expect(page).toMatchObject({ totalItems: 0 });
  });

  it("leaves no follower behind when everything stops in the middle, and a late copy of its Follow brings none back", async () => {
    const before = await standing();
    inFront = (request) =>
      request.method === "POST" && request.url.includes("/probes/")
        ? new Response(null, { status: 500 })
        : null;
    await startProbe(await stead.ctx());
    const [copy] = stead.world.take().filter(({ method }) => method === "POST");
    await stead.settle();
    expect(await stead.followers()).toHaveLength(1);
    expect((await rows("SELECT arrived FROM follower_log"))[0]).toEqual({ arrived: 0 });
    vi.useFakeTimers({ now: Date.now() + 11 * MINUTE, toFake: ["Date"] });
    await moveOn(await stead.ctx());
    expect(await standing()).toEqual(before);
    const late = await stead.fetch(
      new Request(copy!.url, { method: "POST", body: copy!.body, headers: copy!.headers }),
    );
    expect(late.status).toBe(401);
    await stead.settle();
    expect(await standing()).toEqual(before);
    // Our own host is not one that is down for that.
    expect(await env.REDELIVERY.getByName("redelivery").failing()).toEqual([]);
  });

  it("waits, then says that no Accept came, when the way back is shut", async () => {
    inFront = (request) =>
      request.url.endsWith("/inbox") && request.url.includes("/probes/")
        ? new Response(null, { status: 502 })
        : null;
    await startProbe(await stead.ctx());
    await stead.settle();
    expect((await preflight(await stead.ctx())).kind).toBe("running");
    vi.useFakeTimers({ now: Date.now() + 61_000, toFake: ["Date"] });
    expect(wrong(await done())).toEqual(["accept fail"]);
  });

  it("needs the door open where followers are approved by hand", async () => {
    await setLocked(true);
    await startProbe(await stead.ctx());
    await stead.settle();
    // It says so at once: nobody waits a minute for what can not come.
    const report = await done();
    expect(wrong(report)).toEqual(["door fail", "accept fail"]);
    expect(report.checks.find(({ id }) => id === "accept")!.saw).toContain("waits for your approval");
    await env.DB.prepare("INSERT INTO expected (id, host) VALUES (1, 'x')").run();
    for (const takes of ["everybody", "expected"] as const) {
      expect(await open(await stead.ctx(), 7, takes)).toBeNull();
      expect(wrong(await checked())).toEqual([]);
    }
    expect((await standing())[0]).toMatchObject({ followers: 0, requests: 0, arrived: 0 });
  });
});

describe("what the check finds wrong", () => {
  const html = () =>
    new Response("<html>Just a moment...</html>", {
      status: 403,
      headers: { "content-type": "text/html", "cf-mitigated": "challenge" },
    });
  const changed = (
    change: (json: Record<string, unknown>) => object,
    headers: Record<string, string> = {},
  ): Answer => {
    return async (request) => {
      if (request.method !== "GET" || new URL(request.url).pathname !== "/actor") return null;
      const answer = await stead.fetch(request);
      const said = new Headers(answer.headers);
      for (const [name, value] of Object.entries(headers))
        if (value === "") said.delete(name);
        else said.set(name, value);
      return Response.json(change(await answer.json()), { headers: said });
    };
  };
  const same = (json: object) => json;
  const at =
    (path: string, status: number): Answer =>
    (request) =>
      new URL(request.url).pathname === path ? new Response(null, { status }) : null;

  it.each<[string, Answer, string[]]>([
    [
      "an alias that is no list",
      changed((json) => ({ ...json, alsoKnownAs: (json["alsoKnownAs"] as string[])[0] })),
      ["alias fail"],
    ],
    [
      "an alias in other letters",
      changed((json) => ({ ...json, alsoKnownAs: ["https://mastodon.test/users/OLD"] })),
      ["alias fail"],
    ],
    ["no alias", changed((json) => ({ ...json, alsoKnownAs: undefined })), ["alias fail"]],
    ["a copy out of a cache", changed(same, { "cf-cache-status": "HIT" }), ["cache fail"]],
    ["an age", changed(same, { age: "12" }), ["cache fail"]],
    [
      "a document that may be kept",
      changed(same, { "cache-control": "public, max-age=180" }),
      ["cache fail"],
    ],
    ["no ETag", changed(same, { etag: "" }), ["cache fail"]],
    ["another type", changed(same, { "content-type": "application/json" }), ["type fail"]],
    [
      "a home elsewhere",
      changed((json) => ({ ...json, movedTo: "https://else.test/users/me" })),
      ["moved fail"],
    ],
    [
      "an actor that still says it is locked",
      changed((json) => ({ ...json, manuallyApprovesFollowers: true })),
      ["door wait"],
    ],
    ["another name", changed((json) => ({ ...json, webfinger: "you@me.test" })), ["webfinger fail"]],
    ["no WebFinger", at("/.well-known/webfinger", 404), ["webfinger fail"]],
    ["no host-meta", at("/.well-known/host-meta", 404), ["host-meta fail"]],
    [
      "a query string that leads elsewhere",
      (request) =>
        new URL(request.url).search.startsWith("?cb=") ? new Response(null, { status: 404 }) : null,
      ["query fail"],
    ],
    [
      "a profile that signers do not get",
      (request) =>
        request.method === "GET" && request.url === ACTOR && request.headers.has("signature")
          ? new Response(null, { status: 401 })
          : null,
      ["signed fail"],
    ],
  ])("%s", async (_, answer, found) => {
    await checked();
    inFront = answer;
    const report = await done();
    expect(wrong(report)).toEqual(found);
    expect(report.press).toBe(false);
    const bad = [...report.checks, ...report.accounts[0]!.checks].filter(({ result }) => result !== "ok");
    for (const { saw, cure } of bad) for (const said of [saw, cure]) expect(said).toMatch(/\w.*\.$/);
  });

  it("a challenge in front of the inbox, which would cost every follower", async () => {
    inFront = (request) => (request.method === "POST" ? html() : null);
    await startProbe(await stead.ctx());
    const report = await done();
    expect(wrong(report)).toEqual(["front fail", "inboxes fail", "accept fail"]);
    expect(report.checks.find(({ id }) => id === "front")!.saw).toContain(
      "held up by Cloudflare (challenge)",
    );
    inFront = () => null;
    expect(wrong(await checked())).toEqual([]);
  });

  it("a challenge in front of the profile", async () => {
    await checked();
    inFront = (request) => (request.method === "GET" ? html() : null);
    expect(wrong(await done())).toEqual(
      expect.arrayContaining(["front fail", "unsigned fail", "webfinger fail", "alias fail"]),
    );
  });

  it("an old account that has gone elsewhere, is gone, can not move, or does not answer", async () => {
    await checked();
    const again = async () => wrong(await done());
    old.document["movedTo"] = "https://else.test/users/me";
    old.publishDocument();
    expect(await again()).toEqual(["moved-to fail"]);
    old.document["movedTo"] = ACTOR;
    old.publishDocument();
    expect(await done()).toMatchObject({ press: false, accounts: [{ verdict: "pressed" }] });
    delete old.document["movedTo"];
    old.publishDocument();
    software("lemmy", "0.19.0");
    expect(await again()).toEqual(["software fail"]);
    software("pixelfed", "0.11.13");
    expect(await again()).toEqual(["software fail"]);
    software("pixelfed", "0.12.5");
    expect(await again()).toEqual([]);
    old.host.get = () => new Response(null, { status: 503 });
    expect(await again()).toEqual(["answers wait"]);
    old.host.get = () => new Response(null, { status: 410 });
    expect(await again()).toEqual(["answers fail"]);
  });

  it("a clock that is wrong", async () => {
    await checked();
    const date = new Date(Date.now() - HOUR).toUTCString();
    old.host.get = (request) =>
      new URL(request.url).pathname === "/.well-known/nodeinfo"
        ? Response.json({ links: [] }, { headers: { date } })
        : null;
    expect(wrong(await done())).toEqual(["clock wait"]);
  });

  it("more followers than the Free plan bears in a day", async () => {
    await checked();
    await env.DB.prepare("UPDATE old_accounts SET followers = 10001").run();
    const report = await done();
    expect(wrong(report)).toEqual(["plan wait"]);
    await env.DB.prepare("INSERT INTO expected_hosts (host, people) VALUES ('a.test', 99000)").run();
    expect((await done()).checks.find(({ id }) => id === "plan")!.saw).toContain("99000");
  });

  it("more old accounts than may be asked at once, each in its turn, and never more than an invocation may spend", async () => {
    const others = await Promise.all(Array.from({ length: 5 }, (_, n) => stead.peer(`o${n}`, `o${n}.test`)));
    for (const { id } of others)
      expect(await pointAt(await stead.ctx(), id, false)).toMatchObject({ kind: "pointed" });
    await checked();
    for (let n = 0; n < 20 && !(await done()).accounts.every(({ verdict }) => verdict === "press"); n++) {
      const ctx = await stead.ctx();
      await preflight(ctx);
      expect(ctx.meter.signatures).toBeLessThanOrEqual(5);
      expect(ctx.meter.fetches).toBeLessThanOrEqual(25);
    }
    expect((await done()).accounts.map(({ verdict }) => verdict)).toEqual(
      Array.from({ length: 6 }, () => "press"),
    );
  });

  it("an account that waits for better days holds up none that can be moved now", async () => {
    stead.host("threads.net").get = () => new Response(null, { status: 404 });
    await pointAt(await stead.ctx(), "https://threads.net/ap/users/1784/", true);
    expect(await checked()).toMatchObject({
      press: true,
      accounts: [{ verdict: "press" }, { verdict: "wait" }],
    });
  });

  it("no old account at all", async () => {
    await env.DB.batch([
      env.DB.prepare("DELETE FROM old_accounts"),
      env.DB.prepare("UPDATE owner SET aliases = '[]'"),
    ]);
    expect(wrong(await checked())).toEqual(["pointed fail"]);
  });
});
