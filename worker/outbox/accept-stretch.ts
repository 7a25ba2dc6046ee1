/**
 * Streams of Accepts that are sent once more: `accepts/AFTER-THROUGH` is a stretch of the followers' log, walked once. Its bounds stand in its
 * name, so a message needs nothing else to be understood.
 */
import type { Range } from "./intervals.ts";

export const stretchStream = ({ after, to }: Range) => `accepts/${after}-${to}`;

/** The followers of such a stream; null for any other. */
export function stretchOf(stream: string): Range | null {
  const match = /^accepts\/(\d{1,16})-(\d{1,16})$/.exec(stream);
  return match ? { after: Number(match[1]), to: Number(match[2]) } : null;
}
