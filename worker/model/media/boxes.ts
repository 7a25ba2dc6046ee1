/**
 * MP4, MOV and M4A (ISO 14496-12, QuickTime File Format): a film in boxes. Only boxes that are needed to play it stay; user data, where
 * cameras write the place (`©xyz`, `loci`), and every unknown box become empty `free` ones of the same length, so that no offset moves.
 * A track of positions beside the pictures can not be taken out of the middle of the film: such a file is refused.
 */
import { ascii, CUT_OFF, fromAscii, u16, u32, u64, u8, Unfit } from "./bytes.ts";
import { READ_MAX, Walk, type First, type Scrubber, type Step } from "./walk.ts";

/** Boxes that hold boxes. */
const OPEN = new Set("moov trak mdia minf edts moof traf mvex stbl".split(" "));
/** Boxes that stay as they are. */
const KEPT = new Set(
  `ftyp styp mdat sidx ssix prft emsg mfra wide mvhd iods tkhd tref tapt elst mdhd hdlr elng vmhd smhd nmhd sthd hmhd gmhd dinf
   mfhd tfhd trun tfdt saiz saio sbgp sgpd subs mehd trex`.split(/\s+/),
);
/** Sample entries of measurements with places among them: GoPro's, and Google's "camera motion". */
const PLACES = new Set(["gpmd", "camm", "djmd", "rtmd"]);
const PLACE_TRACK =
  "The video carries a track of places or measurements, which can not be taken out here: export it without, and send it again";

export function movie(): Scrubber {
  let size: { width: number; height: number } | null = null;
  let seconds: number | null = null;
  let played = false;

  const header: First = {
    kind: "read",
    length: 8,
    last: true,
    next: (bytes) => {
      const length = u32(bytes, 0);
      const type = ascii(bytes, 4, 8);
      if (type === "mdat") played = true;
      if (length === 1 && bytes.length < 16) return { kind: "again", length: 16 };
      if (length === 1) return content(bytes, type, u64(bytes, 8) - 16);
      // Up to the end of the file.
      if (length === 0 && type === "mdat") return { kind: "rest" };
      return content(bytes, type, length - 8);
    },
  };
  const go = (): Step => header;

  function content(head: Uint8Array, type: string, length: number): Step {
    if (length < 0) throw new Unfit(CUT_OFF);
    if (OPEN.has(type)) return header;
    const read = readers[type];
    if (read) {
      const looked = Math.min(length, READ_MAX);
      const rest: Step = { kind: "pass", length: length - looked, next: go };
      return { kind: "read", length: looked, next: (bytes) => (read(bytes), rest) };
    }
    if (KEPT.has(type) || SAMPLES.has(type)) return { kind: "pass", length, next: go };
    head.set(fromAscii("free"), 4);
    return { kind: "blank", length, next: go };
  }

  const readers: Readonly<Record<string, (bytes: Uint8Array) => void>> = {
    tkhd: (bytes) => (size ??= sizeIn(bytes)),
    mvhd: (bytes) => (seconds ??= secondsIn(bytes)),
    stsd: refusePlaces,
  };
  return new Walk(header, () => {
    if (!played) throw new Unfit("There is nothing to play in the file");
    return { width: size?.width ?? null, height: size?.height ?? null, seconds };
  });
}

/** The tables of a track's samples. */
const SAMPLES = new Set(
  "stts ctts cslg stsc stsz stz2 stco co64 stss stsh stps padb stdp sdtp sbgp sgpd subs saiz saio".split(" "),
);

/** Null for a track without a picture. Phones film lying down, and say so by a matrix that turns. */
function sizeIn(tkhd: Uint8Array) {
  const long = u8(tkhd, 0) === 1 ? 12 : 0;
  const [width, height] = [u16(tkhd, 76 + long), u16(tkhd, 80 + long)];
  if (width === 0 || height === 0) return null;
  const turnedOver = u32(tkhd, 40 + long) === 0 && u32(tkhd, 44 + long) !== 0;
  return turnedOver ? { width: height, height: width } : { width, height };
}

function secondsIn(mvhd: Uint8Array): number | null {
  const long = u8(mvhd, 0) === 1;
  const [scale, length] = long ? [u32(mvhd, 20), u64(mvhd, 24)] : [u32(mvhd, 12), u32(mvhd, 16)];
  const seconds = length / scale;
  // All ones: not known when it was written.
  return scale === 0 || length === 0 || seconds > 1e7 ? null : seconds;
}

/** Apple's timed notes are in every film of an iPhone, and seldom hold a place: their keys say so. */
function refusePlaces(stsd: Uint8Array): void {
  if (stsd.length < 16) return;
  const format = ascii(stsd, 12, 16);
  const keys = format === "mebx" ? textOf(stsd) : "";
  if (PLACES.has(format) || keys.includes("location")) throw new Unfit(PLACE_TRACK);
}

const textOf = (bytes: Uint8Array): string => new TextDecoder("latin1").decode(bytes);
