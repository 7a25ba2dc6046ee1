import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { HOUR } from "../../worker/kernel/clock.ts";
import { blockPeer } from "../../worker/owner/follow.ts";
import { findPeer } from "../../worker/store/peers.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { ACTOR, env, ORIGIN, Stead } from "../fediverse/stead.ts";
import { App, asJson, form, type Json } from "./client.ts";
import { boosts, follows, numberOf, says } from "./following.ts";
import { Ear, moment } from "./listener.ts";
import { tokenFor } from "./tokens.ts";

let stead: Stead;
let app: App;
let alice: FakePeer;
let bob: FakePeer;
let ear: Ear;
beforeAll(async () => {
  stead = await Stead.claimed();
  app = await App.letIn(stead);
  alice = await stead.peer("alice");
  bob = await stead.peer("bob", "b.test");
  await follows(stead, alice);
});
beforeEach(async () => {
  ear = await Ear.at(stead, `/api/v1/streaming?access_token=${app.token}`);
});
afterEach(async () => {
  if (ear.closed === null) ear.socket.close(1000);
  await moment(20);
});
afterAll(() => stead.settle());

async function listenTo(...streams: (string | [string, Json])[]): Promise<void> {
  for (const stream of streams) {
    if (typeof stream === "string") ear.subscribe(stream);
    else ear.subscribe(stream[0], stream[1]);
  }
  await moment(20);
}

async function deliver(peer: FakePeer, activity: Doc): Promise<void> {
  expect((await stead.deliver(peer, activity)).status).toBe(202);
  await stead.settle();
}

const toOwner = { to: [ACTOR], cc: [], tag: [{ type: "Mention", href: ACTOR, name: "@me@me.test" }] };
const postIri = (id: number) => `${ORIGIN}/posts/${id}`;
const write = async (fields: Json) => (await app.ask("/api/v1/statuses", asJson(fields))).body;

describe("what the owner does", () => {
  it("is told as it is shown: a post, its new words, and that it is gone", async () => {
    await listenTo("user");
    const posted = await write({ status: "Hello #world" });
    const id = String(posted["id"]);
    await ear.hears(1);
    await app.ask(`/api/v1/statuses/${id}`, asJson({ status: "Goodbye" }, "PUT"));
    await ear.hears(2);
    await app.ask(`/api/v1/statuses/${id}`, { method: "DELETE" });
    expect(await ear.hears(3)).toEqual(["user: update", "user: status.update", "user: delete"]);
    expect(ear.heard[0]!.payload).toEqual(posted);
    expect(ear.heard[1]!.payload).toMatchObject({ id, content: "<p>Goodbye</p>" });
    expect(ear.heard[2]!.payload).toBe(id);
  });

  it("is told of a boost under the number that it has in the timeline, and when it is taken back", async () => {
    const id = await says(stead, alice);
    await moment();
    await listenTo("user");
    const { body } = await app.ask(`/api/v1/statuses/${id}/reblog`, form({}));
    await app.ask(`/api/v1/statuses/${id}/reblog`, form({}));
    await ear.hears(1);
    await app.ask(`/api/v1/statuses/${id}/unreblog`, form({}));
    expect(await ear.hears(2)).toEqual(["user: update", "user: delete"]);
    expect(ear.heard[0]!.payload).toMatchObject({
      id: body["id"],
      reblog: { id: String(id), reblogged: true },
    });
    expect(ear.heard[1]!.payload).toBe(body["id"]);
  });

  it("stands in the streams of everybody and of its hashtag when it is for everybody, and in no other", async () => {
    await listenTo(
      "public",
      "public:local",
      "public:remote",
      "public:media",
      ["hashtag", { tag: "Tea" }],
      ["hashtag:local", { tag: "#tea" }],
      ["hashtag", { tag: "coffee" }],
    );
    await stead.publishes("A cup of #tea");
    expect((await ear.hears(4)).toSorted()).toEqual([
      "hashtag Tea: update",
      "hashtag:local tea: update",
      "public: update",
      "public:local: update",
    ]);
  });

  it("G21: is never in a stream for everybody when it is for fewer, nor when it is gone", async () => {
    await stead.followedBy(bob);
    await listenTo(
      "public",
      "public:local",
      ["hashtag", { tag: "tea" }],
      ["hashtag:local", { tag: "tea" }],
      "direct",
    );
    const quiet = await stead.publishes("Quiet #tea", { visibility: "quiet" });
    await stead.publishes("For followers #tea", { visibility: "followers" });
    await stead.publishes("@bob@b.test alone #tea", { visibility: "direct" });
    await app.ask(`/api/v1/statuses/${quiet}`, asJson({ status: "Quieter #tea" }, "PUT"));
    await ear.until(() => ear.of("conversation").length > 0);
    await moment();
    const shown = ear.events.filter((event) => !event.startsWith("direct: conversation"));
    // `tea` in any stream of a hashtag is for what everybody may find, as its timeline is.
    expect(shown).toEqual([]);
    expect(ear.of("conversation")[0]).toMatchObject({ last_status: { visibility: "direct" } });
  });
});

