import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { stepBackfill } from "../../worker/peers/backfill.ts";
import { openThread } from "../../worker/owner/backfill.ts";
import { blockHost } from "../../worker/store/notices.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { env, Stead } from "../fediverse/stead.ts";
import { App, ask, type Json } from "./client.ts";
import { follows, numberOf } from "./following.ts";
import { tokenFor } from "./tokens.ts";

let stead: Stead;
let app: App;
let alice: FakePeer;
let bob: FakePeer;
let carol: FakePeer;

beforeAll(async () => {
  stead = await Stead.claimed();
  app = new App(stead, { id: "", secret: "" }, await tokenFor(stead, ["read", "write"]));
  alice = await stead.peer("alice");
  bob = await stead.peer("bob", "b.test");
  carol = await stead.peer("carol", "c.test");
  await follows(stead, alice);
}, 30_000);
afterAll(() => stead.settle());

const AS = "https://www.w3.org/ns/activitystreams";
/** A collection of answers, as Mastodon lists it: those of the author inside, the others on a page. */
function lists(peer: FakePeer, post: Doc, inside: unknown[], page: unknown[]): void {
  const id = `${String(post["id"])}/replies`;
  const first = {
    id: `${id}?page=1`,
    type: "CollectionPage",
    partOf: id,
    items: inside,
    next: `${id}?page=2`,
  };
  const whole = { "@context": AS, ...post, replies: { id, type: "Collection", first } };
  peer.publish(whole);
  peer.publish({ "@context": AS, id: `${id}?page=2`, type: "CollectionPage", partOf: id, items: page });
}

const context = (id: number) => app.ask(`/api/v1/statuses/${id}/context`);
const urisIn = (statuses: unknown) => (statuses as Json[]).map(({ uri }) => uri);
const refreshIn = (headers: Headers) =>
  /^id="([\w-]+)", retry=3, result_count=(\d+)$/.exec(headers.get("mastodon-async-refresh") ?? "");

/** As an app does: asks how far it is until it is over. The number of posts that were found. */
async function refreshed(id: string): Promise<number> {
  return vi.waitFor(
    async () => {
      const { body } = await app.ask(`/api/v1_alpha/async_refreshes/${id}`);
      const refresh = body["async_refresh"] as Json;
      expect(refresh).toMatchObject({ id, status: "finished" });
      return refresh["result_count"] as number;
    },
    { timeout: 10_000, interval: 20 },
  );
}

describe("thread.backfill async-refresh: a thread that is opened", () => {
  it("gets the answers that nobody sent here, nested ones too, because its origin knows of them", async () => {
    const root = alice.note();
    const id = await saysKnown(root);
    const first = bob.note({ inReplyTo: root["id"], content: "<p>First</p><script>alert(1)</script>" });
    const own = alice.note({ inReplyTo: root["id"] });
    const nested = carol.note({ inReplyTo: first["id"] });
    lists(alice, root, [own["id"]], [first["id"]]);
    lists(bob, first, [], [nested["id"]]);
    const opened = await context(id);
    const [, refresh, count] = refreshIn(opened.headers)!;
    expect([refresh, count]).toEqual([`thread-${id}`, "0"]);
    expect(await refreshed(refresh!)).toBe(3);
    const { body, headers } = await context(id);
    expect(headers.get("mastodon-async-refresh")).toBeNull();
    expect(new Set(urisIn(body["descendants"]))).toEqual(new Set([first["id"], own["id"], nested["id"]]));
    const shown = body["descendants"] as Json[];
    expect(shown.find(({ uri }) => uri === first["id"])).toMatchObject({
      content: "<p>First</p>",
      in_reply_to_id: String(id),
      account: { acct: "bob@b.test" },
    });
    expect(shown.find(({ uri }) => uri === nested["id"])).toMatchObject({
      in_reply_to_id: String(await numberOf(String(first["id"]))),
    });
  });

  it("is not asked for again within ten minutes, and is after them", async () => {
    const root = alice.note();
    const id = await saysKnown(root);
    const [, refresh] = refreshIn((await context(id)).headers)!;
    await refreshed(refresh!);
    stead.world.take();
    expect(refreshIn((await context(id)).headers)).toBeNull();
    expect(stead.world.take()).toEqual([]);
    await env.DB.prepare("UPDATE backfills SET started_at = started_at - 600001").run();
    expect(refreshIn((await context(id)).headers)?.[1]).toBe(refresh);
    await refreshed(refresh!);
  });

  it("thread.ancestors: gets what it answers, up to the beginning, because an answer alone says little", async () => {
    const root = carol.note();
    const middle = bob.note({ inReplyTo: root["id"] });
    const id = await saysKnown(alice.note({ inReplyTo: middle["id"] }));
    expect(urisIn((await context(id)).body["ancestors"])).toEqual([]);
    await refreshed(`thread-${id}`);
    expect(urisIn((await context(id)).body["ancestors"])).toEqual([root["id"], middle["id"]]);
  });

  it("FEP-7888: gets the whole conversation where its context lists it", async () => {
    const root = alice.note();
    const id = await saysKnown(root);
    const list = `${alice.host.origin}/contexts/${id}`;
    const said = bob.note({ inReplyTo: root["id"], context: list });
    const other = carol.note({ inReplyTo: said["id"], context: list });
    const items = [root["id"], said["id"], other["id"]];
    alice.publish({ "@context": AS, id: list, type: "Collection", items });
    alice.publish({ "@context": AS, ...root, context: list });
    await context(id);
    expect(await refreshed(`thread-${id}`)).toBe(2);
    expect(urisIn((await context(id)).body["descendants"])).toEqual([said["id"], other["id"]]);
  });

  it("gets answers to answers to the owner's own posts, which nobody sends here", async () => {
    const mine = await stead.publishes("Ask me");
    const first = bob.note({ inReplyTo: `https://me.test/posts/${mine}` });
    await stead.deliver(bob, bob.activity("Create", { object: first, to: first["to"], cc: first["cc"] }));
    await stead.settle();
    const second = carol.note({ inReplyTo: first["id"] });
    lists(bob, first, [], [second["id"]]);
    await context(mine);
    expect(await refreshed(`thread-${mine}`)).toBe(1);
    expect(urisIn((await context(mine)).body["descendants"])).toEqual([first["id"], second["id"]]);
    const noticed = await rows("SELECT 1 FROM posts WHERE iri = ? AND mentions_owner = 1", second["id"]);
    expect(noticed).toEqual([]);
  });

  it("is no business of strangers: their visits make us ask nobody", async () => {
    const mine = await stead.publishes("To all");
    stead.world.take();
    const { headers, status } = await ask(stead, `/api/v1/statuses/${mine}/context`);
    expect([status, headers.get("mastodon-async-refresh")]).toEqual([200, null]);
    expect(stead.world.take()).toEqual([]);
  });

  it("a refresh that is not known is 404", async () => {
    expect((await app.ask("/api/v1_alpha/async_refreshes/thread-1")).status).toBe(404);
    expect((await app.ask("/api/v1_alpha/async_refreshes/x'%20OR%201")).status).toBe(404);
  });
});

