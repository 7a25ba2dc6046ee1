import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { sha256 } from "../../worker/signatures/digest.ts";
import { sweepMedia } from "../../worker/owner/media-sweep.ts";
import { runBatch } from "../../worker/store/batch.ts";
import { attachMedia, TAKEN } from "../../worker/store/media.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { env, Stead } from "../fediverse/stead.ts";
import { App, asJson, form, type Json, type Reply } from "./client.ts";
import * as files from "./files.ts";
import { bucket, sendFile, uploaded } from "./uploads.ts";

let stead: Stead;
let app: App;
let fan: FakePeer;
beforeAll(async () => {
  stead = await Stead.claimed();
  app = await App.letIn(stead);
  fan = await stead.peer("fan", "fan.test");
  await stead.followedBy(fan);
});
afterAll(() => stead.settle());

async function posts(fields: Json): Promise<Reply> {
  const reply = await app.ask("/api/v1/statuses", asJson(fields));
  await stead.settle();
  return reply;
}
const noteOf = (peer: FakePeer, type = "Create") => peer.received(type).at(-1)!["object"] as Json;

describe("post.image-v2-202-206", () => {
  it("answers 200 when it is ready, which is at once: nobody has to ask again", async () => {
    const { status, body } = await sendFile(app, files.jpeg(), {
      description: "A cat",
      focus: "0.5,-0.25",
    });
    expect([status, body]).toMatchObject([
      200,
      {
        type: "image",
        url: expect.stringMatching(/^https:\/\/me\.test\/media\/[\w-]{43}\.jpg$/) as string,
        preview_url: body["url"],
        description: "A cat",
        meta: { focus: { x: 0.5, y: -0.25 }, original: { width: 40, height: 30, size: "40x30" } },
      },
    ]);
    expect((await app.ask(`/api/v1/media/${String(body["id"])}`)).body).toEqual(body);
    const served = await stead.fetch(String(body["url"]));
    expect(new TextDecoder("latin1").decode(await served.arrayBuffer())).not.toContain(files.PLACE);
  });
});

describe("post.image-v1", () => {
  it("from upload to the followers' servers, in the order that was asked for", async () => {
    const first = await uploaded(app, files.png(), { description: "One" }, "/api/v1/media");
    const second = await uploaded(app, files.gif(), {}, "/api/v1/media");
    const { status, body } = await posts({ status: "", media_ids: [second, first] });
    expect(status).toBe(200);
    expect(body["media_attachments"]).toMatchObject([{ id: second }, { id: first, description: "One" }]);
    const note = noteOf(fan);
    expect(note["attachment"]).toEqual([
      {
        type: "Document",
        mediaType: "image/gif",
        url: expect.stringMatching(/^https:\/\/me\.test\/media\//) as string,
        name: null,
        width: 40,
        height: 30,
      },
      expect.objectContaining({ mediaType: "image/png", name: "One" }),
    ]);
    const shown = await stead.getJson(String(note["id"]));
    expect(JSON.stringify(shown["@context"])).toContain("focalPoint");
    expect(shown["attachment"]).toEqual(note["attachment"]);
    const page = await (
      await stead.fetch(`/posts/${String(body["id"])}`, { headers: { accept: "text/html" } })
    ).text();
    expect(page).toContain('alt="One"');
  });

  it("what is attached elsewhere, not there or too much is refused, and nothing is published", async () => {
    const one = await uploaded(app, files.png());
    expect((await posts({ status: "x", media_ids: [one] })).status).toBe(200);
    const before = await stead.state();
    for (const media_ids of [[one], ["1"], ["cat"], ["2", "3", "4", "5", "6"]]) {
      const { status, body } = await posts({ status: "x", media_ids });
      expect([media_ids, status, String(body["error"])]).toEqual([
        media_ids,
        422,
        expect.stringMatching(/files/) as string,
      ]);
    }
    expect(await stead.state()).toBe(before);
  });

  it("two posts at once can not both have it", async () => {
    const one = await uploaded(app, files.png());
    const both = await Promise.all([1, 2].map((n) => posts({ status: `At once ${n}`, media_ids: [one] })));
    expect(both.map(({ status }) => status).toSorted((a, b) => a - b)).toEqual([200, 422]);
  });

  it("a repeated wish is the same post with the same picture", async () => {
    const one = await uploaded(app, files.png());
    const wish = {
      ...asJson({ status: "Once", media_ids: [one] }),
      headers: { "content-type": "application/json", "idempotency-key": "w1" },
    };
    const [first, second] = [
      await app.ask("/api/v1/statuses", wish),
      await app.ask("/api/v1/statuses", wish),
    ];
    expect([first.status, second.body]).toEqual([200, first.body]);
    await stead.settle();
  });
});

describe("post.alt-edit", () => {
  it("tells the followers' servers what is to be seen, and keeps the picture", async () => {
    const id = await uploaded(app, files.webp());
    const { body } = await posts({ status: "Look", media_ids: [id] });
    const path = `/api/v1/statuses/${String(body["id"])}`;
    const said = {
      media_ids: [id],
      status: "Look",
      media_attributes: [{ id, description: "A dog", focus: "1,1" }],
    };
    const edited = await app.ask(path, asJson(said, "PUT"));
    await stead.settle();
    expect(edited.body["media_attachments"]).toMatchObject([
      { id, description: "A dog", meta: { focus: { x: 1, y: 1 } } },
    ]);
    expect(noteOf(fan, "Update")).toMatchObject({ attachment: [{ name: "A dog", focalPoint: [1, 1] }] });
    const again = await app.ask(path, asJson({ status: "Look again" }, "PUT"));
    expect(again.body["media_attachments"]).toEqual(edited.body["media_attachments"]);
    await stead.settle();
  });

  it("a picture that is taken out of a post can be put back for a day, and is gone then", async () => {
    const id = await uploaded(app, files.webp());
    const { body } = await posts({ status: "With", media_ids: [id] });
    const path = `/api/v1/statuses/${String(body["id"])}`;
    const without = await app.ask(path, asJson({ status: "Without", media_ids: [] }, "PUT"));
    expect(without.body["media_attachments"]).toEqual([]);
    const back = await app.ask(path, asJson({ status: "With", media_ids: [id] }, "PUT"));
    expect(back.body["media_attachments"]).toMatchObject([{ id }]);
    await app.ask(path, asJson({ status: "Without", media_ids: [] }, "PUT"));
    await stead.settle();
    const names = await bucket();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 30 * 3_600_000 });
    await sweepMedia(await stead.ctx());
    vi.useRealTimers();
    expect(await rows("SELECT id FROM media WHERE id = ?", Number(id))).toEqual([]);
    expect((await bucket()).length).toBeLessThan(names.length);
  });
});

