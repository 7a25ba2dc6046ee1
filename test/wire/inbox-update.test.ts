/** ActivityPub §7.3: Update of posts and of accounts. */
import { beforeAll, describe, expect, it, vi } from "vitest";

import { MINUTE } from "../../worker/kernel/clock.ts";
import { ACTOR, ORIGIN, Stead } from "../fediverse/stead.ts";
import type { Doc } from "../fediverse/peer.ts";
import { member, ours, thatSend } from "../fediverse/shapes/cast.ts";
import { rows } from "../fediverse/rows.ts";

let stead: Stead;
let post: number;
beforeAll(async () => {
  stead = await Stead.claimed();
  post = await stead.publishes("Hello");
});

const stored = (iri: unknown) => rows("SELECT id, html, edited_at AS editedAt FROM posts WHERE iri = ?", iri);
const peerRow = (iri: string) =>
  rows(
    "SELECT name, inbox, shared_inbox AS sharedInbox, follower IS NOT NULL AS follower FROM peers WHERE iri = ?",
    iri,
  );

describe("the Update of a post as each software sends it", () => {
  it.each(thatSend("edit"))("%s: replaces the words, and the post stays where it is", async (_, software) => {
    const { me, send } = await member(stead, software);
    const note = software.reply(me, ours(post));
    await send(software.create(me, note));
    await stead.settle();
    const [before] = await stored(note["id"]);
    expect((await send(software.edit(me, note))).status).toBe(202);
    await stead.settle();
    const [after] = await stored(note["id"]);
    expect((after!["html"] as string).trim()).toBe("<p>Edited</p>");
    expect(after!["id"]).toBe(before!["id"]);
    expect(after!["editedAt"]).toBeTypeOf("number");
  });
});

describe("the Update of a post", () => {
  it("that is older than what we have changes nothing, by the order of receipt", async () => {
    const bob = await stead.peer("bob", "b.test");
    const note = bob.note({ cc: [ACTOR] });
    const [first, second] = ["First", "Second"].map((word) =>
      bob.activity("Update", { object: { ...note, content: `<p>${word}</p>` } }),
    );
    await stead.deliver(bob, bob.activity("Create", { object: note }));
    await stead.settle();
    await stead.deliver(bob, first!);
    await stead.deliver(bob, second!);
    expect(await stored(note["id"])).toMatchObject([{ html: "<p>Second</p>" }]);
  });

  it("that nobody has seen the Create of is kept when it concerns us, and not when it does not", async () => {
    const carol = await stead.peer("carol", "c.test");
    const [ours_, theirs] = [carol.note({ inReplyTo: `${ORIGIN}/posts/${post}` }), carol.note()];
    await stead.deliver(carol, carol.activity("Update", { object: ours_ }));
    await stead.settle();
    await stead.deliver(carol, carol.activity("Update", { object: theirs }));
    await stead.settle();
    expect(await stored(ours_["id"])).toHaveLength(1);
    expect(await stored(theirs["id"])).toEqual([]);
  });

  it("that comes with a bare id is fetched from its origin (activitypub-bot)", async () => {
    const erin = await stead.peer("erin", "erin.test");
    const note = erin.note({ cc: [ACTOR] });
    await stead.deliver(erin, erin.activity("Create", { object: note }));
    await stead.settle();
    erin.publish({ ...note, content: "<p>Anew</p>" });
    await stead.deliver(erin, erin.activity("Update", { object: note["id"] }));
    await stead.settle();
    expect(await stored(note["id"])).toMatchObject([{ html: "<p>Anew</p>" }]);
  });

  it("by another than its author changes nothing, on one server as well", async () => {
    const [dora, mallory] = [await stead.peer("dora", "d.test"), await stead.peer("mallory", "d.test")];
    const note = dora.note({ cc: [ACTOR] });
    await stead.deliver(dora, dora.activity("Create", { object: note }));
    await stead.settle();
    for (const attributedTo of [dora.id, mallory.id]) {
      const object = { ...note, attributedTo, content: "<p>Forged</p>" };
      await stead.deliver(mallory, mallory.activity("Update", { object }));
      await stead.settle();
    }
    expect(await stored(note["id"])).toMatchObject([{ html: "<p>Hello</p>" }]);
  });
});

describe("the Update of an account as each software sends it", () => {
  it.each(thatSend("updateActor", "follow"))(
    "%s: is a reason to fetch it again, and deliveries go where its server says",
    async (_, software) => {
      const { peer, me, send } = await member(stead, software);
      await send(software.follow(me, ACTOR));
      await stead.settle();
      const forged: Doc = { ...peer.document, inbox: `${me.origin}/forged`, endpoints: {} };
      peer.document = {
        ...peer.document,
        name: "Renamed",
        endpoints: { sharedInbox: `${me.origin}/new-shared` },
      };
      peer.publishDocument();
      expect((await send(software.updateActor(me, forged))).status).toBe(202);
      await stead.settle();
      expect(await peerRow(me.id)).toEqual([
        {
          name: "Renamed",
          inbox: peer.document["inbox"],
          sharedInbox: `${me.origin}/new-shared`,
          follower: 1,
        },
      ]);
      const [inbox] = await rows(
        "SELECT url, refs FROM inboxes WHERE id = (SELECT inbox FROM followers WHERE peer = (SELECT id FROM peers WHERE iri = ?))",
        me.id,
      );
      expect(inbox).toEqual({ url: `${me.origin}/new-shared`, refs: 1 });
    },
  );

  it("of a stranger is nothing to us and costs no fetch", async () => {
    const erin = await stead.peer("erin", "e.test");
    stead.world.take();
    await stead.deliver(erin, erin.activity("Update", { object: erin.document }));
    await stead.settle();
    expect(stead.world.requests).toEqual([]);
  });

  it("waits when its server does not answer, and loses nothing", async () => {
    const frank = await stead.peer("frank", "f.test");
    await stead.followedBy(frank);
    frank.document = { ...frank.document, name: "Francis" };
    frank.publishDocument();
    frank.host.get = () => new Response(null, { status: 502 });
    await stead.deliver(frank, frank.activity("Update", { object: frank.document }));
    await stead.runAlarms();
    expect(await peerRow(frank.id)).toMatchObject([{ name: "Frank" }]);
    frank.host.get = () => null;
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * MINUTE });
    await stead.settle();
    vi.useRealTimers();
    expect(await peerRow(frank.id)).toMatchObject([{ name: "Francis", follower: 1 }]);
  });
});
