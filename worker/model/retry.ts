/**
 * What an answer to a delivery means, and when to try again. Seven days in all: longer than any peer read (Mastodon about
 * 62 hours, Misskey 36 hours, GoToSocial 4 minutes).
 */
import { DAY, HOUR, MINUTE } from "../kernel/clock.ts";

/** From the first try to the last one. */
export const HORIZON = 7 * DAY;

const HOST_WAITS = [1 * MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 12 * HOUR];
const REFUSED_WAITS = [8 * HOUR, 16 * HOUR];

/** 404 and 410 count as the end only when they are said twice, this far apart. */
export const GONE_APART = DAY;

/** Longest Retry-After that is honoured. */
const RETRY_AFTER_MAX = DAY;

/** ms until a host is tried again after its nth failure in a row (n from 1), plus or minus 20 %. */
export function hostWait(failures: number, random: number): number {
  const wait = HOST_WAITS[failures - 1] ?? DAY;
  return Math.round(wait * (0.8 + 0.4 * random));
}

/** ms until a request that was refused (4xx) is tried once more; null after the third refusal: it is parked. */
export function refusedWait(attempts: number): number | null {
  return REFUSED_WAITS[attempts - 1] ?? null;
}

export type Verdict =
  | { kind: "delivered" }
  | { kind: "host-failed"; after: number | null }
  | { kind: "refused" }
  | { kind: "gone" };

/**
 * Judges the status of an answer. 2xx: delivered. 404, 410: gone. 408, 429, 5xx: the host's trouble, not ours. Other 4xx: this
 * request is refused. 3xx: an inbox that moved; POST is not followed, so it is refused too.
 */
export function judge(status: number, retryAfter: string | null, now: number): Verdict {
  if (status >= 200 && status < 300) return { kind: "delivered" };
  if (status === 404 || status === 410) return { kind: "gone" };
  if (status === 408 || status === 429 || status >= 500) {
    return { kind: "host-failed", after: readRetryAfter(retryAfter, now) };
  }
  return { kind: "refused" };
}

/** RFC 9110 §10.2.3: seconds or a date. ms from now, capped; null when it is absent or makes no sense. */
export function readRetryAfter(value: string | null, now: number): number | null {
  if (value === null) return null;
  const text = value.trim();
  const wait = /^\d{1,12}$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return Number.isFinite(wait) && wait >= 0 ? Math.min(wait, RETRY_AFTER_MAX) : null;
}
