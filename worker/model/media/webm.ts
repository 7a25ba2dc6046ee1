/**
 * WebM (RFC 8794, RFC 9559) with its tags and attached files made void. Names and times of the recording program are overwritten. Works
 * for what a browser records, too, whose parts do not know their length: elements name themselves, so none has to be counted.
 */
import { u8, Unfit } from "./bytes.ts";
import { Walk, type First, type Scrubber, type Step } from "./walk.ts";

const [SEGMENT, INFO, TRACKS, TRACK, VIDEO, CLUSTER] = [
  0x18538067, 0x1549a966, 0x1654ae6b, 0xae, 0xe0, 0x1f43b675,
];
const OPEN = new Set([SEGMENT, INFO, TRACKS, TRACK, VIDEO]);
const [TAGS, ATTACHMENTS] = [0x1254c367, 0x1941a469];
/** Title, DateUTC, SegmentFilename, name of a track: content that nothing depends on. */
const NOTES = new Set([0x7ba9, 0x4461, 0x7384, 0x536e, 0xec]);
const [TICK, LENGTH, WIDTH, HEIGHT] = [0x2ad7b1, 0x4489, 0xb0, 0xba];

export function webm(): Scrubber {
  let width: number | null = null;
  let height: number | null = null;
  /** How long it plays, in ticks of so many ns. */
  let ticks: number | null = null;
  let tick = 1_000_000;
  let played = false;

  /** The id and the length each say by their first byte how many bytes they have. */
  const element: First = {
    kind: "read",
    length: 1,
    last: true,
    next: (head) => {
      const ids = 1 + extraOf(u8(head, 0), 3);
      if (head.length <= ids) return { kind: "again", length: ids + 1 };
      const whole = ids + 1 + extraOf(u8(head, ids), 7);
      if (head.length < whole) return { kind: "again", length: whole };
      const id = numberIn(head.subarray(0, ids));
      const length = lengthIn(head.subarray(ids));
      return id === TAGS || id === ATTACHMENTS ? voided(head, length) : content(id, length);
    },
  };
  const go = (): Step => element;

  function content(id: number, length: number | null): Step {
    if (id === CLUSTER) played = true;
    if (OPEN.has(id) || length === null) return element;
    if (NOTES.has(id)) return { kind: "blank", length, next: go };
    if (id !== TICK && id !== LENGTH && id !== WIDTH && id !== HEIGHT)
      return { kind: "pass", length, next: go };
    if (length > 8) throw new Unfit("The WebM is damaged");
    return {
      kind: "read",
      length,
      next: (bytes) => {
        if (id === TICK) tick = numberIn(bytes);
        else if (id === WIDTH) width ??= numberIn(bytes);
        else if (id === HEIGHT) height ??= numberIn(bytes);
        else ticks = floatIn(bytes);
        return element;
      },
    };
  }

  /**
   * The id of four bytes becomes Void's, EC, and the three that are over the beginning of its length: leading zeros where the length
   * has room for them, else bytes of the content.
   */
  function voided(head: Uint8Array, length: number | null): Step {
    if (length === null) throw new Unfit("The WebM has tags of no known length: save it anew");
    const sizeBytes = Math.min(8, head.length - 1);
    const spare = head.length - 1 - sizeBytes;
    head.fill(0);
    head.set([0xec, ...bytesOf(BigInt(length + spare) | (1n << BigInt(7 * sizeBytes)), sizeBytes)]);
    return { kind: "blank", length, next: go };
  }

  return new Walk(element, () => {
    if (!played) throw new Unfit("There is nothing to play in the file");
    const seconds = ticks === null ? null : (ticks * tick) / 1e9;
    return { width, height, seconds: seconds !== null && seconds > 0 && seconds < 1e7 ? seconds : null };
  });
}

function extraOf(first: number, max: number): number {
  const extra = Math.clz32(first) - 24;
  if (extra > max) throw new Unfit("The WebM is damaged");
  return extra;
}

/** Null: not known when it was written. */
function lengthIn(bytes: Uint8Array): number | null {
  const mask = 0xff >> bytes.length;
  const first = u8(bytes, 0) & mask;
  const unknown = first === mask && bytes.subarray(1).every((byte) => byte === 0xff);
  return unknown ? null : numberIn(Uint8Array.of(first, ...bytes.subarray(1)));
}

const numberIn = (bytes: Uint8Array): number => bytes.reduce((sum, byte) => sum * 256 + byte, 0);

function floatIn(bytes: Uint8Array): number | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const value =
    bytes.length === 8 ? view.getFloat64(0) : bytes.length === 4 ? view.getFloat32(0) : Number.NaN;
  return Number.isFinite(value) ? value : null;
}

const bytesOf = (value: bigint, length: number): number[] =>
  Array.from({ length }, (_, n) => Number((value >> BigInt(8 * (length - 1 - n))) & 255n));
