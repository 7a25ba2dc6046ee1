/** WebP (RFC 9649) without EXIF, XMP, unknown chunks and what hangs behind the end; which way is up stays. */
import {
  ascii,
  concat,
  CUT_OFF,
  fromAscii,
  Kept,
  u16le,
  u24le,
  u32le,
  u8,
  Unfit,
  type Stripped,
} from "./bytes.ts";
import { orientationIn, tiffWith, turned } from "./exif.ts";

const KEPT = new Set(["VP8 ", "VP8L", "VP8X", "ANIM", "ANMF", "ALPH", "ICCP"]);
/** Of the flags of VP8X. */
const [EXIF, XMP] = [0x08, 0x04];
/** "RIFF", a length, "WEBP". */
const HEADER = 12;

export function stripWebp(bytes: Uint8Array): Stripped {
  const end = Math.min(8 + u32le(bytes, 4), Number.MAX_SAFE_INTEGER);
  if (end > bytes.length) throw new Unfit(CUT_OFF);
  const kept = new Kept(bytes);
  let size: { width: number; height: number } | null = null;
  let orientation = 1;
  let drawn = false;
  for (let at = HEADER; at + 8 <= end;) {
    const type = ascii(bytes, at, at + 4);
    const length = u32le(bytes, at + 4);
    const next = at + 8 + length + (length % 2);
    if (at + 8 + length > end) throw new Unfit(CUT_OFF);
    if (KEPT.has(type)) kept.keep(at, Math.min(next, end));
    size ??= sizeIn(type, bytes, at + 8);
    if (type === "VP8 " || type === "VP8L" || type === "ANMF") drawn = true;
    if (type === "EXIF") {
      const from = ascii(bytes, at + 8, at + 12) === "Exif" ? at + 14 : at + 8;
      orientation = orientationIn(bytes.subarray(from, at + 8 + length));
    }
    at = next;
  }
  if (!drawn || !size) throw new Unfit("The WebP has no picture");
  const body = kept.joined();
  const extended = ascii(body, 0, 4) === "VP8X";
  if (extended) body[8] = (u8(body, 8) & ~(EXIF | XMP)) | (orientation === 1 ? 0 : EXIF);
  const upright = extended && orientation !== 1 ? [chunk("EXIF", tiffWith(orientation))] : [];
  const content = concat([fromAscii("WEBP"), body, ...upright]);
  return { bytes: chunk("RIFF", content), ...turned(orientation, size.width, size.height) };
}

/** Width and height as the first chunk of the picture says them. */
function sizeIn(type: string, bytes: Uint8Array, at: number) {
  switch (type) {
    case "VP8X":
      return { width: u24le(bytes, at + 4) + 1, height: u24le(bytes, at + 7) + 1 };
    case "VP8 ":
      return { width: u16le(bytes, at + 6) & 0x3fff, height: u16le(bytes, at + 8) & 0x3fff };
    case "VP8L": {
      const bits = u32le(bytes, at + 1);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    default:
      return null;
  }
}

function chunk(type: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const length = new Uint8Array(4);
  new DataView(length.buffer).setUint32(0, data.length, true);
  return concat([fromAscii(type), length, data, new Uint8Array(data.length % 2)]);
}
