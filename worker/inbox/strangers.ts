/**
 * Asking strangers' servers who they are. What was learnt is kept in memory for an hour: whatever is sent in somebody's name, their
 * server is asked for them once. Who does not answer soon is not waited for: the answer is there for a later round.
 */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { HOUR, MINUTE } from "../kernel/clock.ts";
import { hostOf } from "../kernel/iri.ts";
import { fetchActorDocument, type FetchedActorDocument } from "../peers/fetch-actor.ts";
import { askable } from "../peers/own-probe.ts";
import { Hosts, PER_HOST, type Gift } from "./hosts.ts";

/** A key fetched less than this ago is not fetched again for a signature that fails. */
export const KEY_FRESH = 5 * MINUTE;
/** How often an actor is looked at, at most. */
export const LOOK_AGAIN = HOUR;
/** About 30 MB at the very worst. */
const KEPT_MAX = 500;
/** How long a round waits for the next answer, in ms. */
const PATIENCE = 500;

/** `unreachable` is not remembered: it is the host that is asked again later. */
export type Learnt = Exclude<FetchedActorDocument, { kind: "unreachable" }> & { readonly at: UnixMs };

export interface Asked {
  /** Whether anybody was asked. */
  readonly any: boolean;
  /** What was wrong with the servers that could not be reached. */
  readonly problems: ReadonlyMap<Iri, string>;
}

export class Strangers {
  readonly #learnt = new Map<Iri, Learnt>();
  readonly #landed: () => void;
  readonly hosts = new Hosts();

  /** `landed` is called for each answer that came too late for the round that asked. */
  constructor(landed: () => void) {
    this.#landed = landed;
  }

  /** What was learnt within the hour; null: they are to be asked. */
  get(actor: Iri, now: UnixMs): Learnt | null {
    const known = this.#learnt.get(actor);
    return known && now - known.at < LOOK_AGAIN ? known : null;
  }

  /**
   * Asks for as many as their hosts bear and `signatures` of the invocation allow, the first first. Waits as long as those that are not
   * known to be slow keep answering; what comes later is told to `landed`.
   */
  async ask(ctx: Ctx, actors: readonly Iri[], signatures: number): Promise<Asked> {
    const waiting = actors.map((actor) => ({ actor, host: hostOf(actor) }));
    const problems = new Map<Iri, string>();
    const round = new Round(signatures - ctx.meter.signatures);
    const fetchOne = async (actor: Iri, host: string): Promise<void> => {
      const ended = round.begin(!this.hosts.isSlow(host));
      try {
        const problem = await this.#fetch(ctx, actor, host);
        if (problem !== null) problems.set(actor, problem);
        if (!round.isOpen) this.#landed();
        // A few more would be waited for as long as many.
        else if (round.left >= PER_HOST) fill();
        ended();
      } catch (cause) {
        ctx.log.error("key", cause);
        ended(cause);
      }
    };
    const fill = (): void => {
      while (round.left > 0) {
        const at = waiting.findIndex(({ host }) => this.hosts.mayAsk(host, ctx.clock()));
        const [one] = at < 0 ? [] : waiting.splice(at, 1);
        if (!one) return;
        ctx.ports.background(fetchOne(one.actor, one.host));
      }
    };
    fill();
    await round.over();
    return { any: waiting.length < actors.length, problems };
  }

  /** Null: it was learnt. Else what is wrong with the server. */
  async #fetch(ctx: Ctx, actor: Iri, host: string): Promise<string | null> {
    const ended = this.hosts.ask(host);
    const began = performance.now();
    let gift: Gift | null = null;
    let after: number | undefined;
    try {
      const fetched = await fetchActorDocument(await askable(ctx, actor), actor);
      gift = giftOf(fetched);
      if (fetched.kind === "unreachable") {
        after = fetched.after;
        return fetched.detail;
      }
      this.#learn(actor, { ...fetched, at: ctx.clock() });
      return null;
    } finally {
      ended(gift, performance.now() - began, ctx.clock(), after);
    }
  }

  /** The oldest makes room for the newest. */
  #learn(actor: Iri, what: Learnt): void {
    this.#learnt.delete(actor);
    this.#learnt.set(actor, what);
    const [oldest] = this.#learnt.keys();
    if (this.#learnt.size > KEPT_MAX && oldest) this.#learnt.delete(oldest);
  }
}

function giftOf(fetched: FetchedActorDocument): Gift {
  if (fetched.kind === "actor") return "key";
  return fetched.kind === "unreachable" ? "nothing" : "none";
}

/** What one round asks, and how long it waits for the answers. */
class Round {
  /** How many more may be asked. */
  left: number;
  isOpen = true;
  #awaited = 0;
  #next = Promise.withResolvers<boolean>();

  constructor(left: number) {
    this.left = left;
  }

  /** `awaited`: the round waits for it. The function tells that it has ended, and what fault of ours ended it. */
  begin(awaited: boolean): (fault?: unknown) => void {
    this.left--;
    if (awaited) this.#awaited++;
    return (fault) => {
      if (awaited) this.#awaited--;
      if (fault === undefined) this.#next.resolve(true);
      else if (this.isOpen) this.#next.reject(fault);
    };
  }

  /** Resolves when nobody is waited for any more, or none of them has answered for a while. Throws faults of ours. */
  async over(): Promise<void> {
    try {
      while (this.#awaited > 0 && (await this.#answered())) this.#next = Promise.withResolvers();
    } finally {
      this.isOpen = false;
    }
  }

  async #answered(): Promise<boolean> {
    const timer = setTimeout(() => this.#next.resolve(false), PATIENCE);
    try {
      return await this.#next.promise;
    } finally {
      clearTimeout(timer);
    }
  }
}
