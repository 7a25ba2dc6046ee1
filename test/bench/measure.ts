/** Work, and the CPU that the process which does it took for it. */
import { setTimeout as sleep } from "node:timers/promises";

import type { Ask, Client } from "../rig/client.ts";
import { cpuMsOf } from "../rig/processes.ts";

/** Requests at a time. */
export const CONNECTIONS = 8;
/** At rest: no tick of CPU (10 ms) within this. */
const REST_MS = 100;
const PATIENCE_MS = 60_000;

export interface Shot {
  readonly ask: Ask;
  readonly status: number;
}

/** Sends requests, a few at a time. Throws when one is not answered as it should be. */
export async function fire(client: Client, shots: readonly Shot[]): Promise<void> {
  const left = shots.values();
  const one = async () => {
    for (const { ask, status } of left) {
      const answer = await client.ask(ask);
      if (answer.status !== status)
        throw new Error(`${ask.path} answered ${answer.status}, not ${status}: ${answer.body.slice(0, 200)}`);
    }
  };
  await Promise.all(Array.from({ length: CONNECTIONS }, one));
}

/** CPU of a process in ms, from the start of some work until it rests again. */
export async function cpuOf(pid: number, work: () => Promise<void>): Promise<number> {
  const before = cpuMsOf(pid);
  await work();
  return (await atRest(pid)) - before;
}

async function atRest(pid: number): Promise<number> {
  const deadline = Date.now() + PATIENCE_MS;
  let last = cpuMsOf(pid);
  for (;;) {
    await sleep(REST_MS);
    const now = cpuMsOf(pid);
    if (now === last) return now;
    if (Date.now() > deadline) throw new Error("the process does not come to rest");
    last = now;
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
}
