/**
 * `npm run load -- --followers 10000 --hosts 1500 --kills 2`: followers who have their Accept, one post, a server that is killed with
 * SIGKILL on the way, and a count of what arrived. All on loopback, a few minutes at most. Options: `options.ts`. The last line is
 * JSON about the post alone: seconds from publishing to the last host; rows, messages and signatures, as far as a killed process was
 * asked for them. Exit code 1: something was lost, came more often than the kills explain, was badly signed, or cost too much.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { bundle } from "../rig/bundle.ts";
import { claimStead } from "../rig/client.ts";
import { minus } from "../rig/counts.ts";
import { ORIGIN, SECRET } from "../rig/direct.ts";
import { allAccepted, loadFollowers, sendFollows } from "./following.ts";
import { type Options, readOptions } from "./options.ts";
import { Random } from "./random.ts";
import { Spread } from "./spread.ts";
import { SteadProcess } from "./stead-process.ts";
import { overBudget, type Result } from "./verdict.ts";
import { World } from "./world.ts";

const TEXT = "One post, and every follower's server has it.";
const SLOW_MS = 2_000;
const CRON_MS = 60_000;
/** Longest time without another host reached, in ms: more than the lease of a page. */
const PATIENCE = 180_000;

const options = readOptions(process.argv.slice(2));
const random = new Random(options.seed);
const world = new World();
const accepted = new Set<string>();
let spread = new Spread([]);
world.arrived = (arrival) => {
  const { type, object } = arrival.activity;
  if (type === "Create") spread.note(arrival);
  else if (type === "Accept") accepted.add(String((object as { actor?: unknown }).actor));
  else world.problems.push(`an unexpected ${String(type)} at ${arrival.host}`);
};

