/** Where one post has arrived: what is there, what is missing, what came twice. */
import type { Arrival } from "./world.ts";

export class Spread {
  readonly #owed: ReadonlySet<string>;
  readonly #times = new Map<string, number>();
  readonly #bodies = new Set<string>();
  #milestones: { at: number; reached: () => void }[] = [];
  /** performance.now() of the last first arrival. */
  lastAt = performance.now();
  /** Longest time in ms without another host reached, from the making of this on. */
  stall = 0;

  /** `owed`: hosts that are to have it. */
  constructor(owed: readonly string[]) {
    this.#owed = new Set(owed);
  }

  note(arrival: Arrival): void {
    const times = this.#times.get(arrival.host) ?? 0;
    this.#times.set(arrival.host, times + 1);
    this.#bodies.add(arrival.body);
    if (times > 0) return;
    this.stall = Math.max(this.stall, arrival.at - this.lastAt);
    this.lastAt = arrival.at;
    for (const milestone of this.#milestones) if (this.reached >= milestone.at) milestone.reached();
    this.#milestones = this.#milestones.filter(({ at }) => at > this.reached);
  }

  /** Resolves as soon as so many hosts have the post. */
  when(at: number): Promise<void> {
    if (this.reached >= at) return Promise.resolve();
    return new Promise((reached) => this.#milestones.push({ at, reached }));
  }

  /** Hosts that have it. */
  get reached(): number {
    return this.#times.size;
  }

  get posts(): number {
    return [...this.#times.values()].reduce((sum, times) => sum + times, 0);
  }

  get lost(): string[] {
    return [...this.#owed].filter((host) => !this.#times.has(host));
  }

  /** POSTs beyond the first of each host. */
  get duplicates(): number {
    return this.posts - this.#times.size;
  }

  /** Hosts that got it although they should not. */
  get strangers(): string[] {
    return [...this.#times.keys()].filter((host) => !this.#owed.has(host));
  }

  /** Different texts that arrived: 1 when everybody got the same bytes. */
  get texts(): number {
    return this.#bodies.size;
  }
}