describe("films and sounds", () => {
  it("a sound's transcript is read below the text, on the page and on other servers", async () => {
    const id = await uploaded(app, files.mp3(), {
      description: "I speak",
      transcript: "Hello <b>all</b>\n\nBye",
    });
    const { body } = await posts({ status: "Listen", media_ids: [id] });
    const html =
      "<p>Listen</p><p><strong>Transcript</strong></p><p>Hello &lt;b&gt;all&lt;/b&gt;</p><p>Bye</p>";
    expect(body["content"]).toBe(html);
    expect(body["media_attachments"]).toMatchObject([
      { type: "audio", description: "I speak", preview_url: null },
    ]);
    expect(noteOf(fan)).toMatchObject({ content: html, attachment: [{ mediaType: "audio/mpeg" }] });
  });

  it("a long description of a film is its transcript; of a picture it is too long", async () => {
    const words = "word ".repeat(400);
    const id = await uploaded(app, files.mp4(), { description: words });
    const { body } = await posts({ status: "", media_ids: [id] });
    expect(String(body["content"])).toContain("word word");
    expect(String((body["media_attachments"] as Json[])[0]!["description"])).toHaveLength(1_500);
    const refused = await sendFile(app, files.png(), { description: words });
    expect([refused.status, refused.body["error"]]).toEqual([
      422,
      "Validation failed: Description is too long (maximum is 1500 characters)",
    ]);
  });

  it("a film tells how long it is, and a still picture for it is kept beside", async () => {
    const id = await uploaded(app, files.mp4(), { thumbnail: new File([files.png()], "still.png") });
    const { body } = await posts({ status: "Film", media_ids: [id] });
    const [film] = body["media_attachments"] as Json[];
    expect(film).toMatchObject({
      type: "video",
      url: expect.stringMatching(/\.mp4$/) as string,
      preview_url: expect.stringMatching(/\.png$/) as string,
      meta: { original: { width: 64, height: 36, duration: 2.5 } },
    });
    expect(noteOf(fan)).toMatchObject({
      attachment: [
        { duration: "PT2.5S", icon: { type: "Image", mediaType: "image/png", url: film!["preview_url"] } },
      ],
    });
    expect((await stead.fetch(String(film!["preview_url"]))).status).toBe(200);
  });

  it("longer than a piece it is whole in the bucket, and is served in parts", async () => {
    const data = new Uint8Array(9_000_000).fill(7);
    data[8_500_000] = 9;
    const { body } = await sendFile(app, files.mp4({ data }));
    const size = files.mp4({ data }).length;
    const part = await stead.fetch(String(body["url"]), {
      headers: { range: `bytes=${size - 9_000_000}-` },
    });
    expect([part.status, part.headers.get("content-range")]).toEqual([
      206,
      `bytes ${size - 9_000_000}-${size - 1}/${size}`,
    ]);
    expect(await sha256(new Uint8Array(await part.arrayBuffer()))).toBe(await sha256(data));
  });
});