const built = await bundle("test/rig/counted.ts");
const stateDir = mkdtempSync(join(tmpdir(), "fedistead-load-"));
process.on("exit", () => {
  built.remove();
  rmSync(stateDir, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

const stead = new SteadProcess({
  stateDir,
  module: built.module,
  port: 0,
  plan: options.plan,
  worldPort: await world.listen(),
  concurrency: options.concurrency,
});
try {
  await stead.start();
  await claimStead(stead.client, SECRET);
  world.knows(await ownActor());
  const names = Array.from({ length: options.hosts }, (_, n) => `h${n}.example`);
  await gather(names, options);
  const result = await post(infirm(random.shuffled(names), options), options);
  const complaints = [
    ...overBudget(result, options, Math.round(spread.stall)),
    ...world.problems.slice(0, 20),
  ];
  if (spread.texts > 1) complaints.push(`${spread.texts} different texts of one post arrived`);
  if (spread.strangers.length > 0)
    complaints.push(`${spread.strangers.length} hosts got it though they were dead`);
  for (const complaint of complaints) say(complaint);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exitCode = complaints.length > 0 ? 1 : 0;
} finally {
  await stead.stop();
  world.close();
}

async function ownActor(): Promise<{ publicKey: { id: string; publicKeyPem: string } }> {
  const answer = await stead.client.ask({
    path: "/actor",
    headers: { accept: "application/activity+json" },
  });
  if (answer.status !== 200) throw new Error(`the actor answered ${answer.status}`);
  return JSON.parse(answer.body) as { publicKey: { id: string; publicKeyPem: string } };
}

/** Everybody follows and has their Accept. */
async function gather(names: readonly string[], { followers, follows }: Options): Promise<void> {
  const people = Array.from({ length: followers }, (_, n) => world.person(names[n % names.length]!, `u${n}`));
  const senders = people.slice(0, follows);
  const others = people.slice(follows);
  const began = performance.now();
  const cpuBefore = stead.cpuMs();
  await sendFollows(stead, senders, `${ORIGIN}/actor`);
  const taken = seconds(performance.now() - began);
  await allAccepted(accepted, senders.length);
  const answered = performance.now();
  say(
    `${senders.length} Follows taken in ${taken} s, their Accepts there after ${seconds(answered - began)} s; ${world.fetches} documents fetched, ${((stead.cpuMs() - cpuBefore) / Math.max(1, senders.length)).toFixed(2)} ms of CPU a follower`,
  );
  if (others.length === 0) return;
  await loadFollowers(stead, others);
  await allAccepted(accepted, followers);
  say(
    `${others.length} followers written, their Accepts there after ${seconds(performance.now() - answered)} s`,
  );
}

/** Makes hosts ill; returns those that are not dead. */
function infirm(names: readonly string[], { dead, slow }: Options): string[] {
  for (const [n, name] of names.slice(0, dead).entries())
    world.host(name, n % 2 === 0 ? { kind: "refuses" } : { kind: "hangs" });
  for (const name of names.slice(dead, dead + slow)) world.host(name, { kind: "slow", ms: SLOW_MS });
  return names.slice(dead);
}

/** Publishes, kills on the way, and waits until everybody has the post and the stead knows it. */
async function post(
  owed: readonly string[],
  { followers, hosts, kills, seed, cron }: Options,
): Promise<Result> {
  // What was reported last may still be on its way into the object.
  await sleep(500);
  const before = await stead.counts();
  const cpuBefore = stead.cpuMs();
  spread = new Spread(owed);
  const began = performance.now();
  const published = JSON.parse(await stead.client.rig("publish", TEXT)) as { kind: string };
  if (published.kind !== "published") throw new Error(`not published: ${JSON.stringify(published)}`);
  const moments = Array.from({ length: kills }, () => Math.floor(random.next() * owed.length));
  for (const moment of moments.toSorted((a, b) => a - b)) await killAt(moment, cron);
  await settled(owed.length, cron);
  const cost = minus(await stead.counts(), before);
  if (kills === 0) {
    const cpuMs = (stead.cpuMs() - cpuBefore) / Math.max(1, cost.signatures);
    say(`${cpuMs.toFixed(2)} ms of CPU a delivery`);
  }
  return {
    followers,
    hosts,
    seconds: seconds(spread.lastAt - began),
    posts: spread.posts,
    lost: spread.lost.length,
    duplicates: spread.duplicates,
    queueMessages: cost.queueMessages,
    largestMessageBytes: cost.largestMessageBytes,
    rowsWritten: cost.rowsWritten,
    objectRowsWritten: cost.objectRowsWritten,
    signatures: cost.signatures,
    serialisations: cost.serialisations,
    kills,
    seed,
  };
}

async function killAt(hosts: number, cron: boolean): Promise<void> {
  await spread.when(hosts);
  const inFlight = await stead.kill();
  const { reached } = spread;
  await stead.start();
  // As `npm start` does it: the first tick comes with the start.
  if (cron) await stead.client.rig("cron");
  say(`killed when ${reached} hosts had it, ${inFlight} messages in flight; it runs again`);
}

/** Waits until every host has the post and the stead has closed the fan-out. */
async function settled(owed: number, cron: boolean): Promise<void> {
  let known = spread.reached;
  let last = performance.now();
  let ticked = last;
  for (; ; await sleep(100)) {
    const now = performance.now();
    if (cron && now - ticked > CRON_MS) {
      ticked = now;
      await stead.client.rig("cron");
    }
    if (spread.reached > known) last = now;
    known = spread.reached;
    if (known >= owed && (await openFanouts()) === 0) return;
    if (now - last > PATIENCE) {
      say(`nothing more came for ${PATIENCE / 1_000} s; ${await openFanouts()} fan-outs are open`);
      return;
    }
  }
}

async function openFanouts(): Promise<number> {
  const rows = await stead.client.rig("sql", "SELECT count(*) AS n FROM fanouts WHERE done_at IS NULL");
  return (JSON.parse(rows) as { n: number }[])[0]!.n;
}

function seconds(ms: number): number {
  return Math.round(ms / 10) / 100;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
