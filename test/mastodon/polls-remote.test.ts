import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";

import { HOUR, MINUTE } from "../../worker/kernel/clock.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, Stead } from "../fediverse/stead.ts";
import { App, asJson, type Json } from "./client.ts";
import { follows, says } from "./following.ts";
import { tokenFor } from "./tokens.ts";

let stead: Stead;
let app: App;
let alice: FakePeer;
beforeAll(async () => {
  stead = await Stead.claimed();
  app = new App(stead, { id: "", secret: "" }, await tokenFor(stead, ["read", "write"]));
  alice = await stead.peer("alice");
  await follows(stead, alice);
});
afterEach(() => vi.useRealTimers());
afterAll(() => stead.settle());

const options = (...counts: (number | undefined)[]): Doc[] =>
  counts.map((totalItems, n) => ({
    type: "Note",
    name: ["Tea & biscuits", "Coffee <3", "Milk"][n],
    replies: { type: "Collection", ...(totalItems === undefined ? {} : { totalItems }) },
  }));

const question = (fields: Doc = {}): Doc => ({
  type: "Question",
  content: "<p>What?</p>",
  endTime: new Date(Date.now() + HOUR).toISOString(),
  oneOf: options(3, 4),
  votersCount: 7,
  ...fields,
});

const shown = async (id: number): Promise<Json> =>
  (await app.ask(`/api/v1/statuses/${id}`)).body["poll"] as Json;
const votes = async (id: number, ...choices: number[]) => {
  const reply = await app.ask(`/api/v1/polls/${id}/votes`, asJson({ choices: choices.map(String) }));
  await stead.settle();
  return reply;
};

/** What alice's server got of the owner's votes in a post. */
const got = (iri: string): Doc[] =>
  alice
    .received("Create")
    .map((create): Doc => ({ ...(create["object"] as Doc), audience: create["to"] }))
    .filter((object) => object["inReplyTo"] === iri);

async function iriOf(id: number): Promise<string> {
  const [row] = await rows<{ iri: string }>("SELECT iri FROM posts WHERE id = ?", id);
  return row!.iri;
}

describe("another's poll", () => {
  it.each<[string, Doc, Json]>([
    ["Mastodon", {}, { multiple: false, votes_count: 7, voters_count: 7, expired: false }],
    [
      "Mastodon, over",
      { endTime: "2024-01-01T00:00:00Z", closed: "2024-01-01T00:00:00Z" },
      { expired: true, expires_at: "2024-01-01T00:00:00.000Z" },
    ],
    [
      "Misskey, of several",
      { oneOf: undefined, anyOf: options(1, 0, 2), votersCount: undefined },
      { multiple: true, votes_count: 3, voters_count: null },
    ],
    [
      "Pleroma, whose end is in closed",
      { endTime: undefined, closed: "2040-01-01T00:00:00Z", oneOf: options(1, 2), anyOf: [] },
      { multiple: false, expired: false, expires_at: "2040-01-01T00:00:00.000Z" },
    ],
    [
      "GoToSocial, with hidden counts",
      { oneOf: options(undefined, undefined) },
      { options: [{ votes_count: null }, { votes_count: null }] },
    ],
    ["somebody without an end", { endTime: undefined }, { expires_at: null, expired: false }],
    [
      "a server that lies in its counts",
      { oneOf: [...options(-1), { name: "b" }], votersCount: "x" },
      { votes_count: 0 },
    ],
  ])("by %s is shown in every list, with the titles to the letter", async (_, fields, poll) => {
    const id = await says(stead, alice, question(fields));
    const { body } = await app.ask("/api/v1/timelines/home?limit=1");
    const [status] = body as unknown as Json[];
    expect(status).toMatchObject({
      id: String(id),
      poll: { id: String(id), voted: false, own_votes: [], ...poll },
    });
    expect(((status!["poll"] as Json)["options"] as Json[])[0]).toMatchObject({ title: "Tea & biscuits" });
  });

  it.each<[string, Doc]>([
    ["no options", { oneOf: [] }],
    ["nonsense", { oneOf: "x", anyOf: [1, null, { name: 2 }] }],
  ])("with %s is a post without one", async (_, fields) => {
    const id = await says(stead, alice, question(fields));
    expect(await shown(id)).toBeNull();
    expect((await app.ask(`/api/v1/polls/${id}`)).status).toBe(404);
  });

  it("has the counts of its last Update, which is no edit, and asks its server when they are old", async () => {
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
    const id = await says(stead, alice, question());
    const iri = await iriOf(id);
    const document = alice.host.documents.get(new URL(iri).pathname)!;
    const newer: Doc = { ...document, oneOf: options(3, 5), votersCount: 8 };
    await stead.deliver(alice, alice.activity("Update", { object: newer, to: newer["to"] }));
    expect((await app.ask(`/api/v1/statuses/${id}`)).body).toMatchObject({
      poll: { votes_count: 8, voters_count: 8 },
      edited_at: null,
    });
    alice.publish({ ...newer, oneOf: options(10, 10), votersCount: 20 });
    stead.world.take();
    expect((await app.ask(`/api/v1/polls/${id}`)).body).toMatchObject({ votes_count: 8 });
    expect(stead.world.take()).toEqual([]);
    vi.setSystemTime(Date.now() + 2 * MINUTE);
    expect((await app.ask(`/api/v1/polls/${id}`)).body).toMatchObject({ votes_count: 20 });
    await app.ask(`/api/v1/polls/${id}`);
    expect(stead.world.take().map(({ method, url }) => [method, url])).toEqual([["GET", iri]]);
    vi.setSystemTime(Date.now() + 2 * MINUTE);
    alice.host.get = () => new Response(null, { status: 503 });
    expect((await app.ask(`/api/v1/polls/${id}`)).body).toMatchObject({ votes_count: 20 });
    alice.host.get = () => null;
    vi.setSystemTime(Date.now() + 2 * HOUR);
    for (let n = 0; n < 3; n++) await app.ask(`/api/v1/polls/${id}`);
    // The last counts there will ever be.
    const asked = stead.world.take().filter(({ status }) => status === 200);
    expect(asked).toHaveLength(1);
  });
});

