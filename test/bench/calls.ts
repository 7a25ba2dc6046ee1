/**
 * What an operation asks of the platform, by kind: "d1:4" is a D1 call of four statements. Locally such a call is work of the same
 * process that we measure (in the cloud it is not ours to pay), so it is counted first and subtracted afterwards.
 */
export type Calls = Record<`d1:${number}` | "rpc" | "fetch" | "message", number>;

export type CallKind = keyof Calls;

/** Deliveries a message, on the Free plan. */
export const PAGE = 5;

export const noCalls = (): Calls => ({ rpc: 0, fetch: 0, message: 0 });

/** Calls of one operation, counted over `operations` of them; may be fractions. */
export function perOperation(calls: Calls, operations: number): Calls {
  return mapCalls(calls, (count) => count / operations);
}

/** The whole calls that the nth empty operation makes, so that all of them together make as many as were counted. */
export function callsOfNth(calls: Calls, n: number): Calls {
  return mapCalls(calls, (count) => Math.round((n + 1) * count) - Math.round(n * count));
}

/** "d1:1 ×2, fetch ×0.2". */
export function inWords(calls: Calls): string {
  const kinds = Object.entries(calls).filter(([, count]) => count > 0);
  return kinds.map(([kind, count]) => `${kind} ×${Number(count.toFixed(2))}`).join(", ") || "none";
}

function mapCalls(calls: Calls, map: (count: number) => number): Calls {
  return Object.fromEntries(Object.entries(calls).map(([kind, count]) => [kind, map(count)])) as Calls;
}
