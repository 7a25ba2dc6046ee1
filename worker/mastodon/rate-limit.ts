/**
 * 300 requests in five minutes, as Mastodon allows them, for each token and for each network without one. Counted in the isolate's memory,
 * where it costs nothing: the platform may run several isolates and end them when it likes, so what an app is told it has left is the least
 * it has. What must hold in any case (passwords, registrations, wrong secrets) is counted in D1.
 */
import { MINUTE } from "../kernel/clock.ts";

const LIMIT = 300;
const WINDOW = 5 * MINUTE;
/** Counted at a time. Of more, the oldest are forgotten. */
const COUNTED_MAX = 2_000;

interface Count {
  used: number;
  /** Unix ms. */
  readonly resetAt: number;
}

const counts = new Map<string, Count>();

export interface Allowance {
  readonly exceeded: boolean;
  /** Unix ms. */
  readonly resetAt: number;
  readonly headers: Readonly<Record<string, string>>;
}

/** Counts one request. `who` is a token's hash or a network, never a token. */
export function allowance(who: string, now: number): Allowance {
  let count = counts.get(who);
  if (!count || count.resetAt <= now) {
    count = { used: 0, resetAt: (Math.floor(now / WINDOW) + 1) * WINDOW };
    counts.delete(who); // to the end of the line
    counts.set(who, count);
    const [oldest] = counts.keys();
    if (counts.size > COUNTED_MAX && oldest !== undefined) counts.delete(oldest);
  }
  const exceeded = count.used >= LIMIT;
  if (!exceeded) count.used++;
  const headers = {
    "x-ratelimit-limit": String(LIMIT),
    "x-ratelimit-remaining": String(LIMIT - count.used),
    // Mastodon.py wants microseconds.
    "x-ratelimit-reset": new Date(count.resetAt).toISOString().replace("Z", "000Z"),
  };
  return { exceeded, resetAt: count.resetAt, headers };
}

/** For tests. */
export function forgetCounts(): void {
  counts.clear();
}

/**
 * Whom an address counts as: itself, or for IPv6 its /64, which is what one household or one rented machine has. `address` as Cloudflare saw it;
 * "" where nobody did.
 */
export function networkOf(address: string): string {
  if (!address.includes(":") || /\.\d+$/.test(address)) return address;
  const [head = "", tail] = address.toLowerCase().split("::");
  const front = head === "" ? [] : head.split(":");
  const back = tail === undefined || tail === "" ? [] : tail.split(":");
  const zeros =
    tail === undefined ? [] : new Array<string>(Math.max(0, 8 - front.length - back.length)).fill("0");
  const groups = [...front, ...zeros, ...back].slice(0, 4);
  return `${groups.map((group) => group.replace(/^0+(?=.)/, "")).join(":")}::/64`;
}
