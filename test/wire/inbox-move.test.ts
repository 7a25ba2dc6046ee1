/** Move (FEP-7628) of somebody the owner follows: believed when both accounts say so, and when the target has not moved on. */
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { HOUR } from "../../worker/kernel/clock.ts";
import { followHandle } from "../../worker/owner/follow.ts";
import { ACTOR, env, Stead } from "../fediverse/stead.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { MOVES, pulled, swapped } from "../fediverse/moves.ts";
import { member, thatSend } from "../fediverse/shapes/cast.ts";
import { mastodon } from "../fediverse/shapes/mastodon.ts";
import { rows } from "../fediverse/rows.ts";

let stead: Stead;
let hosts = 0;
beforeAll(async () => {
  stead = await Stead.claimed();
});

afterEach(() => void vi.useRealTimers());

async function follow(peer: FakePeer): Promise<void> {
  await followHandle(await stead.ctx(), peer.id);
  await stead.settle();
  await accept(peer);
}

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

/** Whom the owner follows, of these, and how. */
const following = async (...peers: { id: string }[]) => {
  const states = await rows<{ iri: string; state: string }>(
    "SELECT iri, state FROM following JOIN peers ON peers.id = following.peer",
  );
  return peers.map(({ id }) => states.find((row) => row.iri === id)?.state ?? null);
};

describe("a Move as each software sends it", () => {
  it.each(thatSend("move"))(
    "%s: the owner goes along, and leaves the old account when the new one accepts",
    async (_, software) => {
      const { peer: old, me, send } = await member(stead, software);
      await follow(old);
      const target = await peerWith("new", { alsoKnownAs: [me.id] });
      expect((await send(software.move(me, target.id))).status).toBe(202);
      await stead.settle();
      expect(await following(old, target)).toEqual(["accepted", "requested"]);
      expect(target.received("Follow")).toMatchObject([{ actor: ACTOR, object: target.id }]);
      expect(await rows("SELECT moved_to FROM peers WHERE iri = ?", me.id)).toEqual([
        { moved_to: target.id },
      ]);

      await stead.deliver(target, target.activity("Accept", { object: target.received("Follow")[0] }));
      await stead.settle();
      expect(await following(old, target)).toEqual([null, "accepted"]);
      expect(old.received("Undo")).toMatchObject([{ object: { type: "Follow", object: me.id } }]);
    },
  );
});

describe("vectors 1 to 8", () => {
  it.each(MOVES.map((vector) => [vector.name, vector] as const))(
    "%s: the new account is asked, and the old one left with its Accept",
    async (_, { host, path, move, before }) => {
      const old = await stead.peer("alice", host, path);
      await follow(old);
      const target = await peerWith("new", { alsoKnownAs: ["https://first.test/1", old.id] });
      if (before) {
        const update = before(old.id, target.id, old.document);
        old.document = update["object"] as Doc;
        old.publishDocument();
        await stead.deliver(old, update);
        await stead.settle();
      }
      const activity = move(old.id, target.id);
      expect((await stead.deliver(old, activity)).status).toBe(202);
      await stead.settle();
      expect(await following(old, target)).toEqual(["accepted", "requested"]);
      expect((await stead.deliver(old, activity)).status).toBe(202);
      await accept(target);
      expect(await following(old, target)).toEqual([null, "accepted"]);
      expect(target.received("Follow")).toHaveLength(1);
      expect(old.received("Undo")).toMatchObject([{ object: { type: "Follow", object: old.id } }]);
    },
  );
});