/** A post of somebody who is followed, held here. */
async function saysKnown(note: Doc): Promise<number> {
  await stead.deliver(alice, alice.activity("Create", { object: note, to: note["to"], cc: note["cc"] }));
  await stead.settle();
  return numberOf(String(note["id"]));
}

/** Opens a thread with one answer listed; what the posts are that are held of it then. */
async function answeredBy(answer: Doc, listed: unknown = answer["id"], fields: Doc = {}): Promise<unknown[]> {
  const root = alice.note();
  const id = await saysKnown(root);
  lists(alice, { ...root, ...fields }, [], [listed]);
  const document = { "@context": AS, inReplyTo: root["id"], ...answer };
  const { host, pathname } = new URL(String(answer["id"]));
  stead.host(host).documents.set(pathname, document);
  await context(id);
  await refreshed(`thread-${id}`);
  return rows("SELECT iri FROM posts WHERE iri = ? OR reply_to_iri = ?", answer["id"], root["id"]);
}

describe("what a server says of others' answers", () => {
  const cases: [string, (note: Doc) => Doc, ((note: Doc) => unknown)?][] = [
    ["is for followers alone", (note) => ({ ...note, to: [`${bob.id}/followers`], cc: [] })],
    ["is for one person", (note) => ({ ...note, to: ["https://me.test/actor"], cc: [] })],
    ["is by somebody elsewhere", (note) => ({ ...note, attributedTo: "https://c.test/users/carol" })],
    ["answers something else", (note) => ({ ...note, inReplyTo: "https://b.test/else" })],
    [
      "has another id than its address",
      (note) => ({ ...note, id: "https://c.test/users/carol/statuses/1x" }),
    ],
    ["is no post", (note) => ({ ...note, type: "Person" })],
  ];
  it.each(cases)("is not kept when the answer %s", async (_, change) => {
    const note = bob.note();
    const changed = change(note);
    const { host, pathname } = new URL(String(note["id"]));
    const root = alice.note();
    const id = await saysKnown(root);
    lists(alice, root, [], [note["id"]]);
    stead.host(host).documents.set(pathname, { "@context": AS, inReplyTo: root["id"], ...changed });
    await context(id);
    expect(await refreshed(`thread-${id}`)).toBe(0);
    expect(await rows("SELECT iri FROM posts WHERE iri = ?", note["id"])).toEqual([]);
  });

  it("is not believed: an answer that is embedded is fetched where it lives", async () => {
    const note = bob.note({ content: "<p>True</p>" });
    await answeredBy(note, { ...note, content: "<p>Forged</p>" });
    expect(await rows("SELECT html FROM posts WHERE iri = ?", note["id"])).toEqual([{ html: "<p>True</p>" }]);
  });

  it("is not asked of a host that the owner blocks, nor kept of a person", async () => {
    const troll = await stead.peer("troll", "troll.test");
    const note = troll.note();
    await blockHost((await stead.ctx()).db, "troll.test", Date.now() as never);
    stead.world.take();
    await answeredBy(note);
    expect(stead.world.take().filter(({ url }) => url.includes("troll.test"))).toEqual([]);
    await env.DB.prepare("UPDATE peers SET blocked_at = 1 WHERE iri = ?").bind(carol.id).run();
    const hers = carol.note();
    await answeredBy(hers);
    expect(await rows("SELECT 1 FROM posts WHERE iri = ?", hers["id"])).toEqual([]);
    await env.DB.prepare("UPDATE peers SET blocked_at = NULL").run();
  });

  it.each([
    ["the stead itself", "https://me.test/actor"],
    ["a private host", "https://localhost/1"],
    ["an address", "https://127.0.0.1/1"],
    ["no address at all", "javascript:alert(1)"],
  ])("leads to %s, and nobody goes there", async (_, listed) => {
    const root = alice.note();
    const id = await saysKnown(root);
    lists(alice, root, [], [listed]);
    stead.world.take();
    await context(id);
    expect(await refreshed(`thread-${id}`)).toBe(0);
    expect(stead.world.take().map(({ url }) => new URL(url).host)).toEqual(["a.test", "a.test"]);
  });
});

