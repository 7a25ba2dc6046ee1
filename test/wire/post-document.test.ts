/** ActivityPub §6 and ActivityStreams: the owner's posts as served and as delivered. */
import { beforeAll, describe, expect, it } from "vitest";

import { deletePost } from "../../worker/owner/delete-post.ts";
import { editPost } from "../../worker/owner/edit-post.ts";
import { signCavage } from "../../worker/signatures/sign.ts";
import type { UnixMs } from "../../worker/kernel/brand.ts";
import { ACTOR, ORIGIN, Stead } from "../fediverse/stead.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";

const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";
const FOLLOWERS = `${ACTOR}/followers`;
const ACCEPT = { accept: "application/activity+json" };

let stead: Stead;
let alice: FakePeer;
let bob: FakePeer;
beforeAll(async () => {
  stead = await Stead.claimed();
  [alice, bob] = [await stead.peer("alice"), await stead.peer("bob", "b.test")];
  await stead.followedBy(alice);
});

const last = (peer: FakePeer, type: string) => peer.received(type).at(-1)!;

describe("a Note", () => {
  let id: number;
  let note: Doc;
  beforeAll(async () => {
    id = await stead.publishes("Hello @bob@b.test, #Fediverse **day**", { summary: "Greeting" });
    note = await stead.getJson(`/posts/${id}`);
  });

  it("has what ActivityPub asks for, with its collections by reference", () => {
    const iri = `${ORIGIN}/posts/${id}`;
    expect(note).toMatchObject({
      id: iri,
      type: "Note",
      url: iri,
      attributedTo: ACTOR,
      summary: "Greeting",
      sensitive: true,
      replies: `${iri}/replies`,
      likes: `${iri}/likes`,
      shares: `${iri}/shares`,
      attachment: [],
    });
    expect(note).not.toHaveProperty("inReplyTo");
    expect(Date.parse(note["published"] as string)).toBe(Math.floor(id / 1_000));
  });

  it("says its language by contentMap beside content (Mastodon reads it so)", () => {
    expect(note["content"]).toContain("<strong>day</strong>");
    expect(note["contentMap"]).toEqual({ en: note["content"] });
  });

  it("tags whom it names and what it is about, and its words link there", () => {
    expect(note["tag"]).toEqual([
      { type: "Mention", href: bob.id, name: "@bob@b.test" },
      { type: "Hashtag", href: `${ORIGIN}/tags/fediverse`, name: "#Fediverse" },
    ]);
    const html = note["content"] as string;
    expect(html).toMatch(
      new RegExp(`<a href="${bob.id}"[^>]*class="u-url mention"|class="u-url mention"[^>]*href="${bob.id}"`),
    );
    expect(html).toContain(`href="${ORIGIN}/tags/fediverse"`);
  });

  it("explains its terms in its context", () => {
    expect(note["@context"]).toEqual([
      "https://www.w3.org/ns/activitystreams",
      { sensitive: "as:sensitive", Hashtag: "as:Hashtag" },
    ]);
  });

  it("arrives in a Create that embeds it whole, once for each server, signed", () => {
    const { "@context": context, ...object } = note;
    const create = last(alice, "Create");
    expect(create).toEqual({
      "@context": context,
      id: `${note["id"] as string}#create`,
      type: "Create",
      actor: ACTOR,
      published: note["published"],
      to: note["to"],
      cc: note["cc"],
      object,
    });
    expect(bob.received("Create")).toEqual([create]);
    expect(alice.received("Create")).toHaveLength(1);
    const verified = [...alice.host.arrived, ...bob.host.arrived].map((one) => one.verified);
    expect(new Set(verified)).toEqual(new Set([true]));
  });

  it("is served with an ETag, 304 and the ActivityPub type; people get the page", async () => {
    const answer = await stead.fetch(`/posts/${id}`, { headers: ACCEPT });
    expect(answer.headers.get("content-type")).toBe("application/activity+json; charset=utf-8");
    const etag = answer.headers.get("etag")!;
    const again = await stead.fetch(`/posts/${id}`, { headers: { ...ACCEPT, "if-none-match": etag } });
    expect(again.status).toBe(304);
    const page = await stead.fetch(`/posts/${id}`, { headers: { accept: "text/html" } });
    expect(page.headers.get("content-type")).toContain("text/html");
  });

  it("without a language has no contentMap, and without a warning no summary", async () => {
    const plain = await stead.getJson(`/posts/${await stead.publishes("Plain", { language: null })}`);
    expect(plain).not.toHaveProperty("contentMap");
    expect(plain["summary"] ?? null).toBeNull();
    expect(plain["sensitive"]).toBe(false);
    expect(plain["tag"]).toEqual([]);
  });

  it("that answers somebody says to what, and names and reaches the author though the text does not", async () => {
    const said = bob.note({ cc: [ACTOR] });
    await stead.deliver(bob, bob.activity("Create", { object: said }));
    await stead.settle();
    const [row] = await rows<{ id: number }>("SELECT id FROM posts WHERE iri = ?", said["id"]);
    const answer = await stead.getJson(`/posts/${await stead.publishes("Yes", { replyTo: row!.id })}`);
    expect(answer["inReplyTo"]).toBe(said["id"]);
    expect(answer["tag"]).toEqual([{ type: "Mention", href: bob.id, name: "@bob@b.test" }]);
    expect(answer["cc"]).toContain(bob.id);
    expect(last(bob, "Create")).toMatchObject({ object: { id: answer["id"] } });
  });
});

