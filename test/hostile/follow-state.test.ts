/** Group E: who follows whom, against those who say so out of turn, too late, twice, or for somebody else. */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { acceptRequest, blockPeer, followHandle } from "../../worker/owner/follow.ts";
import { findPeer } from "../../worker/store/peers.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { ACTOR, env, ORIGIN, Stead } from "../fediverse/stead.ts";
import { ownerFollows } from "./cast.ts";
import { cavage } from "./forge.ts";
import { refused, stillServes } from "./refused.ts";

let stead: Stead;
let alice: FakePeer;
let eve: FakePeer;
let number = 0;
beforeAll(async () => {
  stead = await Stead.claimed();
});
/** A new cast for each row, on servers of their own. */
beforeEach(async () => {
  alice = await stead.peer("alice", `a${++number}.test`);
  eve = await stead.peer("eve", `evil${number}.test`);
});

const followOf = (peer: FakePeer, fields: Doc = {}) => peer.activity("Follow", { object: ACTOR, ...fields });
const undoOf = (peer: FakePeer, object: unknown) => peer.activity("Undo", { object });
const following = async (peer: FakePeer) =>
  env.DB.prepare("SELECT state FROM following JOIN peers ON peers.id = peer WHERE iri = ?")
    .bind(peer.id)
    .first("state");
const follows = async (peer: FakePeer) => (await stead.followers()).filter((iri) => iri === peer.id).length;

async function send(peer: FakePeer, ...activities: Doc[]): Promise<void> {
  for (const activity of activities) expect((await stead.deliver(peer, activity)).status).toBe(202);
  await stead.settle();
}

describe("a locked account", () => {
  const lock = (locked: number) => env.DB.prepare("UPDATE owner SET locked = ?").bind(locked).run();
  beforeEach(async () => void (await lock(1)));
  afterEach(async () => void (await lock(0)));

  it("E1: keeps a Follow as a request: no Accept, no follower, no followers-only post", async () => {
    await send(alice, followOf(alice));
    await stead.publishes("for friends", { visibility: "followers" });
    expect(await follows(alice)).toBe(0);
    expect(alice.host.arrived).toEqual([]);
    const requests = await env.DB.prepare("SELECT count(*) AS n FROM follow_requests").first("n");
    expect(requests).toBe(1);
  });

  it("E9: of two requests the newest id is the one that the Accept names", async () => {
    const newest = followOf(alice);
    await send(alice, followOf(alice), newest);
    const ctx = await stead.ctx();
    expect(await acceptRequest(ctx, (await findPeer(ctx.db, alice.id))!.id)).toBe(true);
    await stead.settle();
    expect(alice.received("Accept")).toMatchObject([{ object: { id: newest["id"] } }]);
  });

  it("forgets a request that was undone, also when the owner accepts it afterwards", async () => {
    const follow = followOf(alice);
    await send(alice, follow, undoOf(alice, follow));
    const ctx = await stead.ctx();
    expect(await acceptRequest(ctx, (await findPeer(ctx.db, alice.id))!.id)).toBe(false);
    expect(await follows(alice)).toBe(0);
  });
});

describe("answers to a Follow of the owner's", () => {
  const asks = async (peer: FakePeer) => {
    await followHandle(await stead.ctx(), `@${peer.name}@${peer.host.name}`);
    await stead.settle();
    return peer.received("Follow")[0]!;
  };

  it("E2: an Accept from somebody who was never asked is nothing, 50 times over as well", async () => {
    const accept = () => eve.activity("Accept", { object: { type: "Follow", actor: ACTOR, object: eve.id } });
    for (const activity of [accept(), eve.activity("Accept", { object: `${ORIGIN}/follows/1` })])
      await refused(stead, await cavage(eve, activity), 202);
    const many = Array.from({ length: 50 }, () => stead.deliver(eve, accept()));
    expect(new Set((await Promise.all(many)).map(({ status }) => status))).toEqual(new Set([202]));
    expect(await following(eve)).toBeNull();
  });

  it.each(["Accept", "Reject"])("E2: an %s by eve of what alice was asked is nothing", async (type) => {
    const follow = await asks(alice);
    await stead.followedBy(eve);
    for (const object of [follow, follow["id"]])
      await refused(stead, await cavage(eve, eve.activity(type, { object })), 202);
  });

  it.each<[string, (follow: Doc) => unknown]>([
    ["E3: another object", (follow) => ({ ...follow, object: eve.id })],
    ["another actor", (follow) => ({ ...follow, actor: eve.id })],
    ["another id and nobody in it", () => ({ id: `${ORIGIN}/follows/9`, type: "Follow" })],
    ["another id alone", () => `${ORIGIN}/follows/9`],
  ])("an Accept of a Follow with %s than was asked is ignored", async (_, change) => {
    const follow = await asks(alice);
    await refused(stead, await cavage(alice, alice.activity("Accept", { object: change(follow) })), 202, {
      outbound: 1,
    });
    expect(await following(alice)).toBe("requested");
  });

  it("E4: a Reject after the Accept ends the following, and an Accept after that does not begin it again", async () => {
    await ownerFollows(stead, alice);
    const [follow] = alice.received("Follow");
    await send(alice, alice.activity("Reject", { object: follow }));
    expect(await following(alice)).toBeNull();
    await send(alice, alice.activity("Accept", { object: follow }));
    expect(await following(alice)).toBeNull();
  });
});

