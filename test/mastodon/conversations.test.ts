import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, env, Stead } from "../fediverse/stead.ts";
import { App, asJson, type Json, type Reply } from "./client.ts";
import { says } from "./following.ts";
import { tokenFor } from "./tokens.ts";

const PATH = "/api/v1/conversations";

let stead: Stead;
let app: App;
let alice: FakePeer;
let bob: FakePeer;
beforeAll(async () => {
  stead = await Stead.claimed();
  app = new App(stead, { id: "", secret: "" }, await tokenFor(stead, ["read", "write"]));
  alice = await stead.peer("alice");
  bob = await stead.peer("bob", "b.test");
});
beforeEach(async () => {
  await env.DB.batch(["posts", "conversations"].map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
});
afterEach(() => stead.settle());
afterAll(() => stead.settle());

const listed = async (query = ""): Promise<Json[]> => (await app.ask(PATH + query)).body as unknown as Json[];
const lasts = (found: readonly Json[]) => found.map((one) => String((one["last_status"] as Json)["id"]));

/** To the owner and nobody else. */
const whispers = (peer: FakePeer, fields: Json = {}): Promise<number> =>
  says(stead, peer, {
    to: [ACTOR],
    cc: [],
    tag: [{ type: "Mention", href: ACTOR, name: "@me@me.test" }],
    ...fields,
  });

async function tells(status: string, more: Json = {}): Promise<Reply> {
  const reply = await app.ask("/api/v1/statuses", asJson({ status, visibility: "direct", ...more }));
  expect(reply.status).toBe(200);
  await stead.settle();
  return reply;
}

const iriOf = async (id: number): Promise<string> =>
  (await rows<{ iri: string }>("SELECT iri FROM posts WHERE id = ?", id))[0]!.iri;

describe("a conversation", () => {
  it("is what was said to a few, from the first word on, with the last one shown", async () => {
    const first = await whispers(alice);
    expect(await listed()).toMatchObject([
      {
        id: String(first),
        unread: true,
        accounts: [{ acct: "alice@a.test" }],
        last_status: { id: String(first) },
      },
    ]);
    const { body: answer } = await tells("@alice@a.test yes?", { in_reply_to_id: String(first) });
    expect(await listed()).toMatchObject([
      {
        id: String(first),
        unread: false,
        accounts: [{ acct: "alice@a.test" }],
        last_status: { id: answer["id"] },
      },
    ]);
    const third = await whispers(alice, { inReplyTo: answer["uri"] });
    expect(await listed()).toMatchObject([
      { id: String(first), unread: true, last_status: { id: String(third) } },
    ]);
    const { body: both } = await tells("@alice@a.test @bob@b.test both of you");
    const all = await listed();
    expect(all).toMatchObject([{ id: both["id"], unread: false }, { id: String(first) }]);
    expect(
      (all[0]!["accounts"] as Json[]).map(({ acct }) => String(acct)).toSorted((a, b) => a.localeCompare(b)),
    ).toEqual(["alice@a.test", "bob@b.test"]);
    const { body: direct } = await app.ask("/api/v1/timelines/direct");
    expect((direct as unknown as Json[]).map(({ id }) => id)).toEqual(
      [both["id"], third, answer["id"], first].map(String),
    );
  });

  it("holds nothing that was said to more than a few, and ends where others are told", async () => {
    const open = await says(stead, alice, { cc: [ACTOR] });
    const one = await whispers(alice, { inReplyTo: await iriOf(open) });
    await tells("@alice@a.test in public", { visibility: "public", in_reply_to_id: String(one) });
    expect(await listed()).toMatchObject([{ id: String(one), last_status: { id: String(one) } }]);
    expect(
      ((await app.ask("/api/v1/timelines/direct")).body as unknown as Json[]).map(({ id }) => id),
    ).toEqual([String(one)]);
  });

  it("is read and unread as the owner says, and comes back after it was taken away", async () => {
    const first = await whispers(alice);
    const one = `${PATH}/${first}`;
    const read = await app.ask(`${one}/read`, { method: "POST" });
    expect([read.status, read.body]).toMatchObject([200, { id: String(first), unread: false }]);
    expect((await app.ask(`${one}/unread`, { method: "POST" })).body).toMatchObject({ unread: true });
    expect((await app.ask(one, { method: "DELETE" })).body).toEqual({});
    expect(await listed()).toEqual([]);
    expect((await app.ask(`${one}/read`, { method: "POST" })).status).toBe(404);
    expect((await app.ask(`/api/v1/statuses/${first}`)).status).toBe(200);
    const iri = await iriOf(first);
    const edited = { ...alice.host.documents.get(new URL(iri).pathname)!, content: "<p>Edited</p>" };
    await stead.deliver(alice, alice.activity("Update", { object: edited, to: [ACTOR] }));
    expect(await listed()).toEqual([]);
    const next = await whispers(alice, { inReplyTo: iri });
    expect(await listed()).toMatchObject([
      { id: String(first), unread: true, last_status: { id: String(next) } },
    ]);
    for (const [path, method] of [
      [`${PATH}/12345`, "DELETE"],
      [`${PATH}/12345/read`, "POST"],
    ] as const)
      expect((await app.ask(path, { method })).status).toBe(404);
  });

  it("that is new in an old thread is unread, whatever its author's clock says", async () => {
    const first = await whispers(alice);
    const { body: mine } = await tells("@alice@a.test so", { in_reply_to_id: String(first) });
    const published = new Date(Date.now() - 3_600_000).toISOString();
    await whispers(alice, { inReplyTo: mine["uri"], published });
    expect(await listed()).toMatchObject([{ unread: true, last_status: { id: mine["id"] } }]);
  });

  it("shows the word before when the last one is taken back, and goes with the last", async () => {
    const first = await whispers(alice);
    const iri = await iriOf(first);
    const second = await whispers(alice, { inReplyTo: iri });
    const { body: mine } = await tells("@alice@a.test so", { in_reply_to_id: String(first) });
    await app.ask(`/api/v1/statuses/${String(mine["id"])}`, { method: "DELETE" });
    expect(lasts(await listed())).toEqual([String(second)]);
    await stead.deliver(alice, alice.activity("Delete", { object: await iriOf(second) }));
    await stead.settle();
    expect(lasts(await listed())).toEqual([String(first)]);
    await stead.deliver(alice, alice.activity("Delete", { object: iri }));
    await stead.settle();
    expect(await listed()).toEqual([]);
    expect(await rows("SELECT * FROM conversations")).toEqual([]);
  });

  it("with somebody the owner blocks is not shown until they are let in again", async () => {
    await whispers(bob);
    await rows("UPDATE peers SET blocked_at = 1 WHERE iri = ?", bob.id);
    expect(await listed()).toEqual([]);
    expect((await app.ask("/api/v1/timelines/direct")).body).toEqual([]);
    await rows("UPDATE peers SET blocked_at = NULL WHERE iri = ?", bob.id);
    expect(await listed()).toHaveLength(1);
  });

  it("comes in pages that the Link header leads through", async () => {
    const all: number[] = [];
    for (let n = 0; n < 5; n++) all.push(await whispers(alice));
    const newest = all.toReversed().map(String);
    const first = await app.ask(`${PATH}?limit=2`);
    expect(lasts(first.body as unknown as Json[])).toEqual(newest.slice(0, 2));
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get("link")!)![1]!;
    expect(lasts((await app.ask(next)).body as unknown as Json[])).toEqual(newest.slice(2, 4));
    expect(lasts(await listed(`?min_id=${all[0]}&limit=2`))).toEqual(newest.slice(2, 4));
  });
});
