/** ActivityPub §7.4: Delete of posts and of whole accounts. */
import { beforeAll, describe, expect, it } from "vitest";

import { followHandle } from "../../worker/owner/follow.ts";
import { ACTOR, ORIGIN, Stead } from "../fediverse/stead.ts";
import { cast, member, ours, thatSend } from "../fediverse/shapes/cast.ts";
import { rows } from "../fediverse/rows.ts";

let stead: Stead;
let post: number;
beforeAll(async () => {
  stead = await Stead.claimed();
  post = await stead.publishes("Hello");
});

const stored = (iri: unknown) => rows("SELECT html FROM posts WHERE iri = ?", iri);

describe("the Delete of a post as each software sends it", () => {
  it.each(cast.map((software) => [software.name, software] as const))(
    "%s: removes it for good: a late Create does not bring it back",
    async (_, software) => {
      const { me, send } = await member(stead, software);
      const note = software.reply(me, ours(post));
      const create = software.create(me, note);
      await send(create);
      await stead.settle();
      expect(await stored(note["id"])).toHaveLength(1);
      expect((await send(software.remove(me, note))).status).toBe(202);
      await stead.settle();
      expect(await stored(note["id"])).toEqual([]);
      await send(create);
      await stead.settle();
      expect(await stored(note["id"])).toEqual([]);
      expect((await stead.getJson(`/posts/${post}/replies`))["items"]).not.toContain(note["id"]);
    },
  );
});

describe("the Delete of an account as each software sends it", () => {
  it.each(thatSend("leave"))(
    "%s: removes all that was its own, though its document is gone already",
    async (_, software) => {
      const { peer, me, send } = await member(stead, software, "bob");
      if (software.follow) await send(software.follow(me, ACTOR));
      const note = software.reply(me, ours(post));
      await send(software.create(me, note));
      if (software.like) await send(software.like(me, ours(post)));
      await stead.settle();
      await followHandle(await stead.ctx(), me.id);
      await stead.settle();
      await send(software.accept(me, peer.received("Follow")[0]!));
      await stead.settle();
      expect(await stored(note["id"])).toHaveLength(1);

      peer.host.get = () => new Response(null, { status: 410 });
      stead.world.take();
      expect((await send(software.leave(me))).status).toBe(202);
      await stead.settle();
      peer.host.get = () => null;
      const left = await rows(
        `SELECT (SELECT count(*) FROM posts WHERE author = peer.id) + (SELECT count(*) FROM reactions WHERE peer = peer.id)
           + (SELECT count(*) FROM followers WHERE peer = peer.id) + (SELECT count(*) FROM following WHERE peer = peer.id) AS n
         FROM (SELECT id FROM peers WHERE iri = ?) peer`,
        me.id,
      );
      expect(left).toEqual([]);
      expect(await stored(note["id"])).toEqual([]);
      expect(await stead.followers()).not.toContain(me.id);
      expect(stead.world.requests).toEqual([]);
    },
  );

  it("leaves nothing behind that points nowhere", async () => {
    const orphans = await rows(
      `SELECT peer FROM followers WHERE peer NOT IN (SELECT id FROM peers)
       UNION ALL SELECT peer FROM following WHERE peer NOT IN (SELECT id FROM peers)
       UNION ALL SELECT peer FROM reactions WHERE peer NOT IN (SELECT id FROM peers)
       UNION ALL SELECT author FROM posts WHERE author <> 0 AND author NOT IN (SELECT id FROM peers)`,
    );
    expect(orphans).toEqual([]);
    expect(await rows("SELECT count FROM follower_log")).toEqual(
      await rows("SELECT count(*) AS count FROM followers"),
    );
  });
});

describe("a Delete", () => {
  it("of an account we never met costs neither a fetch nor a row, because big servers tell everybody", async () => {
    const carol = await stead.peer("carol", "c.test");
    const before = await stead.state();
    stead.world.take();
    const answer = await stead.deliver(carol, carol.activity("Delete", { object: carol.id }));
    expect(answer.status).toBe(202);
    expect(stead.world.requests).toEqual([]);
    expect(await stead.state()).toBe(before);
  });

  it("by another than the author removes nothing, on one server as well", async () => {
    const [dora, mallory] = [await stead.peer("dora", "d.test"), await stead.peer("mallory", "d.test")];
    await stead.followedBy(dora, mallory);
    const note = dora.note({ inReplyTo: `${ORIGIN}/posts/${post}` });
    await stead.deliver(dora, dora.activity("Create", { object: note }));
    await stead.settle();
    await stead.deliver(mallory, mallory.activity("Delete", { object: note["id"] }));
    await stead.deliver(mallory, mallory.activity("Delete", { object: dora.id }));
    await stead.settle();
    expect(await stored(note["id"])).toHaveLength(1);
    expect(await stead.followers()).toContain(dora.id);
    // What Mallory called deleted is still Dora's to change.
    const object = { ...note, content: "<p>New</p>" };
    await stead.deliver(dora, dora.activity("Update", { object }));
    await stead.settle();
    expect(await stored(note["id"])).toEqual([{ html: "<p>New</p>" }]);
  });
});
