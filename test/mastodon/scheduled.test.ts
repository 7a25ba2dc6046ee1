import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { DAY, HOUR, MINUTE } from "../../worker/kernel/clock.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, env, Stead } from "../fediverse/stead.ts";
import { Browser } from "../web/browser.ts";
import { App, asJson, form, type Json, type Reply } from "./client.ts";
import { minute } from "./cron.ts";
import { says } from "./following.ts";
import { tokenFor } from "./tokens.ts";

const PATH = "/api/v1/scheduled_statuses";

let stead: Stead;
let app: App;
let fan: FakePeer;
beforeAll(async () => {
  stead = await Stead.claimed();
  app = new App(stead, { id: "", secret: "" }, await tokenFor(stead, ["read", "write"]));
  fan = await stead.peer("fan");
  await stead.followedBy(fan);
});
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
});
afterEach(async () => {
  await env.DB.prepare("DELETE FROM scheduled_posts").run();
  vi.useRealTimers();
});
afterAll(() => stead.settle());

const inA = (ms: number): string => new Date(Date.now() + ms).toISOString();
const later = (ms: number) => vi.setSystemTime(Date.now() + ms);

async function schedules(fields: Json, headers: Record<string, string> = {}): Promise<Reply> {
  const sent = asJson({ status: "Later", scheduled_at: inA(HOUR), ...fields });
  const reply = await app.ask("/api/v1/statuses", {
    ...sent,
    headers: { ...(sent.headers as Record<string, string>), ...headers },
  });
  await stead.settle();
  return reply;
}

const listed = async (): Promise<Json[]> => (await app.ask(PATH)).body as unknown as Json[];
const said = (text: string): Doc[] =>
  fan
    .received("Create")
    .map(({ object }) => object as Doc)
    .filter(({ content }) => String(content).includes(`>${text}<`));

