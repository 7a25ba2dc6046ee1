/** PNG (W3C PNG 3rd edition) with the chunks that make the picture: no EXIF, no texts, no times, nothing of a program's own, nothing behind the end. */
import { ascii, concat, CUT_OFF, fromAscii, Kept, setU32, u32, Unfit, type Stripped } from "./bytes.ts";
import { orientationIn, tiffWith, turned } from "./exif.ts";

const KEPT = new Set(
  "IHDR PLTE IDAT IEND tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD pHYs acTL fcTL fdAT".split(" "),
);

export function stripPng(bytes: Uint8Array): Stripped {
  const kept = new Kept(bytes);
  kept.keep(0, 8);
  if (ascii(bytes, 12, 16) !== "IHDR" || u32(bytes, 8) !== 13) throw new Unfit("The PNG is damaged");
  const [width, height] = [u32(bytes, 16), u32(bytes, 20)];
  if (width === 0 || height === 0) throw new Unfit("The PNG has no picture");
  let orientation = 1;
  let drawn = false;
  for (let at = 8; ;) {
    const length = u32(bytes, at);
    const type = ascii(bytes, at + 4, at + 8);
    const end = at + 12 + length;
    if (end > bytes.length) throw new Unfit(CUT_OFF);
    if (KEPT.has(type)) kept.keep(at, end);
    if (type === "IDAT") drawn = true;
    if (type === "eXIf") {
      orientation = orientationIn(bytes.subarray(at + 8, at + 8 + length));
      if (orientation !== 1) kept.insert(chunk("eXIf", tiffWith(orientation)));
    }
    if (type === "IEND") break;
    at = end;
  }
  if (!drawn) throw new Unfit("The PNG has no picture");
  return { bytes: kept.joined(), ...turned(orientation, width, height) };
}

function chunk(type: string, data: Uint8Array): Uint8Array {
  const [length, check] = [new Uint8Array(4), new Uint8Array(4)];
  const named = concat([fromAscii(type), data]);
  setU32(length, 0, data.length);
  setU32(check, 0, crc32(named));
  return concat([length, named, check]);
}

/** PNG annex D, bit by bit: it is asked for 30 bytes. */
function crc32(bytes: Uint8Array): number {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return ~crc >>> 0;
}