describe("Follow and Undo", () => {
  it("E5: an Undo before its Follow is remembered, so the late Follow makes no follower", async () => {
    const follow = followOf(alice);
    await send(alice, undoOf(alice, follow));
    await refused(stead, await cavage(alice, follow), 202, { outbound: 1 });
    expect(await follows(alice)).toBe(0);
    await send(alice, followOf(alice));
    expect(await follows(alice)).toBe(1);
  });

  it("E5: over both paths in the order of receipt: what came first to the mailroom undoes nothing that came later", async () => {
    await stead.followedBy(alice);
    alice.host.get = () => new Response(null, { status: 503 });
    const late = followOf(alice);
    await send(alice, undoOf(alice, followOf(alice)), late);
    alice.host.get = () => null;
    expect(await follows(alice)).toBe(1);
    expect(alice.received("Accept").at(-1)).toMatchObject({ object: { id: late["id"] } });
  });

  it("E9: two Follows with different ids are one follower, and the newest id is accepted", async () => {
    const [first, second] = [followOf(alice), followOf(alice)];
    await send(alice, first);
    await send(alice, second);
    expect(await follows(alice)).toBe(1);
    expect(alice.received("Accept").map((accept) => (accept["object"] as Doc)["id"])).toEqual([
      first["id"],
      second["id"],
    ]);
    await send(alice, undoOf(alice, first));
    expect(await follows(alice)).toBe(1);
  });

  it.each([
    ["somebody else", "https://a.test/users/alice"],
    ["one of our posts", `${ORIGIN}/posts/1`],
    ["our follower list", `${ACTOR}/followers`],
    ["us in capital letters", ACTOR.replace("me.test", "ME.TEST")],
    ["us with a fragment", `${ACTOR}#main-key`],
    ["us with a query", `${ACTOR}?x`],
    ["our actor over http", ACTOR.replace("https", "http")],
  ])("E10: a Follow of %s makes no follower, and costs no look at the sender", async (_, object) => {
    await refused(stead, await cavage(eve, followOf(eve, { object })), 202);
  });

  it("E11: an account that deletes itself follows no more, and nothing leaves", async () => {
    await stead.followedBy(alice);
    stead.world.take();
    await send(alice, alice.activity("Delete", { object: alice.id }));
    expect(await follows(alice)).toBe(0);
    expect(stead.world.take()).toEqual([]);
  });

  it("E12: a new inbox is used after it was read at its origin, whatever the Update says", async () => {
    await stead.followedBy(alice);
    const embedded = { ...alice.document, endpoints: {}, inbox: `${alice.host.origin}/stolen` };
    alice.document = { ...alice.document, endpoints: {}, inbox: `${alice.host.origin}/moved` };
    alice.publishDocument();
    await send(alice, alice.activity("Update", { object: embedded }));
    alice.host.arrived.length = 0;
    await stead.publishes("where to");
    expect(alice.host.arrived.map(({ path }) => path)).toEqual(["/moved"]);
  });

  it.each<[string, (follow: Doc) => unknown]>([
    ["embedded", (follow) => follow],
    ["by its id", (follow) => follow["id"]],
    ["as if it were eve's", (follow) => ({ ...follow, actor: eve.id })],
    ["without an actor", (follow) => ({ id: follow["id"], type: "Follow", object: ACTOR })],
  ])("an Undo by eve of alice's Follow, %s, neither ends it nor keeps it from coming", async (_, object) => {
    const bea = await stead.peer("bea", `b${number}.test`);
    const [present, future] = [followOf(alice), followOf(bea)];
    await stead.followedBy(eve);
    await send(alice, present);
    await send(eve, undoOf(eve, object(present)), followOf(eve), undoOf(eve, object(future)));
    await send(bea, future);
    expect(await stead.followers()).toEqual(expect.arrayContaining([alice.id, bea.id]));
  });
});

