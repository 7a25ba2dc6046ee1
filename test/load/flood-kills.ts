/** What happens to the stead while the flood comes: kill -9 at random moments, and once a newer build in between. */
import { setTimeout as sleep } from "node:timers/promises";

import type { Outages } from "./flood-outages.ts";
import type { Random } from "./random.ts";
import type { SteadProcess } from "./stead-process.ts";

export interface FloodKills {
  readonly stead: SteadProcess;
  readonly outages: Outages;
  readonly random: Random;
  readonly kills: number;
  /** A module of a newer build. */
  readonly newer: string;
  /** How far the flood is, from 0 to 1. */
  readonly progress: () => number;
  readonly say: (text: string) => void;
}

/** Resolves when the last one is over. A deploy comes in the middle of the kills, where there are any; from then on the newer build runs. */
export async function killOnTheWay(way: FloodKills): Promise<void> {
  const { random, kills, progress } = way;
  const moments = Array.from({ length: kills === 0 ? 0 : kills + 1 }, () => random.next()).toSorted(
    (a, b) => a - b,
  );
  const deploy = Math.ceil(kills / 2);
  for (const [n, moment] of moments.entries()) {
    while (progress() < moment) await sleep(10);
    await interrupt(way, n === deploy ? "deploy" : "kill", n >= deploy);
  }
}

async function interrupt(way: FloodKills, how: "kill" | "deploy", newer: boolean): Promise<void> {
  const { stead, outages, progress, say } = way;
  const at = progress();
  outages.begin();
  await (how === "kill" ? stead.kill() : stead.end());
  await (newer ? stead.start(way.newer) : stead.start());
  const ms = outages.end();
  // As `npm start` does it: the first tick comes with the start.
  await stead.client.rig("cron");
  const what = how === "kill" ? "killed" : "a newer build";
  say(`${what} at ${Math.round(100 * at)} %, ${Math.round(ms)} ms without it`);
}
