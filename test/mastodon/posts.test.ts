import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { HOUR } from "../../worker/kernel/clock.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ORIGIN, Stead } from "../fediverse/stead.ts";
import { App, asJson, form, type Json, type Reply } from "./client.ts";
import { numberOf, says } from "./following.ts";

const PUBLIC = "https://www.w3.org/ns/activitystreams#Public";
const FOLLOWERS = `${ORIGIN}/actor/followers`;

let stead: Stead;
let app: App;
let alice: FakePeer;
let bob: FakePeer;
beforeAll(async () => {
  stead = await Stead.claimed();
  app = await App.letIn(stead);
  alice = await stead.peer("alice");
  bob = await stead.peer("bob", "b.test");
  await stead.followedBy(alice);
});
afterAll(() => {
  vi.useRealTimers();
  return stead.settle();
});

async function post(fields: Record<string, string>, headers: Record<string, string> = {}): Promise<Reply> {
  const reply = await app.ask("/api/v1/statuses", { ...form(fields), headers });
  await stead.settle();
  return reply;
}

const created = (peer: FakePeer) => peer.received("Create").at(-1)?.["object"] as Doc | undefined;

describe("post: what is written in an app", () => {
  it("post.text: is shown as HTML with its tags, names the app, and reaches the followers", async () => {
    const { status, body } = await post({ status: "Hello *world* #Fedi", language: "en" });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      visibility: "public",
      language: "en",
      sensitive: false,
      spoiler_text: "",
      application: { name: "Test app", website: null },
      tags: [{ name: "Fedi", url: `${ORIGIN}/tags/fedi` }],
      account: { username: "me", acct: "me" },
      in_reply_to_id: null,
      reblog: null,
      pinned: false,
    });
    expect(body["content"]).toContain("<em>world</em>");
    expect(body["uri"]).toBe(`${ORIGIN}/posts/${String(body["id"])}`);
    expect(created(alice)).toMatchObject({ id: body["uri"], content: body["content"] });
    expect((await app.ask(`/api/v1/statuses/${String(body["id"])}`)).body).toEqual(body);
  });

  it("post.cw: has a warning, and is sensitive with it or without", async () => {
    const warned = await post({ status: "The butler", spoiler_text: "Ending" });
    expect(warned.body).toMatchObject({ spoiler_text: "Ending", sensitive: true });
    expect(created(alice)).toMatchObject({ summary: "Ending", sensitive: true });
    const quiet = await post({ status: "Careful", sensitive: "true" });
    expect(quiet.body).toMatchObject({ spoiler_text: "", sensitive: true });
    expect(created(alice)).toMatchObject({ sensitive: true });
  });

  it.each([
    ["public", [PUBLIC], [FOLLOWERS], true],
    ["unlisted", [FOLLOWERS], [PUBLIC], true],
    ["private", [FOLLOWERS], [], true],
    ["direct", [], [], false],
  ] as const)("post.visibility: %s reaches whom it is for", async (visibility, to, cc, followers) => {
    const before = alice.received("Create").length;
    const { status, body } = await post({ status: `For @bob@b.test: ${visibility}`, visibility });
    expect([status, body["visibility"]]).toEqual([200, visibility]);
    const note = created(bob)!;
    expect(note["id"]).toBe(body["uri"]);
    const named = visibility === "direct" ? { to: [bob.id], cc: [] } : { to: [...to], cc: [...cc, bob.id] };
    expect({ to: note["to"], cc: note["cc"] }).toEqual(named);
    expect(alice.received("Create").length - before).toBe(followers ? 1 : 0);
  });

  it("post.mention-remote: somebody never met is looked up, named with an address, and told", async () => {
    const carol = await stead.peer("carol", "c.test");
    const { body } = await post({ status: "Hi @carol@c.test and @nobody@c.test" });
    const [mention, ...others] = body["mentions"] as Json[];
    expect(others).toEqual([]);
    expect(mention).toMatchObject({ username: "carol", acct: "carol@c.test", url: carol.id });
    expect(created(carol)).toMatchObject({ id: body["uri"] });
    const account = await app.ask(`/api/v1/accounts/${String(mention!["id"])}`);
    expect([account.status, account.body["uri"]]).toEqual([200, carol.id]);
  });

  it("post.reply: answers a post held here, names its author, and stands in both contexts", async () => {
    const id = await says(stead, bob, { content: "<p>A question</p>", cc: [`${ORIGIN}/actor`] });
    const asked = await app.ask(`/api/v1/statuses/${id}`);
    const { body } = await post({ status: "An answer", in_reply_to_id: String(id) });
    const author = (asked.body["account"] as Json)["id"];
    expect(body).toMatchObject({ in_reply_to_id: String(id), in_reply_to_account_id: author });
    expect(created(bob)).toMatchObject({
      id: body["uri"],
      inReplyTo: asked.body["uri"],
      cc: expect.arrayContaining([bob.id]),
    });
    const up = await app.ask(`/api/v1/statuses/${String(body["id"])}/context`);
    expect(up.body).toMatchObject({ ancestors: [{ id: String(id), replies_count: 1 }], descendants: [] });
    const down = await app.ask(`/api/v1/statuses/${id}/context`);
    expect(down.body).toMatchObject({ ancestors: [], descendants: [{ id: body["id"] }] });
    expect((await post({ status: "To nobody", in_reply_to_id: "12345" })).status).toBe(404);
  });

  it("post.reply: with no audience said goes no further than what it answers", async () => {
    const id = await says(stead, bob, { to: [`${ORIGIN}/actor`], cc: [] });
    const { status, body } = await post({ status: "Between us", in_reply_to_id: String(id) });
    expect([status, body["visibility"]]).toEqual([200, "direct"]);
    expect(created(bob)).toMatchObject({ id: body["uri"], to: [bob.id], cc: [] });
  });

  it("post.context: what was said before the owner was named is fetched, and leads down to it", async () => {
    const dora = await stead.peer("dora", "d.test");
    const first = dora.note({ content: "<p>How it began</p>" });
    const second = dora.note({ inReplyTo: first["id"] });
    const id = await says(stead, bob, { inReplyTo: second["id"], cc: [`${ORIGIN}/actor`] });
    await vi.waitFor(async () => {
      const { ancestors } = (await app.ask(`/api/v1/statuses/${id}/context`)).body;
      expect(ancestors).toMatchObject([{ uri: first["id"] }, { uri: second["id"] }]);
    });
    const top = await numberOf(String(first["id"]));
    const { descendants } = (await app.ask(`/api/v1/statuses/${top}/context`)).body;
    expect((descendants as Json[]).map(({ uri }) => uri)).toEqual(expect.arrayContaining([second["id"]]));
    expect((descendants as Json[]).map((one) => one["id"])).toContain(String(id));
  });

  it("post.context: a thread is whole, in its order, and a circle in it ends", async () => {
    const ids: string[] = [];
    for (const text of ["one", "two", "three"]) {
      const { body } = await post({
        status: text,
        ...(ids.length > 0 ? { in_reply_to_id: ids.at(-1)! } : {}),
      });
      ids.push(String(body["id"]));
    }
    const context = async () => (await app.ask(`/api/v1/statuses/${ids[1]}/context`)).body;
    const idsIn = (list: unknown) => (list as Json[]).map(({ id }) => id);
    expect([idsIn((await context())["ancestors"]), idsIn((await context())["descendants"])]).toEqual([
      [ids[0]],
      [ids[2]],
    ]);
    await rows(
      "UPDATE posts SET reply_to = ?, reply_to_iri = ? WHERE id = ?",
      Number(ids[2]),
      `${ORIGIN}/posts/${ids[2]}`,
      Number(ids[0]),
    );
    expect(idsIn((await context())["ancestors"])).toEqual(expect.arrayContaining([ids[0], ids[2]]));
  });
});