describe("what others do", () => {
  it("is told of a followed one's post, its new words, and that it is gone", async () => {
    await listenTo("user", "public", "public:remote", "public:local");
    const note = alice.note({ content: "<p>One</p>" });
    await deliver(alice, alice.activity("Create", { object: note, to: note["to"] }));
    const id = await numberOf(String(note["id"]));
    await ear.hears(3);
    const changed = { ...note, content: "<p>Two</p>", updated: new Date(Date.now() + 1_000).toISOString() };
    await deliver(alice, alice.activity("Update", { object: changed }));
    await ear.hears(6);
    await deliver(alice, alice.activity("Delete", { object: { id: note["id"], type: "Tombstone" } }));
    await ear.until(() => ear.of("delete").length >= 4);
    const told = ear.heard.map(({ stream, event, payload }) => [
      stream.join(),
      event,
      event === "delete" ? payload : (payload as Json)["content"],
    ]);
    const [user, open, remote] = ["user", "public", "public:remote"];
    expect(told.filter(([stream]) => stream === user)).toEqual([
      [user, "update", "<p>One</p>"],
      [user, "status.update", "<p>Two</p>"],
      [user, "delete", String(id)],
    ]);
    expect(told.filter(([stream]) => stream === open)).toHaveLength(3);
    expect(told.filter(([stream]) => stream === remote)).toHaveLength(3);
    expect(told.filter(([stream, event]) => stream === "public:local" && event !== "delete")).toEqual([]);
  });

  it("is told of a followed one's boost, and when it is taken back", async () => {
    await listenTo("user", "public");
    const object = bob.note({ content: "<p>Bob says</p>" });
    const announce = await boosts(stead, alice, String(object["id"]));
    await ear.until(() => ear.of("update").length > 0);
    const boost = ear.of("update")[0]!;
    expect(boost).toMatchObject({
      account: { acct: "alice@a.test" },
      reblog: { content: "<p>Bob says</p>" },
    });
    await deliver(alice, alice.activity("Undo", { object: announce }));
    await ear.until(() => ear.of("delete").length > 0);
    expect(ear.heard.filter(({ stream }) => stream[0] === "user").map(({ payload }) => payload)).toEqual([
      boost,
      boost["id"],
    ]);
  });

  it.each([
    ["like", "favourite", async (iri: string) => deliver(bob, bob.activity("Like", { object: iri }))],
    ["boost", "reblog", async (iri: string) => deliver(bob, bob.activity("Announce", { object: iri }))],
    [
      "answer",
      "mention",
      async (iri: string) => {
        const object = bob.note({ ...toOwner, inReplyTo: iri });
        await deliver(bob, bob.activity("Create", { object, to: [ACTOR] }));
      },
    ],
  ])("is told of a %s of a post as a notification (%s), once, in both streams", async (_, type, act) => {
    const id = await stead.publishes("Do something with it");
    await listenTo("user", "user:notification");
    await act(postIri(id));
    await ear.until(() => ear.of("notification").length >= 2);
    await moment();
    expect(ear.events.toSorted()).toEqual(["user: notification", "user:notification: notification"]);
    const [one] = ear.of("notification");
    expect(one).toMatchObject({ type, account: { acct: "bob@b.test" } });
    const { body } = await app.ask(`/api/v1/notifications/${String(one!["id"])}`);
    expect(one).toEqual(body);
  });

  it("is told of a new follower, and of the same Follow no more than once", async () => {
    const carol = await stead.peer("carol", "c.test");
    await listenTo("user:notification");
    const follow = carol.activity("Follow", { object: ACTOR });
    await deliver(carol, follow);
    await deliver(carol, follow);
    expect(await ear.hears(1)).toEqual(["user:notification: notification"]);
    expect(ear.of("notification")[0]).toMatchObject({ type: "follow", account: { acct: "carol@c.test" } });
  });

  it("is told of a direct post as a conversation where one listens for those", async () => {
    await listenTo("direct", "user", "public");
    const object = bob.note(toOwner);
    await deliver(bob, bob.activity("Create", { object, to: [ACTOR] }));
    await ear.until(() => ear.events.length >= 2);
    await moment();
    expect(ear.events.toSorted()).toEqual(["direct: conversation", "user: notification"]);
    expect(ear.of("conversation")[0]).toMatchObject({ unread: true, accounts: [{ acct: "bob@b.test" }] });
  });

  it("is not told to who may hear of posts alone, nor a post to who may hear of notifications alone", async () => {
    const [posts, notices] = [
      await Ear.to(stead, await tokenFor(stead, ["read:statuses"]), "user"),
      await Ear.to(stead, await tokenFor(stead, ["read:notifications"]), "user:notification"),
    ];
    const id = await stead.publishes("For one of the two");
    await deliver(bob, bob.activity("Like", { object: postIri(id) }));
    expect(await posts.hears(1)).toEqual(["user: update"]);
    expect(await notices.hears(1)).toEqual(["user:notification: notification"]);
    for (const one of [posts, notices]) one.socket.close(1000);
  });

  it("is not told when it is of somebody who is not followed, blocked or muted", async () => {
    const [loud, gone] = [await stead.peer("loud", "l.test"), await stead.peer("gone", "g.test")];
    await follows(stead, loud, gone);
    const idOf = async (peer: FakePeer) => (await findPeer((await stead.ctx()).db, peer.id))!.id;
    expect((await app.ask(`/api/v1/accounts/${await idOf(loud)}/mute`, form({}))).status).toBe(200);
    await blockPeer(await stead.ctx(), await idOf(gone));
    const id = await stead.publishes("Likes welcome");
    await listenTo("user", "public");
    const note = loud.note();
    await deliver(loud, loud.activity("Create", { object: note, to: note["to"] }));
    await deliver(loud, loud.activity("Like", { object: postIri(id) }));
    await stead.deliver(gone, gone.activity("Like", { object: postIri(id) }));
    await stead.settle();
    const last = await stead.publishes("The end");
    expect(await ear.hears(2)).toEqual(["user: update", "public: update"]);
    expect((ear.heard[0]!.payload as Json)["id"]).toBe(String(last));
  });

  it("is no news when it is older than six hours, because servers send what is late all at once", async () => {
    await listenTo("user");
    await says(stead, alice, { published: new Date(Date.now() - 7 * HOUR).toISOString() });
    await says(stead, alice, { published: new Date(Date.now() - 5 * HOUR).toISOString() });
    expect(await ear.hears(1)).toEqual(["user: update"]);
  });

  it("is told of a list to who listens to that list", async () => {
    const { body: list } = await app.ask("/api/v1/lists", form({ title: "Friends" }));
    const [id, other] = [String(list["id"]), "999"];
    const { body: found } = await app.ask(`/api/v1/accounts/lookup?acct=alice@a.test`);
    const added = await app.ask(`/api/v1/lists/${id}/accounts`, asJson({ account_ids: [found["id"]] }));
    expect(added.status).toBe(200);
    await listenTo(["list", { list: id }], ["list", { list: other }]);
    await says(stead, alice);
    await stead.publishes("Not of them");
    expect(await ear.hears(1)).toEqual([`list ${id}: update`]);
  });
});

