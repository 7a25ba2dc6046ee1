import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";

import type { FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { Stead } from "../fediverse/stead.ts";
import { App, asJson, ask, form, type Json, type Reply } from "./client.ts";
import { boosts, follows, says } from "./following.ts";
import { tokenFor } from "./tokens.ts";

let stead: Stead;
let app: App;
let alice: FakePeer;
const DELETE = { method: "DELETE" };
const V1 = "/api/v1/filters";
const V2 = "/api/v2/filters";
const get = async (path: string) => (await app.ask(path)).body as unknown as Json[];
const put = (path: string, data: Json) => app.ask(path, asJson(data, "PUT"));
const keywordsOf = ({ body }: Reply) =>
  body["keywords"] as { id: string; keyword: string; whole_word: boolean }[];

beforeAll(async () => {
  stead = await Stead.claimed();
  app = new App(stead, { id: "", secret: "" }, await tokenFor(stead, ["read", "write", "follow"]));
  alice = await stead.peer("alice");
  await follows(stead, alice);
}, 30_000);
afterEach(async () => {
  vi.useRealTimers();
  for (const { id } of await get(V2)) await app.ask(`${V2}/${String(id)}`, DELETE);
});
afterAll(() => stead.settle());

async function made(fields: Json): Promise<string> {
  const { status, body } = await app.ask(V2, asJson({ title: "F", context: ["home"], ...fields }));
  expect([status, body["error"]]).toEqual([200, undefined]);
  return String(body["id"]);
}
const withWords = (...keywords: string[]) =>
  made({ keywords_attributes: keywords.map((keyword) => ({ keyword, whole_word: true })) });
const filteredOf = async (id: number | string) =>
  (await app.ask(`/api/v1/statuses/${id}`)).body["filtered"] as Json[];

describe("filters.v2 crud", () => {
  it("makes, shows, changes what was sent, and removes", async () => {
    const fields = new URLSearchParams([
      ["title", "Spoilers"],
      ["context[]", "home"],
      ["context[]", "thread"],
      ["filter_action", "hide"],
      ["expires_in", ""],
      ["keywords_attributes[0][keyword]", "season"],
      ["keywords_attributes[0][whole_word]", "true"],
      ["keywords_attributes[1][keyword]", "finale"],
      ["keywords_attributes[1][whole_word]", "false"],
      ["keywords_attributes[2][keyword]", ""],
    ]);
    const { body } = await app.ask(V2, { method: "POST", body: fields });
    const path = `${V2}/${String(body["id"])}`;
    expect(body).toMatchObject({
      title: "Spoilers",
      context: ["home", "thread"],
      filter_action: "hide",
      expires_at: null,
      keywords: [
        { keyword: "season", whole_word: true },
        { keyword: "finale", whole_word: false },
      ],
      statuses: [],
    });
    expect((await app.ask(path)).body).toEqual(body);
    expect(await get(V2)).toEqual([body]);

    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_000 });
    const [season, finale] = keywordsOf({ body } as Reply);
    const changed = await put(path, {
      title: "Ends",
      expires_in: 3_600,
      keywords_attributes: [
        { id: season!.id, _destroy: true },
        { id: finale!.id, keyword: "Finale" },
        { keyword: "end" },
      ],
    });
    expect(changed.body).toMatchObject({
      title: "Ends",
      context: ["home", "thread"],
      filter_action: "hide",
      expires_at: new Date(Date.now() + 3_600_000).toISOString(),
      keywords: [
        { ...finale!, keyword: "Finale" },
        { keyword: "end", whole_word: true },
      ],
    });
    expect((await app.ask(path)).body).toEqual(changed.body);
    expect((await put(path, { expires_in: "" })).body["expires_at"]).toBeNull();
    expect((await app.ask(path, DELETE)).body).toEqual({});
    expect([(await app.ask(path)).status, (await app.ask(path, DELETE)).status]).toEqual([404, 404]);
    expect(await rows("SELECT * FROM filter_keywords")).toEqual([]);
  });

  it.each<[string, Json]>([
    ["no title", { title: "", context: ["home"] }],
    ["no context", { title: "x" }],
    ["a context that is none", { title: "x", context: ["home", "moon"] }],
    ["an action that is none", { title: "x", context: ["home"], filter_action: "burn" }],
    [
      "a keyword without end",
      { title: "x", context: ["home"], keywords_attributes: [{ keyword: "x".repeat(513) }] },
    ],
    ["a title without end", { title: "x".repeat(257), context: ["home"] }],
    [
      "keywords without end",
      {
        title: "x",
        context: ["home"],
        keywords_attributes: Array.from({ length: 501 }, (_, n) => ({ keyword: `k${n}` })),
      },
    ],
  ])("D12: refuses %s and writes nothing", async (_, fields) => {
    const before = await stead.state();
    expect((await app.ask(V2, asJson(fields))).status).toBe(422);
    expect(await stead.state()).toBe(before);
  });

  it("changes no keyword of another filter", async () => {
    const [one, other] = [await withWords("one"), await withWords("other")];
    const [keyword] = await get(`${V2}/${other}/keywords`);
    const sent = { keywords_attributes: [{ id: keyword!["id"], _destroy: true }] };
    expect((await put(`${V2}/${one}`, sent)).status).toBe(404);
    expect(await get(`${V2}/${other}/keywords`)).toEqual([keyword]);
  });

  it("keywords stand by themselves as well", async () => {
    const id = await made({});
    const { body } = await app.ask(`${V2}/${id}/keywords`, form({ keyword: "word", whole_word: "false" }));
    expect(body).toMatchObject({ keyword: "word", whole_word: false });
    const path = `${V2}/keywords/${String(body["id"])}`;
    expect((await app.ask(path)).body).toEqual(body);
    expect((await put(path, { whole_word: true })).body).toEqual({ ...body, whole_word: true });
    expect(await get(`${V2}/${id}/keywords`)).toEqual([{ ...body, whole_word: true }]);
    expect((await app.ask(`${V2}/${id}/keywords`, form({ keyword: " " }))).status).toBe(422);
    expect((await app.ask(path, DELETE)).body).toEqual({});
    expect([(await app.ask(path)).status, (await app.ask(path, DELETE)).status]).toEqual([404, 404]);
    expect((await app.ask(`${V2}/5/keywords`, form({ keyword: "x" }))).status).toBe(404);
  });

  it("single posts are filtered whatever they say, by the post's number or a boost's, twice as once", async () => {
    const id = await made({});
    const post = await says(stead, alice);
    const [row] = await rows<{ iri: string }>("SELECT iri FROM posts WHERE id = ?", post);
    await boosts(stead, alice, row!.iri);
    const [boost] = await get("/api/v1/timelines/home?limit=1");
    const add = (status_id: string) => app.ask(`${V2}/${id}/statuses`, form({ status_id }));
    const { body } = await add(String(boost!["id"]));
    expect(body).toMatchObject({ status_id: String(post) });
    expect((await add(String(post))).body).toEqual(body);
    expect(await get(`${V2}/${id}/statuses`)).toEqual([body]);
    const result = { filter: { id }, keyword_matches: null, status_matches: [String(post)] };
    expect(await filteredOf(post)).toMatchObject([result]);
    expect((await get("/api/v1/timelines/home?limit=1"))[0]).toMatchObject({
      filtered: [result],
      reblog: { filtered: [result] },
    });
    const path = `${V2}/statuses/${String(body["id"])}`;
    expect((await app.ask(path)).body).toEqual(body);
    expect((await app.ask(path, DELETE)).body).toEqual({});
    expect([(await app.ask(path)).status, await filteredOf(post)]).toEqual([404, []]);
    expect([(await add("5")).status, (await add("")).status]).toEqual([422, 422]);
  });
});

