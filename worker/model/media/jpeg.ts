/**
 * JPEG (ITU-T T.81 annex B) without what cameras and programs note in it: EXIF with place and serial number, XMP, IPTC, comments, previews,
 * and whatever hangs behind the end (the film of a "live" photo, a second picture, an archive). Stay: JFIF, the colour profile, Adobe's word
 * on colours, and which way is up.
 */
import { CUT_OFF, Kept, concat, fromAscii, startsWith, u8, u16, Unfit, type Stripped } from "./bytes.ts";
import { orientationIn, tiffWith, turned } from "./exif.ts";

const [SOI, EOI, SOS, APP0, APP1, COM] = [0xd8, 0xd9, 0xda, 0xe0, 0xe1, 0xfe];
/** What may stand in a segment for applications, by its marker. */
const KEPT_APPS: Readonly<Record<number, string>> = {
  [APP0]: "JFIF\0",
  0xe2: "ICC_PROFILE\0",
  0xee: "Adobe",
};

export function stripJpeg(bytes: Uint8Array): Stripped {
  const kept = new Kept(bytes);
  let size: { width: number; height: number } | null = null;
  let orientation = 1;
  let scanned = false;
  for (let at = 2; ;) {
    if (u8(bytes, at) !== 0xff) throw new Unfit("The JPEG is damaged");
    const marker = u8(bytes, at + 1);
    // Any number of fill bytes may stand before a marker.
    if (marker === 0xff) at++;
    else if (marker === EOI) {
      kept.keep(at, at + 2);
      break;
    } else if (isAlone(marker)) at += 2;
    else {
      const length = u16(bytes, at + 2);
      const end = at + 2 + length;
      if (length < 2 || end > bytes.length) throw new Unfit(CUT_OFF);
      if (marker === APP1 && startsWith(bytes, "Exif\0", at + 4))
        orientation = orientationIn(bytes.subarray(at + 10, end));
      if (isFrame(marker)) size ??= { height: u16(bytes, at + 5), width: u16(bytes, at + 7) };
      if (stays(bytes, marker, at)) kept.keep(at, end);
      at = end;
      if (marker !== SOS) continue;
      scanned = true;
      at = endOfScan(bytes, at);
      kept.keep(end, at);
    }
  }
  if (!scanned || !size || size.width === 0 || size.height === 0) throw new Unfit("The JPEG has no picture");
  const upright = orientation === 1 ? new Uint8Array() : exifSegment(orientation);
  const start = Uint8Array.of(0xff, SOI);
  return {
    bytes: concat([start, upright, kept.joined()]),
    ...turned(orientation, size.width, size.height),
  };
}

/** A marker without a length behind it. */
function isAlone(marker: number): boolean {
  if (marker === SOI || marker === 0) throw new Unfit("The JPEG is damaged");
  return marker === 0x01 || (marker >= 0xd0 && marker <= 0xd7);
}

const isFrame = (marker: number): boolean =>
  marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc;

function stays(bytes: Uint8Array, marker: number, at: number): boolean {
  if (marker === COM) return false;
  if (marker < APP0 || marker > 0xef) return true;
  const name = KEPT_APPS[marker];
  return name !== undefined && startsWith(bytes, name, at + 4);
}

/** Where the next marker stands that is no part of the compressed data. */
function endOfScan(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const next = bytes[at + 1];
    if (next === undefined) break;
    if (next !== 0 && next !== 0xff && !(next >= 0xd0 && next <= 0xd7)) return at;
  }
  throw new Unfit(CUT_OFF);
}

function exifSegment(orientation: number): Uint8Array {
  const content = concat([fromAscii("Exif\0\0"), tiffWith(orientation)]);
  return concat([Uint8Array.of(0xff, APP1, 0, content.length + 2), content]);
}
