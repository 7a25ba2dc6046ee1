/**
 * Sounds. Cleaned of what programs and phones note: ID3 at the beginning of an MP3 or AAC is taken out, pictures and comments in FLAC and the
 * notes of a WAV are blanked. What stays, and why: `docs/decisions/media.md`.
 */
import { ascii, fromAscii, u24, u32, u32le, u8, Unfit } from "./bytes.ts";
import { Walk, type Facts, type First, type Scrubber, type Step } from "./walk.ts";

const facts = (seconds: number | null = null): Facts => ({ width: null, height: null, seconds });
const REST: Step = { kind: "rest" };

/** ID3v2 (id3.org, §3.1): ten bytes of header, the last four a length of 28 bits. There may be several. */
function withoutTags(after: Step): First {
  return {
    kind: "read",
    length: 10,
    next: (head) => {
      if (ascii(head, 0, 3) !== "ID3") return after;
      const length = [6, 7, 8, 9].reduce((sum, at) => sum * 128 + (u8(head, at) & 0x7f), 0);
      const footer = u8(head, 5) & 0x10 ? 10 : 0;
      // The header was passed on already: it stays, and announces that nothing follows.
      head.fill(0, 5);
      return { kind: "drop", length: length + footer, next: () => after };
    },
  };
}

export const id3 = (): Scrubber => new Walk(withoutTags(REST), () => facts());

/** RFC 9639 §8: blocks with their kind and length. All but the one that tells the format become padding. */
export function flac(): Scrubber {
  let seconds: number | null = null;
  const [STREAM, PADDING, SEEK] = [0, 1, 3];
  const block: Step = {
    kind: "read",
    length: 4,
    next: (head) => {
      const first = u8(head, 0);
      const kind = first & 0x7f;
      const length = u24(head, 1);
      const next = first & 0x80 ? REST : block;
      if (kind === STREAM && length === 34)
        return {
          kind: "read",
          length,
          next: (info) => {
            const rate = u24(info, 10) >> 4;
            const samples = (u8(info, 13) & 15) * 2 ** 32 + u32(info, 14);
            seconds = rate === 0 || samples === 0 ? null : samples / rate;
            return next;
          },
        };
      if (kind === SEEK) return { kind: "pass", length, next: () => next };
      head[0] = (first & 0x80) | PADDING;
      return { kind: "blank", length, next: () => next };
    },
  };
  return new Walk({ kind: "read", length: 4, next: () => block }, () => facts(seconds));
}

/** RIFF: chunks with their name and length. Notes (LIST, bext, id3, iXML …) become junk. */
export function wave(): Scrubber {
  let rate = 0;
  let seconds: number | null = null;
  const KEPT = new Set(["fact", "cue ", "smpl", "inst"]);
  const chunk: Step = {
    kind: "read",
    length: 8,
    last: true,
    next: (head) => {
      const type = ascii(head, 0, 4);
      const length = u32le(head, 4);
      const padded = length + (length % 2);
      if (type === "fmt " && length >= 16 && length <= 64)
        return { kind: "read", length: padded, next: (format) => ((rate = u32le(format, 8)), chunk) };
      if (type === "data") {
        if (rate === 0) throw new Unfit("The WAV does not say its format");
        seconds = length / rate;
        return { kind: "pass", length: padded, next: () => chunk };
      }
      if (KEPT.has(type)) return { kind: "pass", length: padded, next: () => chunk };
      head.set(fromAscii("JUNK"), 0);
      return { kind: "blank", length: padded, next: () => chunk };
    },
  };
  return new Walk({ kind: "read", length: 12, next: () => chunk }, () => {
    if (seconds === null) throw new Unfit("There is nothing to play in the file");
    return facts(seconds);
  });
}