describe("filters.filtered[] present", () => {
  it.each(["warn", "hide", "blur"])(
    "filters.%s: the post is sent with what it met, for the app to act on, everywhere the owner reads it",
    async (filter_action) => {
      const id = await made({
        filter_action,
        context: ["notifications"],
        keywords_attributes: [{ keyword: "Spider" }, { keyword: "snake" }],
      });
      const post = await says(stead, alice, { content: "<p>A spider!</p>" });
      const list = await app.ask("/api/v1/lists", form({ title: "L" }));
      const timeline = `/api/v1/timelines/list/${String(list.body["id"])}`;
      const { account } = (await app.ask(`/api/v1/statuses/${post}`)).body as { account: Json };
      const people = form({ "account_ids[]": String(account["id"]) });
      await app.ask(`/api/v1/lists/${String(list.body["id"])}/accounts`, people);
      const met = [
        {
          filter: { id, title: "F", context: ["notifications"], expires_at: null, filter_action },
          keyword_matches: ["Spider"],
          status_matches: null,
        },
      ];
      for (const path of [
        "/api/v1/timelines/home?limit=1",
        `${timeline}?limit=1`,
        "/api/v1/timelines/public?limit=1",
      ])
        expect([path, await get(path)]).toMatchObject([path, [{ id: String(post), filtered: met }]]);
      expect(await filteredOf(post)).toEqual(met);
      expect((await app.ask(`/api/v1/statuses/${post}/favourite`, form({}))).body["filtered"]).toEqual(met);
    },
  );

  it("ends when the filter does", async () => {
    const id = await made({ expires_in: 60, keywords_attributes: [{ keyword: "spider" }] });
    const post = await says(stead, alice, { content: "<p>A spider!</p>" });
    expect(await filteredOf(post)).toHaveLength(1);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 60_001 });
    expect(await filteredOf(post)).toEqual([]);
    expect((await app.ask(`${V2}/${id}`)).status).toBe(200);
  });

  it("is nothing for what the owner said, and for strangers", async () => {
    await withWords("spider");
    const mine = await stead.publishes("A spider of mine");
    expect(await filteredOf(mine)).toEqual([]);
    const theirs = await says(stead, alice, { content: "<p>A spider!</p>" });
    expect(await filteredOf(theirs)).toHaveLength(1);
    await app.ask(`/api/v1/statuses/${theirs}/reblog`, form({}));
    await stead.settle();
    expect((await ask(stead, `/api/v1/statuses/${theirs}`)).body["filtered"]).toEqual([]);
  });
});

