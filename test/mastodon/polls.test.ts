import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";

import { DAY, HOUR, MINUTE } from "../../worker/kernel/clock.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, ORIGIN, Stead } from "../fediverse/stead.ts";
import { App, asJson, form, type Json, type Reply } from "./client.ts";
import { minute } from "./cron.ts";
import { tokenFor } from "./tokens.ts";

let stead: Stead;
let app: App;
let fan: FakePeer;
let bob: FakePeer;
beforeAll(async () => {
  stead = await Stead.claimed();
  app = new App(stead, { id: "", secret: "" }, await tokenFor(stead, ["read", "write"]));
  fan = await stead.peer("fan");
  bob = await stead.peer("bob", "b.test");
  await stead.followedBy(fan);
});
afterEach(() => vi.useRealTimers());
afterAll(() => stead.settle());

async function asks(poll: Json, status = "Tea or coffee?"): Promise<Reply> {
  const reply = await app.ask("/api/v1/statuses", asJson({ status, poll }));
  await stead.settle();
  return reply;
}

const TEA = { options: ["Tea", "Coffee"], expires_in: 3_600 };

/** A vote as Mastodon, GoToSocial and Misskey send it. */
async function votes(
  peer: FakePeer,
  question: string,
  name: string,
  id = peer.newId("votes"),
): Promise<string> {
  const to = [ACTOR];
  const object = { id, type: "Note", name, attributedTo: peer.id, inReplyTo: question, to };
  const { status } = await stead.deliver(peer, peer.activity("Create", { id: `${id}/activity`, object, to }));
  expect(status).toBe(202);
  await stead.settle();
  return id;
}

const told = (peer: FakePeer, iri: unknown): Doc[] =>
  peer
    .received("Update")
    .map(({ object }) => object as Doc)
    .filter(({ id }) => id === iri);

const counts = (question: Doc): unknown[] =>
  ((question["oneOf"] ?? question["anyOf"]) as Doc[]).map(({ replies }) => (replies as Doc)["totalItems"]);

const later = (ms: number) => vi.setSystemTime(Date.now() + ms);
const clock = () => vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });

describe("post.poll: a poll of the owner's", () => {
  it("is a Question as Mastodon writes it, and a Poll in the status", async () => {
    const { status, body } = await asks({ ...TEA, hide_totals: false, multiple: false });
    expect(status).toBe(200);
    expect(body["poll"]).toMatchObject({
      id: body["id"],
      expired: false,
      multiple: false,
      votes_count: 0,
      voters_count: 0,
      options: [
        { title: "Tea", votes_count: 0 },
        { title: "Coffee", votes_count: 0 },
      ],
      voted: true,
      own_votes: [],
    });
    const ends = String((body["poll"] as Json)["expires_at"]);
    expect(Date.parse(ends) - Date.parse(String(body["created_at"]))).toBe(HOUR);
    const question = fan.received("Create").at(-1)!["object"] as Doc;
    expect(question).toMatchObject({
      id: body["uri"],
      type: "Question",
      content: "<p>Tea or coffee?</p>",
      endTime: ends,
      votersCount: 0,
      oneOf: [
        { type: "Note", name: "Tea", replies: { type: "Collection", totalItems: 0 } },
        { type: "Note", name: "Coffee", replies: { type: "Collection", totalItems: 0 } },
      ],
    });
    expect(question).not.toHaveProperty("closed");
    expect(await stead.getJson(new URL(String(body["uri"])).pathname)).toMatchObject({
      type: "Question",
      id: body["uri"],
    });
    expect((await app.ask(`/api/v1/polls/${String(body["id"])}`)).body).toEqual(body["poll"]);
    const page = await stead.fetch(`/posts/${String(body["id"])}`, { headers: { accept: "text/html" } });
    expect(await page.text()).toMatch(/Coffee.*0 votes/);
  });

  it("is taken in the form of older apps as well, and of those that number their options", async () => {
    const fields = {
      status: "x",
      "poll[options][]": "a",
      "poll[expires_in]": "300",
      "poll[multiple]": "true",
    };
    const body = `${new URLSearchParams(fields).toString()}&poll[options][]=b`;
    const sent = { method: "POST", body, headers: { "content-type": "application/x-www-form-urlencoded" } };
    expect((await app.ask("/api/v1/statuses", sent)).body["poll"]).toMatchObject({
      multiple: true,
      options: [{ title: "a" }, { title: "b" }],
    });
    const numbered = {
      status: "x",
      "poll[options][1]": "b",
      "poll[options][0]": "a",
      "poll[expires_in]": "300",
    };
    expect((await app.ask("/api/v1/statuses", form(numbered))).body["poll"]).toMatchObject({
      options: [{ title: "a" }, { title: "b" }],
    });
    await stead.settle();
    expect(fan.received("Create").map(({ object }) => object)).toContainEqual(
      expect.objectContaining({ anyOf: [expect.anything(), expect.anything()] }),
    );
  });

  it.each<[string, Json, RegExp]>([
    ["one option", { options: ["a"], expires_in: 300 }, /two options/],
    ["eleven options", { options: "abcdefghijk".split(""), expires_in: 300 }, /at most 10/],
    ["the same twice", { options: ["a", " a"], expires_in: 300 }, /same/],
    ["an endless option", { options: ["a", "b".repeat(101)], expires_in: 300 }, /100 characters/],
    ["no end", { options: ["a", "b"] }, /at least 5 minutes/],
    ["too near an end", { options: ["a", "b"], expires_in: 299 }, /at least 5 minutes/],
    ["too far an end", { options: ["a", "b"], expires_in: 2_678_401 }, /at most 31 days/],
  ])("with %s is not made, and the owner is told why", async (_, poll, problem) => {
    const before = await stead.state();
    const { status, body } = await asks(poll);
    expect([status, body["error"]]).toEqual([422, expect.stringMatching(problem)]);
    expect(await stead.state()).toBe(before);
  });

  it("tells apps how many options there may be, and for how long", async () => {
    const { body } = await app.ask("/api/v2/instance");
    expect((body["configuration"] as Json)["polls"]).toEqual({
      max_options: 10,
      max_characters_per_option: 100,
      min_expiration: 300,
      max_expiration: 2_678_400,
    });
  });
});

