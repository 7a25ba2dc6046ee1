/** ActivityPub §7.10 and Undo (§7.13): likes and emoji reactions to the owner's posts. */
import { beforeAll, describe, expect, it } from "vitest";

import { ACTOR, ORIGIN, Stead } from "../fediverse/stead.ts";
import { member, ours, thatSend } from "../fediverse/shapes/cast.ts";
import { bare } from "../fediverse/shapes/software.ts";
import { rows } from "../fediverse/rows.ts";

let stead: Stead;
let post: number;
beforeAll(async () => {
  stead = await Stead.claimed();
  post = await stead.publishes("Hello");
});

const likes = (iri: string) =>
  rows(
    "SELECT post, kind, emoji FROM reactions WHERE peer = (SELECT id FROM peers WHERE iri = ?) ORDER BY kind",
    iri,
  );

describe("a like as each software sends it", () => {
  it.each(thatSend("like", "undoLike"))(
    "%s: is one row however often it comes, and its Undo takes it back",
    async (_, software) => {
      const { me, send } = await member(stead, software);
      const like = software.like(me, ours(post));
      expect((await send(like)).status).toBe(202);
      await stead.settle();
      expect((await send(like)).status).toBe(202);
      await send(software.like(me, ours(post)));
      expect(await likes(me.id)).toMatchObject([{ post, kind: "like" }]);

      expect((await send(software.undoLike(me, like))).status).toBe(202);
      expect(await likes(me.id)).toEqual([]);
      // The like was remembered as undone: a late copy of it does not count.
      await send(like);
      expect(await likes(me.id)).toEqual([]);
    },
  );

  it.each(thatSend("react"))("%s: a reaction keeps what it says", async (_, software) => {
    const { me, send } = await member(stead, software, "bob");
    expect((await send(software.react(me, ours(post), "👌"))).status).toBe(202);
    await stead.settle();
    expect(await likes(me.id)).toEqual([{ post, kind: "like", emoji: "👌" }]);
  });

  it("are counted, and nobody is named, in the post's likes", async () => {
    const collection = await stead.getJson(`/posts/${post}/likes`);
    expect(collection).toEqual({
      "@context": "https://www.w3.org/ns/activitystreams",
      id: `${ORIGIN}/posts/${post}/likes`,
      type: "Collection",
      totalItems: thatSend("react").length,
    });
  });
});

describe("an emoji reaction as each software sends it", () => {
  it.each(thatSend("react", "undoLike"))("%s: is taken back by its Undo", async (_, software) => {
    const { me, send } = await member(stead, software, "cora");
    const reaction = software.react(me, ours(post), ":blobcat:");
    await send(reaction);
    await stead.settle();
    expect(await likes(me.id)).toEqual([{ post, kind: "like", emoji: ":blobcat:" }]);
    expect((await send(software.undoLike(me, reaction))).status).toBe(202);
    expect(await likes(me.id)).toEqual([]);
  });
});

describe("a like", () => {
  it("whose Undo came first does not count", async () => {
    const carol = await stead.peer("carol", "c.test");
    const like = carol.activity("Like", { object: `${ORIGIN}/posts/${post}` });
    await stead.deliver(carol, carol.activity("Undo", { object: bare(like) }));
    await stead.deliver(carol, like);
    await stead.settle();
    expect(await likes(carol.id)).toEqual([]);
  });

  it("of the post with the post embedded counts", async () => {
    const dora = await stead.peer("dora", "d.test");
    const object = { id: `${ORIGIN}/posts/${post}`, type: "Note", attributedTo: ACTOR };
    await stead.deliver(dora, dora.activity("Like", { object }));
    await stead.settle();
    expect(await likes(dora.id)).toEqual([{ post, kind: "like", emoji: null }]);
  });

  it("is undone by whom it is from and by nobody else", async () => {
    const [erin, mallory] = [await stead.peer("erin", "e.test"), await stead.peer("mallory", "e.test")];
    const like = erin.activity("Like", { object: `${ORIGIN}/posts/${post}` });
    await stead.deliver(erin, like);
    await stead.settle();
    await stead.deliver(mallory, mallory.activity("Undo", { object: bare(like) }));
    await stead.deliver(mallory, mallory.activity("Undo", { object: like["id"] }));
    await stead.settle();
    expect(await likes(erin.id)).toHaveLength(1);
  });

  it("of what is not ours, or not for them to see, is not kept", async () => {
    const frank = await stead.peer("frank", "f.test");
    await stead.followedBy(await stead.peer("gina", "g.test"));
    const hidden = await stead.publishes("For followers", { visibility: "followers" });
    stead.world.take();
    for (const object of ["https://x.test/1", `${ORIGIN}/posts/1`, `${ORIGIN}/posts/${hidden}`]) {
      expect((await stead.deliver(frank, frank.activity("Like", { object }))).status).toBe(202);
    }
    await stead.settle();
    expect(await likes(frank.id)).toEqual([]);
  });
});
