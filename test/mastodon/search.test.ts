import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { hash52 } from "../../worker/kernel/hash52.ts";
import { blockHost } from "../../worker/owner/blocks.ts";
import { blockPeer } from "../../worker/owner/follow.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, ORIGIN, Stead } from "../fediverse/stead.ts";
import { App, ask, type Json } from "./client.ts";
import { follows, numberOf, says } from "./following.ts";
import { tokenFor } from "./tokens.ts";

let stead: Stead;
let app: App;
let alice: FakePeer;
beforeAll(async () => {
  stead = await Stead.claimed();
  app = new App(stead, { id: "", secret: "" }, await tokenFor(stead, ["read"]));
  alice = await stead.peer("alice");
  await follows(stead, alice);
});
beforeEach(() => stead.world.take());
afterAll(() => stead.settle());

interface Found {
  accounts: Json[];
  statuses: Json[];
  hashtags: (Json | string)[];
}

const query = (q: string, more: Record<string, string> = {}) =>
  new URLSearchParams({ q, ...more }).toString();

async function find(q: string, more: Record<string, string> = {}, version = "v2"): Promise<Found> {
  const { status, body } = await app.ask(`/api/${version}/search?${query(q, more)}`);
  expect([q, status]).toEqual([q, 200]);
  return body as unknown as Found;
}
/** What was asked of others for a search: the newest posts of whom the owner follows are fetched at another time. */
const left = () =>
  stead.world.take().filter(({ url }) => !/\/(outbox|followers)|\/users\/(alice|carol)$/.test(url));
const handles = ({ accounts }: Found) => accounts.map(({ acct }) => acct);
const numbers = ({ statuses }: Found) => statuses.map(({ id }) => Number(id));

describe("search.handle@remote", () => {
  it("goes and asks with resolve=true, gives them a number, and the next time asks nobody", async () => {
    const peer = await stead.peer("zoe", "z.test");
    expect(await find("zoe@z.test")).toEqual({ accounts: [], statuses: [], hashtags: [] });
    expect(left()).toEqual([]);
    // toot writes it with a capital.
    const found = await find("@zoe@z.test", { resolve: "True" });
    expect(found.accounts).toMatchObject([{ id: String(hash52(peer.id)), acct: "zoe@z.test" }]);
    const asked = left();
    expect(asked.map(({ url }) => new URL(url).pathname)).toEqual(["/.well-known/webfinger", "/users/zoe"]);
    expect(asked[1]!.headers.get("signature")).not.toBeNull();
    expect((await app.ask(`/api/v1/accounts/${hash52(peer.id)}`)).body).toMatchObject({ acct: "zoe@z.test" });
    for (const typed of ["zoe@z.test", "@ZOE@Z.test", "acct:zoe@z.test"])
      expect(handles(await find(typed, { resolve: "1" }))).toEqual(["zoe@z.test"]);
    expect(left()).toEqual([]);
  });

  it("finds nobody where there is nobody, and says so without a fault", async () => {
    stead.host("empty.test");
    expect(handles(await find("@who@empty.test", { resolve: "true" }))).toEqual([]);
    stead.host("broken.test").get = () => new Response("<html>", { status: 500 });
    expect(handles(await find("@who@broken.test", { resolve: "true" }))).toEqual([]);
    stead.host("liar.test").get = () =>
      Response.json({ links: [{ rel: "self", type: "application/activity+json", href: ACTOR }] });
    expect(handles(await find("@who@liar.test", { resolve: "true" }))).toEqual([]);
  });

  it.each(["me", "@me", "me@me.test", "@Me@me.test", ACTOR, `${ORIGIN}/@me`, ORIGIN])(
    "%s is the owner, and nobody is asked",
    async (typed) => {
      expect(handles(await find(typed, { resolve: "true" }))).toEqual(["me"]);
      expect(left()).toEqual([]);
    },
  );

  it("a bare name, a part of one or of the display name is looked for among those who are known", async () => {
    for (const typed of ["@ali", "alice", "LIC", "Ali", "@alice@a", "alice@a.te"])
      expect([typed, handles(await find(typed))]).toEqual([typed, ["alice@a.test"]]);
    for (const typed of ["%", "_", "a.test", "nobody alice"])
      expect([typed, handles(await find(typed))]).toEqual([typed, []]);
    expect(handles(await find("alice", { following: "true" }))).toEqual(["alice@a.test"]);
    expect(handles(await find("zoe", { following: "true" }))).toEqual([]);
  });
});

