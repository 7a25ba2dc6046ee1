import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { blockPeer } from "../../worker/owner/follow.ts";
import { findPeer } from "../../worker/store/peers.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, ORIGIN, Stead } from "../fediverse/stead.ts";
import { App, ask, asJson, form, type Json, type Reply } from "./client.ts";
import { boosts, follows, says } from "./following.ts";
import { tokenFor } from "./tokens.ts";

let stead: Stead;
let app: App;
let fan: FakePeer;
let alice: FakePeer;
let carol: FakePeer;
const many = (reply: Reply) => reply.body as unknown as Json[];
const get = async (path: string) => many(await app.ask(path));
const post = (path: string, fields: Record<string, string> = {}) => app.ask(path, form(fields));
const idsIn = (entries: readonly Json[]) => entries.map(({ id }) => String(id));
const home = async () => idsIn(await get("/api/v1/timelines/home?limit=40"));
const tagged = (...names: string[]) => ({
  tag: names.map((name) => ({ type: "Hashtag", name: `#${name}`, href: `https://x.test/tags/${name}` })),
});

beforeAll(async () => {
  stead = await Stead.claimed();
  app = new App(stead, { id: "", secret: "" }, await tokenFor(stead, ["read", "write", "follow"]));
  fan = await stead.peer("fan", "fan.test");
  alice = await stead.peer("alice");
  carol = await stead.peer("carol", "c.test");
  await stead.followedBy(fan);
  await follows(stead, alice);
}, 30_000);
afterAll(() => stead.settle());

describe("a hashtag", () => {
  it("is shown to anybody, and to the owner with what they think of it", async () => {
    const { body } = await ask(stead, "/api/v1/tags/Cats");
    expect(body).toEqual({ id: body["id"], name: "Cats", url: `${ORIGIN}/tags/cats`, history: [] });
    const own = await app.ask("/api/v1/tags/Cats");
    expect(own.body).toEqual({ ...body, following: false, featuring: false });
  });

  it.each(["1", "2026", "a b", "a-b", "%23", "x".repeat(101), "a%2Fb"])("is not %s", async (name) => {
    for (const verb of ["", "/follow", "/feature"]) {
      const reply =
        verb === "" ? await app.ask(`/api/v1/tags/${name}`) : await post(`/api/v1/tags/${name}${verb}`);
      expect([name, verb, reply.status]).toEqual([name, verb, 404]);
    }
  });

  it("is the same in any spelling of its case, in any script", async () => {
    expect((await post("/api/v1/tags/ÜBERcats/follow")).body).toMatchObject({
      name: "ÜBERcats",
      following: true,
    });
    for (const name of ["übercats", "Übercats", "U\u0308BERCATS"].map(encodeURIComponent))
      expect((await app.ask(`/api/v1/tags/${name}`)).body).toMatchObject({
        name: "ÜBERcats",
        following: true,
      });
    expect((await post("/api/v1/tags/übercats/unfollow")).body).toMatchObject({ following: false });
    expect(await get("/api/v1/followed_tags")).toEqual([]);
  });
});

