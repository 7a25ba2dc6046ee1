import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { configurationOf } from "../../worker/mastodon/limits.ts";
import { OFF, receiveFile } from "../../worker/owner/media.ts";
import { sweepMedia } from "../../worker/owner/media-sweep.ts";
import { FilesField } from "../../worker/web/compose-files.tsx";
import { rows } from "../fediverse/rows.ts";
import { Stead } from "../fediverse/stead.ts";
import { tokenFor } from "../mastodon/tokens.ts";
import * as files from "../mastodon/files.ts";
import { Reads } from "../mastodon/reads.ts";
import { bucket } from "../mastodon/uploads.ts";
import { Browser } from "./browser.ts";

let stead: Stead;
let owner: Browser;
beforeAll(async () => {
  stead = await Stead.claimed();
  owner = await Browser.signedIn(stead);
});
afterAll(() => stead.settle());

const file = (bytes: Uint8Array<ArrayBuffer>, name: string) => new File([bytes], name);
const none = () => new File([], "");
const draft = { text: "", summary: "", visibility: "public", language: "en" };
const valuesOf = (html: string, name: string) =>
  [...html.matchAll(new RegExp(`name="${name}" value="([^"]*)"`, "g"))].map(([, value]) => value!);
const newest = async () => (await rows<{ id: number }>("SELECT max(id) AS id FROM posts"))[0]!.id;

describe("pictures without a script", () => {
  it("are sent with what is said of them, and everybody sees both on the post and on the profile", async () => {
    const { location } = await owner.post("/posts", {
      ...draft,
      picture: [none(), file(files.jpeg(), "a.jpg"), none(), file(files.mp3(), "b.mp3")] as never,
      alt: ["", "A cat & a dog", "", "A song"],
    });
    expect(location).toBe("/home");
    await stead.settle();
    for (const path of [`/posts/${await newest()}`, "/"]) {
      const { html } = await new Browser(stead).get(path);
      expect(html).toMatch(
        /<img src="\/media\/[\w-]{43}\.jpg" alt="A cat &amp; a dog" width="40" height="30"/,
      );
      expect(html).toMatch(/<audio src="\/media\/[\w-]{43}\.mp3" controls[^>]* aria-label="A song"/);
    }
  });

  it("are described anew and taken out, and those that nobody spoke of stay", async () => {
    const edit = `/posts/${await newest()}/edit`;
    const { html } = await owner.get(edit);
    const [first = "", second = ""] = valuesOf(html, "kept");
    const kept = {
      kept: [first, second],
      keptName: valuesOf(html, "keptName"),
      keptType: valuesOf(html, "keptType"),
    };
    await owner.post(edit, { ...draft, text: "Words alone" });
    await owner.post(edit, {
      ...draft,
      ...kept,
      keptAlt: ["A cat", "A song"],
      drop: second,
      picture: none(),
    });
    await stead.settle();
    const shown = (await new Browser(stead).get(edit.slice(0, -5))).html;
    expect(shown).toContain('alt="A cat"');
    expect(shown).not.toContain("<audio");
  });

  it("that are wrong are named, and what was good is still there when the form comes again", async () => {
    const refused = await owner.post("/posts", {
      ...draft,
      text: "Look",
      picture: [
        file(files.png(), "good.png"),
        file(new TextEncoder().encode("<svg/>") as never, "bad<b>.svg"),
      ] as never,
      alt: ["Good", "Bad"],
    });
    expect(refused.status).toBe(422);
    expect(refused.html).toContain("bad&lt;b&gt;.svg: This kind of file can not be attached");
    expect(valuesOf(refused.html, "kept")).toHaveLength(1);
    expect(refused.html).toContain("\nGood</textarea>");
    expect(refused.html).toContain("\nLook</textarea>");
  });

  it("that are sensitive are behind a summary", async () => {
    const id = await stead.publishes("Careful", { sensitive: true });
    const [row] = await rows<{ id: number }>(
      "SELECT id FROM media WHERE post IS NULL AND type = 'image/png'",
    );
    const edited = await owner.post(`/posts/${id}/edit`, {
      ...draft,
      text: "Careful",
      summary: "Blood",
      kept: String(row!.id),
      keptAlt: "Blood",
      picture: none(),
    });
    expect(edited.location).toBe(`/posts/${id}`);
    expect((await new Browser(stead).get(`/posts/${id}`)).html).toMatch(
      /<details><summary>With it<\/summary><div class="files">/,
    );
    await stead.settle();
  });
});

describe("a stead without a bucket", () => {
  it("says so in the app, in the instance's configuration and on the page, and forgets nothing", async () => {
    const made = await stead.ctx();
    const ctx = { ...made, ports: { ...made.ports, media: null } };
    async function* bytes() {
      yield files.png();
    }
    expect(await receiveFile(ctx, bytes())).toEqual({ kind: "invalid", problem: OFF });
    expect(configurationOf(ctx)).toMatchObject({
      statuses: { max_media_attachments: 0 },
      media_attachments: { supported_mime_types: [], image_size_limit: 0, video_size_limit: 0 },
    });
    expect(`${(await FilesField({ on: false, files: [] }))?.toString()}`).toContain("Pictures are off");
    const before = await bucket();
    await sweepMedia(ctx);
    expect(await bucket()).toEqual(before);
  });
});

describe("the budget of a picture", () => {
  it("is 4 statements for an upload, and 2 more for a post than one without", async () => {
    const authorization = `Bearer ${await tokenFor(stead, ["read", "write"])}`;
    const cost = async (path: string, init: RequestInit) => {
      const reads = new Reads();
      const answer = await stead.fetch(path, { method: "POST", ...init, headers: { authorization } });
      const body = (await answer.json()) as { id: string };
      reads.done();
      expect([path, answer.status]).toEqual([path, 200]);
      await stead.settle();
      return { id: body.id, statements: reads.statements };
    };
    const form = (fields: Record<string, string>) => ({ body: new URLSearchParams(fields) });
    const data = new FormData();
    data.append("file", file(files.png(), "a.png"));
    await cost("/api/v1/statuses", form({ status: "first" }));
    const upload = await cost("/api/v2/media", { body: data });
    const plain = await cost("/api/v1/statuses", form({ status: "plain" }));
    const withIt = await cost("/api/v1/statuses", form({ status: "with", "media_ids[]": upload.id }));
    expect([upload.statements, withIt.statements - plain.statements]).toEqual([4, 2]);
  });
});