describe("a flood", () => {
  it("of Follows is the newest five and a word that there are more, whoever listens", async () => {
    const crowd = await Promise.all(Array.from({ length: 12 }, (_, n) => stead.peer(`c${n}`, "crowd.test")));
    await stead.followedBy(...crowd);
    const { ports, db } = await stead.ctx();
    const ids = await Promise.all(crowd.map(async ({ id }) => (await findPeer(db, id))!.id));
    await listenTo("user:notification");
    ports.streams.emit(ids.map((peer) => ({ kind: "follow", peer })));
    await ear.until(() => ear.of("notifications_merged").length > 0);
    await moment();
    expect(ear.of("notification").map(({ account }) => (account as Json)["username"])).toEqual([
      "c7",
      "c8",
      "c9",
      "c10",
      "c11",
    ]);
  });
});

describe("a change of the filters", () => {
  it("is told, so that apps ask for them once more, and what follows is filtered as in the timeline", async () => {
    await listenTo("user");
    const filter = { title: "Tea", context: ["home"], keywords_attributes: [{ keyword: "kettle" }] };
    const { status } = await app.ask("/api/v2/filters", asJson(filter));
    expect(status).toBe(200);
    await says(stead, alice, { content: "<p>The kettle boils</p>" });
    expect(await ear.hears(2)).toEqual(["user: filters_changed", "user: update"]);
    expect(ear.of("update")[0]).toMatchObject({ filtered: [{ filter: { title: "Tea" } }] });
  });
});

describe("a stream", () => {
  it("goes on after a fault of ours, and fails nothing that comes in", async () => {
    await listenTo("user");
    const logged = vi.spyOn(console, "error").mockImplementation(() => {});
    await env.DB.prepare("ALTER TABLE documents RENAME TO away").run();
    const note = alice.note();
    const { status } = await stead.deliver(alice, alice.activity("Create", { object: note, to: note["to"] }));
    await vi.waitFor(() => expect(logged.mock.calls.flat().join()).toContain("streams"), 12_000);
    await env.DB.prepare("ALTER TABLE away RENAME TO documents").run();
    expect(status).toBe(202);
    logged.mockRestore();
    await stead.settle();
    const id = await says(stead, alice);
    await ear.until(() => ear.heard.some(({ payload }) => (payload as Json)["id"] === String(id)));
    expect(ear.events.at(-1)).toBe("user: update");
  });
});
