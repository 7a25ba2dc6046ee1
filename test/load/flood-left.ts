/** Whether a stead has done all that there is to do after a flood. */
import { setTimeout as sleep } from "node:timers/promises";

import type { Left } from "../rig/doors.ts";
import type { Step } from "./flood-plan.ts";
import type { SteadProcess } from "./stead-process.ts";

/** Longest wait, in ms: what could not be delivered is tried again after up to 72 s. */
const PATIENCE = 180_000;

/** Waits until nothing is left, but for forged mail; returns what is left even so, in words. */
export async function whenSettled(stead: SteadProcess, steps: readonly Step[]): Promise<string[]> {
  const forged = new Set(steps.filter(({ letter }) => letter.forged).map(({ letter }) => letter.body));
  const deadline = performance.now() + PATIENCE;
  for (; ; await sleep(500)) {
    const left = await leftOf(stead, forged);
    if (left.length === 0 || performance.now() > deadline) return left;
  }
}

/** Rows that a statement gives. */
export async function sqlOf(stead: SteadProcess, statement: string): Promise<unknown> {
  return JSON.parse(await stead.client.rig("sql", statement));
}

async function leftOf(stead: SteadProcess, forged: ReadonlySet<string>): Promise<string[]> {
  const { spool, due, progress } = JSON.parse(await stead.client.rig("left")) as Left;
  const left: string[] = [];
  const honest = spool.filter((body) => !forged.has(body));
  if (honest.length > 0) left.push(`${honest.length} honest mails in the mailroom, the first ${honest[0]}`);
  if (due > 0) left.push(`${due} deliveries are to be tried again`);
  const ranges = progress.flatMap(({ stream, done }) =>
    stream === "accepts" ? (JSON.parse(done) as { after: number; to: number }[]) : [],
  );
  const rows = (await sqlOf(stead, "SELECT id FROM followers")) as { id: number }[];
  const open = rows.filter(({ id }) => !ranges.some(({ after, to }) => id > after && id <= to));
  if (open.length > 0) left.push(`${open.length} Accepts are in open pages`);
  const { inFlight } = await stead.counts();
  if (inFlight > 0) left.push(`${inFlight} messages are worked on`);
  return left;
}