describe("search.url-of-post", () => {
  it("finds an own post, and one that is held, without asking anybody", async () => {
    const mine = await stead.publishes("Here I am");
    const hers = await says(stead, alice, { url: "https://a.test/@alice/77" });
    const [{ iri }] = (await rows<{ iri: string }>("SELECT iri FROM posts WHERE id = ?", hers)) as [
      { iri: string },
    ];
    stead.world.take();
    expect(numbers(await find(`${ORIGIN}/posts/${mine}`))).toEqual([mine]);
    expect(numbers(await find(iri))).toEqual([hers]);
    expect(numbers(await find("https://a.test/@alice/77"))).toEqual([hers]);
    expect(numbers(await find(`${ORIGIN}/posts/12345`))).toEqual([]);
    expect(left()).toEqual([]);
  });

  it("fetches another's with resolve=true, by its id or by its page, with its author", async () => {
    const bob = await stead.peer("bob", "b.test");
    const note = bob.note({ content: "<p>Far away</p>" });
    const iri = String(note["id"]);
    // The page leads to the document, as Mastodon's does.
    const page = "https://b.test/@bob/1";
    bob.host.documents.set("/@bob/1", bob.host.documents.get(new URL(iri).pathname)!);
    expect(await find(page)).toEqual({ accounts: [], statuses: [], hashtags: [] });
    expect(left()).toEqual([]);
    const { statuses } = await find(page, { resolve: "true" });
    expect(statuses).toMatchObject([
      { uri: iri, content: "<p>Far away</p>", account: { acct: "bob@b.test" } },
    ]);
    expect(stead.world.take().length).toBeLessThanOrEqual(3);
    expect(numbers(await find(iri, { resolve: "true" }))).toEqual([await numberOf(iri)]);
    expect(left()).toEqual([]);
  });

  it("takes no post that is not for everybody, is somebody else's to say, or whose server is blocked", async () => {
    const eve = await stead.peer("eve", "evil.test");
    const secret = eve.note({ to: [`${eve.id}/followers`], cc: [] });
    const forged = eve.note({ attributedTo: alice.id });
    const moved = eve.note();
    eve.host.documents.set("/moved", { ...moved, id: "https://a.test/users/alice/statuses/1" });
    for (const url of [secret["id"], forged["id"], "https://evil.test/moved", "https://evil.test/none"])
      expect([url, (await find(String(url), { resolve: "true" })).statuses]).toEqual([url, []]);
    await blockHost(await stead.ctx(), "evil.test");
    stead.world.take();
    const open = eve.note();
    expect((await find(String(open["id"]), { resolve: "true" })).statuses).toEqual([]);
    expect(left()).toEqual([]);
  });

  it.each([
    "http://127.0.0.1/x",
    "https://169.254.169.254/latest",
    "https://localhost/x",
    "https://[::1]/x",
    "javascript:alert(1)",
    "https://",
    "x".repeat(5_000),
    "\0",
    "' OR 1=1 --",
    "a b c d e f g h i j k l",
  ])("finds nothing at %s, and goes nowhere", async (typed) => {
    expect(await find(typed, { resolve: "true" })).toEqual({ accounts: [], statuses: [], hashtags: [] });
    expect(left()).toEqual([]);
  });
});

describe("search.url-of-profile", () => {
  it("finds who is known by their page, and fetches who is not", async () => {
    const carol = await stead.peer("carol", "c.test");
    carol.document = { ...carol.document, url: "https://c.test/@carol" };
    carol.publishDocument();
    carol.host.documents.set("/@carol", carol.document);
    expect(handles(await find("https://c.test/@carol"))).toEqual([]);
    expect(handles(await find("https://c.test/@carol", { resolve: "true" }))).toEqual(["carol@c.test"]);
    stead.world.take();
    expect(handles(await find(carol.id, { resolve: "true" }))).toEqual(["carol@c.test"]);
    await follows(stead, carol);
    stead.world.take();
    expect(handles(await find("https://c.test/@carol", { resolve: "true" }))).toEqual(["carol@c.test"]);
    expect(left()).toEqual([]);
  });
});

