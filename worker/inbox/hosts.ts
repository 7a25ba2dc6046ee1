/**
 * How the hosts of strangers behave when they are asked for keys, and so whom may be asked now. A host that fails rests; a slow one is never
 * waited for, and has its share of what is asked at a time, never all of it. In memory only: what is lost is learnt again.
 */
import type { UnixMs } from "../kernel/brand.ts";
import { HOUR, SECOND } from "../kernel/clock.ts";

/** Key fetches in parallel: to one host, to all, and to slow hosts together. The mailrooms have 64 between them. */
export const PER_HOST = 4;
const AT_ONCE = 16;
const SLOW_AT_ONCE = 8;
/** A host that takes longer than this to give a key is slow. */
const SLOW = 1 * SECOND;
/** Times in a row that a host did not answer before little is kept for it. */
const SILENT = 3;
const BACKOFF = 10 * SECOND;
const BACKOFF_MAX = 1 * HOUR;
/** After each document that was not there, so that nobody can use us to ask one server for thousands. */
const PAUSE = 2 * SECOND;
/** Answers that are waited for are looked for again after this, should nobody tell of them. */
const LOOK_AFTER = 1 * SECOND;

/** What asking an actor's host brought. `none`: it answers, and has no key to give. */
export type Gift = "key" | "none" | "nothing";

interface Host {
  /** unix ms; no key is asked for before. */
  until: number;
  failures: number;
  /** How long it last took, in ms. */
  ms: number;
  /** Fetches that have not come back. */
  asked: number;
}

export class Hosts {
  readonly #hosts = new Map<string, Host>();
  #asked = 0;
  #slowAsked = 0;

  mayAsk(name: string, now: UnixMs): boolean {
    const host = this.#hosts.get(name);
    if (this.#asked >= AT_ONCE) return false;
    if (!host) return true;
    const full = host.ms > SLOW && this.#slowAsked >= SLOW_AT_ONCE;
    return !full && host.until <= now && host.asked < PER_HOST;
  }

  isSlow(name: string): boolean {
    return (this.#hosts.get(name)?.ms ?? 0) > SLOW;
  }

  /** Nothing is kept for long of a host that is silent. */
  isSilent(name: string): boolean {
    return (this.#hosts.get(name)?.failures ?? 0) >= SILENT;
  }

  /** Those that did not answer when they were last asked. */
  get failing(): string[] {
    return [...this.#hosts].filter(([, { failures }]) => failures > 0).map(([name]) => name);
  }

  /** Hosts whose mail is not to be looked at, and until when: they rest, or are being asked. */
  resting(now: UnixMs): { host: string; until: number }[] {
    const full = this.#slowAsked >= SLOW_AT_ONCE;
    return [...this.#hosts].flatMap(([host, { until, asked, ms }]) => {
      const waits = asked > 0 || (full && ms > SLOW);
      const end = waits ? Math.max(until, now + LOOK_AFTER) : until;
      return end > now ? { host, until: end } : [];
    });
  }

  /** Counts a fetch; the function ends it. */
  ask(name: string): (gift: Gift | null, ms: number, now: UnixMs) => void {
    const host = this.#host(name);
    const slow = host.ms > SLOW ? 1 : 0;
    host.asked++;
    this.#asked++;
    this.#slowAsked += slow;
    return (gift, ms, now) => {
      host.asked--;
      this.#asked--;
      this.#slowAsked -= slow;
      if (gift !== null) note(host, gift, ms, now);
    };
  }

  /** A fault of ours with this host's mail. */
  rest(name: string, now: UnixMs): void {
    this.#host(name).until = now + BACKOFF;
  }

  #host(name: string): Host {
    const known = this.#hosts.get(name);
    if (known) return known;
    const host = { until: 0, failures: 0, ms: 0, asked: 0 };
    this.#hosts.set(name, host);
    return host;
  }

  /** Forgets those that have no mail waiting. */
  forget(now: UnixMs, hasMail: (name: string) => boolean): void {
    for (const [name, { until, asked }] of this.#hosts)
      if (until <= now && asked === 0 && !hasMail(name)) this.#hosts.delete(name);
  }
}

/** A host that does not answer rests: 10 s, then twice as long each time. One that has no key to give is asked 30 times a minute. */
function note(host: Host, gift: Gift, ms: number, now: UnixMs): void {
  host.ms = ms;
  switch (gift) {
    case "key":
      host.failures = 0;
      return;
    case "none":
      host.failures = 0;
      host.until = Math.max(now, host.until) + PAUSE;
      return;
    case "nothing":
      // What was asked together fails once.
      if (host.until > now) return;
      host.failures++;
      host.until = now + Math.min(BACKOFF * 2 ** (host.failures - 1), BACKOFF_MAX);
  }
}