describe("an audience (ActivityPub §5.6)", () => {
  it.each([
    ["public", [PUBLIC], [FOLLOWERS, "BOB"], true, "/inbox"],
    ["quiet", [FOLLOWERS], [PUBLIC, "BOB"], true, "/inbox"],
    ["followers", [FOLLOWERS], ["BOB"], false, "/users/bob/inbox"],
    ["direct", ["BOB"], [], false, "/users/bob/inbox"],
  ] as const)(
    "%s: is addressed, delivered and served as it should be",
    async (visibility, to, cc, open, inbox) => {
      const named = (list: readonly string[]) => list.map((iri) => (iri === "BOB" ? bob.id : iri));
      const before = alice.received("Create").length;
      const id = await stead.publishes("Hello @bob@b.test", { visibility });
      const create = last(bob, "Create");
      expect(create).toMatchObject({
        to: named(to),
        cc: named(cc),
        object: { to: named(to), cc: named(cc) },
      });
      expect(bob.host.arrived.at(-1)!.path).toBe(inbox);
      expect(alice.received("Create").length - before).toBe(visibility === "direct" ? 0 : 1);
      const anonymous = await stead.fetch(`/posts/${id}`, { headers: ACCEPT });
      expect(anonymous.status).toBe(open ? 200 : 404);
    },
  );

  it("followers: a follower who signs may read it, and nobody may keep the answer for others", async () => {
    const url = `${ORIGIN}/posts/${await stead.publishes("For followers", { visibility: "followers" })}`;
    const get = async (peer: FakePeer) => {
      const key = { id: peer.keyId, privateKey: peer.pair.privateKey };
      const signed = await signCavage(key, { method: "GET", url, at: Date.now() as UnixMs });
      return stead.fetch(url, { headers: { ...ACCEPT, ...signed } });
    };
    const follower = await get(alice);
    expect(follower.status).toBe(200);
    expect(follower.headers.get("cache-control")).toBe("private, no-store");
    expect(follower.headers.has("etag")).toBe(false);
    expect((await get(bob)).status).toBe(404);
  });
});

describe("an edit", () => {
  it("keeps id and time, says when, and arrives as an Update whose id is its own", async () => {
    const id = await stead.publishes("Frist");
    const before = await stead.getJson(`/posts/${id}`);
    for (const text of ["First", "First!"]) {
      await editPost(await stead.ctx(), id, { text, summary: "", language: "en" });
      await stead.settle();
    }
    const after = await stead.getJson(`/posts/${id}`);
    expect(after).toMatchObject({
      id: before["id"],
      published: before["published"],
      content: "<p>First!</p>",
    });
    expect(Date.parse(after["updated"] as string)).toBeGreaterThanOrEqual(
      Date.parse(after["published"] as string),
    );
    const updates = alice.received("Update");
    expect(updates).toHaveLength(2);
    expect(new Set(updates.map((update) => update["id"])).size).toBe(2);
    const { "@context": context, ...object } = after;
    expect(updates[1]).toEqual({
      "@context": context,
      id: expect.stringMatching(/^https:\/\/me\.test\/posts\/\d+#updates\/\d+$/),
      type: "Update",
      actor: ACTOR,
      to: [PUBLIC],
      cc: [FOLLOWERS],
      object,
    });
  });

  it("reaches also whom the new words no longer name", async () => {
    const id = await stead.publishes("Hello @bob@b.test", { visibility: "quiet" });
    await editPost(await stead.ctx(), id, { text: "Hello", summary: "", language: "en" });
    await stead.settle();
    expect(last(bob, "Update")).toMatchObject({ object: { id: `${ORIGIN}/posts/${id}`, tag: [] } });
  });
});

describe("a deletion (ActivityPub §6.4)", () => {
  it("arrives as a Delete with a Tombstone, and leaves 410 with one: nothing of the words stays", async () => {
    const id = await stead.publishes("Secret @bob@b.test #words", { summary: "CW" });
    expect(await deletePost(await stead.ctx(), id)).toBe(true);
    await stead.settle();
    const iri = `${ORIGIN}/posts/${id}`;
    for (const peer of [alice, bob]) {
      expect(last(peer, "Delete")).toEqual({
        "@context": "https://www.w3.org/ns/activitystreams",
        id: `${iri}#delete`,
        type: "Delete",
        actor: ACTOR,
        to: [PUBLIC],
        cc: [FOLLOWERS, bob.id],
        object: { id: iri, type: "Tombstone" },
      });
    }
    const answer = await stead.fetch(`/posts/${id}`, { headers: ACCEPT });
    expect(answer.status).toBe(410);
    expect(answer.headers.get("content-type")).toBe("application/activity+json; charset=utf-8");
    expect(await answer.json()).toEqual({
      "@context": "https://www.w3.org/ns/activitystreams",
      id: iri,
      type: "Tombstone",
      deleted: expect.stringMatching(/Z$/),
    });
    const [row] = await rows("SELECT * FROM posts WHERE id = ?", id);
    expect(JSON.stringify(row)).not.toMatch(/Secret|words|CW/);
    expect(await deletePost(await stead.ctx(), id)).toBe(false);
  });

  it("of a post that was not for everyone stays unseen by those who never saw it", async () => {
    const id = await stead.publishes("For followers", { visibility: "followers" });
    await deletePost(await stead.ctx(), id);
    await stead.settle();
    expect((await stead.fetch(`/posts/${id}`, { headers: ACCEPT })).status).toBe(404);
    expect(last(alice, "Delete")).toMatchObject({ to: [FOLLOWERS], cc: [] });
  });

  it.each(["0", "1", "x", "99999999999999999999", "-1"])("%s was never there: 404", async (id) => {
    expect((await stead.fetch(`/posts/${id}`, { headers: ACCEPT })).status).toBe(404);
  });
});
