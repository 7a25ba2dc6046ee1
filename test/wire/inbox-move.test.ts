/** Move (FEP-7628) of somebody the owner follows: believed when both accounts say so, and when the target has not moved on. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";

import { followHandle } from "../../worker/owner/follow.ts";
import { ACTOR, Stead } from "../fediverse/stead.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { member, thatSend } from "../fediverse/shapes/cast.ts";
import { mastodon } from "../fediverse/shapes/mastodon.ts";
import { rows } from "../fediverse/rows.ts";

let stead: Stead;
let hosts = 0;
beforeAll(async () => {
  stead = await Stead.claimed();
});

async function follow(peer: FakePeer): Promise<void> {
  await followHandle(await stead.ctx(), peer.id);
  await stead.settle();
  await stead.deliver(peer, peer.activity("Accept", { object: peer.received("Follow")[0] }));
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
    ["lacks the alias", {}],
    ["has an empty list of them", { alsoKnownAs: [] }],
    ["names the profile page instead of the id", () => ({ alsoKnownAs: [`${old.host.origin}/@old`] })],
    ["spells the id in other cases", () => ({ alsoKnownAs: [old.id.replace("users", "Users")] })],
    ["has moved on itself", () => ({ alsoKnownAs: [old.id], movedTo: "https://third.test/users/x" })],
    ["says that it is somebody else", () => ({ id: `${old.host.origin}/users/x`, alsoKnownAs: [old.id] })],
  ])("is not believed when the target %s", async (_, fields) => {
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

  it("is not believed to itself, to nobody, to us, or to what does not exist", async () => {
    for (const target of [old.id, undefined, ACTOR, `${old.host.origin}/users/nobody`]) {
      expect(await move(target)).toBe(202);
    }
    expect(await following(old)).toEqual(["accepted"]);
    expect(await rows("SELECT moved_to FROM peers WHERE iri = ?", old.id)).toEqual([{ moved_to: null }]);
  });

  it("of one account is not believed from another: neither a third, nor the new one (FEP-7628 pull), nor Pixelfed's swapped one", async () => {
    const target = await peerWith("new", { alsoKnownAs: [old.id] });
    const mallory = await stead.peer("mallory", old.host.name);
    await follow(mallory);
    expect(await move(target.id, {}, mallory)).toBe(202);
    expect(await move(target.id, { actor: target.id }, target)).toBe(202);
    const swapped = old.activity("Move", {
      id: `${target.id}#moves/1`,
      actor: target.id,
      object: target.id,
      target: old.id,
    });
    expect((await stead.deliver(old, swapped)).status).toBe(401);
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
});