describe("a vote in a poll of the owner's", () => {
  it("counts once for each person, is no answer and no mention, and costs one row", async () => {
    const { body } = await asks(TEA);
    const [id, iri] = [String(body["id"]), String(body["uri"])];
    const before = await rows("SELECT count(*) AS n FROM posts");
    const vote = await votes(fan, iri, "Tea");
    await votes(fan, iri, "Tea", vote);
    await votes(fan, iri, "Coffee");
    await votes(bob, iri, "Coffee");
    await stead.deliver(bob, bob.activity("Undo", { object: `${vote}/activity` }));
    expect(await rows("SELECT count(*) AS n FROM posts")).toEqual(before);
    expect(
      await rows("SELECT choice FROM poll_votes WHERE post = ? ORDER BY choice", Number(id)),
    ).toHaveLength(2);
    const now = await app.ask(`/api/v1/polls/${id}`);
    expect(now.body).toMatchObject({
      votes_count: 2,
      voters_count: 2,
      options: [{ votes_count: 1 }, { votes_count: 1 }],
    });
    await minute(stead);
    const { body: status } = await app.ask(`/api/v1/statuses/${id}`);
    expect(status).toMatchObject({ poll: now.body, replies_count: 0, edited_at: null });
    expect((await app.ask(`/api/v1/statuses/${id}/context`)).body).toMatchObject({ descendants: [] });
    expect(counts(await stead.getJson(`/posts/${id}`))).toEqual([1, 1]);
  });

  it("counts each option once where several may be chosen", async () => {
    const { body } = await asks({ ...TEA, multiple: true });
    const iri = String(body["uri"]);
    for (const name of ["Tea", "Coffee", "Tea"]) await votes(fan, iri, name);
    await votes(bob, iri, "Tea");
    expect((await app.ask(`/api/v1/polls/${String(body["id"])}`)).body).toMatchObject({
      votes_count: 3,
      voters_count: 2,
      options: [{ votes_count: 2 }, { votes_count: 1 }],
    });
  });

  it("is nothing when it is for no option, too late, or by somebody who may not see the poll", async () => {
    clock();
    const { body } = await asks(TEA);
    const shut = await app.ask(
      "/api/v1/statuses",
      asJson({ status: "Us?", visibility: "private", poll: TEA }),
    );
    await stead.settle();
    await votes(fan, String(body["uri"]), "Milk");
    await votes(bob, String(shut.body["uri"]), "Tea");
    later(HOUR + MINUTE);
    await votes(fan, String(body["uri"]), "Tea");
    await votes(fan, `${ORIGIN}/posts/12345`, "Tea");
    for (const one of [body, shut.body])
      expect(await rows("SELECT * FROM poll_votes WHERE post = ?", Number(one["id"]))).toEqual([]);
    expect(await rows("SELECT * FROM posts WHERE html = '' AND author <> 0")).toEqual([]);
  });

  it("is told to followers and voters once an hour at most, and a last time at the end", async () => {
    clock();
    const { body } = await asks({ ...TEA, expires_in: 3 * 3_600 });
    const iri = String(body["uri"]);
    await votes(fan, iri, "Tea");
    await minute(stead);
    expect(told(fan, iri)).toEqual([]);
    later(HOUR);
    await minute(stead);
    await minute(stead);
    expect(told(fan, iri).map(counts)).toEqual([[1, 0]]);
    await votes(bob, iri, "Coffee");
    await minute(stead);
    expect(told(fan, iri)).toHaveLength(1);
    later(HOUR);
    await minute(stead);
    expect(told(fan, iri).map(counts).at(-1)).toEqual([1, 1]);
    expect(told(bob, iri)).toHaveLength(1);
    expect(told(bob, iri)[0]).not.toHaveProperty("closed");
    later(HOUR);
    await minute(stead);
    await minute(stead);
    expect(told(fan, iri)).toHaveLength(3);
    expect(told(fan, iri).at(-1)).toMatchObject({
      closed: (body["poll"] as Json)["expires_at"],
      votersCount: 2,
    });
    expect(told(fan, iri).at(-1)).not.toHaveProperty("updated");
    expect(await rows("SELECT * FROM open_polls WHERE post = ?", Number(body["id"]))).toEqual([]);
    expect((await app.ask(`/api/v1/polls/${String(body["id"])}`)).body).toMatchObject({
      expired: true,
      votes_count: 2,
    });
  });

  it("is not told before the end where the counts are hidden; the owner's own page shows them", async () => {
    clock();
    const { body } = await asks({ ...TEA, hide_totals: true, expires_in: 2 * 3_600 });
    const [id, iri] = [String(body["id"]), String(body["uri"])];
    await votes(fan, iri, "Tea");
    later(HOUR + MINUTE);
    await minute(stead);
    expect(told(fan, iri)).toEqual([]);
    expect(counts(await stead.getJson(`/posts/${id}`))).toEqual([undefined, undefined]);
    expect((await app.ask(`/api/v1/polls/${id}`)).body).toMatchObject({
      options: [{ votes_count: null }, {}],
    });
    expect(
      await (await stead.fetch(`/posts/${id}`, { headers: { accept: "text/html" } })).text(),
    ).not.toMatch(/1 vote/);
    later(HOUR);
    await minute(stead);
    expect(told(fan, iri).map(counts)).toEqual([[1, 0]]);
  });
});

