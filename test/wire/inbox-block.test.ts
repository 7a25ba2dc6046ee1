/** ActivityPub §7 (Block as Mastodon federates it) and Flag: what peers hold against the owner. */
import { beforeAll, describe, expect, it } from "vitest";

import { followHandle } from "../../worker/owner/follow.ts";
import { ACTOR, ORIGIN, Stead } from "../fediverse/stead.ts";
import { member, ours, thatSend } from "../fediverse/shapes/cast.ts";
import { rows } from "../fediverse/rows.ts";

let stead: Stead;
beforeAll(async () => {
  stead = await Stead.claimed();
});

const standing = async (iri: string) => {
  const [row] = await rows(
    `SELECT follower IS NOT NULL AS follower, blocks_us_at IS NOT NULL AS blocksUs,
       (SELECT state FROM following WHERE peer = peers.id) AS following FROM peers WHERE iri = ?`,
    iri,
  );
  return row;
};

describe("a Block as each software sends it", () => {
  it.each(thatSend("block", "undoBlock", "follow"))(
    "%s: ends both follows, and its Undo brings none back",
    async (_, software) => {
      const { peer, me, send } = await member(stead, software);
      await send(software.follow(me, ACTOR));
      await stead.settle();
      await followHandle(await stead.ctx(), me.id);
      await stead.settle();
      await send(software.accept(me, peer.received("Follow")[0]!));
      expect(await standing(me.id)).toEqual({ follower: 1, blocksUs: 0, following: "accepted" });

      const block = software.block(me, ACTOR);
      expect((await send(block)).status).toBe(202);
      expect(await standing(me.id)).toEqual({ follower: 0, blocksUs: 1, following: null });
      expect((await send(software.undoBlock(me, block))).status).toBe(202);
      expect(await standing(me.id)).toEqual({ follower: 0, blocksUs: 0, following: null });
    },
  );

  it("of somebody else is nothing to us", async () => {
    const bob = await stead.peer("bob", "b.test");
    await stead.followedBy(bob);
    await stead.deliver(bob, bob.activity("Block", { object: "https://me.test/another" }));
    expect(await standing(bob.id)).toMatchObject({ follower: 1, blocksUs: 0 });
  });
});

describe("a Flag as each software sends it", () => {
  it.each(thatSend("flag"))("%s: is kept for the owner to read", async (_, software) => {
    const post = await stead.publishes("Hello");
    const { me, send } = await member(stead, software, "bob");
    expect((await send(software.flag(me, ours(post), "Please look at this."))).status).toBe(202);
    await stead.settle();
    const [report] = await rows<{ text: string; objects: string }>(
      "SELECT text, objects FROM reports WHERE peer = (SELECT id FROM peers WHERE iri = ?)",
      me.id,
    );
    expect(report!.text).toBe("Please look at this.");
    const objects = JSON.parse(report!.objects) as string[];
    expect(objects.length).toBeGreaterThan(0);
    expect([ACTOR, `${ORIGIN}/posts/${post}`]).toEqual(expect.arrayContaining(objects));
  });

  it("is taken from a server's own actor, which has no name (Mastodon, GoToSocial)", async () => {
    const instance = await stead.peer("mastodon.test", "instance.test", "/actor");
    const { name: _, outbox: _o, ...document } = instance.document;
    instance.document = { ...document, type: "Application", manuallyApprovesFollowers: true };
    instance.publishDocument();
    const flag = instance.activity("Flag", {
      object: [ACTOR, "https://x.test/1"],
      content: "spam",
      to: ACTOR,
    });
    await stead.deliver(instance, flag);
    await stead.settle();
    expect(await rows("SELECT objects FROM reports WHERE text = 'spam'")).toEqual([
      { objects: `["${ACTOR}"]` },
    ]);
  });

  it("about others is nothing to us", async () => {
    const bob = await stead.peer("bob", "b.test");
    const before = await rows("SELECT * FROM reports");
    await stead.deliver(bob, bob.activity("Flag", { object: ["https://x.test/1"], content: "spam" }));
    expect(await rows("SELECT * FROM reports")).toEqual(before);
  });
});