describe("a Move", () => {
  let old: FakePeer;
  beforeEach(async () => {
    old = await peerWith("old");
    await follow(old);
  });
  const move = async (target: unknown, fields: Doc = {}, from = old) => {
    const answer = await stead.deliver(from, from.activity("Move", { object: old.id, target, ...fields }));
    await stead.settle();
    return answer.status;
  };

  it("with the actors embedded is believed as well (Ghost)", async () => {
    const target = await peerWith("new", { alsoKnownAs: [old.id] });
    const { "@context": _, ...person } = old.document;
    const fields = { actor: person, object: person };
    expect(await move({ id: target.id, type: "Person" }, fields)).toBe(202);
    expect(await following(old, target)).toEqual(["accepted", "requested"]);
  });

  it("is believed without movedTo on the old account (snac), and when the one alias is no list (Fedify)", async () => {
    const target = await peerWith("new", { alsoKnownAs: old.id });
    await move(target.id);
    expect(await following(target)).toEqual(["requested"]);
  });

  it("asks the target anew, though it is known already: the alias may be a minute old", async () => {
    const target = await peerWith("new");
    await stead.followedBy(target);
    target.document = { ...target.document, alsoKnownAs: ["https://x.test/1", old.id] };
    target.publishDocument();
    await move(target.id);
    expect(await following(target)).toEqual(["requested"]);
    expect(await stead.followers()).toContain(target.id);
  });

  it("follows the Update that says so and does not come from it (Misskey sends both)", async () => {
    const target = await peerWith("new", { alsoKnownAs: [old.id] });
    old.document = { ...old.document, movedTo: target.id };
    old.publishDocument();
    await stead.deliver(old, old.activity("Update", { object: old.document }));
    await stead.settle();
    expect(await following(old, target)).toEqual(["accepted", null]);
    await move(target.id);
    expect(await following(old, target)).toEqual(["accepted", "requested"]);
  });

  it.each<[string, Doc | (() => Doc)]>([
    ["has moved back to the old one", () => ({ alsoKnownAs: [old.id], movedTo: old.id })],
    ["names something longer than the id", () => ({ alsoKnownAs: `${old.id}2` })],
    ["lacks the alias", {}],
    ["has an empty list of them", { alsoKnownAs: [] }],
    ["names the profile page instead of the id", () => ({ alsoKnownAs: [`${old.host.origin}/@old`] })],
    ["spells the id in other cases", () => ({ alsoKnownAs: [old.id.replace("users", "Users")] })],
    ["has moved on itself", () => ({ alsoKnownAs: [old.id], movedTo: "https://third.test/users/x" })],
    ["says that it is somebody else", () => ({ id: `${old.host.origin}/users/x`, alsoKnownAs: [old.id] })],
  ])("vector 10: is not believed when the target %s", async (_, fields) => {
    const target = await peerWith("new");
    const path = new URL(target.id).pathname;
    target.host.documents.set(path, {
      ...target.document,
      ...(typeof fields === "function" ? fields() : fields),
    });
    expect(await move(target.id)).toBe(202);
    expect(await following(old, target)).toEqual(["accepted", null]);
    expect(target.received("Follow")).toEqual([]);
  });

  it("vector 10: is not believed to itself, to nobody, to us, or to what does not exist", async () => {
    for (const target of [old.id, undefined, ACTOR, `${old.host.origin}/users/nobody`]) {
      expect(await move(target)).toBe(202);
    }
    expect(await following(old)).toEqual(["accepted"]);
    expect(await rows("SELECT moved_to FROM peers WHERE iri = ?", old.id)).toEqual([{ moved_to: null }]);
  });

  it("vector 5b, Pixelfed 0.11.13's, where the new account speaks and the old one signs, is refused", async () => {
    const target = await peerWith("new", { alsoKnownAs: [old.id] });
    expect((await stead.deliver(old, swapped(old.id, target.id))).status).toBe(401);
    await stead.settle();
    expect(await following(old, target)).toEqual(["accepted", null]);
  });

  it("vector 9, FEP-7628's pull by the new account, is not believed, followed or not", async () => {
    const target = await peerWith("new", { alsoKnownAs: [old.id] });
    expect((await stead.deliver(target, pulled(old.id, target.id))).status).toBe(202);
    await follow(target);
    stead.world.take();
    expect((await stead.deliver(target, pulled(old.id, target.id))).status).toBe(202);
    await stead.settle();
    expect(await following(old, target)).toEqual(["accepted", "accepted"]);
    expect(stead.world.take()).toEqual([]);
  });

  it("vector 10: by a third party, though its neighbour and followed as well, is not believed", async () => {
    const target = await peerWith("new", { alsoKnownAs: [old.id] });
    const mallory = await stead.peer("mallory", old.host.name);
    await follow(mallory);
    expect(await move(target.id, {}, mallory)).toBe(202);
    expect(
      (await stead.deliver(mallory, old.activity("Move", { object: old.id, target: target.id }))).status,
    ).toBe(401);
    await stead.settle();
    expect(await following(old, target)).toEqual(["accepted", null]);
  });

  it("of an account the owner does not follow costs nothing", async () => {
    const { me, send } = await member(stead, mastodon, "stranger");
    stead.world.take();
    expect((await send(mastodon.move!(me, "https://x.test/1"))).status).toBe(202);
    expect(stead.world.requests).toEqual([]);
  });

  it("that failed a check may come again as soon as the alias is there", async () => {
    const target = await peerWith("new");
    await move(target.id);
    expect(await following(target)).toEqual([null]);
    target.document = { ...target.document, alsoKnownAs: [old.id] };
    target.publishDocument();
    await move(target.id);
    expect(await following(target)).toEqual(["requested"]);
  });

  it("is believed once in seven days: the next one waits", async () => {
    const [first, second] = [
      await peerWith("new", { alsoKnownAs: [old.id] }),
      await peerWith("newer", { alsoKnownAs: [old.id] }),
    ];
    await move(first.id);
    await move(second.id);
    expect(await following(first, second)).toEqual(["requested", null]);
    expect(first.received("Follow")).toHaveLength(1);
  });

  it("to an account the owner follows already ends the old Follow", async () => {
    const target = await peerWith("new", { alsoKnownAs: [old.id] });
    await follow(target);
    await move(target.id);
    expect(await following(old, target)).toEqual([null, "accepted"]);
    expect(old.received("Undo")).toHaveLength(1);
    expect(target.received("Follow")).toHaveLength(1);
  });

  it("to an account that was asked already leaves the old one with its Accept, and asks only once", async () => {
    const target = await peerWith("new", { alsoKnownAs: [old.id] });
    await followHandle(await stead.ctx(), target.id);
    await stead.settle();
    await move(target.id);
    expect(await following(old, target)).toEqual(["accepted", "requested"]);
    await stead.deliver(target, target.activity("Accept", { object: target.received("Follow")[0] }));
    await stead.settle();
    expect(await following(old, target)).toEqual([null, "accepted"]);
    expect(target.received("Follow")).toHaveLength(1);
  });

  it("to an account, or on a server, that the owner blocks is not gone along with, and the server is not asked", async () => {
    const target = await peerWith("new", { alsoKnownAs: [old.id] });
    await stead.followedBy(target);
    await env.DB.prepare("UPDATE peers SET blocked_at = 1 WHERE iri = ?").bind(target.id).run();
    await move(target.id);
    const stranger = await peerWith("stranger", { alsoKnownAs: [old.id] });
    await env.DB.prepare("INSERT INTO blocked_hosts VALUES (?, 1)").bind(stranger.host.name).run();
    stead.world.take();
    await move(stranger.id);
    expect(stead.world.take()).toEqual([]);
    expect(await following(old, target, stranger)).toEqual(["accepted", null, null]);
  });

  it("to an account that blocks the owner asks nothing of it", async () => {
    const target = await peerWith("new", { alsoKnownAs: [old.id] });
    await stead.deliver(target, target.activity("Block", { object: ACTOR }));
    await stead.settle();
    await move(target.id);
    expect(await following(old, target)).toEqual(["accepted", null]);
  });

  it("whose target's server is down is taken up again when it is back", async () => {
    const target = await peerWith("new", { alsoKnownAs: [old.id] });
    target.host.get = () => new Response(null, { status: 503 });
    await move(target.id);
    expect(await following(old, target)).toEqual(["accepted", null]);
    target.host.get = () => null;
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + HOUR });
    await stead.settle();
    expect(await following(old, target)).toEqual(["accepted", "requested"]);
  });
});
