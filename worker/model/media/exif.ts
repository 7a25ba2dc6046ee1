/** The one thing in EXIF that a picture needs to be seen right: which way is up. Everything else in it is about the owner. */
import { ascii, concat, fromAscii, u16, u16le, u32, u32le, Unfit } from "./bytes.ts";

const ORIENTATION = 0x0112;

/** 1 to 8, as Exif 2.32 §4.6.4 A; 1, upright, when nothing readable says otherwise. `tiff` begins with II or MM. */
export function orientationIn(tiff: Uint8Array): number {
  try {
    const order = ascii(tiff, 0, 2);
    if (order !== "II" && order !== "MM") return 1;
    const [short, long] = order === "II" ? [u16le, u32le] : [u16, u32];
    const directory = long(tiff, 4);
    const entries = Math.min(short(tiff, directory), 512);
    for (let n = 0; n < entries; n++) {
      const entry = directory + 2 + 12 * n;
      if (short(tiff, entry) !== ORIENTATION) continue;
      const value = short(tiff, entry + 8);
      return value >= 1 && value <= 8 ? value : 1;
    }
    return 1;
  } catch (cause) {
    if (cause instanceof Unfit) return 1;
    throw cause;
  }
}

/** A TIFF header and one entry: the orientation. 26 bytes. */
export function tiffWith(orientation: number): Uint8Array<ArrayBuffer> {
  const entry = [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, orientation, 0, 0];
  return concat([fromAscii("MM\0*\0\0\0\x08\0\x01"), Uint8Array.from(entry), new Uint8Array(4)]);
}

/** From 5 on the picture lies on its side: it is shown as high as it is wide at rest. */
export const turned = <Size>(orientation: number, width: Size, height: Size) =>
  orientation >= 5 ? { width: height, height: width } : { width, height };
