import { describe, expect, it } from "vitest";

import type { UnixMs } from "../../worker/kernel/brand.ts";
import { attachmentDocument } from "../../worker/vocab/attachment.ts";
import { readPost } from "../../worker/vocab/read-post.ts";

const NOW = 1_800_000_000_000 as UnixMs;
const read = (...attachment: object[]) =>
  readPost(
    {
      id: "https://a.test/1",
      type: "Note",
      attributedTo: "https://a.test/u",
      content: "",
      attachment,
    } as never,
    NOW,
  )!.attachments;
const AT = { type: "Document", mediaType: "image/png", url: "https://a.test/1.png" };
const BARE = { url: "https://a.test/1.png", type: "image/png", alt: "" };

describe("attachments as peers write them", () => {
  it("Mastodon: size, focus and blurhash are kept, so that apps lay a post out before its pictures are there", () => {
    const said = {
      name: "A cat",
      width: 800,
      height: 600,
      blurhash: "UBL_:rOpGG-oBUNG,qRj2so|=eE1w^n4S5NH",
      focalPoint: [0.5, -1],
    };
    expect(read({ ...AT, ...said })).toEqual([
      { ...BARE, alt: "A cat", width: 800, height: 600, blurhash: said.blurhash, focus: [0.5, -1] },
    ]);
  });

  it("a film's length in xsd:duration and its still picture are kept", () => {
    const film = {
      ...AT,
      mediaType: "video/mp4",
      duration: "PT1M2.5S",
      icon: { type: "Image", url: "https://a.test/s.jpg" },
    };
    expect(read(film)).toEqual([
      { ...BARE, type: "video/mp4", duration: 62_500, preview: "https://a.test/s.jpg" },
    ]);
  });

  it.each([
    { width: -1, height: 5 },
    { width: "800", height: 600 },
    { width: 1e12, height: 1 },
    { width: 800 },
    { blurhash: "<script>" },
    { blurhash: "UBL_:rOpGG" },
    { focalPoint: [2, 0] },
    { focalPoint: "0,0" },
    { focalPoint: [0, 0, 0] },
    { duration: "P1Y" },
    { duration: 12 },
    { icon: "https://a.test/x" },
    { icon: { url: "javascript:alert(1)" } },
  ])("nonsense is passed over: %j", (said) => {
    expect(read({ ...AT, ...said })).toEqual([BARE]);
  });

  it("what we write is what we read", () => {
    const attachment = {
      url: "https://me.test/media/x.mp4",
      type: "video/mp4",
      alt: "Waves",
      width: 64,
      height: 36,
      duration: 2_500,
      focus: [0, 1] as const,
      preview: "https://me.test/media/y.png",
    };
    expect(read(attachmentDocument(attachment))).toEqual([attachment]);
  });
});
