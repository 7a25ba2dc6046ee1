/** ActivityPub §7.2: Create, and what of it the stead keeps. */
import { beforeAll, describe, expect, it } from "vitest";

import { followHandle } from "../../worker/owner/follow.ts";
import { ACTOR, ORIGIN, Stead } from "../fediverse/stead.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { cast, member, ours } from "../fediverse/shapes/cast.ts";
import { rows } from "../fediverse/rows.ts";

let stead: Stead;
let post: number;
beforeAll(async () => {
  stead = await Stead.claimed();
  post = await stead.publishes("Hello");
});

const stored = (iri: unknown) => rows("SELECT * FROM posts WHERE iri = ?", iri);

describe("an answer to a post of ours, as each software sends it", () => {
  it.each(cast.map((software) => [software.name, software] as const))(
    "%s: is kept with its mention, its thread and its audience",
    async (_, software) => {
      const { me, send } = await member(stead, software);
      const note = software.reply(me, ours(post));
      const answer = await send(software.create(me, note));
      expect(answer.status).toBe(202);
      await stead.settle();
      const [row] = await stored(note["id"]);
      expect(row).toMatchObject({
        html: expect.stringContaining("A reply"),
        visibility: "public",
        reply_to_iri: `${ORIGIN}/posts/${post}`,
        reply_to: post,
        mentions_owner: 1,
        summary: "",
        sensitive: 0,
      });
      expect(JSON.parse(row!["mentions"] as string)).toEqual([
        { iri: ACTOR, handle: "me@me.test", url: ACTOR },
      ]);
    },
  );

  it.each([
    ["Mastodon", "language", "en"],
    ["GoToSocial", "language", "en"],
    ["WordPress", "language", "en-US"],
    ["Lemmy", "language", "en"],
    ["Threads", "url", "https://www.threads.test/@alice/post/C8abcdEFgh"],
    [
      "Pixelfed",
      "attachments",
      '[{"url":"https://pixelfed.test/storage/m/1.jpg","type":"image/jpeg","alt":"A tree","width":10,"height":10}]',
    ],
  ])("%s: says the %s in a way of its own", async (name, column, value) => {
    const [row] = await rows(
      `SELECT posts.${column} FROM posts JOIN peers ON peers.id = posts.author WHERE posts.iri LIKE ?`,
      `https://${cast.find((software) => software.name === name)!.host}/%`,
    );
    expect(row![column]).toBe(value);
  });

  it("is listed among the post's replies", async () => {
    const replies = await stead.getJson(`/posts/${post}/replies`);
    expect(replies["totalItems"]).toBe(cast.length);
    expect(new Set(replies["items"] as string[]).size).toBe(cast.length);
  });
});