describe("a poll of the owner's that is edited", () => {
  const edit = async (id: unknown, fields: Json): Promise<Reply> => {
    const reply = await app.ask(`/api/v1/statuses/${String(id)}`, asJson(fields, "PUT"));
    await stead.settle();
    return reply;
  };

  it("begins anew when it asks something else, and keeps its votes when it does not", async () => {
    const { body } = await asks(TEA);
    await votes(fan, String(body["uri"]), "Tea");
    await minute(stead);
    const same = await edit(body["id"], { status: "Tea or coffee, then?", poll: TEA });
    expect(same.body["poll"]).toMatchObject({ votes_count: 1 });
    const other = await edit(body["id"], { status: "Again", poll: { ...TEA, options: ["Tea", "Milk"] } });
    expect(other.body["poll"]).toMatchObject({
      votes_count: 0,
      options: [{ title: "Tea" }, { title: "Milk" }],
    });
    await votes(fan, String(body["uri"]), "Milk");
    expect((await app.ask(`/api/v1/polls/${String(body["id"])}`)).body).toMatchObject({ votes_count: 1 });
    const { body: versions } = await app.ask(`/api/v1/statuses/${String(body["id"])}/history`);
    expect(versions).toMatchObject([
      { poll: { options: [{ title: "Tea" }, { title: "Coffee" }] } },
      { poll: { options: [{ title: "Tea" }, { title: "Coffee" }] } },
      { poll: { options: [{ title: "Tea" }, { title: "Milk" }] } },
    ]);
  });

  it("goes when it is not sent again, and comes when it is", async () => {
    const { body } = await asks(TEA);
    await votes(fan, String(body["uri"]), "Tea");
    expect((await edit(body["id"], { status: "No question" })).body["poll"]).toBeNull();
    expect(fan.received("Update").at(-1)!["object"]).toMatchObject({ type: "Note" });
    expect((await app.ask(`/api/v1/polls/${String(body["id"])}`)).status).toBe(404);
    await votes(bob, String(body["uri"]), "Tea");
    expect(await rows("SELECT * FROM poll_votes WHERE post = ?", Number(body["id"]))).toEqual([]);
    const back = await edit(body["id"], { status: "A question", poll: TEA });
    expect(back.body["poll"]).toMatchObject({ votes_count: 0 });
    expect(fan.received("Update").at(-1)!["object"]).toMatchObject({ type: "Question" });
  });

  it("leaves nothing behind when it is deleted", async () => {
    clock();
    const { body } = await asks(TEA);
    await votes(fan, String(body["uri"]), "Tea");
    await app.ask(`/api/v1/statuses/${String(body["id"])}`, { method: "DELETE" });
    await stead.settle();
    later(DAY);
    await minute(stead);
    expect(told(fan, body["uri"])).toEqual([]);
    expect(await rows("SELECT post FROM poll_votes WHERE post = ?", Number(body["id"]))).toEqual([]);
    expect(await rows("SELECT post FROM open_polls WHERE post = ?", Number(body["id"]))).toEqual([]);
  });
});
