/** What else peers send: kinds of activity the stead has no use for, which are no reason to refuse anybody. */
import { beforeAll, expect, it } from "vitest";

import { ACTOR, ORIGIN, Stead } from "../fediverse/stead.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";

let stead: Stead;
let alice: FakePeer;
let post: string;
beforeAll(async () => {
  stead = await Stead.claimed();
  alice = await stead.peer("alice");
  await stead.followedBy(alice);
  post = `${ORIGIN}/posts/${await stead.publishes("Hello")}`;
});

it.each<[string, string, () => Doc]>([
  [
    "Mastodon",
    "Add",
    () => ({ object: `${alice.id}/statuses/1`, target: `${alice.id}/collections/featured` }),
  ],
  [
    "Mastodon",
    "Remove",
    () => ({ object: `${alice.id}/statuses/1`, target: `${alice.id}/collections/featured` }),
  ],
  ["Mastodon", "QuoteRequest", () => ({ object: post, instrument: `${alice.id}/statuses/2` })],
  ["GoToSocial", "LikeRequest", () => ({ object: post, instrument: `${alice.id}/liked/1` })],
  ["Lemmy", "Dislike", () => ({ object: post })],
  ["PeerTube", "View", () => ({ object: "https://tube.test/videos/watch/1" })],
  ["Funkwhale", "Listen", () => ({ object: "https://music.test/1" })],
  ["Mobilizon", "Join", () => ({ object: "https://events.test/1" })],
  ["Pleroma", "ChatMessage", () => ({ object: ACTOR })],
])("%s's %s is answered 202, and changes and costs nothing", async (_, type, fields) => {
  const before = await stead.state();
  stead.world.take();
  expect((await stead.deliver(alice, alice.activity(type, fields()))).status).toBe(202);
  expect(await stead.state()).toBe(before);
  expect(stead.world.requests).toEqual([]);
});

it("an Undo of such a thing changes nothing either", async () => {
  const undo = alice.activity("Undo", { object: alice.activity("Dislike", { object: post }) });
  expect((await stead.deliver(alice, undo)).status).toBe(202);
  expect(await stead.followers()).toEqual([alice.id]);
});

it("Pleroma's chat message is a Create for one reader, and is kept as one", async () => {
  const { published, ...note } = alice.note({ type: "ChatMessage", to: [ACTOR], cc: [], actor: alice.id });
  const create = alice.activity("Create", { object: { ...note, published }, to: [ACTOR] });
  expect((await stead.deliver(alice, create)).status).toBe(202);
  expect(await stead.state()).toContain('"visibility":"direct"');
});