describe("a Create", () => {
  let hosts = 0;
  const somebody = () => stead.peer("bob", `b${++hosts}.test`);
  const create = async (from: FakePeer, object: Doc | string) => {
    const answer = await stead.deliver(from, from.activity("Create", { object }));
    expect(answer.status).toBe(202);
    await stead.settle();
  };

  it("that comes with a bare id is fetched from its origin, signed", async () => {
    const bob = await somebody();
    const note = bob.note({ inReplyTo: `${ORIGIN}/posts/${post}`, to: [ACTOR], cc: [] });
    const activity = bob.activity("Create", { object: note["id"], to: [ACTOR] });
    stead.world.take();
    expect((await stead.deliver(bob, activity)).status).toBe(202);
    await stead.settle();
    expect(await stored(note["id"])).toMatchObject([{ reply_to: post, visibility: "direct" }]);
    const fetched = stead.world.requests.find((request) => request.url === note["id"]);
    expect(fetched!.headers.has("signature")).toBe(true);
  });

  it("of a stranger, to the world and not to us, is not kept and costs no fetch", async () => {
    const bob = await somebody();
    stead.world.take();
    const note = bob.note();
    await create(bob, note);
    await create(bob, bob.note({ inReplyTo: "https://elsewhere.test/1" }));
    expect(await stored(note["id"])).toEqual([]);
    expect(stead.world.requests).toEqual([]);
    expect(await rows("SELECT 1 FROM peers WHERE iri = ?", bob.id)).toEqual([]);
  });

  it("of somebody the owner follows is kept once they accepted", async () => {
    const bob = await somebody();
    await followHandle(await stead.ctx(), bob.id);
    await stead.settle();
    const [early, later] = [bob.note(), bob.note({ summary: "CW", sensitive: true })];
    await create(bob, early);
    await stead.deliver(bob, bob.activity("Accept", { object: bob.received("Follow")[0] }));
    await create(bob, later);
    expect(await stored(early["id"])).toEqual([]);
    expect(await stored(later["id"])).toMatchObject([{ summary: "CW", sensitive: 1, mentions_owner: 0 }]);
  });

  it("that names us in a conversation we do not know brings its ancestors along", async () => {
    const [bob, carol] = [await somebody(), await stead.peer("carol", "carol.test")];
    const root = carol.note({ content: "<p>Root</p>" });
    const middle = carol.note({ content: "<p>Middle</p>", inReplyTo: root["id"] });
    const reply = bob.note({ inReplyTo: middle["id"], tag: [{ type: "Mention", href: ACTOR, name: "@me" }] });
    await create(bob, reply);
    await stead.settle();
    expect(await stored(root["id"])).toMatchObject([{ html: "<p>Root</p>", mentions_owner: 0 }]);
    const [row] = await stored(middle["id"]);
    expect(row).toMatchObject({ html: "<p>Middle</p>" });
  });

  it("that goes on in a conversation the owner takes part in is kept, without naming them", async () => {
    const [bob, carol] = [await somebody(), await somebody()];
    const first = bob.note({ inReplyTo: `${ORIGIN}/posts/${post}` });
    await create(bob, first);
    const second = carol.note({ inReplyTo: first["id"] });
    await create(carol, second);
    expect(await stored(second["id"])).toMatchObject([{ mentions_owner: 0 }]);
  });

  it.each(["2026-10-05T15:00:00+0000", "2026-10-05T17:00:00.000000+02:00", "2026-10-05T15:00:00.902348Z"])(
    "is filed under the time it was published, however it is written: %s",
    async (published) => {
      const bob = await somebody();
      const note = bob.note({ published, cc: [ACTOR] });
      await create(bob, note);
      const [row] = await stored(note["id"]);
      expect(Math.floor((row!["id"] as number) / 1_000_000)).toBe(Date.UTC(2026, 9, 5, 15) / 1_000);
    },
  );

  it("again changes nothing", async () => {
    const bob = await somebody();
    const note = bob.note({ cc: [ACTOR] });
    const activity = bob.activity("Create", { object: note });
    await stead.deliver(bob, activity);
    await stead.settle();
    const [before] = await stored(note["id"]);
    await stead.deliver(bob, activity);
    await stead.settle();
    expect(await stored(note["id"])).toEqual([{ ...before, received_at: expect.any(Number) }]);
  });

  it.each([
    ["followers", { to: ["FOLLOWERS"], cc: [ACTOR] }],
    ["direct", { to: [ACTOR], cc: [] }],
    ["quiet", { to: ["FOLLOWERS"], cc: ["as:Public", ACTOR] }],
    ["public", { to: "https://www.w3.org/ns/activitystreams#Public", cc: ACTOR }],
  ])("keeps the audience: %s", async (visibility, audience) => {
    const bob = await somebody();
    const to = [audience.to].flat().map((iri) => iri.replace("FOLLOWERS", `${bob.id}/followers`));
    const note = bob.note({ ...audience, to });
    await create(bob, note);
    expect(await stored(note["id"])).toMatchObject([{ visibility }]);
  });
});
