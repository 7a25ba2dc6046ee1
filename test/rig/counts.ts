/** What a run costs, as Cloudflare would bill it. All are sums since the process started. */
export interface Counts {
  /** D1 `meta.rows_written`. */
  rowsWritten: number;
  /** D1 `meta.rows_read`. */
  rowsRead: number;
  /** Durable Objects: SQL `rowsWritten`, and one for each alarm that was set. */
  objectRowsWritten: number;
  objectRowsRead: number;
  alarmsSet: number;
  /** Messages sent to queues. */
  queueMessages: number;
  /** Calls of `send` and `sendBatch`. */
  queueCalls: number;
  /** Longest message as JSON, in bytes. */
  largestMessageBytes: number;
  /** RSA signatures made. */
  signatures: number;
  /** A Create, Update or Delete of the owner's turned into JSON. */
  serialisations: number;
  /** Invocations of the Worker: requests, queue batches, cron. */
  workerRequests: number;
  /** Invocations of Durable Objects: RPC calls and alarms. */
  objectRequests: number;
  /** Queue messages that are worked on now. */
  inFlight: number;
}

/** The header `x-rig` that opens the back doors of a counted stead. */
export const RIG_TOKEN = "rig";

export const noCounts = (): Counts => ({
  rowsWritten: 0,
  rowsRead: 0,
  objectRowsWritten: 0,
  objectRowsRead: 0,
  alarmsSet: 0,
  queueMessages: 0,
  queueCalls: 0,
  largestMessageBytes: 0,
  signatures: 0,
  serialisations: 0,
  workerRequests: 0,
  objectRequests: 0,
  inFlight: 0,
});

/** Two processes together. */
export function plus(a: Counts, b: Counts): Counts {
  return combine(a, b, 1);
}

/** What lies between two readings; of gauges and maxima, the later one. */
export function minus(a: Counts, b: Counts): Counts {
  return combine(a, b, -1);
}

function combine(a: Counts, b: Counts, sign: 1 | -1): Counts {
  const sum = noCounts();
  for (const name of Object.keys(sum) as (keyof Counts)[]) sum[name] = a[name] + sign * b[name];
  sum.largestMessageBytes = Math.max(a.largestMessageBytes, sign === 1 ? b.largestMessageBytes : 0);
  sum.inFlight = a.inFlight;
  return sum;
}
