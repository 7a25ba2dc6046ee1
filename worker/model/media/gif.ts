/** GIF (89a) without comments, XMP and what hangs behind the end; how often it repeats stays. */
import { ascii, Kept, u16le, u8, Unfit, type Stripped } from "./bytes.ts";

const [EXTENSION, PICTURE, TRAILER] = [0x21, 0x2c, 0x3b];
const [CONTROL, TEXT, APPLICATION] = [0xf9, 0x01, 0xff];
const REPEATS = new Set(["NETSCAPE2.0", "ANIMEXTS1.0"]);

export function stripGif(bytes: Uint8Array): Stripped {
  const [width, height] = [u16le(bytes, 6), u16le(bytes, 8)];
  if (width === 0 || height === 0) throw new Unfit("The GIF has no picture");
  const kept = new Kept(bytes);
  let at = 13 + colours(u8(bytes, 10));
  kept.keep(0, at);
  let drawn = false;
  for (;;) {
    const block = u8(bytes, at);
    if (block === TRAILER) break;
    if (block === EXTENSION) {
      const end = afterBlocks(bytes, at + 2);
      if (stays(bytes, at)) kept.keep(at, end);
      at = end;
    } else if (block === PICTURE) {
      const end = afterBlocks(bytes, at + 11 + colours(u8(bytes, at + 9)));
      kept.keep(at, end);
      at = end;
      drawn = true;
    } else throw new Unfit("The GIF is damaged");
  }
  if (!drawn) throw new Unfit("The GIF has no picture");
  kept.keep(at, at + 1);
  return { bytes: kept.joined(), width, height };
}

/** Bytes of the table of colours that these flags announce. */
const colours = (flags: number): number => (flags & 0x80 ? 3 * 2 ** ((flags & 7) + 1) : 0);

function stays(bytes: Uint8Array, at: number): boolean {
  const label = u8(bytes, at + 1);
  if (label === APPLICATION) return REPEATS.has(ascii(bytes, at + 3, at + 14));
  return label === CONTROL || label === TEXT;
}

/** Behind a row of blocks, each of which says its length, and the last of which is empty. */
function afterBlocks(bytes: Uint8Array, from: number): number {
  let at = from;
  for (let length = u8(bytes, at); length > 0; length = u8(bytes, at)) at += 1 + length;
  return at + 1;
}