describe("post.schedule: a post for later", () => {
  it("waits, is listed with what was asked for, and is published within a minute of its time, once", async () => {
    const at = inA(HOUR);
    const { status, body } = await schedules({
      status: "At noon",
      spoiler_text: "Bells",
      visibility: "unlisted",
      language: "en",
      sensitive: true,
      scheduled_at: at,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      scheduled_at: at,
      params: {
        text: "At noon",
        spoiler_text: "Bells",
        visibility: "unlisted",
        language: "en",
        sensitive: true,
        poll: null,
        in_reply_to_id: null,
        media_ids: null,
      },
      media_attachments: [],
    });
    expect(await listed()).toEqual([body]);
    expect((await app.ask(`${PATH}/${String(body["id"])}`)).body).toEqual(body);
    await minute(stead);
    expect(said("At noon")).toEqual([]);
    later(HOUR);
    await minute(stead);
    await minute(stead);
    expect(said("At noon")).toMatchObject([{ summary: "Bells", sensitive: true }]);
    expect(await listed()).toEqual([]);
    const [id] = said("At noon").map((note) => String(note["id"]).split("/").at(-1));
    expect((await app.ask(`/api/v1/statuses/${id}`)).body).toMatchObject({
      visibility: "unlisted",
      application: { name: "Made" },
      created_at: new Date().toISOString(),
    });
  });

  it("takes its poll along, whose time begins then, and what it answers", async () => {
    const asked = await says(stead, fan, { content: "<p>What do you think?</p>", cc: [ACTOR] });
    const { body } = await schedules({
      status: "Hm",
      in_reply_to_id: String(asked),
      poll: { options: ["a", "b"], expires_in: 600, multiple: true },
    });
    expect(body["params"]).toMatchObject({
      in_reply_to_id: String(asked),
      poll: { options: ["a", "b"], expires_in: 600, multiple: true, hide_totals: false },
    });
    later(HOUR);
    await minute(stead);
    const answer = fan
      .received("Create")
      .map(({ object }) => object as Doc)
      .at(-1);
    expect(answer).toMatchObject({ type: "Question", endTime: inA(10 * MINUTE) });
    expect(answer!["inReplyTo"]).toMatch(fan.id);
  });

  it("takes its files along, which do not go while they wait", async () => {
    const now = Date.now();
    const id = now * 1_000;
    await env.DB.prepare(
      "INSERT INTO media (id, name, type, size, alt, expires_at) VALUES (?, ?, 'image/png', 9, 'A cat', ?)",
    )
      .bind(id, `${"c".repeat(43)}.png`, now + DAY)
      .run();
    const { body } = await schedules({
      status: "A cat",
      media_ids: [String(id)],
      scheduled_at: inA(9 * DAY),
    });
    expect(body).toMatchObject({
      params: { media_ids: [String(id)] },
      media_attachments: [{ id: String(id), type: "image", description: "A cat" }],
    });
    expect(await listed()).toEqual([body]);
    later(9 * DAY);
    await minute(stead);
    expect(said("A cat")).toMatchObject([{ attachment: [{ mediaType: "image/png", name: "A cat" }] }]);
    expect((await schedules({ media_ids: ["12345"] })).status).toBe(422);
  });

  it("is asked for twice with one Idempotency-Key and is one, waiting or published", async () => {
    const key = { "idempotency-key": "noon" };
    const fields = { status: "Once", scheduled_at: inA(6 * MINUTE) };
    const all = await Promise.all([1, 2, 3].map(() => schedules(fields, key)));
    expect(new Set(all.map(({ status, body }) => `${status} ${String(body["id"])}`)).size).toBe(1);
    expect(await listed()).toHaveLength(1);
    later(7 * MINUTE);
    await minute(stead);
    const again = await schedules(fields, key);
    expect([again.status, again.body["content"]]).toEqual([200, "<p>Once</p>"]);
    expect(said("Once")).toHaveLength(1);
  });

  it("for a time that has passed is published at once, and for one too near is refused, as Mastodon has it", async () => {
    expect((await schedules({ status: "Now", scheduled_at: inA(-MINUTE) })).body["content"]).toBe(
      "<p>Now</p>",
    );
    const before = await stead.state();
    for (const at of [inA(MINUTE), inA(4 * MINUTE)])
      expect((await schedules({ scheduled_at: at })).status).toBe(422);
    for (const bad of [
      { status: "" },
      { scheduled_at: "noon" },
      { poll: { options: ["a", "b"], expires_in: 1 } },
    ])
      expect([bad, (await schedules(bad)).status]).toEqual([bad, 422]);
    expect(await stead.state()).toBe(before);
  });

  it("can be moved, and taken back, and no others than those that are there", async () => {
    const { body } = await schedules({ status: "Moved" });
    const one = `${PATH}/${String(body["id"])}`;
    const to = inA(2 * HOUR);
    expect((await app.ask(one, { ...form({ scheduled_at: to }), method: "PUT" })).body).toEqual({
      ...body,
      scheduled_at: to,
    });
    expect((await app.ask(one, { ...form({ scheduled_at: inA(MINUTE) }), method: "PUT" })).status).toBe(422);
    expect((await app.ask(one, { ...form({}), method: "PUT" })).body).toMatchObject({ scheduled_at: to });
    later(HOUR + MINUTE);
    await minute(stead);
    expect(said("Moved")).toEqual([]);
    expect((await app.ask(one, { method: "DELETE" })).body).toEqual({});
    later(2 * HOUR);
    await minute(stead);
    expect(said("Moved")).toEqual([]);
    for (const method of ["GET", "DELETE"]) expect((await app.ask(one, { method })).status).toBe(404);
    expect((await app.ask(one, { ...form({ scheduled_at: inA(HOUR) }), method: "PUT" })).status).toBe(404);
  });

  it("that can not be published stays with the reason, and is tried again", async () => {
    const asked = await says(stead, fan, { cc: [ACTOR] });
    await schedules({ status: "Too late", in_reply_to_id: String(asked) });
    await schedules({ status: "Unhindered" });
    await rows("DELETE FROM posts WHERE id = ?", asked);
    later(HOUR);
    await minute(stead);
    expect(said("Unhindered")).toHaveLength(1);
    expect(await listed()).toMatchObject([{ params: { text: "Too late" } }]);
    const [row] = await rows<{ problem: string; next_at: number }>(
      "SELECT problem, next_at FROM scheduled_posts",
    );
    expect(row).toEqual({ problem: "The post you answer is no longer here.", next_at: Date.now() + HOUR });
    const { html } = await (await Browser.signedIn(stead)).get("/deliveries");
    expect(html).toMatch(/Not published[^]*Too late[^]*no longer here/);
    await rows("UPDATE scheduled_posts SET draft = json_set(draft, '$.replyTo', NULL)");
    later(HOUR);
    await minute(stead);
    expect(said("Too late")).toHaveLength(1);
  });

  it("is one of 300 at most, in pages, and a few are published each minute", async () => {
    const draft = { text: "Many", summary: "", visibility: "public", language: null, replyTo: null };
    const insert = env.DB.prepare(
      "INSERT INTO scheduled_posts (id, at, next_at, draft, app) VALUES (?, ?, ?, ?, 1)",
    );
    const at = Date.now() + HOUR;
    await env.DB.batch(
      Array.from({ length: 299 }, (_, n) => insert.bind(n + 1, at, at, JSON.stringify(draft))),
    );
    const { body } = await schedules({ scheduled_at: inA(DAY) });
    expect((await schedules({})).status).toBe(422);
    const first = await app.ask(`${PATH}?limit=2`);
    expect((first.body as unknown as Json[]).map(({ id }) => id)).toEqual([body["id"], "299"]);
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get("link")!)![1]!;
    expect(((await app.ask(next)).body as unknown as Json[])[0]).toMatchObject({ id: "298" });
    later(HOUR);
    const before = said("Many").length;
    await minute(stead);
    await minute(stead);
    expect(said("Many").length - before).toBe(4);
  });
});
