/** K of the hostile battery: files that are not what they say, and what other servers' files must not do. */
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { fromAscii } from "../../worker/model/media/bytes.ts";
import { changeMediaDirect, shownFrom } from "../../worker/owner/media-proxy.ts";
import { currentProfile } from "../../worker/owner/render.ts";
import { ORIGIN, Stead } from "../fediverse/stead.ts";
import { App } from "../mastodon/client.ts";
import * as files from "../mastodon/files.ts";
import { bucket, sendFile, uploaded } from "../mastodon/uploads.ts";
import { refused, stillServes } from "./refused.ts";

let stead: Stead;
let app: App;
beforeAll(async () => {
  stead = await Stead.claimed();
  app = await App.letIn(stead);
});
afterAll(() => stead.settle());

const HTML = "<!doctype html><script>alert(document.domain)</script>";

describe("K1 to K8: uploads", () => {
  it.each<[name: string, bytes: Uint8Array<ArrayBuffer>]>([
    ["K1: HTML", fromAscii(HTML)],
    ["K2: SVG", fromAscii(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`)],
    ["K3: PDF", fromAscii("%PDF-1.7\n1 0 obj")],
    ["K4: a script", fromAscii("alert(1)")],
    ["K5: a script that begins as a GIF", fromAscii(`GIF89a/*${"x".repeat(60)}*/=1;alert(1)`)],
    ["K6: nothing at all", new Uint8Array()],
    ["K7: a PNG that says it has 300 megapixels", files.png({ width: 20_000, height: 15_000 })],
    [
      "K7: a PNG of four thousand million pixels a side",
      files.png({ width: 2 ** 32 - 1, height: 2 ** 32 - 1 }),
    ],
    ["K7: a GIF of 65,535 a side", files.gif({ width: 65_535, height: 65_535 })],
    ["K8: an activity", fromAscii('{"@context":"https://www.w3.org/ns/activitystreams","type":"Create"}')],
    ["K8: a JPEG that ends in the middle", files.jpeg().subarray(0, 90)],
    ["K8: a film that announces more than there is", files.mp4().subarray(0, 400)],
    [
      "K8: a box of 2^63 bytes",
      fromAscii("\0\0\0\x10ftypisom\0\0\0\0\0\0\0\x01mdat\x7f\xff\xff\xff\xff\xff\xff\xff"),
    ],
  ])("%s is refused, and nothing of it is kept", async (_, bytes) => {
    const [before, kept] = [await stead.state(), await bucket()];
    const { status, body } = await sendFile(app, bytes);
    expect([status, body["error"]]).toEqual([422, expect.stringMatching(/^Validation failed: /) as string]);
    await vi.waitFor(async () => expect(await stead.state()).toBe(before), 5_000);
    expect(await bucket()).toEqual(kept);
    await stillServes(stead);
  });

  it("K5: a picture with a page behind its end, or in its notes, is a picture alone", async () => {
    for (const bytes of [files.gif(), files.png()]) {
      const { body } = await sendFile(app, bytes);
      const served = await (await stead.fetch(String(body["url"]))).text();
      expect(served).not.toMatch(/<html|<script|GPS/);
    }
  });

  it("a form that ends in the middle, has no file, or is no form is refused with words", async () => {
    const boundary = { "content-type": "multipart/form-data; boundary=x" };
    const start = '--x\r\ncontent-disposition: form-data; name="file"; filename="a.png"\r\n\r\n';
    for (const [body, headers] of [
      [start, boundary],
      [`${start}\x89PNG`, boundary],
      ["--x\r\n\r\n\r\n--x--", boundary],
      ["--x--", boundary],
      ["", boundary],
      ["x".repeat(100_000), boundary],
      ["file=x", { "content-type": "application/x-www-form-urlencoded" }],
      ["{}", { "content-type": "multipart/form-data" }],
    ] as const) {
      const { status } = await app.ask("/api/v2/media", { method: "POST", body, headers });
      expect([body.slice(0, 80), status]).toEqual([body.slice(0, 80), 422]);
    }
  });

  it("more than a picture or a film may have is refused while it comes", async () => {
    const kept = await bucket();
    const large = files.mp4({ data: new Uint8Array(41_000_000) });
    const { status, body } = await sendFile(app, large);
    expect([status, body["error"]]).toEqual([422, "Validation failed: The file is too large: at most 40 MB"]);
    expect(await bucket()).toEqual(kept);
  });
});

describe("K10: what is served", () => {
  let url: string;
  let film: string;
  beforeAll(async () => {
    url = String((await sendFile(app, files.jpeg())).body["url"]);
    const id = await uploaded(app, files.mp4());
    film = String((await app.ask(`/api/v1/media/${id}`)).body["url"]);
  });

  it("is inert, of our own type, and never a document of the fediverse, whatever is asked for", async () => {
    for (const accept of ["application/activity+json", "text/html", "application/ld+json", "*/*"]) {
      const answer = await stead.fetch(url, { headers: { accept } });
      await answer.arrayBuffer();
      expect([accept, answer.status, Object.fromEntries(answer.headers)]).toMatchObject([
        accept,
        200,
        {
          "content-type": "image/jpeg",
          "x-content-type-options": "nosniff",
          "content-security-policy": "default-src 'none'; sandbox",
          "access-control-allow-origin": "*",
          "cache-control": "public, max-age=31536000, immutable",
        },
      ]);
    }
    for (const path of [
      "/media/",
      "/media/x",
      `/media/${"a".repeat(43)}.html`,
      `/media/${"a".repeat(43)}.jpg`,
      "/media/..%2factor",
    ]) {
      const answer = await stead.fetch(path, { headers: { accept: "application/activity+json" } });
      expect([path, answer.status, answer.headers.get("content-type")]).toEqual([
        path,
        404,
        "text/plain; charset=utf-8",
      ]);
    }
  });

  it("a film comes in parts, as iPhones ask, and beyond its end not at all", async () => {
    const size = files.mp4().length;
    const ask = async (headers: Record<string, string>, method = "GET") => {
      const answer = await stead.fetch(film, { method, headers });
      const body = await answer.arrayBuffer();
      const { status } = answer;
      return {
        status,
        range: answer.headers.get("content-range"),
        bytes: body.byteLength,
        headers: answer.headers,
      };
    };
    expect(await ask({ range: "bytes=0-1" })).toMatchObject({
      status: 206,
      range: `bytes 0-1/${size}`,
      bytes: 2,
    });
    expect(await ask({ range: `bytes=${size - 5}-` })).toMatchObject({ status: 206, bytes: 5 });
    expect(await ask({ range: "bytes=-7" })).toMatchObject({
      status: 206,
      range: `bytes ${size - 7}-${size - 1}/${size}`,
    });
    expect(await ask({ range: `bytes=0-${size + 99}` })).toMatchObject({ status: 206, bytes: size });
    expect(await ask({ range: `bytes=${size}-` })).toMatchObject({ status: 416, range: `bytes */${size}` });
    for (const range of ["bytes=5-1", "bytes=0-1,3-4", "items=0-1", "bytes=-", "bytes=a-b"])
      expect([range, await ask({ range })]).toMatchObject([range, { status: 200, bytes: size }]);
    const whole = await ask({});
    const etag = whole.headers.get("etag")!;
    expect(whole.headers.get("content-disposition")).toMatch(/^attachment; filename="[\w-]{43}\.mp4"$/);
    expect(await ask({ "if-none-match": etag })).toMatchObject({ status: 304, bytes: 0 });
    const head = await ask({}, "HEAD");
    expect([head.status, head.bytes, head.headers.get("etag"), head.headers.get("content-length")]).toEqual([
      200,
      0,
      etag,
      String(size),
    ]);
  });
});

describe("K9: other servers' files", () => {
  let answer: (request: Request) => Response;
  const FILE = "https://pics.test/cat.jpg";
  beforeAll(() => stead.world.host("pics.test", (request) => answer(request)));
  beforeEach(() => {
    answer = () =>
      new Response("pixels", {
        headers: { "content-type": "image/jpeg", "set-cookie": "a=b", link: "</x>" },
      });
    stead.world.take();
  });

  async function pathFor(url: string): Promise<string> {
    const ctx = await stead.ctx();
    return shownFrom(ctx, await currentProfile(ctx), url).replace(ORIGIN, "");
  }
  const get = async (url: string, init?: RequestInit) => stead.fetch(await pathFor(url), init);

  it("are passed on as they are, with no header of theirs but the type", async () => {
    const shown = await get(FILE);
    expect([shown.status, await shown.text(), shown.headers.get("content-type")]).toEqual([
      200,
      "pixels",
      "image/jpeg",
    ]);
    expect([shown.headers.get("set-cookie"), shown.headers.get("link")]).toEqual([null, null]);
    expect(shown.headers.get("content-security-policy")).toBe("default-src 'none'; sandbox");
    const [asked] = stead.world.take();
    expect([asked!.url, asked!.headers.get("authorization"), asked!.headers.get("cookie")]).toEqual([
      FILE,
      null,
      null,
    ]);
  });

  it("nobody can make the stead fetch what it did not sign", async () => {
    const path = await pathFor(FILE);
    const [signature = "", encoded = ""] = path.split("/").slice(-2);
    const other = btoa("https://pics.test/dog.jpg").replaceAll("=", "");
    for (const [sign, url] of [
      [signature, other],
      [`${signature.slice(0, -1)}${signature.endsWith("A") ? "B" : "A"}`, encoded],
      ["A".repeat(16), encoded],
      [signature, `${encoded}A`],
    ])
      await refused(stead, () => stead.fetch(`/media/remote/${sign}/${url}`), 404);
  });

  it.each([
    "http://pics.test/cat.jpg",
    "https://127.0.0.1/cat.jpg",
    "https://localhost/cat.jpg",
    "https://metadata.internal/x",
    "https://pics.test:8443/cat.jpg",
  ])("%s is not fetched, signed or not", async (url) => {
    await refused(stead, () => get(url), 502);
  });

  it("do not lead it to private places", async () => {
    answer = () => Response.redirect("https://169.254.169.254/latest/meta-data", 302);
    await refused(stead, () => get(FILE), 502, { outbound: 1 });
  });

  it.each([
    "text/html",
    "image/svg+xml",
    "application/activity+json",
    "application/octet-stream",
    "image/jpeg2",
    "",
  ])("of the type %j are not passed on", async (type) => {
    answer = () => new Response(HTML, { headers: type === "" ? {} : { "content-type": type } });
    await refused(stead, () => get(FILE), 415, { outbound: 1 });
  });

  it("longer than the cap break off", async () => {
    answer = () =>
      new Response("x", { headers: { "content-type": "video/mp4", "content-length": "200000000" } });
    await refused(stead, () => get(FILE), 502, { outbound: 1 });
    const chunk = new Uint8Array(10_000_000);
    answer = () => {
      let n = 0;
      const body = new ReadableStream({ pull: (to) => (n++ < 20 ? to.enqueue(chunk.slice()) : to.close()) });
      return new Response(body, { headers: { "content-type": "video/mp4" } });
    };
    const endless = await get(FILE);
    await expect(endless.arrayBuffer()).rejects.toThrow(
      /more than 100000000 bytes|disconnected|Network connection lost/,
    );
  });

  it("a part that is asked for is asked for there, and errors are ours", async () => {
    answer = (request) =>
      new Response("xels", {
        status: 206,
        headers: {
          "content-type": "video/mp4",
          "content-range": `bytes 2-5/6`,
          "x-asked": request.headers.get("range")!,
        },
      });
    const part = await get(FILE, { headers: { range: "bytes=2-" } });
    expect([part.status, part.headers.get("content-range"), await part.text()]).toEqual([
      206,
      "bytes 2-5/6",
      "xels",
    ]);
    expect(stead.world.take()[0]!.headers.get("range")).toBe("bytes=2-");
    answer = () => new Response("no", { status: 500, headers: { "content-type": "image/png" } });
    await refused(stead, () => get(FILE), 502, { outbound: 1 });
  });

  it("are fetched by the apps themselves when the owner wants it so", async () => {
    await changeMediaDirect(await stead.ctx(), true);
    expect(await pathFor(FILE)).toBe(FILE);
    await changeMediaDirect(await stead.ctx(), false);
    expect(await pathFor(FILE)).toMatch(/^\/media\/remote\//);
  });
});
