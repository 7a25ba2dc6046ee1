/** Requests of an independent server (@evanp/activitypub-bot), as it sent them: its bytes, its signatures, its clock. */
import { afterAll, beforeAll, expect, it, vi } from "vitest";

import { bind } from "../../worker/objects/bindings.ts";
import { claim } from "../../worker/owner/claim.ts";
import captured from "../fediverse/shapes/activitypub-bot.json";
import { emptyStead, env, PASSWORD, Stead } from "../fediverse/stead.ts";
import { rows } from "../fediverse/rows.ts";

const BOT = "https://bot.example/user/witness";
const documents: Record<string, unknown> = captured.documents;

let stead: Stead;
const posted: { url: string; body: string }[] = [];

beforeAll(async () => {
  await emptyStead();
  stead = new Stead();
  const bound = await bind(env, () => {});
  if (bound.kind !== "unclaimed") throw new Error(bound.kind);
  await claim(bound.base, "https://stead.example", { handle: "me", name: "Me", password: PASSWORD });
  await env.DB.prepare(
    `INSERT INTO posts (id, iri, author, html, visibility, received_at, document)
     VALUES (1, 'https://stead.example/posts/1', 0, '<p>Hello</p>', 'public', 0, '{}')`,
  ).run();
  stead.world.host("bot.example", async (request) => {
    if (request.method === "POST") {
      posted.push({ url: request.url, body: await request.text() });
      return new Response(null, { status: 202 });
    }
    const document = documents[request.url];
    if (document === undefined) return new Response(null, { status: 404 });
    return Response.json(document, {
      headers: { "content-type": "application/activity+json; charset=utf-8" },
    });
  });
});
afterAll(() => void vi.useRealTimers());

/** Sends a captured request at the time it was made. */
async function replay(name: string): Promise<Response> {
  const request = captured.requests.find((one) => one.name === name)!;
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(request.headers.date) + 200 });
  const { method, url, headers } = request;
  const { host: _, "content-length": _l, ...sent } = headers as Record<string, string>;
  const answer = await stead.fetch(new Request(url, { method, headers: sent, body: request.body ?? null }));
  await stead.settle();
  return answer;
}

it("its Follow, signed with RFC 9421, makes it a follower, and the Accept goes back signed the same way", async () => {
  expect((await replay("follow")).status).toBe(202);
  expect(await stead.followers()).toEqual([BOT]);
  expect(posted).toHaveLength(1);
  expect(posted[0]!.url).toBe(`${BOT}/inbox`);
  expect(JSON.parse(posted[0]!.body)).toMatchObject({
    type: "Accept",
    object: {
      id: "https://bot.example/user/witness/follow/GqFTrlv4HuJbL8UbQthYX",
      type: "Follow",
      actor: BOT,
      object: "https://stead.example/actor",
    },
  });
  const sent = stead.world.requests.find((request) => request.method === "POST");
  expect(sent!.headers.has("signature-input")).toBe(true);
});

it("its signed GET of the actor is answered with the actor", async () => {
  const answer = await replay("actor, signed GET");
  expect(answer.status).toBe(200);
  expect(answer.headers.get("content-type")).toContain("application/activity+json");
  expect(await answer.json()).toMatchObject({ id: "https://stead.example/actor", type: "Person" });
});

it("its Accept, which names our Follow by its id alone, is matched", async () => {
  const asked = "https://stead.example/activities/follow-1795323813362-2";
  await env.DB.prepare(
    "INSERT INTO following (peer, id, follow_iri, state) SELECT id, 1, ?, 'requested' FROM peers WHERE iri = ?",
  )
    .bind(asked, BOT)
    .run();
  expect((await replay("accept of our follow")).status).toBe(202);
  expect(await rows("SELECT state FROM following")).toEqual([{ state: "accepted" }]);
});

it("its reply, a Create with a bare id, is fetched and kept; its like is counted", async () => {
  expect((await replay("reply")).status).toBe(202);
  expect(await rows("SELECT html, visibility, reply_to AS replyTo FROM posts WHERE author <> 0")).toEqual([
    { html: "<p>A reply</p>", visibility: "public", replyTo: 1 },
  ]);
  expect((await replay("like")).status).toBe(202);
  expect(await rows("SELECT post, kind FROM reactions")).toEqual([{ post: 1, kind: "like" }]);
});

it("its Delete, whose object has an id and no type, removes the reply; its Undo, by draft-cavage, the like", async () => {
  expect((await replay("delete of the reply")).status).toBe(202);
  expect(await rows("SELECT 1 FROM posts WHERE author <> 0")).toEqual([]);
  expect((await replay("undo of the like, draft-cavage after a 401 to RFC 9421")).status).toBe(202);
  expect(await rows("SELECT 1 FROM reactions")).toEqual([]);
});

it("the same bytes a day later are refused", async () => {
  const request = captured.requests.find((one) => one.name === "follow")!;
  vi.useFakeTimers({ toFake: ["Date"], now: Date.parse(request.headers.date) + 86_400_000 });
  const { host: _, "content-length": _l, ...headers } = request.headers as Record<string, string>;
  const answer = await stead.fetch(
    new Request(request.url, { method: "POST", headers, body: request.body! }),
  );
  expect(answer.status).toBe(401);
  stead.world.assertNothingUnexpected();
});
