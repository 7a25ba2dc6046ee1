/** Which part of a file is asked for (RFC 9110 §14.2). iPhones play no film that they can not ask for in parts. */
import type { FilePart } from "../../kernel/ctx.ts";

/** Null: all of it. Of several ranges none is taken, which a server may. */
export function rangeIn(header: string | null): FilePart | null {
  const [, from, to] = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? "") ?? [];
  if (from === undefined || to === undefined) return null;
  if (from === "") return to === "" || Number(to) === 0 ? null : { suffix: Number(to) };
  if (to === "") return { offset: Number(from) };
  const length = Number(to) - Number(from) + 1;
  return length > 0 ? { offset: Number(from), length } : null;
}

/** First and last byte of a range in a file of this size; null when the file ends before it. */
export function boundsOf(range: FilePart, size: number): { first: number; last: number } | null {
  const first = "suffix" in range ? Math.max(0, size - range.suffix) : range.offset;
  const length = "suffix" in range ? size : (range.length ?? size);
  const last = Math.min(size, first + length) - 1;
  return first > last ? null : { first, last };
}
