/**
 * AVIF (ISO 23008-12) with its EXIF and XMP blanked: the items stay listed, and hold zeros. Its orientation is a property of its own. What is in
 * a box of no known name is blanked as well.
 */
import { ascii, CUT_OFF, u8, u16, u32, u64, Unfit, type Stripped } from "./bytes.ts";

const TOP = new Set(["ftyp", "meta", "mdat", "moov", "styp", "sidx", "moof"]);

interface Box {
  readonly type: string;
  /** Of the content. */
  readonly from: number;
  readonly to: number;
}

export function stripAvif(given: Uint8Array): Stripped {
  const bytes = given.slice();
  let size: { width: number; height: number } | null = null;
  for (const box of boxesIn(bytes, 0, bytes.length)) {
    if (!TOP.has(box.type)) bytes.fill(0, box.from, box.to);
    // A row of pictures keeps its notes where a film does.
    if (box.type === "moov" && holds(bytes.subarray(box.from, box.to), "udta")) throw new Unfit(ANIMATED);
    if (box.type === "meta") size = cleaned(bytes, box);
  }
  if (!size || size.width === 0 || size.height === 0) throw new Unfit("The AVIF has no picture");
  return { bytes, ...size };
}

/** Whether the word stands anywhere in it: the box may be as long as the file. */
const holds = (bytes: Uint8Array, word: string): boolean =>
  new TextDecoder("latin1").decode(bytes).includes(word);

const ANIMATED = "Animated AVIF with notes in it can not be cleaned: save it without metadata";

function cleaned(bytes: Uint8Array, meta: Box): { width: number; height: number } | null {
  const inside = [...boxesIn(bytes, meta.from + 4, meta.to)];
  const named = (type: string) => inside.find((box) => box.type === type);
  const notes = new Set(itemsIn(bytes, named("iinf")));
  const [data, places] = [named("idat"), named("iloc")];
  for (const { item, inData, from, length } of extentsIn(bytes, places)) {
    if (!notes.has(item)) continue;
    const start = inData ? (data?.from ?? bytes.length) + from : from;
    if (start + length > bytes.length) throw new Unfit(CUT_OFF);
    bytes.fill(0, start, length === 0 ? (inData ? data?.to : undefined) : start + length);
  }
  return sizeIn(bytes, named("iprp"));
}

/** Numbers of the items that are EXIF or XMP. */
function itemsIn(bytes: Uint8Array, iinf: Box | undefined): number[] {
  if (!iinf) return [];
  const wide = u8(bytes, iinf.from) > 0;
  return [...boxesIn(bytes, iinf.from + (wide ? 8 : 6), iinf.to)].flatMap(({ from }) => {
    const long = u8(bytes, from) >= 3;
    const type = ascii(bytes, from + (long ? 10 : 8), from + (long ? 14 : 12));
    if (type !== "Exif" && type !== "mime" && type !== "uri ") return [];
    return [long ? u32(bytes, from + 4) : u16(bytes, from + 4)];
  });
}

/** Where the items lie; a length of 0 is all there is. */
function* extentsIn(bytes: Uint8Array, iloc: Box | undefined) {
  if (!iloc) return;
  const version = u8(bytes, iloc.from);
  const [sizes, more] = [u8(bytes, iloc.from + 4), u8(bytes, iloc.from + 5)];
  const [offsets, lengths, bases, indexes] = [sizes >> 4, sizes & 15, more >> 4, version > 0 ? more & 15 : 0];
  let at = iloc.from + 6;
  const next = (size: number): number => {
    const value = size === 8 ? u64(bytes, at) : size === 4 ? u32(bytes, at) : size === 2 ? u16(bytes, at) : 0;
    at += size;
    return value;
  };
  const count = next(version < 2 ? 2 : 4);
  for (let n = 0; n < count; n++) {
    const item = next(version < 2 ? 2 : 4);
    const inData = version > 0 && (next(2) & 15) === 1;
    next(2); // another file, of which there is none
    const base = next(bases);
    const extents = next(2);
    for (let m = 0; m < extents; m++) {
      next(indexes);
      const from = base + next(offsets);
      yield { item, inData, from, length: next(lengths) };
    }
  }
}

/** The largest picture in it: the others are its parts. */
function sizeIn(bytes: Uint8Array, iprp: Box | undefined) {
  const shared = iprp && [...boxesIn(bytes, iprp.from, iprp.to)].find(({ type }) => type === "ipco");
  if (!shared) return null;
  const all = [...boxesIn(bytes, shared.from, shared.to)];
  const [largest] = all
    .filter(({ type }) => type === "ispe")
    .map(({ from }) => ({ width: u32(bytes, from + 4), height: u32(bytes, from + 8) }))
    .toSorted((a, b) => b.width * b.height - a.width * a.height);
  const turn = all.find(({ type }) => type === "irot");
  const onItsSide = turn !== undefined && (u8(bytes, turn.from) & 1) === 1;
  return largest && onItsSide ? { width: largest.height, height: largest.width } : (largest ?? null);
}

function* boxesIn(bytes: Uint8Array, from: number, to: number): Generator<Box> {
  for (let at = from; at + 8 <= to;) {
    const said = u32(bytes, at);
    const length = said === 1 ? u64(bytes, at + 8) : said === 0 ? to - at : said;
    const header = said === 1 ? 16 : 8;
    if (length < header || at + length > to) throw new Unfit(CUT_OFF);
    yield { type: ascii(bytes, at + 4, at + 8), from: at + header, to: at + length };
    at += length;
  }
}
