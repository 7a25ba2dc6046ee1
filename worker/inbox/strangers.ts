/**
 * What was learnt of actors by fetching their documents, kept in memory for an hour: whatever is sent in somebody's name, their
 * server is asked for them once.
 */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import { HOUR, MINUTE } from "../kernel/clock.ts";
import type { FetchedActor } from "../peers/fetch-actor.ts";

/** A key fetched less than this ago is not fetched again for a signature that fails. */
export const KEY_FRESH = 5 * MINUTE;
/** How often an actor is looked at, at most. */
export const LOOK_AGAIN = HOUR;
/** About 30 MB at the very worst. */
const KEPT_MAX = 500;

/** `unreachable` is not remembered: it is the host that is asked again later. */
export type Learnt = Exclude<FetchedActor, { kind: "unreachable" }>;

export class Strangers {
  readonly #learnt = new Map<Iri, { what: Learnt; at: UnixMs }>();

  /** What was learnt within the hour; null: they are to be asked. */
  get(actor: Iri, now: UnixMs): Learnt | null {
    const known = this.#learnt.get(actor);
    return known && now - known.at < LOOK_AGAIN ? known.what : null;
  }

  /** The oldest makes room for the newest. */
  learn(actor: Iri, what: Learnt, now: UnixMs): void {
    this.#learnt.delete(actor);
    this.#learnt.set(actor, { what, at: now });
    const [oldest] = this.#learnt.keys();
    if (this.#learnt.size > KEPT_MAX && oldest) this.#learnt.delete(oldest);
  }
}