describe("the budget of a thread", () => {
  it("a step asks for 8 documents and their authors, signs nothing that is open, and the next goes on", async () => {
    const root = alice.note();
    const id = await saysKnown(root);
    const many = await Promise.all(
      Array.from({ length: 30 }, async (_, n) => {
        const peer = await stead.peer(`p${n}`, `h${n}.test`);
        return peer.note({ inReplyTo: root["id"] });
      }),
    );
    lists(
      alice,
      root,
      [],
      many.map((note) => note["id"]),
    );
    const ctx = await stead.ctx();
    const background = vi.spyOn(ctx.ports, "background").mockImplementation(() => {});
    await openThread(ctx, id);
    background.mockRestore();
    let steps = 0;
    for (; steps < 20; steps++) {
      const one = await stead.ctx();
      await stepBackfill(one, `thread-${id}`);
      expect(one.meter.signatures).toBe(0);
      expect(one.meter.fetches).toBeLessThanOrEqual(16);
      const [row] = await rows<{ done_at: number | null }>(
        "SELECT done_at FROM backfills WHERE id = ?",
        `thread-${id}`,
      );
      if (row!.done_at !== null) break;
    }
    expect(steps).toBeLessThan(15);
    const { descendants } = (await context(id)).body;
    expect((descendants as Json[]).length).toBe(30);
  });

  it("ends, however many answers somebody makes up", async () => {
    const root = alice.note();
    const id = await saysKnown(root);
    let asked = 0;
    bob.host.get = (request) => {
      const { pathname } = new URL(request.url);
      if (!pathname.startsWith("/endless/")) return null;
      asked++;
      const self = `https://b.test${pathname}`;
      const n = Number(pathname.slice(9));
      const items = Array.from({ length: 40 }, (_, k) => `https://b.test/endless/${n * 40 + k + 1}`);
      const replies = { id: `${self}/replies`, type: "Collection", first: { type: "CollectionPage", items } };
      const note = bob.note({ id: self, inReplyTo: root["id"], replies });
      return Response.json(
        { "@context": AS, ...note },
        { headers: { "content-type": "application/activity+json" } },
      );
    };
    lists(alice, root, [], ["https://b.test/endless/0"]);
    await context(id);
    await refreshed(`thread-${id}`);
    bob.host.get = () => null;
    expect(asked).toBeLessThanOrEqual(120);
  });

  it("a server that wants signatures gets one, as long as there are any, and is asked again later", async () => {
    const secure = await stead.peer("dana", "secure.test");
    const root = alice.note();
    const id = await saysKnown(root);
    const answers = Array.from({ length: 7 }, () => secure.note({ inReplyTo: root["id"] }));
    secure.host.get = (request) =>
      request.headers.has("signature") ? null : new Response(null, { status: 401 });
    lists(
      alice,
      root,
      [],
      answers.map((note) => note["id"]),
    );
    await context(id);
    expect(await refreshed(`thread-${id}`)).toBe(7);
  });

  it("cron goes on with what nobody waits for", async () => {
    const { goOnWithBackfills } = await import("../../worker/owner/backfill.ts");
    const root = alice.note();
    const id = await saysKnown(root);
    const answer = bob.note({ inReplyTo: root["id"] });
    lists(alice, root, [], [answer["id"]]);
    const ctx = await stead.ctx();
    vi.spyOn(ctx.ports, "background").mockImplementation(() => {});
    await openThread(ctx, id);
    await goOnWithBackfills(await stead.ctx());
    expect(await rows("SELECT found FROM backfills WHERE id = ?", `thread-${id}`)).toEqual([{ found: 0 }]);
    await env.DB.prepare("UPDATE backfills SET started_at = started_at - 61000").run();
    for (let n = 0; n < 4; n++) await goOnWithBackfills(await stead.ctx());
    expect(await rows("SELECT found FROM backfills WHERE id = ?", `thread-${id}`)).toEqual([{ found: 1 }]);
  });
});
