/** Moves that meet: two to one account, one after another, there and back; and Moves of those whom the owner blocks. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";

import { blockPeer } from "../../worker/owner/follow.ts";
import { findPeer } from "../../worker/store/peers.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, Stead } from "../fediverse/stead.ts";
import { ownerFollows } from "../hostile/cast.ts";

let stead: Stead;
let hosts = 0;
beforeAll(async () => {
  stead = await Stead.claimed();
});

const follow = (peer: FakePeer) => ownerFollows(stead, peer);

async function accept(peer: FakePeer): Promise<void> {
  await stead.deliver(peer, peer.activity("Accept", { object: peer.received("Follow")[0] }));
  await stead.settle();
}

/** A peer on a host of its own, that says these things of itself. */
async function peerWith(name: string, fields: Doc = {}): Promise<FakePeer> {
  const peer = await stead.peer(name, `${name}${++hosts}.test`);
  peer.document = { ...peer.document, ...fields };
  peer.publishDocument();
  return peer;
}

/** How the owner follows these, in their order. */
const following = async (...peers: { id: string }[]) => {
  const states = await rows<{ iri: string; state: string }>(
    "SELECT iri, state FROM following JOIN peers ON peers.id = following.peer",
  );
  return peers.map(({ id }) => states.find((row) => row.iri === id)?.state ?? null);
};

describe("more than one Move", () => {
  it("of two accounts to one: both are left with its Accept", async () => {
    const [one, two] = [await peerWith("one"), await peerWith("two")];
    await follow(one);
    await follow(two);
    const target = await peerWith("both", { alsoKnownAs: [one.id, two.id] });
    for (const peer of [one, two])
      await stead.deliver(peer, peer.activity("Move", { object: peer.id, target: target.id }));
    await stead.settle();
    expect(await following(one, two, target)).toEqual(["accepted", "accepted", "requested"]);
    await accept(target);
    expect(await following(one, two, target)).toEqual([null, null, "accepted"]);
    expect([one, two].map((peer) => peer.received("Undo").length)).toEqual([1, 1]);
  });

  it("in a row, faster than anybody accepts: the first is followed until the last accepts", async () => {
    const chain = [await peerWith("first")];
    await follow(chain[0]!);
    for (let n = 0; n < 11; n++) {
      const from = chain.at(-1)!;
      const to = await peerWith("next", { alsoKnownAs: [from.id] });
      await stead.deliver(from, from.activity("Move", { object: from.id, target: to.id }));
      await stead.settle();
      chain.push(to);
    }
    const states = await following(...chain);
    expect(states).toEqual(["accepted", ...Array.from({ length: 11 }, () => "requested")]);
    await accept(chain.at(-1)!);
    expect(await following(...chain)).toEqual([...Array.from({ length: 11 }, () => null), "accepted"]);
    expect(chain.map((peer) => peer.received("Undo").length)).toEqual([
      ...Array.from({ length: 11 }, () => 1),
      0,
    ]);
  });

  it("there and back again: each is believed once, and one of the two is followed", async () => {
    const [here, there] = [await peerWith("here"), await peerWith("there")];
    for (const [peer, other] of [
      [here, there],
      [there, here],
    ] as const) {
      peer.document = { ...peer.document, alsoKnownAs: [other.id] };
      peer.publishDocument();
    }
    await follow(here);
    const go = async (from: FakePeer, to: FakePeer) => {
      await stead.deliver(from, from.activity("Move", { object: from.id, target: to.id }));
      await stead.settle();
      const asked = to.received("Follow").at(-1);
      if (asked) await stead.deliver(to, to.activity("Accept", { object: asked }));
      await stead.settle();
      return following(here, there);
    };
    expect(await go(here, there)).toEqual([null, "accepted"]);
    expect(await go(there, here)).toEqual(["accepted", null]);
    expect(await rows("SELECT moved_to FROM peers WHERE iri = ?", here.id)).toEqual([{ moved_to: null }]);
    expect(await go(here, there)).toEqual(["accepted", null]);
    expect(await go(there, here)).toEqual(["accepted", null]);
    expect([here, there].map((peer) => peer.received("Follow").length)).toEqual([2, 1]);
  });
});

describe("a Move of somebody the owner blocks", () => {
  const block = async (peer: FakePeer) => {
    await stead.followedBy(peer);
    const ctx = await stead.ctx();
    await blockPeer(ctx, (await findPeer(ctx.db, peer.id))!.id);
    await stead.settle();
  };
  const blocked = (peer: FakePeer) =>
    rows<{ blocked: number }>("SELECT blocked_at IS NOT NULL AS blocked FROM peers WHERE iri = ?", peer.id);
  let old: FakePeer;
  let target: FakePeer;
  beforeEach(async () => {
    old = await peerWith("pest");
    target = await peerWith("newpest", { alsoKnownAs: [old.id] });
    await block(old);
  });
  const move = async () => {
    const answer = await stead.deliver(old, old.activity("Move", { object: old.id, target: target.id }));
    await stead.settle();
    return answer.status;
  };

  it("takes the block along, ends what the new account was to us, and follows nobody", async () => {
    await stead.followedBy(target);
    expect(await move()).toBe(202);
    expect(await blocked(target)).toEqual([{ blocked: 1 }]);
    expect(await stead.followers()).not.toContain(target.id);
    expect(target.received("Reject")).toHaveLength(1);
    expect(target.received("Follow")).toEqual([]);
    expect((await stead.deliver(target, target.activity("Follow", { object: ACTOR }))).status).toBe(403);
  });

  it("takes it to nobody who does not agree: one look, and then none for 7 days", async () => {
    target.document = { ...target.document, alsoKnownAs: [] };
    target.publishDocument();
    await move();
    stead.world.take();
    await move();
    expect(stead.world.take()).toEqual([]);
    expect(await blocked(target)).toEqual([]);
  });

  it("takes it not to an account that the owner follows, as with Mastodon", async () => {
    await follow(target);
    await move();
    expect(await blocked(target)).toEqual([{ blocked: 0 }]);
    expect(await following(target)).toEqual(["accepted"]);
  });
});