describe("filters.v1 view", () => {
  it("each keyword is a filter of its own, and a filter made so has one", async () => {
    await withWords("one", "two");
    const { body } = await app.ask(
      V1,
      asJson({ phrase: "three", context: ["home", "public"], irreversible: true, whole_word: false }),
    );
    expect(body).toMatchObject({
      phrase: "three",
      context: ["home", "public"],
      irreversible: true,
      whole_word: false,
      expires_at: null,
    });
    expect((await get(V1)).map(({ phrase }) => phrase)).toEqual(["one", "two", "three"]);
    expect((await get(V2))[1]).toMatchObject({
      title: "three",
      filter_action: "hide",
      keywords: [{ id: body["id"], keyword: "three" }],
    });
    const path = `${V1}/${String(body["id"])}`;
    expect((await app.ask(path)).body).toEqual(body);
    const changed = await put(path, { phrase: "four", context: ["home"], irreversible: false });
    expect(changed.body).toEqual({ ...body, phrase: "four", context: ["home"], irreversible: false });
    expect((await get(V2))[1]).toMatchObject({ title: "four", filter_action: "warn" });
    expect((await app.ask(path, DELETE)).body).toEqual({});
    expect([(await app.ask(path)).status, await get(V2)]).toMatchObject([404, [{ title: "F" }]]);
  });

  it("of several keywords changes the one, and not what they share", async () => {
    const id = await withWords("one", "two");
    const [one] = await get(V1);
    const path = `${V1}/${String(one!["id"])}`;
    expect((await put(path, { phrase: "one", context: ["home"], whole_word: false })).status).toBe(422);
    expect((await put(path, { context: ["home"], whole_word: false })).body).toEqual({
      ...one,
      whole_word: false,
    });
    expect((await put(path, { context: ["public"] })).status).toBe(422);
    expect((await app.ask(path, DELETE)).status).toBe(200);
    expect((await app.ask(`${V2}/${id}`)).body).toMatchObject({ keywords: [{ keyword: "two" }] });
  });

  it.each<[string, Json]>([
    ["no phrase", { context: ["home"] }],
    ["no context", { phrase: "x" }],
  ])("refuses %s", async (_, fields) => {
    expect((await app.ask(V1, asJson(fields))).status).toBe(422);
    expect(await get(V1)).toEqual([]);
  });
});
