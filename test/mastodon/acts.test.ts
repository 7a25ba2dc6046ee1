import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { blockPeer } from "../../worker/owner/follow.ts";
import { findPeer } from "../../worker/store/peers.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, ORIGIN, Stead } from "../fediverse/stead.ts";
import { App, form, type Json, type Reply } from "./client.ts";
import { boosts, follows, says } from "./following.ts";

const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";

let stead: Stead;
let app: App;
let fan: FakePeer;
let alice: FakePeer;
beforeAll(async () => {
  stead = await Stead.claimed();
  app = await App.letIn(stead);
  fan = await stead.peer("fan", "fan.test");
  alice = await stead.peer("alice");
  await stead.followedBy(fan);
  await follows(stead, alice);
});
afterAll(() => stead.settle());

async function act(id: number | string, verb: string, fields: Record<string, string> = {}): Promise<Reply> {
  const reply = await app.ask(`/api/v1/statuses/${id}/${verb}`, form(fields));
  await stead.settle();
  return reply;
}

const list = async (path: string) => (await app.ask(path)).body as unknown as Json[];
const idsIn = (statuses: readonly Json[]) => statuses.map(({ id }) => id);
const keptOf = async (id: number) =>
  (await rows<{ kept: number }>("SELECT kept FROM posts WHERE id = ?", id))[0]!.kept;

describe("act.favourite", () => {
  it("tells the author once, shows in the list, and is taken back by the same name", async () => {
    const id = await says(stead, alice);
    const liked = await act(id, "favourite");
    expect([liked.status, liked.body]).toMatchObject([
      200,
      { id: String(id), favourited: true, favourites_count: 1 },
    ]);
    expect((await act(id, "favourite")).body).toEqual(liked.body);
    const [like, ...more] = alice.received("Like");
    expect(more).toEqual([]);
    expect(like).toMatchObject({ actor: ACTOR, object: liked.body["uri"], to: [alice.id] });
    expect(fan.received("Like")).toEqual([]);
    expect(alice.host.arrived.every(({ verified }) => verified)).toBe(true);
    expect(idsIn(await list("/api/v1/favourites"))).toEqual([String(id)]);
    expect(await keptOf(id)).toBe(1);

    const unliked = await act(id, "unfavourite");
    expect(unliked.body).toMatchObject({ favourited: false, favourites_count: 0 });
    await act(id, "unfavourite");
    const { "@context": _, ...whole } = like!;
    expect(alice.received("Undo").at(-1)).toMatchObject({ object: whole, to: [alice.id] });
    expect(alice.received("Undo").filter(({ object }) => (object as Json)["type"] === "Like")).toHaveLength(
      1,
    );
    expect(await list("/api/v1/favourites")).toEqual([]);
    expect(await keptOf(id)).toBe(0);
  });

  it("of an own post tells nobody", async () => {
    const id = await stead.publishes("Mine");
    stead.world.take();
    expect((await act(id, "favourite")).body).toMatchObject({ favourited: true, favourites_count: 1 });
    expect(stead.world.take()).toEqual([]);
    expect(await list(`/api/v1/statuses/${id}/favourited_by`)).toMatchObject([{ acct: "me" }]);
  });

  it("is of the post in a boost, when an app names the boost", async () => {
    const id = await says(stead, alice);
    const { body: boost } = await act(id, "reblog");
    expect((await act(String(boost["id"]), "favourite")).body).toMatchObject({
      id: String(id),
      favourited: true,
    });
  });
});

