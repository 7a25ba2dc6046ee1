import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { concat, fromAscii, Unfit } from "../../../worker/model/media/bytes.ts";
import { boundaryIn, bytesOf, partsOf } from "../../../worker/model/media/multipart.ts";
import { boundsOf, rangeIn } from "../../../worker/model/media/range.ts";

async function* inPieces(bytes: Uint8Array, sizes: readonly number[]): AsyncGenerator<Uint8Array> {
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = sizes[n % sizes.length]!;
    yield bytes.slice(at, at + size);
    at += size;
  }
}

async function read(bytes: Uint8Array, boundary: string, sizes: readonly number[]) {
  const parts: { name: string; fileName: string | null; bytes: number[] }[] = [];
  for await (const { name, fileName, body } of partsOf(inPieces(bytes, sizes), boundary))
    parts.push({ name, fileName, bytes: [...(await bytesOf(body, 1_000_000))] });
  return parts;
}

const BOUNDARY = "ab";
function form(parts: readonly { name: string; fileName: string | null; bytes: readonly number[] }[]) {
  const written = parts.flatMap(({ name, fileName, bytes }) => {
    const file = fileName === null ? "" : `; filename="${fileName}"`;
    const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"${file}\r\n\r\n`;
    return [fromAscii(head), Uint8Array.from(bytes), fromAscii("\r\n")];
  });
  return concat([...written, fromAscii(`--${BOUNDARY}--`)]);
}

describe("a form that comes in pieces", () => {
  it("is the same in whatever pieces, with bytes that look like its boundary", async () => {
    const byte = fc.constantFrom(13, 10, 45, 97, 98, 0);
    const part = fc.record({
      name: fc.constantFrom("file", "alt"),
      fileName: fc.constantFrom(null, "", "a.png"),
      bytes: fc.array(byte, { maxLength: 30 }),
    });
    const wellFormed = fc
      .array(part, { maxLength: 4 })
      .filter((parts) =>
        parts.every(
          ({ bytes }) => !`\r\n${String.fromCharCode(...bytes)}\r\n-`.slice(2).includes("\r\n--ab"),
        ),
      );
    await fc.assert(
      fc.asyncProperty(
        wellFormed,
        fc.array(fc.integer({ min: 1, max: 12 }), { minLength: 1, maxLength: 5 }),
        async (parts, sizes) => {
          expect(await read(form(parts), BOUNDARY, sizes)).toEqual(parts);
        },
      ),
      { numRuns: 300 },
    );
  });

  it("cut off anywhere it is told", async () => {
    const whole = form([{ name: "file", fileName: "a", bytes: [1, 2, 3] }]);
    for (let length = 0; length < whole.length; length++)
      await expect(read(whole.slice(0, length), BOUNDARY, [7])).rejects.toThrow(Unfit);
  });

  it("goes on to the next part when nobody took the one before", async () => {
    const whole = form([
      { name: "file", fileName: "a", bytes: new Array<number>(500).fill(9) },
      { name: "alt", fileName: null, bytes: [1] },
    ]);
    const names: string[] = [];
    for await (const { name } of partsOf(inPieces(whole, [50]), BOUNDARY)) names.push(name);
    expect(names).toEqual(["file", "alt"]);
  });

  it.each([
    ["multipart/form-data; boundary=abc", "abc"],
    ['Multipart/Form-Data; charset=utf-8; boundary="a b"', "a b"],
    ["multipart/form-data", null],
    ["application/json; boundary=abc", null],
  ])("%s", (type, boundary) => {
    expect(boundaryIn(type)).toBe(boundary);
  });
});

describe("a part of a file", () => {
  it.each([
    ["bytes=0-1", { first: 0, last: 1 }],
    ["bytes=98-", { first: 98, last: 99 }],
    ["bytes=-3", { first: 97, last: 99 }],
    ["bytes=-500", { first: 0, last: 99 }],
    ["bytes=50-500", { first: 50, last: 99 }],
    ["bytes=100-", null],
  ])("%s of 100 bytes", (header, bounds) => {
    expect(boundsOf(rangeIn(header)!, 100)).toEqual(bounds);
  });
});