describe("followed hashtags", () => {
  it("are listed, the last first, a page at a time; an empty page has no Link", async () => {
    const empty = await app.ask("/api/v1/followed_tags");
    expect([empty.body, empty.headers.get("link")]).toEqual([[], null]);
    for (const name of ["one", "two", "two", "three"]) await post(`/api/v1/tags/${name}/follow`);
    expect((await get("/api/v1/followed_tags")).map(({ name }) => name)).toEqual(["three", "two", "one"]);
    const first = await app.ask("/api/v1/followed_tags?limit=2");
    const next = /<https:\/\/me\.test([^>]+)>; rel="next"/.exec(first.headers.get("link") ?? "")?.[1];
    expect((await get(next!)).map(({ name }) => name)).toEqual(["one"]);
    for (const name of ["one", "two", "three"]) await post(`/api/v1/tags/${name}/unfollow`);
    expect(await get("/api/v1/followed_tags")).toEqual([]);
  });

  it("bring home what is here with them, by anybody, said to everybody; and take it along again", async () => {
    const note = carol.note(tagged("Birds"));
    await boosts(stead, alice, String(note["id"]));
    const [row] = await rows<{ id: number }>("SELECT id FROM posts WHERE iri = ?", String(note["id"]));
    const mentioned = String(await says(stead, carol, { cc: [ACTOR], ...tagged("birds", "trees") }));
    const quiet = String(
      await says(stead, carol, {
        to: [`${carol.id}/followers`],
        cc: [ACTOR, "https://www.w3.org/ns/activitystreams#Public"],
        ...tagged("birds"),
      }),
    );
    expect(await home()).not.toContain(mentioned);
    await post("/api/v1/tags/BIRDS/follow");
    const after = await home();
    expect(after).toEqual(expect.arrayContaining([String(row!.id), mentioned]));
    expect(after).not.toContain(quiet);
    const later = String(await says(stead, carol, { cc: [ACTOR], ...tagged("BIRDS") }));
    const other = String(await says(stead, carol, { cc: [ACTOR], ...tagged("birdsong") }));
    expect(await home()).toContain(later);
    expect(await home()).not.toContain(other);
    await post("/api/v1/tags/birds/unfollow");
    expect(await home()).not.toContain(later);
    expect(await rows("SELECT * FROM tag_entries")).toEqual([]);
  });

  it("let in what a stranger sends here with one of them, and nothing else of theirs", async () => {
    const dave = await stead.peer("dave", "d.test");
    await post("/api/v1/tags/rivers/follow");
    const sends = async (fields: Json) => {
      const object = dave.note(fields);
      await stead.deliver(dave, dave.activity("Create", { object, to: object["to"], cc: object["cc"] }));
      await stead.settle();
      return (await rows<{ id: number }>("SELECT id FROM posts WHERE iri = ?", String(object["id"])))[0];
    };
    const kept = await sends(tagged("Rivers"));
    expect(await home()).toContain(String(kept?.id));
    expect(await sends(tagged("lakes"))).toBeUndefined();
    expect(await sends({ to: [`${dave.id}/followers`], cc: [], ...tagged("rivers") })).toBeUndefined();
    expect(await rows("SELECT * FROM tag_entries")).toHaveLength(1);
  });

  it("bring nothing home of whom the owner blocks, or who stands in an exclusive list", async () => {
    const eve = await stead.peer("eve", "e.test");
    const sent = String(await says(stead, eve, tagged("rivers")));
    const alices = String(await says(stead, alice, tagged("rivers")));
    expect(await home()).toEqual(expect.arrayContaining([sent, alices]));
    const ctx = await stead.ctx();
    await blockPeer(ctx, (await findPeer(ctx.db, eve.id))!.id);
    await stead.settle();
    const list = await app.ask("/api/v1/lists", asJson({ title: "Only here", exclusive: true }));
    const { id } = (await findPeer(ctx.db, alice.id))!;
    await post(`/api/v1/lists/${String(list.body["id"])}/accounts`, { "account_ids[]": String(id) });
    const after = await home();
    expect([after.includes(sent), after.includes(alices)]).toEqual([false, false]);
    await app.ask(`/api/v1/lists/${String(list.body["id"])}`, { method: "DELETE" });
  });

  it("follow an edit: a post is at home for the hashtags it has now", async () => {
    const note = carol.note({ cc: [ACTOR], ...tagged("rivers") });
    const send = (type: string, object: Json) =>
      stead.deliver(carol, carol.activity(type, { object, to: object["to"], cc: object["cc"] }));
    await send("Create", note);
    await stead.settle();
    const [row] = await rows<{ id: number }>("SELECT id FROM posts WHERE iri = ?", String(note["id"]));
    expect(await home()).toContain(String(row!.id));
    await send("Update", { ...note, tag: [] });
    await stead.settle();
    expect(await home()).not.toContain(String(row!.id));
  });
});