describe("act.boost", () => {
  it("boost.id≠original: is an entry of its own, told to followers and author once, and taken back", async () => {
    const id = await says(stead, alice, { content: "<p>Good</p>" });
    const { status, body } = await act(id, "reblog");
    expect([status, body]).toMatchObject([
      200,
      {
        account: { acct: "me" },
        reblog: { id: String(id), reblogged: true, reblogs_count: 1, account: { acct: "alice@a.test" } },
      },
    ]);
    expect(body["id"]).not.toBe(String(id));
    expect(Number(body["id"]) % 2).toBe(1);
    expect((await act(id, "reblog")).body).toEqual(body);
    for (const peer of [alice, fan]) {
      expect(peer.received("Announce").filter(({ id }) => id === body["uri"])).toMatchObject([
        {
          id: body["uri"],
          actor: ACTOR,
          object: (body["reblog"] as Json)["uri"],
          to: [PUBLIC],
          cc: [`${ORIGIN}/actor/followers`, alice.id],
        },
      ]);
    }
    const announced = fan
      .received("Announce")
      .filter(({ object }) => object === (body["reblog"] as Json)["uri"]);
    expect(announced).toHaveLength(1);
    expect(idsIn(await list("/api/v1/timelines/home"))[0]).toBe(body["id"]);
    expect((await app.ask(`/api/v1/statuses/${String(body["id"])}`)).body).toEqual(body);
    expect(await list(`/api/v1/statuses/${id}/reblogged_by`)).toMatchObject([{ acct: "me" }]);

    const undone = await act(id, "unreblog");
    expect(undone.body).toMatchObject({ id: String(id), reblogged: false, reblogs_count: 0, reblog: null });
    await act(id, "unreblog");
    for (const peer of [alice, fan]) {
      const undos = peer.received("Undo").filter(({ object }) => (object as Json)["id"] === body["uri"]);
      expect(undos).toMatchObject([{ to: [PUBLIC], object: { type: "Announce", id: body["uri"] } }]);
    }
    expect((await app.ask(`/api/v1/statuses/${String(body["id"])}`)).status).toBe(404);
  });

  it("of an own post reaches the followers, and deleting the boost undoes it and leaves the post", async () => {
    const id = await stead.publishes("Again");
    const { body } = await act(id, "reblog", { visibility: "public" });
    expect(fan.received("Announce").at(-1)).toMatchObject({
      id: body["uri"],
      cc: [`${ORIGIN}/actor/followers`],
    });
    const deleted = await app.ask(`/api/v1/statuses/${String(body["id"])}`, { method: "DELETE" });
    await stead.settle();
    expect(deleted.status).toBe(200);
    expect(fan.received("Undo").at(-1)).toMatchObject({ object: { id: body["uri"] } });
    expect((await app.ask(`/api/v1/statuses/${id}`)).body).toMatchObject({ reblogged: false });
  });

  it.each(["followers", "direct"] as const)(
    "of a %s post is not made, and nobody hears of it",
    async (visibility) => {
      const id = await stead.publishes("Secret @alice@a.test", { visibility });
      const before = await stead.state();
      expect((await act(id, "reblog")).status).toBe(422);
      expect(await stead.state()).toBe(before);
    },
  );

  it("for followers alone is refused rather than shown to all", async () => {
    const id = await says(stead, alice);
    const before = await stead.state();
    expect((await act(id, "reblog", { visibility: "private" })).status).toBe(422);
    expect(await stead.state()).toBe(before);
  });

  it("of somebody else's private post is not made", async () => {
    const id = await says(stead, alice, { to: [`${alice.id}/followers`], cc: [] });
    expect((await act(id, "reblog")).status).toBe(422);
    expect((await act(id, "favourite")).status).toBe(200);
  });

  it("many in one millisecond, among posts of the same, each have a number of their own", async () => {
    const now = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now });
    const published = new Date(now).toISOString();
    const ids: number[] = [];
    for (let n = 0; n < 4; n++) {
      const post = await says(stead, alice, { published });
      ids.push(post, await stead.publishes(`At the same time ${n}`));
      await boosts(stead, alice, `${ORIGIN}/posts/${ids.at(-1)}`);
      await act(post, "reblog");
    }
    vi.useRealTimers();
    const numbers = await rows<{ id: number }>(
      "SELECT id FROM posts WHERE id >= ? UNION ALL SELECT id FROM reactions WHERE kind = 'boost' AND id >= ? ORDER BY id",
      now * 1_000,
      now * 1_000,
    );
    expect(numbers).toHaveLength(16);
    expect(new Set(numbers.map(({ id }) => id)).size).toBe(16);
    expect(numbers.every(({ id }) => Math.floor(id / 1_000) === now)).toBe(true);
  });

  it("asked for twice at once is one, told under one id", async () => {
    const id = await says(stead, alice);
    const both = await Promise.all(
      [1, 2, 3, 4].map(() => app.ask(`/api/v1/statuses/${id}/reblog`, form({}))),
    );
    await stead.settle();
    expect(new Set(both.map(({ status, body }) => `${status} ${String(body["id"])}`)).size).toBe(1);
    const { uri } = both[0]!.body["reblog"] as Json;
    const announced = fan.received("Announce").filter(({ object }) => object === uri);
    expect(announced).toHaveLength(1);
  });

  it("unlisted is told so, and reaches as many", async () => {
    const id = await says(stead, alice);
    const { body } = await act(id, "reblog", { visibility: "unlisted" });
    const told = fan.received("Announce").find((one) => one["id"] === body["uri"]);
    expect(told).toMatchObject({ to: [`${ORIGIN}/actor/followers`], cc: [PUBLIC, alice.id] });
  });
});

