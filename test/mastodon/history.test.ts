import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { FakePeer } from "../fediverse/peer.ts";
import { env, Stead } from "../fediverse/stead.ts";
import { App, asJson, type Json, type Reply } from "./client.ts";
import { tokenFor } from "./tokens.ts";

let stead: Stead;
let app: App;
let fan: FakePeer;
beforeAll(async () => {
  stead = await Stead.claimed();
  app = new App(stead, { id: "", secret: "" }, await tokenFor(stead, ["read", "write"]));
  fan = await stead.peer("fan");
  await stead.followedBy(fan);
});
afterAll(() => stead.settle());

async function picture(n: number): Promise<string> {
  const id = String(Date.now() * 1_000 + n * 2);
  const name = `${String(n).repeat(43)}.png`;
  await env.DB.prepare(
    "INSERT INTO media (id, name, type, size, alt, expires_at) VALUES (?, ?, 'image/png', 9, ?, ?)",
  )
    .bind(Number(id), name, `Picture ${n}`, Date.now() + 3_600_000)
    .run();
  return id;
}

async function sends(path: string, fields: Json, method = "POST"): Promise<Reply> {
  const reply = await app.ask(path, asJson(fields, method));
  await stead.settle();
  expect([path, reply.status]).toEqual([path, 200]);
  return reply;
}

describe("post.edit+history: what a post said before", () => {
  it("is there with its warning, its pictures and what it asked, version by version", async () => {
    const [one, two] = [await picture(1), await picture(2)];
    const poll = { options: ["a", "b"], expires_in: 300 };
    const { body } = await sends("/api/v1/statuses", { status: "First", media_ids: [one], poll });
    const path = `/api/v1/statuses/${String(body["id"])}`;
    await sends(path, { status: "Second", media_ids: [two], spoiler_text: "Careful" }, "PUT");
    const third = { status: "Third", media_ids: [], sensitive: true, language: "de", spoiler_text: "" };
    const edited = await sends(path, third, "PUT");
    expect(edited.body).toMatchObject({
      sensitive: true,
      language: "de",
      spoiler_text: "",
      poll: null,
      media_attachments: [],
    });
    const { body: versions } = await app.ask(`${path}/history`);
    expect(versions).toMatchObject([
      {
        content: "<p>First</p>",
        sensitive: false,
        media_attachments: [{ id: one, description: "Picture 1" }],
        poll: { options: [{ title: "a" }, { title: "b" }] },
      },
      {
        content: "<p>Second</p>",
        spoiler_text: "Careful",
        sensitive: true,
        media_attachments: [{ id: two }],
      },
      { content: "<p>Third</p>", sensitive: true, media_attachments: [] },
    ]);
    const [first, second, last] = versions as unknown as Json[];
    expect([second, last].map((version) => "poll" in version!)).toEqual([false, false]);
    expect(first!["created_at"]).toBe(body["created_at"]);
    expect(last!["created_at"]).toBe(edited.body["edited_at"]);
    expect(fan.received("Update").at(-1)!["object"]).toMatchObject({
      type: "Note",
      content: "<p>Third</p>",
      attachment: [],
    });
  });
});