describe("featured hashtags", () => {
  it("are shown with how often the owner used them, told to followers, and taken down", async () => {
    await stead.publishes("Once #gardens #Maps");
    await stead.publishes("Twice #Gardens");
    await stead.publishes("Not for all #gardens", { visibility: "followers" });
    const suggested = await get("/api/v1/featured_tags/suggestions");
    expect(suggested.map(({ name }) => name)).toEqual(["Gardens", "Maps"]);

    const { body } = await post("/api/v1/featured_tags", { name: "#Gardens" });
    const today = new Date().toISOString().slice(0, 10);
    const shown = {
      name: "Gardens",
      url: `${ORIGIN}/tags/gardens`,
      statuses_count: "2",
      last_status_at: today,
    };
    expect(body).toEqual({ id: body["id"], ...shown });
    expect((await post("/api/v1/featured_tags", { name: "gardens" })).body).toEqual(body);
    expect((await post("/api/v1/tags/maps/feature")).body).toMatchObject({ name: "maps", featuring: true });
    await stead.settle();
    expect(fan.received("Add")).toMatchObject([
      {
        actor: ACTOR,
        object: { type: "Hashtag", name: "#Gardens", href: `${ORIGIN}/tags/gardens` },
        target: `${ACTOR}/featured`,
      },
      { object: { name: "#maps" } },
    ]);
    expect((await get("/api/v1/featured_tags")).map(({ name }) => name)).toEqual(["Gardens", "maps"]);
    expect(await get("/api/v1/featured_tags/suggestions")).toEqual([]);
    const me = String((await app.ask("/api/v1/accounts/verify_credentials")).body["id"]);
    const open = await ask(stead, `/api/v1/accounts/${me}/featured_tags`);
    expect(many(open)[0]).toEqual(body);
    expect(await stead.getJson("/actor/tags")).toMatchObject({
      id: `${ACTOR}/tags`,
      type: "Collection",
      totalItems: 2,
      items: [
        { type: "Hashtag", name: "#Gardens", href: `${ORIGIN}/tags/gardens` },
        { type: "Hashtag", name: "#maps" },
      ],
    });

    const path = `/api/v1/featured_tags/${String(body["id"])}`;
    expect((await app.ask(path, { method: "DELETE" })).body).toEqual({});
    expect((await app.ask(path, { method: "DELETE" })).status).toBe(404);
    expect((await post("/api/v1/tags/MAPS/unfeature")).body).toMatchObject({ featuring: false });
    await stead.settle();
    expect(fan.received("Remove")).toHaveLength(2);
    expect(await get("/api/v1/featured_tags")).toEqual([]);
  });

  it("are ten at most, as the app was told, and none that is no hashtag", async () => {
    const { body } = await app.ask("/api/v2/instance");
    expect(body).toMatchObject({ configuration: { accounts: { max_featured_tags: 10 } } });
    expect((await post("/api/v1/featured_tags", { name: "no tag" })).status).toBe(422);
    for (let n = 0; n < 10; n++)
      expect((await post("/api/v1/featured_tags", { name: `tag${n}` })).status).toBe(200);
    expect((await post("/api/v1/featured_tags", { name: "tag10" })).status).toBe(422);
    expect((await post("/api/v1/tags/tag10/feature")).status).toBe(422);
    expect(await get("/api/v1/featured_tags")).toHaveLength(10);
  });

  it("of others are not told to us, and of nobody are not found", async () => {
    const { id } = (await findPeer((await stead.ctx()).db, alice.id))!;
    expect(await get(`/api/v1/accounts/${id}/featured_tags`)).toEqual([]);
    expect((await app.ask("/api/v1/accounts/12345/featured_tags")).status).toBe(404);
    expect((await ask(stead, `/api/v1/accounts/${id}/featured_tags`)).status).toBe(404);
  });
});