describe("the owner's vote", () => {
  it("reaches the author alone, once, as Mastodon sends it, and is shown in every list", async () => {
    const id = await says(stead, alice, question());
    const iri = await iriOf(id);
    const { status, body } = await votes(id, 1);
    expect([status, body]).toMatchObject([
      200,
      {
        voted: true,
        own_votes: [1],
        votes_count: 8,
        voters_count: 8,
        options: [{ votes_count: 3 }, { votes_count: 5 }],
      },
    ]);
    expect((await votes(id, 1)).body).toEqual(body);
    expect(await shown(id)).toEqual(body);
    const [vote, ...more] = got(iri);
    expect(more).toEqual([]);
    expect(vote).toMatchObject({
      type: "Note",
      name: "Coffee <3",
      attributedTo: ACTOR,
      to: [alice.id],
      audience: [alice.id],
    });
    expect(vote).not.toHaveProperty("content");
    expect((await votes(id, 0)).status).toBe(422);
    expect(got(iri)).toHaveLength(1);
  });

  it("for several options is a Note for each", async () => {
    const id = await says(
      stead,
      alice,
      question({ oneOf: undefined, anyOf: options(0, 0, 0), votersCount: 0 }),
    );
    expect((await votes(id, 2, 0, 2)).body).toMatchObject({
      own_votes: [0, 2],
      votes_count: 2,
      voters_count: 1,
    });
    expect(got(await iriOf(id)).map(({ name }) => name)).toEqual(["Tea & biscuits", "Milk"]);
  });

  it("asked for by two apps at once is cast once", async () => {
    const id = await says(stead, alice, question());
    const both = await Promise.all([votes(id, 0), votes(id, 0), votes(id, 0)]);
    expect(both.map(({ status }) => status)).toEqual([200, 200, 200]);
    expect(new Set(got(await iriOf(id)).map((one) => one["id"])).size).toBe(1);
    expect(await shown(id)).toMatchObject({ votes_count: 8 });
  });

  it.each<[string, Doc, number[], RegExp]>([
    ["in a poll that is over", { endTime: "2024-01-01T00:00:00Z" }, [0], /ended/],
    ["for an option that is not there", {}, [2], /no such option/],
    ["for two where one may be chosen", {}, [0, 1], /one option/],
    ["for nothing", {}, [], /Nothing/],
  ])("%s is refused, and nothing is sent", async (_, fields, choices, problem) => {
    const id = await says(stead, alice, question(fields));
    const before = await stead.state();
    const { status, body } = await votes(id, ...choices);
    expect([status, body["error"]]).toEqual([422, expect.stringMatching(problem)]);
    expect(await stead.state()).toBe(before);
  });

  it("is not for own polls, nor for what is no poll", async () => {
    const mine = await stead.publishes("x", {
      poll: { options: ["a", "b"], lasts: HOUR, multiple: false, hideTotals: false },
    });
    expect((await votes(mine, 0)).status).toBe(422);
    expect((await votes(await says(stead, alice), 0)).status).toBe(404);
    expect((await votes(123, 0)).status).toBe(404);
  });

  it("stays through new counts, and is forgotten when the poll asks something else", async () => {
    const id = await says(stead, alice, question());
    const document = alice.host.documents.get(new URL(await iriOf(id)).pathname)!;
    await votes(id, 0);
    const update = (fields: Doc) => {
      const object = { ...document, ...fields };
      return stead.deliver(alice, alice.activity("Update", { object, to: object["to"] }));
    };
    await update({ oneOf: options(9, 9) });
    expect(await shown(id)).toMatchObject({ own_votes: [0], votes_count: 18 });
    await update({ oneOf: options(0, 0, 0), updated: new Date().toISOString() });
    expect(await shown(id)).toMatchObject({ voted: false, own_votes: [], votes_count: 0 });
    expect((await votes(id, 2)).body).toMatchObject({ own_votes: [2] });
  });
});
