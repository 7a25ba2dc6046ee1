/** The servers of a flood: what runs on each, and what is wrong with it. */
import { setTimeout as sleep } from "node:timers/promises";

import type { FloodOptions } from "./flood-options.ts";
import type { Random } from "./random.ts";
import { habits, namesOf, type Software } from "./softwares.ts";
import type { Person, World } from "./world.ts";

/** Out of 1 host each. Of 400: 20 are slow, 10 away for a while, 4 secure beside those that always are. */
const SLOW = 0.05;
const AWAY = 0.025;
const SECURE = 0.01;
/** Mastodons new enough to sign by RFC 9421. */
const NEW_MASTODONS = 0.1;
const SLOW_MS = 5_000;
/** Three minutes, before they are pressed together. */
const AWAY_MS = 180_000;
/** From so many followers on every other host that goes away does so when it gets its first Accept, which takes a minute to come again. */
const LATE_FROM = 2_000;

export interface FloodHost {
  readonly name: string;
  readonly software: Software;
  readonly rfc9421: boolean;
}

export interface FloodPerson extends Person {
  readonly home: FloodHost;
}

export class FloodHosts {
  readonly all: readonly FloodHost[];
  readonly #world: World;
  readonly #awayMs: number;
  readonly #awayAtOnce: readonly string[];
  readonly #awayLater: Set<string>;

  constructor(world: World, options: FloodOptions, random: Random) {
    const { hosts, followers, mischief, compression } = options;
    this.#world = world;
    this.#awayMs = AWAY_MS / compression;
    this.all = Array.from({ length: hosts }, (_, n) => {
      const software = softwareAt(random.next());
      return {
        name: `h${n}.example`,
        software,
        rfc9421: software === "mastodon" && random.chance(NEW_MASTODONS),
      };
    });
    const names = random.shuffled(this.all.map(({ name }) => name));
    const some = (share: number) => (mischief === "all" ? names.splice(0, Math.ceil(hosts * share)) : []);
    for (const name of some(SLOW)) world.slowness.set(name, SLOW_MS);
    const away = some(AWAY);
    const late = (n: number) => followers >= LATE_FROM && n % 2 === 1;
    this.#awayAtOnce = away.filter((_, n) => !late(n));
    this.#awayLater = new Set(away.filter((_, n) => late(n)));
    for (const name of some(SECURE)) world.secure.add(name);
    for (const { name, software } of this.all) if (habits[software].secure) world.secure.add(name);
  }

  /** Somebody of a host; they have their addresses and their key. */
  person(n: number): FloodPerson {
    const home = this.all[n % this.all.length]!;
    const user = `u${n}`;
    return { ...this.#world.person(home.name, user, namesOf(home.software, home.name, user)), home };
  }

  begin(): void {
    for (const name of this.#awayAtOnce) void this.#goAway(name);
  }

  /** A host got an Accept: some choose this moment to go away. */
  reached(name: string): void {
    if (this.#awayLater.delete(name)) void this.#goAway(name);
  }

  async #goAway(name: string): Promise<void> {
    this.#world.away.add(name);
    await sleep(this.#awayMs, null, { ref: false });
    this.#world.away.delete(name);
  }
}

function softwareAt(chance: number): Software {
  let sum = 0;
  for (const [software, { share }] of Object.entries(habits) as [Software, { share: number }][]) {
    sum += share;
    if (chance < sum) return software;
  }
  return "mastodon";
}
