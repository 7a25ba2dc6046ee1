/** Whoever can write an alias can take the owner's followers. And the probe's doors are open to the probe alone. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { UnixMs } from "../../worker/kernel/brand.ts";
import { MINUTE } from "../../worker/kernel/clock.ts";
import { checkUrl } from "../../worker/kernel/safe-fetch.ts";
import { sha256 } from "../../worker/signatures/digest.ts";
import { signCavage } from "../../worker/signatures/sign.ts";
import { signingKey } from "../../worker/store/keys.ts";
import { saveProbe } from "../../worker/store/probes.ts";
import { acceptId, answerFollow, follow } from "../../worker/vocab/activities.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { ACTOR, ORIGIN, PASSWORD, Stead } from "../fediverse/stead.ts";
import { Browser } from "../web/browser.ts";
import { refused } from "./refused.ts";

let stead: Stead;
let owner: Browser;
let old: FakePeer;
beforeEach(async () => {
  stead = await Stead.claimed();
  owner = await Browser.signedIn(stead);
  old = await stead.peer("old", "old.test");
});
afterEach(() => {
  vi.useRealTimers();
});

const aliases = async () => (await stead.getJson("/actor"))["alsoKnownAs"];
const later = (ms: number) => vi.useFakeTimers({ now: Date.now() + ms, toFake: ["Date"] });
const add = (account: string, more: Record<string, string> = {}, headers: Record<string, string> = {}) =>
  owner.post("/move/point/add", { account, ...more }, headers);

describe("an alias", () => {
  it("is not written with a session alone once the password is five minutes old, and with a password it is", async () => {
    later(5 * MINUTE + 1);
    const before = await stead.state();
    for (const password of ["", "wrong", PASSWORD.toUpperCase()]) {
      const answer = await add(old.id, { password });
      expect([answer.status, answer.html]).toEqual([403, expect.stringContaining('name="password"')]);
    }
    expect(await aliases()).toEqual([]);
    const changed = JSON.parse(await stead.state()) as { tables: [string, unknown][] };
    const kept = JSON.parse(before) as { tables: [string, unknown][] };
    const but = ({ tables }: { tables: [string, unknown][] }) =>
      tables.filter(([name]) => name !== "attempts");
    expect(but(changed)).toEqual(but(kept));
    expect((await add(old.id, { password: PASSWORD })).location).toBe("/move");
    expect(await aliases()).toEqual([old.id]);
    // It counts for the next five minutes.
    expect((await owner.post("/move/point/remove", { account: old.id })).location).toBe("/move");
  });

  it("is not taken away without it either", async () => {
    expect((await add(old.id)).location).toBe("/move");
    later(5 * MINUTE + 1);
    expect((await owner.post("/move/point/remove", { account: old.id })).status).toBe(403);
    expect(await aliases()).toEqual([old.id]);
  });

  it("makes wrong passwords count as those at the door do, so that nobody guesses in an open browser", async () => {
    later(5 * MINUTE + 1);
    const tries = [];
    for (let n = 0; n < 6; n++) tries.push((await add(old.id, { password: `wrong ${n}` })).status);
    expect(tries).toEqual([403, 403, 403, 403, 403, 429]);
    expect((await add(old.id, { password: PASSWORD })).status).toBe(429);
    expect(await aliases()).toEqual([]);
  });

  it("is not written by a form of another site, by a visitor, or by a program without a session", async () => {
    for (const headers of [{ origin: "https://evil.test" }, { "sec-fetch-site": "cross-site" }] as Record<
      string,
      string
    >[]) {
      expect((await add(old.id, {}, headers)).status).toBe(403);
    }
    const visitor = new Browser(stead);
    expect((await visitor.post("/move/point/add", { account: old.id })).location).toBe("/login");
    const program = await stead.fetch("/move/point/add", {
      method: "POST",
      headers: { accept: "application/json" },
      body: new URLSearchParams({ account: old.id, password: PASSWORD }),
    });
    expect(program.status).toBe(401);
    for (const path of ["/move/window", "/move/window/close", "/move/check", "/move/point/remove"]) {
      expect((await owner.post(path, {}, { origin: "https://evil.test" })).status).toBe(403);
    }
    expect(await aliases()).toEqual([]);
  });

  it.each([
    "javascript:alert(1)",
    "data:text/html,x",
    "http://old.test/users/old",
    "https://user:pass@old.test/users/old",
    "https://old.test/users/old#main-key",
    "https://10.0.0.1/users/old",
    "https://localhost/users/old",
    "https://old.test:8443/users/old",
    `${ACTOR}`,
    `${ORIGIN}/posts/1`,
    `${ORIGIN}/probes/1`,
    "https://www.me.test/actor",
    "@me@me.test",
    "https://old.test/users/old x",
    '"><script>alert(1)</script>',
  ])("is never %s, whatever is agreed to", async (account) => {
    const before = await stead.state();
    const answer = await add(account, { unseen: "yes" });
    expect(answer.status).toBe(422);
    expect(answer.html).not.toContain("<script");
    expect(await stead.state()).toBe(before);
    expect(await aliases()).toEqual([]);
  });

  it("is what the account's own server says it is, not what somebody typed for it", async () => {
    const other = await stead.peer("other", "other.test");
    old.document["id"] = other.id;
    old.host.documents.set("/users/old", old.document);
    expect((await add(old.id)).location).toBe("/move");
    // The document claimed to be other's, and other's own server was asked.
    expect(await aliases()).toEqual([other.id]);
    const liar = await stead.peer("liar", "liar.test");
    liar.document["id"] = "https://liar.test/users/somebody";
    liar.host.documents.set("/users/liar", liar.document);
    liar.host.documents.set("/users/somebody", { ...liar.document, id: liar.id });
    expect((await add(liar.id)).status).toBe(422);
    expect(await aliases()).toEqual([other.id]);
  });

  it("shows what other servers call themselves as text", async () => {
    const { host } = old;
    host.documents.set("/.well-known/nodeinfo", {
      links: [{ rel: "http://nodeinfo.diaspora.software/ns/schema/2.0", href: "/n" }],
    });
    host.documents.set("/n", {
      software: { name: "<script>alert(1)</script>", version: '"><img src=x onerror=alert(1)>' },
    });
    old.document["preferredUsername"] = "<b>old</b>";
    old.publishDocument();
    const { html } = await owner.post("/move/point", { account: old.id });
    expect(html).toContain("&lt;b&gt;old");
    expect((await add(old.id)).location).toBe("/move");
    expect((await owner.get("/move")).html).not.toMatch(/<script|<b>old|onerror=alert\(1\)>/);
  });
});

describe("the probe", () => {
  const probe = (id: number) => `${ORIGIN}/probes/${id}`;
  const NOW = () => Date.now() as UnixMs;

  /** A request signed with a key that only this stead has. */
  async function signedBy(name: string, url: string, activity: object): Promise<Request> {
    const { privateKey } = await signingKey(await stead.ctx());
    const body = JSON.stringify(activity);
    const digest = await sha256(body);
    const headers = await signCavage({ id: name, privateKey }, { method: "POST", url, digest, at: NOW() });
    return new Request(url, {
      method: "POST",
      body,
      headers: { ...headers, "content-type": "application/activity+json" },
    });
  }
  const start = async (id: number) => {
    const { db } = await stead.ctx();
    await db.batch([saveProbe(db, id, NOW())]);
  };

  it("that does not run has no document, no inbox, and no Follow, even with the owner's own key", async () => {
    expect((await stead.fetch(probe(7))).status).toBe(404);
    const followed = follow(probe(7) as never, ACTOR as never, `${probe(7)}/follows/1` as never);
    await refused(stead, await signedBy(`${probe(7)}#main-key`, `${ORIGIN}/inbox`, followed), 401);
    await start(8);
    // The one that runs is another.
    await refused(stead, await signedBy(`${probe(7)}#main-key`, `${ORIGIN}/inbox`, followed), 401);
    later(10 * MINUTE);
    expect((await stead.fetch(probe(8))).status).toBe(404);
  });

  it("that runs can not be played by anybody who guesses its number", async () => {
    await start(9);
    const forged = old.activity("Follow", { id: `${probe(9)}/follows/1`, actor: probe(9), object: ACTOR });
    const keyId = `${probe(9)}#main-key`;
    const request = await old.request(`${ORIGIN}/inbox`, forged, { keyId });
    stead.world.host("me.test", async (asked) => {
      const answer = await stead.fetch(asked);
      return new Response(await answer.text(), answer);
    });
    await refused(stead, request, 202, { outbound: 1 });
  });

  it("has an inbox where nobody else can leave anything", async () => {
    await start(9);
    const url = `${probe(9)}/inbox`;
    const answered = { follower: probe(9) as never, followIri: `${probe(9)}/follows/1` };
    const accept = answerFollow("Accept", acceptId(ACTOR as never, 1), ACTOR as never, answered);
    const mine = `${ACTOR}#main-key`;
    // Signed by another key in our name; without a signature; by us and about something else.
    await refused(stead, await old.request(url, JSON.stringify(accept), { keyId: mine }), 401);
    await refused(
      stead,
      new Request(url, {
        method: "POST",
        body: JSON.stringify(accept),
        headers: { "content-type": "application/activity+json" },
      }),
      401,
    );
    await refused(stead, await old.request(url, old.activity("Accept", { object: accept["object"] })), 401);
    await refused(stead, await old.request(url, old.activity("Create", { object: old.note() })), 202);
    for (const object of [
      { ...(accept["object"] as object), actor: old.id },
      { ...(accept["object"] as object), id: `${probe(8)}/follows/1` },
      { ...(accept["object"] as object), object: old.id },
      `${probe(9)}/follows/1`,
    ]) {
      await refused(stead, await signedBy(mine, url, { ...accept, object }), 400);
    }
    const other = answerFollow("Accept", acceptId(ACTOR as never, 1), ACTOR as never, answered);
    await refused(stead, await signedBy(mine, `${probe(8)}/inbox`, other), 404);
    expect((await stead.fetch(await signedBy(mine, url, accept))).status).toBe(202);
  });

  it("opens our own host for nothing but itself", async () => {
    const { door } = await stead.ctx();
    const wide = { ...door, ownUrls: new Set([probe(9)]) };
    for (const url of [
      `${probe(9)}/inbox`,
      `${probe(9)}?x`,
      `${probe(9)}/`,
      `${ORIGIN}/actor`,
      `http://me.test/probes/9`,
      "https://www.me.test/probes/9",
    ])
      expect([url, checkUrl(wide, url).ok]).toEqual([url, false]);
    expect(checkUrl(wide, probe(9)).ok).toBe(true);
    expect(checkUrl(door, probe(9)).ok).toBe(false);
    // A peer's document that is at our own address is not fetched for anybody.
    await start(9);
    const move = old.activity("Announce", { object: probe(9) });
    await refused(stead, await old.request(`${ORIGIN}/inbox`, move), 202, { outbound: 1 });
  });
});