describe("a blocked account", () => {
  const block = async (peer: FakePeer) => {
    const ctx = await stead.ctx();
    await blockPeer(ctx, (await findPeer(ctx.db, peer.id))!.id);
    await stead.settle();
  };

  it("is 403, and is no follower any more", async () => {
    await stead.followedBy(eve);
    await block(eve);
    expect(await follows(eve)).toBe(0);
    await refused(stead, await cavage(eve, followOf(eve)), 403);
  });

  it("does not come back by deleting itself first", async () => {
    await stead.followedBy(eve);
    await block(eve);
    await send(eve, eve.activity("Delete", { object: eve.id }));
    await refused(stead, await cavage(eve, followOf(eve)), 403);
  });

  it("nor does its whole server, when that is blocked: by any name in it", async () => {
    await env.DB.prepare("INSERT INTO blocked_hosts VALUES (?, 1)").bind(eve.host.name).run();
    await refused(stead, await cavage(eve, followOf(eve)), 403);
    const loud = followOf(eve, { actor: eve.id.replace("evil", "EVIL") });
    await refused(stead, await cavage(eve, loud), 403);
  });
});

describe("a Move of somebody the owner follows", () => {
  const to = (target: unknown, fields: Doc = {}) =>
    alice.activity("Move", { object: alice.id, target, ...fields });
  beforeEach(() => ownerFollows(stead, alice));

  it.each<[string, (eveId: string) => Doc]>([
    ["E13: to an account that does not name the old one", (id) => to(id)],
    ["to itself", () => to(alice.id)],
    ["to us", () => to(ACTOR)],
    ["to nobody", () => to(undefined)],
    ["to two", (id) => to([id, id])],
    ["to a private address", () => to("https://10.0.0.1/users/x")],
    ["of somebody else", (id) => to(id, { object: id })],
    ["of the owner", (id) => to(id, { object: ACTOR })],
  ])("%s: nothing", async (_, move) => {
    await refused(stead, await cavage(alice, move(eve.id)), 202, { outbound: 1 });
  });

  it.each<[string, Doc]>([
    ["has moved on itself", { movedTo: "https://a.test/users/alice" }],
    ["has another id", { id: "https://other.test/users/other" }],
    ["has no inbox", { inbox: undefined }],
  ])("to an account that %s: nothing", async (_, change) => {
    const document = { ...eve.document, alsoKnownAs: [alice.id], ...change };
    stead.host("other.test");
    eve.host.documents.set("/users/eve", document);
    await refused(stead, await cavage(alice, to(eve.id)), 202, { outbound: 2 });
  });

  it("by somebody the owner does not follow: nothing, and no look at anybody", async () => {
    const move = eve.activity("Move", { object: alice.id, target: eve.id });
    await refused(stead, await cavage(eve, move), 202);
  });

  it("in a circle: followed once", async () => {
    for (const [one, other] of [
      [alice, eve],
      [eve, alice],
    ] as const) {
      one.document = { ...one.document, alsoKnownAs: [other.id] };
      one.publishDocument();
    }
    await send(alice, to(eve.id), to(eve.id), to(eve.id));
    await send(eve, eve.activity("Move", { object: eve.id, target: alice.id }));
    expect(eve.received("Follow")).toHaveLength(1);
    expect(alice.received("Follow")).toHaveLength(1);
    await stillServes(stead);
  });
});

describe("two actors with one number", () => {
  it("do not become one another: a full row of numbers refuses the newcomer and harms nobody", async () => {
    await stead.followedBy(alice);
    const { id } = (await findPeer((await stead.ctx()).db, alice.id))!;
    const { hash52 } = await import("../../worker/kernel/hash52.ts");
    const bea = await stead.peer("bea", "b.test");
    const from = hash52(bea.id);
    // All numbers that bea could have are taken, and the next one beyond them is alice's.
    const copy = (to: number, iri: string) =>
      env.DB.prepare(
        "INSERT INTO peers (id, iri, inbox, keys, keys_fetched_at, fetched_at) VALUES (?, ?, 'https://x.test/', '[]', 0, 0)",
      ).bind(to, iri);
    await env.DB.batch(Array.from({ length: 8 }, (_, n) => copy(from + n, `https://x.test/${n}`)));
    await env.DB.batch([
      env.DB.prepare("UPDATE peers SET id = ? WHERE id = ?").bind(from + 8, id),
      env.DB.prepare("UPDATE followers SET peer = ? WHERE peer = ?").bind(from + 8, id),
    ]);
    await refused(stead, await cavage(bea, followOf(bea)), 202, { outbound: 1 });
    expect(await follows(alice)).toBe(1);
  });
});