describe("search.hashtag", () => {
  it("finds those the owner and others wrote, the most used first, once each whatever their case", async () => {
    await stead.publishes("I like #Gardens and #Gardening");
    const tag = (name: string) => [{ type: "Hashtag", name }];
    await says(stead, alice, { tag: tag("#gardening") });
    const names = ({ hashtags }: Found) => (hashtags as Json[]).map(({ name }) => name);
    expect(names(await find("#garden"))).toEqual(["Gardening", "Gardens"]);
    expect(names(await find("GARDENS"))).toEqual(["Gardens"]);
    expect(names(await find("#garden", { type: "hashtags", limit: "1", offset: "1" }))).toEqual(["Gardens"]);
    expect((await find("#garden")).hashtags[0]).toMatchObject({
      url: `${ORIGIN}/tags/gardening`,
      history: [],
      following: false,
    });
    expect(names(await find("#garden", { type: "accounts" }))).toEqual([]);
  });

  it("search.v1-alias: has hashtags as text", async () => {
    expect((await find("#garden", {}, "v1")).hashtags).toEqual(["Gardening", "Gardens"]);
    expect(handles(await find("alice", {}, "v1"))).toEqual(["alice@a.test"]);
  });
});

describe("words in posts", () => {
  it("are found in any order and case, newest first, and not in the markup", async () => {
    const mine = await stead.publishes("The quick brown fox — ÄPFEL");
    const hers = await says(stead, alice, { content: '<p class="fox-like">A <b>quick</b> red fox</p>' });
    await says(stead, alice, { content: '<p><a href="https://fox.example/quick">a link</a></p>' });
    expect(numbers(await find("FOX quick"))).toEqual([hers, mine]);
    expect(numbers(await find("äpfel"))).toEqual([mine]);
    expect(numbers(await find("href"))).toEqual([]);
    const page = { type: "statuses", limit: "1" };
    expect(numbers(await find("quick fox", page))).toEqual([hers]);
    expect(numbers(await find("quick fox", { ...page, offset: "1" }))).toEqual([mine]);
    expect(numbers(await find("fox", { account_id: String(hash52(alice.id)) }))).toEqual([hers]);
    expect(numbers(await find("fox", { account_id: String(hash52(ACTOR)) }))).toEqual([mine]);
    expect(numbers(await find("fox", { account_id: "x" }))).toEqual([]);
  });

  it("of somebody who is blocked are not found, nor are they", async () => {
    const troll = await stead.peer("troll", "troll.test");
    await says(stead, troll, { cc: [ACTOR], content: "<p>quarrelsome</p>" });
    expect((await find("quarrelsome")).statuses).toHaveLength(1);
    await blockPeer(await stead.ctx(), hash52(troll.id));
    expect((await find("quarrelsome")).statuses).toEqual([]);
    expect(handles(await find("troll"))).toEqual([]);
    await stead.settle();
  });
});

describe("strangers", () => {
  it("find the owner and what the owner said to everybody, and have nothing fetched", async () => {
    const open = await stead.publishes("For all to see");
    const closed = await stead.publishes("For few", { visibility: "followers" });
    const asked = async (q: string, more = {}) => ask(stead, `/api/v2/search?${query(q, more)}`);
    expect((await asked("me")).body).toMatchObject({
      accounts: [{ acct: "me" }],
      statuses: [],
      hashtags: [],
    });
    expect((await asked(`${ORIGIN}/posts/${open}`)).body).toMatchObject({ statuses: [{ id: String(open) }] });
    for (const q of [`${ORIGIN}/posts/${closed}`, "alice", alice.id, "@alice@a.test", "fox", "#garden"])
      expect((await asked(q)).body).toEqual({ accounts: [], statuses: [], hashtags: [] });
    expect((await asked("me", { resolve: "true" })).status).toBe(401);
    expect((await asked("me", { type: "accounts", offset: "1" })).status).toBe(401);
    expect(left()).toEqual([]);
  });
});

describe("accounts/search", () => {
  const asked = async (q: string, more = {}) =>
    ((await app.ask(`/api/v1/accounts/search?${query(q, more)}`)).body as unknown as Json[]).map(
      ({ acct }) => acct,
    );

  it("completes a mention among those who are known, the followed first, and resolves a whole handle when told", async () => {
    const alf = await stead.peer("alf", "alf.test");
    await says(stead, alf, { cc: [ACTOR] });
    expect(await asked("al")).toEqual(["alice@a.test", "alf@alf.test"]);
    expect(await asked("al", { limit: "1", offset: "1" })).toEqual(["alf@alf.test"]);
    expect(await asked("al", { following: "true" })).toEqual(["alice@a.test"]);
    expect(await asked("@me")).toEqual(["me"]);
    expect(await asked("")).toEqual([]);
    await stead.peer("yves", "y.test");
    expect(await asked("yves@y.test")).toEqual([]);
    expect(await asked("yves@y.test", { resolve: "true" })).toEqual(["yves@y.test"]);
  });
});
