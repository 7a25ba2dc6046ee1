import { runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { DAY } from "../../worker/kernel/clock.ts";
import { hash52 } from "../../worker/kernel/hash52.ts";
import { pointAt, pointAway } from "../../worker/moving/aliases.ts";
import { lookAt } from "../../worker/moving/old-account.ts";
import { close, closeWindow, open, windowNow } from "../../worker/moving/window.ts";
import { changeProfile } from "../../worker/owner/profile.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, env, Stead } from "../fediverse/stead.ts";

let stead: Stead;
let old: FakePeer;
beforeEach(async () => {
  stead = await Stead.claimed();
  old = await oldAccount("old", "mastodon", "4.5.0", 1_234);
});
afterEach(() => {
  vi.useRealTimers();
});

const actor = () => stead.getJson("/actor");

/** An account as it stands on its server: followers counted, software named. */
async function oldAccount(name: string, software: string, version: string, followers: number) {
  const peer = await stead.peer(name, `${software}.test`);
  const { host } = peer;
  host.documents.set("/.well-known/nodeinfo", {
    links: [{ rel: "http://nodeinfo.diaspora.software/ns/schema/2.0", href: `${host.origin}/nodeinfo/2.0` }],
  });
  host.documents.set("/nodeinfo/2.0", { software: { name: software, version } });
  peer.publish({
    "@context": "https://www.w3.org/ns/activitystreams",
    id: `${peer.id}/followers`,
    type: "OrderedCollection",
    totalItems: followers,
  });
  return peer;
}

const setLocked = async (locked: boolean) => {
  const change = { name: "Me", bio: "", fields: [], locked, avatar: null, header: null };
  expect(await changeProfile(await stead.ctx(), change)).toBeNull();
  await stead.settle();
};

describe("pointing an old account here", () => {
  it("finds out what it is, whoever writes it how", async () => {
    old.host.get = (request) => {
      const { pathname } = new URL(request.url);
      // A profile page that answers machines with the actor it is of.
      return pathname === "/@old" ? Response.redirect(old.id, 302) : null;
    };
    for (const typed of ["@old@mastodon.test", "old@Mastodon.test", old.id, `${old.host.origin}/@old`]) {
      const looked = await lookAt(await stead.ctx(), typed);
      expect([typed, looked]).toMatchObject([
        typed,
        {
          kind: "found",
          blocked: false,
          rule: { name: "Mastodon", can: "yes", cooldownDays: 30 },
          seen: {
            iri: old.id,
            handle: "old@mastodon.test",
            software: "mastodon",
            version: "4.5.0",
            followers: 1_234,
            movedTo: null,
          },
        },
      ]);
    }
  });

  it("writes exactly its id into the array, from that moment on, and tells the servers that know us and nobody else", async () => {
    const [alice] = [await stead.peer("alice", "a.test")];
    await stead.followedBy(alice);
    stead.world.take();
    const before = (await stead.fetch("/actor", { headers: { accept: "application/activity+json" } }))
      .headers;
    const pointed = await pointAt(await stead.ctx(), "@old@mastodon.test", false);
    expect(pointed).toMatchObject({ kind: "pointed", account: { seen: { iri: old.id } } });
    const answer = await stead.fetch("/actor", { headers: { accept: "application/activity+json" } });
    expect(await answer.json()).toMatchObject({ alsoKnownAs: [old.id] });
    expect(answer.headers.get("etag")).not.toBe(before.get("etag"));
    stead.world.take();
    await stead.settle();
    expect(alice.received("Update")).toMatchObject([{ object: { id: ACTOR, alsoKnownAs: [old.id] } }]);
    expect(stead.world.take().map(({ url }) => new URL(url).host)).toEqual(["a.test"]);
    expect(await rows("SELECT iri, followers FROM old_accounts")).toEqual([
      { iri: old.id, followers: 1_234 },
    ]);
  });

  it("takes several, takes one of them back, and looks again without a second alias", async () => {
    const second = await oldAccount("other", "gotosocial", "0.20.0", 5);
    for (const typed of [old.id, second.id, old.id]) {
      expect(await pointAt(await stead.ctx(), typed, false)).toMatchObject({ kind: "pointed" });
    }
    expect((await actor())["alsoKnownAs"]).toEqual([old.id, second.id]);
    expect(await pointAway(await stead.ctx(), old.id)).toBe(true);
    expect(await pointAway(await stead.ctx(), old.id)).toBe(false);
    expect((await actor())["alsoKnownAs"]).toEqual([second.id]);
    expect(await rows("SELECT iri FROM old_accounts")).toEqual([{ iri: second.id }]);
  });

  it("takes an account that its server does not show only where that was agreed to, by its id as it stands", async () => {
    const threads = "https://threads.net/ap/users/17841400000000000/";
    const gone = stead.host("threads.net");
    gone.get = () => new Response(null, { status: 404 });
    const looked = await lookAt(await stead.ctx(), threads);
    expect(looked).toMatchObject({ kind: "unseen", rule: { can: "later" }, seen: { iri: threads } });
    expect(await pointAt(await stead.ctx(), threads, false)).toMatchObject({ kind: "invalid" });
    expect(await pointAt(await stead.ctx(), threads, true)).toMatchObject({ kind: "pointed" });
    const bluesky = "https://bsky.brid.gy/ap/did:plc:abc";
    stead.host("bsky.brid.gy").get = () => new Response(null, { status: 503 });
    expect(await pointAt(await stead.ctx(), bluesky, true)).toMatchObject({ kind: "pointed" });
    expect((await actor())["alsoKnownAs"]).toEqual([threads, bluesky]);
  });

  it("says that the old account has moved elsewhere, and that its server is blocked", async () => {
    old.document["movedTo"] = "https://else.test/users/me";
    old.publishDocument();
    const ctx = await stead.ctx();
    await ctx.db.run("INSERT INTO blocked_hosts (host, at) VALUES ('mastodon.test', 1)");
    expect(await lookAt(ctx, old.id)).toMatchObject({
      kind: "found",
      blocked: true,
      seen: { movedTo: "https://else.test/users/me" },
    });
  });
});

describe("the arrival window", () => {
  const follows = async (name: string) => {
    const peer = await stead.peer(name, `${name}.test`);
    await stead.deliver(peer, peer.activity("Follow", { object: ACTOR }), { inbox: `${ACTOR}/inbox` });
    await stead.settle();
    return peer;
  };
  const waiting = async () => (await rows("SELECT peer FROM follow_requests")).length;
  const days = 7;

  beforeEach(() => setLocked(true));

  it("lets everybody in while it is open, says so in the actor document, and asks again when it is closed", async () => {
    await follows("early");
    expect([await waiting(), (await actor())["manuallyApprovesFollowers"]]).toEqual([1, true]);
    expect(await open(await stead.ctx(), days, "everybody")).toBeNull();
    expect((await actor())["manuallyApprovesFollowers"]).toBe(false);
    const guest = await follows("guest");
    expect(await stead.followers()).toEqual([guest.id]);
    expect(guest.received("Accept")).toHaveLength(1);
    // A change of the profile meanwhile does not close it.
    await setLocked(true);
    expect((await actor())["manuallyApprovesFollowers"]).toBe(false);
    expect(await close(await stead.ctx())).toBe(true);
    expect((await actor())["manuallyApprovesFollowers"]).toBe(true);
    await follows("late");
    expect([await waiting(), (await stead.followers()).length]).toEqual([2, 1]);
    const [row] = await rows("SELECT * FROM arrival_windows");
    expect(row).toMatchObject({ takes: "everybody", arrived_before: 0, arrived_after: 1, log_before: 0 });
    expect(row!["log_after"]).toBeGreaterThan(0);
    expect(await close(await stead.ctx())).toBe(false);
  });

  it("lets in who waited, when they follow once more", async () => {
    const early = await follows("early");
    expect(await open(await stead.ctx(), days, "everybody")).toBeNull();
    await stead.deliver(early, early.activity("Follow", { object: ACTOR }));
    await stead.settle();
    expect([await stead.followers(), await waiting()]).toEqual([[early.id], 0]);
  });

  it("lets in those on the list alone, by id or by address, and nobody whose number only looks like one of theirs", async () => {
    const ctx = await stead.ctx();
    expect(await open(ctx, days, "expected")).toContain("Nobody is on the list");
    const named = "https://ann.test/users/ann";
    const expect_ = (id: number, iri: string | null, address: string | null) =>
      env.DB.prepare("INSERT INTO expected (id, iri, address, host) VALUES (?, ?, ?, 'x')").bind(
        id,
        iri,
        address,
      );
    await env.DB.batch([
      expect_(hash52(named), named, null),
      expect_(hash52("acct:ben@ben.test"), null, "ben@ben.test"),
      // A row whose number is eve's and whose name is not.
      expect_(hash52("https://eve.test/users/eve"), "https://other.test/users/x", null),
    ]);
    expect(await open(ctx, days, "expected")).toBeNull();
    // For others nothing has changed, so the document says so.
    expect((await actor())["manuallyApprovesFollowers"]).toBe(true);
    for (const name of ["ann", "ben", "eve", "zoe"]) await follows(name);
    expect((await stead.followers()).toSorted()).toEqual([named, "https://ben.test/users/ben"]);
    expect(await waiting()).toBe(2);
  });

  it("closes by itself when its time is over, and the next one counts from there", async () => {
    expect(await open(await stead.ctx(), 1, "everybody")).toBeNull();
    await stead.settle();
    await follows("guest");
    const standing = (await windowNow(await stead.ctx()))!;
    expect(await closeWindow(await stead.ctx())).toEqual({ idle: true, next: standing.closesAt });
    vi.useFakeTimers({ now: Date.now() + DAY + 1_000, toFake: ["Date"] });
    expect(await windowNow(await stead.ctx())).toBeNull();
    // The mover was told when, and does it.
    await runDurableObjectAlarm(env.MOVER.getByName("mover"));
    const [row] = await rows<{ closed_at: number; closes_at: number }>("SELECT * FROM arrival_windows");
    expect(row!.closed_at).toBe(row!.closes_at);
    expect((await actor())["manuallyApprovesFollowers"]).toBe(true);
    expect(await open(await stead.ctx(), 2, "everybody")).toBeNull();
    expect(await rows("SELECT arrived_before FROM arrival_windows ORDER BY opened_at")).toEqual([
      { arrived_before: 0 },
      { arrived_before: 1 },
    ]);
  });

  it("judges mail by when it came, not by when its sender could be asked", async () => {
    const slow = await stead.peer("slow", "slow.test");
    expect(await open(await stead.ctx(), days, "everybody")).toBeNull();
    expect((await stead.deliver(slow, slow.activity("Follow", { object: ACTOR }))).status).toBe(202);
    // So that the two do not fall into one millisecond.
    await new Promise((resolve) => setTimeout(resolve, 5));
    expect(await close(await stead.ctx())).toBe(true);
    await stead.settle();
    expect(await stead.followers()).toEqual([slow.id]);
  });

  it("changes the one that is open instead of opening a second, and tells servers of what changed", async () => {
    const friend = await follows("friend");
    await setLocked(false);
    await stead.deliver(friend, friend.activity("Follow", { object: ACTOR }));
    await setLocked(true);
    const ctx = await stead.ctx();
    expect(await open(ctx, days, "everybody")).toBeNull();
    expect(await open(ctx, 30, "everybody")).toBeNull();
    for (const wrong of [0, 31, 1.5, Number.NaN])
      expect(await open(ctx, wrong, "everybody")).toContain("1 to 30");
    const windows = await rows<{ opened_at: number; closes_at: number }>("SELECT * FROM arrival_windows");
    expect(windows).toHaveLength(1);
    expect(windows[0]!.closes_at - windows[0]!.opened_at).toBeGreaterThan(29 * DAY);
    await stead.settle();
    const said = friend.received("Update").map(({ object }) => (object as Doc)["manuallyApprovesFollowers"]);
    expect(said.at(-1)).toBe(false);
  });
});