describe("act.bookmark", () => {
  it("is kept here alone, in the order in which it was done, in pages that the Link header leads through", async () => {
    const ids = [await says(stead, alice), await says(stead, alice), await stead.publishes("Mine")];
    stead.world.take();
    for (const id of [ids[1]!, ids[0]!, ids[2]!])
      expect((await act(id, "bookmark")).body).toMatchObject({ bookmarked: true });
    await act(ids[0]!, "bookmark");
    expect(stead.world.take()).toEqual([]);
    expect(idsIn(await list("/api/v1/bookmarks"))).toEqual([ids[2], ids[0], ids[1]].map(String));
    const first = await app.ask("/api/v1/bookmarks?limit=2");
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get("link")!)![1]!;
    expect(next.startsWith(`${ORIGIN}/api/v1/bookmarks?`)).toBe(true);
    const second = await app.ask(next);
    expect(idsIn(second.body as unknown as Json[])).toEqual([String(ids[1])]);
    expect((await act(ids[0]!, "unbookmark")).body).toMatchObject({ bookmarked: false });
    expect(idsIn(await list("/api/v1/bookmarks"))).toEqual([ids[2], ids[1]].map(String));
  });
});

describe("act.pin", () => {
  it("shows posts first on the profile, tells the followers, and is taken down again", async () => {
    const id = await stead.publishes("Look at this");
    expect((await act(id, "pin")).body).toMatchObject({ id: String(id), pinned: true });
    await act(id, "pin");
    const featured = `${ORIGIN}/actor/featured`;
    expect(fan.received("Add")).toMatchObject([
      { actor: ACTOR, object: `${ORIGIN}/posts/${id}`, target: featured },
    ]);
    const collection = await stead.getJson("/actor/featured");
    expect(collection).toMatchObject({ totalItems: 1, orderedItems: [`${ORIGIN}/posts/${id}`] });
    const { body: me } = await app.ask("/api/v1/accounts/verify_credentials");
    const profile = `/api/v1/accounts/${String(me["id"])}/statuses`;
    expect(idsIn(await list(`${profile}?pinned=true`))).toEqual([String(id)]);
    expect((await act(id, "unpin")).body).toMatchObject({ pinned: false });
    expect(fan.received("Remove")).toMatchObject([{ object: `${ORIGIN}/posts/${id}`, target: featured }]);
    expect(await list(`${profile}?pinned=true`)).toEqual([]);
    expect(await stead.getJson("/actor/featured")).toMatchObject({ orderedItems: [] });
  });

  it("is for own posts that everybody may see, five at most; a deleted one is pinned no more", async () => {
    const theirs = await says(stead, alice);
    const secret = await stead.publishes("Secret", { visibility: "followers" });
    for (const id of [theirs, secret]) expect((await act(id, "pin")).status).toBe(422);
    const ids: number[] = [];
    for (let n = 0; n < 6; n++) ids.push(await stead.publishes(`Pin ${n}`));
    const answers: number[] = [];
    for (const id of ids) answers.push((await act(id, "pin")).status);
    expect(answers).toEqual([200, 200, 200, 200, 200, 422]);
    await app.ask(`/api/v1/statuses/${ids[0]}`, { method: "DELETE" });
    await stead.settle();
    expect((await act(ids[5]!, "pin")).status).toBe(200);
  });
});

describe("what is not there to act on", () => {
  it("is 404, as is a post of somebody who is blocked, and nothing is sent", async () => {
    const troll = await stead.peer("troll", "troll.test");
    const id = await says(stead, troll, { cc: [ACTOR] });
    const ctx = await stead.ctx();
    await blockPeer(ctx, (await findPeer(ctx.db, troll.id))!.id);
    await stead.settle();
    stead.world.take();
    for (const verb of ["favourite", "unfavourite", "reblog", "unreblog", "bookmark", "unbookmark"]) {
      for (const one of ["1", "9007199254740993", id])
        expect([verb, one, (await act(one, verb)).status]).toEqual([verb, one, 404]);
    }
    for (const verb of ["pin", "unpin"]) expect((await act("1", verb)).status).toBe(404);
    expect(stead.world.take()).toEqual([]);
  });

  it("who has moved out boosts no more, as they post no more", async () => {
    const id = await says(stead, alice);
    await rows("UPDATE owner SET moved_to = ?", "https://new.test/actor");
    expect((await act(id, "reblog")).status).toBe(422);
  });
});
