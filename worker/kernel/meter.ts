/**
 * Counts what an invocation spends. The Free plan allows 10 ms of CPU and 50 subrequests, and one RSA-2048 signature is 0.8 ms,
 * so the spenders ask before they spend, and budget tests read the counts afterwards.
 */
export interface Meter {
  signatures: number;
  fetches: number;
  serialisations: number;
}

export const newMeter = (): Meter => ({ signatures: 0, fetches: 0, serialisations: 0 });