describe("files that no post shows", () => {
  it("can be described, get a still picture, and be removed with their bytes", async () => {
    const before = await bucket();
    const id = await uploaded(app, files.mp4());
    const data = new FormData();
    data.append("description", "Waves");
    data.append("thumbnail", new File([files.png()], "a.png"));
    const changed = await app.ask(`/api/v1/media/${id}`, { method: "PUT", body: data });
    expect(changed.body).toMatchObject({
      description: "Waves",
      preview_url: expect.stringMatching(/png$/) as string,
    });
    const second = new FormData();
    second.append("thumbnail", new File([files.jpeg()], "b.jpg"));
    expect((await app.ask(`/api/v1/media/${id}`, { method: "PUT", body: second })).status).toBe(200);
    expect((await app.ask(`/api/v1/media/${id}`, { method: "DELETE" })).status).toBe(200);
    await stead.settle();
    expect((await app.ask(`/api/v1/media/${id}`)).status).toBe(404);
    expect(await bucket()).toEqual(before);
  });

  it("leave nothing in the bucket that no row knows when two still pictures come at once", async () => {
    const before = await bucket();
    const id = await uploaded(app, files.mp4());
    const said = (name: string, bytes: Uint8Array<ArrayBuffer>) => {
      const data = new FormData();
      data.append("thumbnail", new File([bytes], name));
      return app.ask(`/api/v1/media/${id}`, { method: "PUT", body: data });
    };
    const both = await Promise.all([said("a.png", files.png()), said("b.jpg", files.jpeg())]);
    expect(both.map(({ status }) => status)).toEqual([200, 200]);
    expect((await app.ask(`/api/v1/media/${id}`, { method: "DELETE" })).status).toBe(200);
    await stead.settle();
    await sweepMedia(await stead.ctx());
    expect(await bucket()).toEqual(before);
  });

  it("are not attached once they are gone: the post is not made", async () => {
    const ctx = await stead.ctx();
    const attached = runBatch(ctx.db, [attachMedia(ctx.db, [1], 2, ctx.clock())]);
    await expect(attached).rejects.toThrow(TAKEN);
  });

  it("are not described or removed over the head of the post that shows them", async () => {
    const id = await uploaded(app, files.png());
    await posts({ status: "Shown", media_ids: [id] });
    expect((await app.ask(`/api/v1/media/${id}`, form({ description: "x" }))).status).toBe(404);
    const put = { ...form({ description: "x" }), method: "PUT" };
    expect((await app.ask(`/api/v1/media/${id}`, put)).status).toBe(404);
    expect((await app.ask(`/api/v1/media/${id}`, { method: "DELETE" })).status).toBe(404);
  });

  it("are swept after a day, and not before", async () => {
    const id = await uploaded(app, files.png());
    await sweepMedia(await stead.ctx());
    expect((await app.ask(`/api/v1/media/${id}`)).status).toBe(200);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 30 * 3_600_000 });
    await sweepMedia(await stead.ctx());
    vi.useRealTimers();
    expect((await app.ask(`/api/v1/media/${id}`)).status).toBe(404);
  });
});

describe("a post with pictures that is deleted", () => {
  it("takes them with it, and nothing is forgotten when the bucket can not be reached", async () => {
    const id = await uploaded(app, files.mp4(), { thumbnail: new File([files.png()], "still.png") });
    const { body } = await posts({ status: "Soon gone", media_ids: [id] });
    const [{ url } = { url: "" }] = body["media_attachments"] as { url: string }[];
    const down = vi
      .spyOn(Object.getPrototypeOf(env.MEDIA) as R2Bucket, "delete")
      .mockRejectedValue(new Error("down"));
    await app.ask(`/api/v1/statuses/${String(body["id"])}`, { method: "DELETE" });
    await stead.settle().catch(() => {});
    down.mockRestore();
    expect(await rows("SELECT post FROM media WHERE id = ?", Number(id))).toEqual([{ post: null }]);
    await sweepMedia(await stead.ctx());
    expect(await rows("SELECT post FROM media WHERE id = ?", Number(id))).toEqual([]);
    expect((await stead.fetch(url)).status).toBe(404);
    await stead.settle();
  });
});

describe("an upload that breaks off", () => {
  it("between the bytes and the row that tells what they are leaves something the sweep removes", async () => {
    const before = await bucket();
    const ctx = await stead.ctx();
    const real = env.DB.batch.bind(env.DB);
    const batches: D1PreparedStatement[][] = [];
    vi.spyOn(Object.getPrototypeOf(env.DB) as D1Database, "batch").mockImplementation(function (statements) {
      batches.push(statements);
      if (batches.length > 1) throw new Error("killed");
      return real(statements);
    });
    const { status } = await sendFile(app, files.png());
    vi.restoreAllMocks();
    expect(status).toBe(503);
    expect((await bucket()).length).toBe(before.length + 1);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 30 * 3_600_000 });
    await sweepMedia(ctx);
    vi.useRealTimers();
    expect((await bucket()).length).toBeLessThanOrEqual(before.length);
    expect(await rows("SELECT id FROM media WHERE type = ''")).toEqual([]);
  });
});
