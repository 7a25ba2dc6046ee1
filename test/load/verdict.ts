/** What a run brought, and whether that may be. */
import type { Options } from "./options.ts";

export interface Result {
  readonly followers: number;
  readonly hosts: number;
  readonly seconds: number;
  readonly posts: number;
  readonly lost: number;
  readonly duplicates: number;
  readonly queueMessages: number;
  readonly largestMessageBytes: number;
  readonly rowsWritten: number;
  readonly objectRowsWritten: number;
  readonly signatures: number;
  readonly serialisations: number;
  readonly kills: number;
  readonly seed: number;
}

/** Signatures a message stands for. */
const PAGE = { free: 5, paid: 50 } as const;
/** Below this many hosts the few rows that every post costs outweigh those of its deliveries. */
const ROWS_COUNT_FROM = 1_000;
const ROWS = 0.05;
const OBJECT_ROWS = 0.25;
const MESSAGE_BYTES = 2_048;
/** Half of what a host that never answers is waited for, in ms. */
const STALL = 4_000;

/** What is wrong with a result, in words. `stall`: longest time in ms in which no further host was reached. */
export function overBudget(
  result: Result,
  { plan, concurrency, dead, slow }: Options,
  stall: number,
): string[] {
  const complaints: string[] = [];
  const atMost = (what: string, value: number, bound: number) => {
    if (value > bound) complaints.push(`${what}: ${value}, and at most ${bound} may be`);
  };
  const page = PAGE[plan];
  atMost("lost", result.lost, 0);
  // A page with a host that does not answer goes on behind its message: it may be in flight besides.
  atMost("duplicates", result.duplicates, result.kills * (concurrency + dead + slow) * page);
  atMost("bytes of a message", result.largestMessageBytes, MESSAGE_BYTES);
  atMost("serialisations", result.serialisations, 1);
  if (result.kills > 0) return complaints;
  if (dead > 0) {
    atMost("ms in which dead hosts held up the others", stall, STALL);
    return complaints;
  }
  atMost("messages", result.queueMessages, Math.ceil(result.hosts / page) + 3);
  atMost("signatures", result.signatures, result.hosts);
  if (result.hosts < ROWS_COUNT_FROM || plan !== "free") return complaints;
  atMost("D1 rows", result.rowsWritten, ROWS * result.hosts);
  atMost("Durable Object rows", result.objectRowsWritten, OBJECT_ROWS * result.hosts);
  return complaints;
}