describe("post.idempotency: an app that did not hear the answer asks again", () => {
  const key = { "idempotency-key": "once" };
  const posts = async () => (await rows("SELECT 1 FROM posts")).length;

  it("and gets the post of the first time, also when both ask at once", async () => {
    const before = await posts();
    const first = await post({ status: "Only once" }, key);
    const second = await post({ status: "Only once" }, key);
    expect(second.body["id"]).toBe(first.body["id"]);
    const both = await Promise.all(
      [1, 2, 3].map(() => post({ status: "At once" }, { "idempotency-key": "both" })),
    );
    expect(new Set(both.map(({ body }) => body["id"])).size).toBe(1);
    expect((await posts()) - before).toBe(2);
  });

  it("another app's key is another, and after an hour it is new again", async () => {
    const before = await posts();
    const other = await App.letIn(stead);
    await other.ask("/api/v1/statuses", { ...form({ status: "Mine" }), headers: key });
    expect((await posts()) - before).toBe(1);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + HOUR + 1_000 });
    await post({ status: "Later" }, key);
    vi.useRealTimers();
    expect((await posts()) - before).toBe(2);
    expect(await rows("SELECT 1 FROM asked_posts")).toHaveLength(1);
  });
});

describe("post.edit: new words for a post", () => {
  it("post.edit+history: reach whom the old ones reached, and the old ones stay to be read", async () => {
    const { body: first } = await post({ status: "Frist", language: "en" });
    const id = String(first["id"]);
    const path = `/api/v1/statuses/${id}`;
    expect((await app.ask(`${path}/source`)).body).toEqual({ id, text: "Frist", spoiler_text: "" });
    const edited = await app.ask(path, asJson({ status: "First", spoiler_text: "Order" }, "PUT"));
    await stead.settle();
    expect([edited.status, edited.body]).toMatchObject([
      200,
      { id, spoiler_text: "Order", sensitive: true, language: "en", created_at: first["created_at"] },
    ]);
    expect(edited.body["edited_at"]).not.toBeNull();
    expect(alice.received("Update").at(-1)).toMatchObject({ object: { id: first["uri"], summary: "Order" } });
    const history = (await app.ask(`${path}/history`)).body as unknown as Json[];
    expect(history).toMatchObject([
      { content: first["content"], spoiler_text: "", created_at: first["created_at"] },
      { content: edited.body["content"], spoiler_text: "Order", created_at: edited.body["edited_at"] },
    ]);
    const unwarned = await app.ask(path, asJson({ spoiler_text: "", sensitive: false }, "PUT"));
    expect(unwarned.body).toMatchObject({
      spoiler_text: "",
      sensitive: false,
      content: edited.body["content"],
    });
    await stead.settle();
  });

  it("of somebody else's post are not taken, and its source is not told", async () => {
    const id = await says(stead, bob, { cc: [`${ORIGIN}/actor`] });
    expect((await app.ask(`/api/v1/statuses/${id}`, asJson({ status: "x" }, "PUT"))).status).toBe(404);
    expect((await app.ask(`/api/v1/statuses/${id}`, { method: "DELETE" })).status).toBe(404);
    expect((await app.ask(`/api/v1/statuses/${id}/source`)).status).toBe(404);
    const history = (await app.ask(`/api/v1/statuses/${id}/history`)).body as unknown as Json[];
    expect(history).toHaveLength(1);
  });

  it("post.delete→redraft: gives the words back, takes post and history away, and tells the followers", async () => {
    const { body } = await post({ status: "Never *mind*", spoiler_text: "Oops" });
    const path = `/api/v1/statuses/${String(body["id"])}`;
    await app.ask(path, asJson({ status: "Never **mind**" }, "PUT"));
    const deleted = await app.ask(path, { method: "DELETE" });
    await stead.settle();
    expect(deleted.body).toMatchObject({ id: body["id"], text: "Never **mind**", spoiler_text: "Oops" });
    expect(alice.received("Delete").at(-1)).toMatchObject({ object: { id: body["uri"] } });
    for (const end of ["", "/context", "/history", "/source"]) {
      expect([end, (await app.ask(path + end)).status]).toEqual([end, 404]);
    }
    expect(await rows("SELECT 1 FROM earlier_versions WHERE post = ?", Number(body["id"]))).toEqual([]);
    expect((await app.ask(path, { method: "DELETE" })).status).toBe(404);
  });
});

