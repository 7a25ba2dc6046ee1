import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { ascii, concat, fromAscii, Unfit } from "../../../worker/model/media/bytes.ts";
import { orientationIn } from "../../../worker/model/media/exif.ts";
import { sniff, type Extension } from "../../../worker/model/media/kinds.ts";
import { WAYS } from "../../../worker/model/media/strip.ts";
import * as files from "../../mastodon/files.ts";

interface Cleaned {
  readonly bytes: Uint8Array;
  readonly width: number | null;
  readonly height: number | null;
  readonly seconds: number | null;
}

/** As a file is taken: pictures whole, all else in pieces of these sizes. */
function clean(extension: Extension, file: Uint8Array, sizes: readonly number[] = [file.length]): Cleaned {
  const way = WAYS[extension];
  if (way.kind === "whole") return { ...way.strip(file), seconds: null };
  const scrubber = way.scrubber();
  const kept: Uint8Array[] = [];
  for (let at = 0, n = 0; at < file.length; n++) {
    const size = sizes[n % sizes.length]!;
    kept.push(scrubber.push(file.slice(at, at + size)).slice());
    at += size;
  }
  return { bytes: concat(kept), ...scrubber.end() };
}

/** Nothing when it is refused. What is no refusal is thrown on. */
function cleanOrRefused(...given: Parameters<typeof clean>): Uint8Array {
  try {
    return clean(...given).bytes;
  } catch (cause) {
    if (cause instanceof Unfit) return new Uint8Array();
    throw cause;
  }
}

const latin = (bytes: Uint8Array) => new TextDecoder("latin1").decode(bytes);

const KINDS: readonly (readonly [Extension, Uint8Array, object])[] = [
  ["jpg", files.jpeg(), { width: 40, height: 30 }],
  ["png", files.png(), { width: 40, height: 30 }],
  ["webp", files.webp(), { width: 40, height: 30 }],
  ["gif", files.gif(), { width: 40, height: 30 }],
  ["avif", files.avif(), { width: 40, height: 30 }],
  ["mp4", files.mp4(), { width: 64, height: 36, seconds: 2.5 }],
  ["mp4", files.mp4({ late: true }), { width: 64, height: 36, seconds: 2.5 }],
  ["mov", files.mp4({ brand: "qt  " }), { width: 64, height: 36, seconds: 2.5 }],
  ["m4a", files.mp4({ brand: "M4A ", width: 0, height: 0 }), { width: null, seconds: 2.5 }],
  ["webm", files.webm(), { width: 64, height: 36, seconds: 2.5 }],
  ["webm", files.webm({ wide: true }), { width: 64, height: 36, seconds: 2.5 }],
  ["mp3", files.mp3(), { seconds: null }],
  ["flac", files.flac(), { seconds: 2.5 }],
  ["wav", files.wav(), { seconds: 1.5 }],
];

describe("a file without what is noted in it", () => {
  it.each(KINDS)(
    "%s: has no place in it any more, is what it was, and tells its size",
    (extension, file, facts) => {
      expect(sniff(file)).toBe(extension);
      expect(latin(file)).toContain(files.PLACE);
      const cleaned = clean(extension, file);
      expect(cleaned).toMatchObject(facts);
      expect(latin(cleaned.bytes)).not.toContain("GPS");
      expect(sniff(cleaned.bytes)).toBe(extension === "mp3" ? "mp3" : extension);
      expect(clean(extension, cleaned.bytes.slice())).toEqual(cleaned);
    },
  );

  it.each(KINDS.filter(([extension]) => WAYS[extension].kind === "streamed"))(
    "%s: comes out the same in whatever pieces it comes",
    (extension, file) => {
      const whole = clean(extension, file);
      fc.assert(
        fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 8 }), (sizes) => {
          expect(clean(extension, file, sizes)).toEqual(whole);
        }),
        { numRuns: 60 },
      );
    },
  );

  it.each(KINDS)("%s: cut off anywhere it is refused, or has no place in it", (extension, file) => {
    for (let length = 16; length < file.length; length++) {
      expect(latin(cleanOrRefused(extension, file.slice(0, length)))).not.toContain("GPS 5");
    }
  });

  it.each(KINDS)(
    "%s: with bytes changed at random it is refused or comes out, and nothing else fails",
    (extension, file) => {
      const change = fc.tuple(fc.integer({ min: 0, max: file.length - 1 }), fc.integer({ min: 0, max: 255 }));
      fc.assert(
        fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
          const changed = file.slice();
          for (const [at, byte] of changes) changed[at] = byte;
          expect(cleanOrRefused(extension, changed, [13]).length).toBeLessThanOrEqual(file.length + 40);
        }),
        { numRuns: 300 },
      );
    },
  );
});

