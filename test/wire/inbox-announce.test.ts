/** ActivityPub §7.11: boosts of the owner's posts, and of others' posts by those the owner follows. */
import { beforeAll, describe, expect, it, vi } from "vitest";

import { MINUTE } from "../../worker/kernel/clock.ts";
import { followHandle } from "../../worker/owner/follow.ts";
import { ACTOR, ORIGIN, Stead } from "../fediverse/stead.ts";
import { FakePeer } from "../fediverse/peer.ts";
import { member, ours, thatSend } from "../fediverse/shapes/cast.ts";
import { actor as lemmyActor, announced, lemmy, page } from "../fediverse/shapes/lemmy.ts";
import { rows } from "../fediverse/rows.ts";

let stead: Stead;
let post: number;
beforeAll(async () => {
  stead = await Stead.claimed();
  post = await stead.publishes("Hello");
});

const boosts = (iri: string) =>
  rows(
    `SELECT posts.iri, kind FROM reactions JOIN posts ON posts.id = post
     WHERE peer = (SELECT id FROM peers WHERE iri = ?)`,
    iri,
  );

async function followed(name: string, host: string): Promise<FakePeer> {
  const peer = await stead.peer(name, host);
  await follow(peer);
  return peer;
}

async function follow(peer: FakePeer): Promise<void> {
  await followHandle(await stead.ctx(), peer.id);
  await stead.settle();
  await stead.deliver(peer, peer.activity("Accept", { object: peer.received("Follow").at(-1) }));
  await stead.settle();
}

describe("a boost of one of our posts, as each software sends it", () => {
  it.each(thatSend("announce", "undoAnnounce"))(
    "%s: is one row, and its Undo takes it back",
    async (_, software) => {
      const { me, send } = await member(stead, software);
      const boost = software.announce(me, ours(post).post);
      expect((await send(boost)).status).toBe(202);
      await stead.settle();
      await send(boost);
      await stead.settle();
      expect(await boosts(me.id)).toEqual([{ iri: `${ORIGIN}/posts/${post}`, kind: "boost" }]);
      expect((await stead.getJson(`/posts/${post}/shares`))["totalItems"]).toBe(1);

      expect((await send(software.undoAnnounce(me, boost))).status).toBe(202);
      await stead.settle();
      expect(await boosts(me.id)).toEqual([]);
    },
  );

  it("costs no fetch but that of the booster's key", () => {
    const gets = stead.world.requests.filter((request) => request.method === "GET");
    expect(gets).toHaveLength(thatSend("announce").length);
  });
});

describe("a boost of a third person's post", () => {
  it("by somebody the owner follows brings the post and its author, from the origin and not as embedded", async () => {
    const [bob, carol] = [await followed("bob", "b.test"), await stead.peer("carol", "c.test")];
    const note = carol.note({ content: "<p>What Carol said</p>" });
    const forged = { ...note, content: "<p>What Bob says Carol said</p>" };
    stead.world.take();
    await stead.deliver(bob, bob.activity("Announce", { object: forged }));
    await stead.settle();
    expect(await rows("SELECT html, kept FROM posts WHERE iri = ?", note["id"])).toEqual([
      { html: "<p>What Carol said</p>", kept: 0 },
    ]);
    expect(await boosts(bob.id)).toEqual([{ iri: note["id"], kind: "boost" }]);
    const gets = stead.world.requests.map((request) => request.url);
    expect(gets.toSorted()).toEqual([carol.id, note["id"]]);
    expect(stead.world.requests.every((request) => request.headers.has("signature"))).toBe(true);
  });

  it("by a stranger is nothing to us", async () => {
    const [dora, carol] = [await stead.peer("dora", "d.test"), await stead.peer("carola", "c.test")];
    const note = carol.note();
    stead.world.take();
    await stead.deliver(dora, dora.activity("Announce", { object: note["id"] }));
    await stead.settle();
    expect(stead.world.requests).toEqual([]);
    expect(await rows("SELECT 1 FROM posts WHERE iri = ?", note["id"])).toEqual([]);
  });

  it("that is not for everyone, or that says it is another's, is not kept", async () => {
    const [erin, carol] = [await followed("erin", "e.test"), await stead.peer("caroline", "c.test")];
    const secret = carol.note({ to: [`${carol.id}/followers`], cc: [] });
    const foreign = carol.note({ attributedTo: erin.id });
    for (const { id } of [secret, foreign]) {
      await stead.deliver(erin, erin.activity("Announce", { object: id }));
    }
    await stead.settle();
    expect(await boosts(erin.id)).toEqual([]);
  });

  it("that can not be had yet is asked for again, and kept when its server is back", async () => {
    const [frank, gina] = [await followed("frank", "f.test"), await stead.peer("gina", "g.test")];
    const note = gina.note();
    gina.host.get = () => new Response(null, { status: 503 });
    await stead.deliver(frank, frank.activity("Announce", { object: note["id"] }));
    await stead.runAlarms();
    expect(await boosts(frank.id)).toEqual([]);
    gina.host.get = () => null;
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * MINUTE });
    await stead.settle();
    vi.useRealTimers();
    expect(await boosts(frank.id)).toEqual([{ iri: note["id"], kind: "boost" }]);
  });
});

describe("Lemmy's community, which announces whole activities", () => {
  it("brings the page inside: from its origin, with its title and its language", async () => {
    const author = await member(stead, lemmy, "picard");
    const group = {
      ...author.me,
      id: `${author.me.origin}/c/main`,
      name: "main",
      keyId: `${author.me.origin}/c/main#main-key`,
    };
    const community = await FakePeer.on(author.peer.host, "main", "/c/main");
    const pem = (community.document["publicKey"] as { publicKeyPem: string }).publicKeyPem;
    community.document = lemmyActor({ ...group, pem }, "Group");
    community.publishDocument();
    await follow(community);

    const said = page(author.me, group);
    author.peer.publish(said);
    const create = lemmy.create(author.me, { ...said, content: "<p>Not this</p>" });
    expect((await stead.deliver(community, announced(group, create))).status).toBe(202);
    await stead.settle();
    const found = await rows("SELECT title, html, language, visibility FROM posts WHERE iri = ?", said["id"]);
    expect(found).toEqual([
      { title: "A title", html: "<p>A page</p>\n", language: "fr", visibility: "public" },
    ]);
    expect(await boosts(community.id)).toEqual([{ iri: said["id"], kind: "boost" }]);
  });

  it("announces every vote, deletion and lock as well: that costs us neither a row nor a fetch", async () => {
    const { me, peer } = await member(stead, lemmy, "picard");
    const group = { ...me, id: `${me.origin}/c/main` };
    const community = peer.host.peers.find((one) => one.id === group.id)!;
    const about = { actor: ACTOR, handle: "me@me.test", post: "https://x.test/1" };
    const like = lemmy.like!(me, about);
    const inner = [
      like,
      { ...like, type: "Dislike" },
      lemmy.undoLike!(me, like),
      lemmy.remove(me, { id: about.post }),
    ];
    const before = await stead.state();
    stead.world.take();
    for (const activity of inner) {
      expect((await stead.deliver(community, announced(group, activity))).status).toBe(202);
    }
    expect(await stead.state()).toBe(before);
    expect(stead.world.requests).toEqual([]);
    stead.world.assertNothingUnexpected();
  });
});
