/**
 * How the hosts of strangers behave when they are asked for keys, and so whom may be asked now. A host that fails rests; a slow one is never
 * waited for, and has its share of what is asked at a time, never all of it. In memory only: what is lost is learnt again.
 */
import type { UnixMs } from "../kernel/brand.ts";
import { HOUR, SECOND } from "../kernel/clock.ts";

/** Key fetches in parallel to one host, once it has answered. */
export const PER_HOST = 4;
/**
 * And to all together: 64 with four mailrooms. Slow hosts have their share, so has who has not answered yet, and there is always room for
 * those that have shown that they are quick.
 */
const AT_ONCE = { slow: 6, slowOrNew: 12, all: 16 };
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
  /** How long it last took, in ms; null: it has not answered yet. */
  took: number | null;
  /** Fetches that have not come back. */
  asked: number;
}

type Standing = "slow" | "new" | "quick";

export class Hosts {
  readonly #hosts = new Map<string, Host>();
  readonly #asked = { slow: 0, new: 0, quick: 0 };

  mayAsk(name: string, now: UnixMs): boolean {
    const host = this.#hosts.get(name);
    if (!this.#hasRoom(standing(host))) return false;
    return !host || (host.until <= now && host.asked < (host.took === null ? 1 : PER_HOST));
  }

  #hasRoom(of: Standing): boolean {
    const { slow, new: fresh, quick } = this.#asked;
    if (slow + fresh + quick >= AT_ONCE.all) return false;
    return of === "quick" || (slow + fresh < AT_ONCE.slowOrNew && (of === "new" || slow < AT_ONCE.slow));
  }

  /** From when on its mail is to be looked at (unix ms): not while it rests, or is being asked. */
  from(name: string, now: UnixMs): number {
    const host = this.#hosts.get(name);
    const busy = (host && host.asked > 0) || !this.#hasRoom(standing(host));
    return Math.max(host?.until ?? 0, busy ? now + LOOK_AFTER : 0);
  }

  /** Known to be: who was never asked is not. */
  isSlow(name: string): boolean {
    return standing(this.#hosts.get(name)) === "slow";
  }

  /** It did not answer when it was last asked. */
  isFailing(name: string): boolean {
    return (this.#hosts.get(name)?.failures ?? 0) > 0;
  }

  /** Nothing is kept for long of a host that is silent. */
  isSilent(name: string): boolean {
    return (this.#hosts.get(name)?.failures ?? 0) >= SILENT;
  }

  /** Counts a fetch; the function ends it. `after`: it asks not to be asked again for so many ms. */
  ask(name: string): (gift: Gift | null, ms: number, now: UnixMs, after?: number) => void {
    const host = this.#host(name);
    const as = standing(host);
    host.asked++;
    this.#asked[as]++;
    return (gift, ms, now, after = 0) => {
      host.asked--;
      this.#asked[as]--;
      if (gift !== null) note(host, gift, ms, now, after);
    };
  }

  /** A fault of ours with this host's mail. */
  rest(name: string, now: UnixMs): void {
    this.#host(name).until = now + BACKOFF;
  }

  #host(name: string): Host {
    const known = this.#hosts.get(name);
    if (known) return known;
    const host = { until: 0, failures: 0, took: null, asked: 0 };
    this.#hosts.set(name, host);
    return host;
  }

  /** Forgets those that have no mail waiting. */
  forget(now: UnixMs, hasMail: (name: string) => boolean): void {
    for (const [name, { until, asked }] of this.#hosts)
      if (until <= now && asked === 0 && !hasMail(name)) this.#hosts.delete(name);
  }
}

function standing(host: Host | undefined): Standing {
  if (!host || host.took === null) return "new";
  return host.took > SLOW ? "slow" : "quick";
}

/** A host that does not answer rests: 10 s, then twice as long each time. One that has no key to give is asked 30 times a minute. */
function note(host: Host, gift: Gift, ms: number, now: UnixMs, after: number): void {
  host.took = ms;
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
      host.until = now + Math.min(Math.max(BACKOFF * 2 ** (host.failures - 1), after), BACKOFF_MAX);
  }
}