describe("which way is up", () => {
  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    "%d stays, and from 5 on width and height are as shown",
    (orientation) => {
      const sides = orientation >= 5 ? { width: 30, height: 40 } : { width: 40, height: 30 };
      for (const [extension, mark, skip] of [
        ["jpg", "Exif\0\0", 6],
        ["png", "eXIf", 4],
        ["webp", "EXIF", 8],
      ] as const) {
        const file = { jpg: files.jpeg, png: files.png, webp: files.webp }[extension]({ orientation });
        const cleaned = clean(extension, file);
        expect(cleaned).toMatchObject(sides);
        const at = latin(cleaned.bytes).indexOf(mark);
        expect(at < 0 ? 1 : orientationIn(cleaned.bytes.subarray(at + skip))).toBe(orientation);
      }
    },
  );

  it("of a film that was taken lying down is as it is shown", () => {
    const film = files.mp4();
    const at = latin(film).indexOf("tkhd") + 4;
    film.set([0, 0, 0, 0, 0, 1, 0, 0], at + 40);
    expect(clean("mp4", film)).toMatchObject({ width: 36, height: 64 });
  });
});

describe("what stays", () => {
  it("of a JPEG: the colour profile; of a GIF: how often it repeats; of a WebP: no flag for what is gone", () => {
    expect(latin(clean("jpg", files.jpeg()).bytes)).toContain("ICC_PROFILE");
    expect(latin(clean("gif", files.gif()).bytes)).toContain("NETSCAPE2.0");
    const webp = clean("webp", files.webp()).bytes;
    expect(webp[20]).toBe(0x20);
    expect(new DataView(webp.buffer, webp.byteOffset).getUint32(4, true)).toBe(webp.length - 8);
  });

  it("of a film: every byte where it was, so that no offset in its index is wrong", () => {
    const film = files.mp4();
    const { bytes } = clean("mp4", film);
    expect(bytes.length).toBe(film.length);
    expect(latin(bytes).indexOf("pictures")).toBe(latin(film).indexOf("pictures"));
    const recorded = files.webm();
    expect(clean("webm", recorded.slice()).bytes.length).toBe(recorded.length);
  });

  it("nothing of a PNG's checksums has to be made anew, but of the one chunk that is ours", () => {
    const { bytes } = clean("png", files.png({ orientation: 6 }));
    const at = latin(bytes).indexOf("eXIf");
    expect([...bytes.subarray(at + 30, at + 34)]).toEqual([214, 103, 75, 105]);
  });
});

describe("refused", () => {
  it.each(["gpmd", "camm", "mebx"])(
    "a film with a track of places (%s), which lie among the pictures",
    (sample) => {
      expect(() => clean("mp4", files.mp4({ sample }))).toThrow(/track of places/);
    },
  );

  it.each([
    ["HTML", "<!doctype html><script>alert(1)</script>"],
    ["SVG", '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'],
    ["XML before an SVG", '<?xml version="1.0"?><svg/>'],
    ["PDF", "%PDF-1.7"],
    ["a script", "alert(1)"],
    ["a ZIP", "PK\x03\x04"],
    ["HEIC, which most browsers do not show", "\0\0\0\x18ftypheic\0\0\0\0mif1heic"],
    ["Matroska that is no WebM", "\x1a\x45\xdf\xa3\x8b\x42\x82\x88matroska"],
    ["Theora", `OggS${"\0".repeat(24)}\x80theora`],
    ["JPEG XL", "\xff\x0a"],
    ["nothing", ""],
  ])("%s is nothing that can be attached", (_, start) => {
    expect(sniff(fromAscii(start))).toBeNull();
  });

  it("a film that is another file from its second byte on has nothing to play", () => {
    expect(() =>
      clean("mp4", concat([files.box("ftyp", fromAscii("isom")), fromAscii("<html>hello")])),
    ).toThrow(Unfit);
    expect(ascii(files.mp4(), 4, 8)).toBe("ftyp");
  });
});