describe("what can not be posted", () => {
  it.each<[string, Record<string, string>, RegExp]>([
    ["nothing", { status: " " }, /nothing to say/],
    ["no words at all", {}, /nothing to say/],
    ["more than fits", { status: "x".repeat(20_001) }, /at most 20000/],
    ["a warning that never ends", { status: "x", spoiler_text: "x".repeat(2_001) }, /content warning/i],
    ["an audience nobody knows", { status: "x", visibility: "limited" }, /Visibility/],
    ["a language that is none", { status: "x", language: "e n" }, /Language/],
    ["a picture that is not there", { status: "x", "media_ids[]": "1" }, /files/],
    [
      "a poll of one option",
      { status: "x", "poll[options][]": "a", "poll[expires_in]": "300" },
      /two options/,
    ],
    ["a post for a time that is none", { status: "x", scheduled_at: "tomorrow" }, /no time/],
    ["post.quote: a quote, yet", { status: "x", quoted_status_id: "1" }, /quoted/],
    ["a direct post to a name nobody has", { status: "x @y@z.test", visibility: "direct" }, /@y@z\.test/],
  ])("%s: is told so, and nothing is written or sent", async (_, fields, problem) => {
    const before = await stead.state();
    stead.world.take();
    const { status, body } = await post(fields, { "idempotency-key": "bad" });
    expect([status, body["error"]]).toEqual([422, expect.stringMatching(problem)]);
    expect(await stead.state()).toBe(before);
    expect(stead.world.take()).toEqual([]);
  });

  it("makes a direct post without a name a note to oneself, as Mastodon has it", async () => {
    const { status, body } = await post({ status: "Buy beans.", visibility: "direct" });
    expect([status, body["visibility"], body["mentions"]]).toEqual([200, "direct", []]);
    await stead.settle();
    expect(stead.world.take().filter(({ method }) => method === "POST")).toEqual([]);
  });

  it("takes what apps send empty as not sent", async () => {
    const sent = {
      status: "Fine",
      media_ids: [],
      poll: null,
      scheduled_at: null,
      in_reply_to_id: null,
      language: null,
    };
    const { status, body } = await app.ask("/api/v1/statuses", asJson(sent));
    expect([status, body["language"]]).toEqual([200, null]);
  });
});
