/**
 * How old a signature may be. Measured against the moment of receipt, not of verification: a request that waits a day
 * for its sender's key is no older for that.
 */
import type { UnixMs } from "../kernel/brand.ts";
import { HOUR, MINUTE, SECOND } from "../kernel/clock.ts";

/** How far a `Date` or `(created)` may lie from receipt, both ways, and `created` of RFC 9421 in the past. */
const WINDOW = HOUR;
/**
 * How far ahead a clock may be that writes `created` (RFC 9421), and how far behind one that writes `expires`. By the specs
 * it would be nothing, and a server with a slow clock that lets signatures expire within seconds would lose all its mail.
 * Mastodon allows an hour.
 */
const SKEW = 5 * MINUTE;

// "Sun, 05 Jan 2014 21:31:40 GMT" (RFC 9110 §5.6.7); one-digit days and UTC or +0000 are seen from small servers.
const HTTP_DATE = /^[A-Z][a-z]{2}, \d{1,2} [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d (?:GMT|UTC|\+0000)$/;
const SECONDS = /^\d{1,12}(?:\.\d{1,9})?$/;

/** Whether an HTTP date lies within an hour of receipt; false for what is no date. */
export function freshDate(text: string, receivedAt: UnixMs): boolean {
  return HTTP_DATE.test(text) && Math.abs(Date.parse(text) - receivedAt) <= WINDOW;
}

/** The same for the `(created)` of draft-cavage: unix seconds as text. */
export function freshCavageCreated(seconds: string, receivedAt: UnixMs): boolean {
  return SECONDS.test(seconds) && Math.abs(Number(seconds) * SECOND - receivedAt) <= WINDOW;
}

/** Whether `created` (RFC 9421 §2.3, unix seconds) is at most an hour old and not from the future. */
export function freshCreated(seconds: unknown, receivedAt: UnixMs): boolean {
  if (typeof seconds !== "number" || !Number.isInteger(seconds)) return false;
  const age = receivedAt - seconds * SECOND;
  return age <= WINDOW && age >= -SKEW;
}

/** Whether `expires` (unix seconds, of either scheme) still lay ahead at receipt; false for what is no number. */
export function unexpired(seconds: unknown, receivedAt: UnixMs): boolean {
  const expires = typeof seconds === "string" && SECONDS.test(seconds) ? Number(seconds) : seconds;
  return typeof expires === "number" && expires * SECOND + SKEW >= receivedAt;
}
