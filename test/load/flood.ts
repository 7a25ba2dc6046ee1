/**
 * `npm run load -- --flood 10000`: so many people of 400 servers follow at once, with the mischief that the fediverse adds of its own: copies,
 * Undos that overtake their Follow, forgeries, slow and secure and absent servers. The stead is killed with SIGKILL on the way and once
 * replaced by a newer build. In the end its followers must be exactly those of `flood-model.ts`, and each must have an Accept. Options:
 * `flood-options.ts`. The last line is JSON (`FloodResult`).
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { VERSION } from "../../worker/kernel/version.ts";
import { bundle } from "../rig/bundle.ts";
import { claimStead } from "../rig/client.ts";
import { type Counts, minus } from "../rig/counts.ts";
import { ORIGIN, SECRET } from "../rig/direct.ts";
import { FloodAccepts } from "./flood-accepts.ts";
import { FloodHosts, type FloodPerson } from "./flood-hosts.ts";
import { killOnTheWay } from "./flood-kills.ts";
import { sqlOf, whenSettled } from "./flood-left.ts";
import { FloodModel } from "./flood-model.ts";
import { readFloodOptions } from "./flood-options.ts";
import { Outages } from "./flood-outages.ts";
import { FloodPlan, signAll } from "./flood-plan.ts";
import { FloodSenders } from "./flood-senders.ts";
import { compare, type FloodResult, overFloodBudget, type TableRow } from "./flood-verdict.ts";
import { Random } from "./random.ts";
import { SteadProcess } from "./stead-process.ts";
import { World } from "./world.ts";

const ACTOR = `${ORIGIN}/actor`;
const NEWER = `${VERSION}-newer`;
const CRON_MS = 60_000;
/** Longest time without another Accept, in ms: a host that was away has its next one after up to 72 s. */
const PATIENCE = 180_000;

const options = readFloodOptions(process.argv.slice(2));
const random = new Random(options.seed);
const outages = new Outages();
const world = new World();
const model = new FloodModel();

const built = await bundle("test/rig/counted.ts");
const stateDir = mkdtempSync(join(tmpdir(), "fedistead-flood-"));
process.on("exit", () => {
  built.remove();
  rmSync(stateDir, { recursive: true, force: true });
});
for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(1));

const stead = new SteadProcess({
  stateDir: join(stateDir, "state"),
  module: built.module,
  port: 0,
  plan: options.plan,
  worldPort: await world.listen(),
  concurrency: options.concurrency,
});
const senders = new FloodSenders(stead, outages, model, options, random);
try {
  say(`seed ${options.seed}`);
  await stead.start();
  await claimStead(stead.client, SECRET);
  world.knows(await ownActor());
  await flood();
} finally {
  await stead.stop();
  world.close();
}

async function flood(): Promise<void> {
  const hosts = new FloodHosts(world, options, random);
  const people = Array.from({ length: options.followers }, (_, n) => hosts.person(n));
  const steps = new FloodPlan(ACTOR, random, options.mischief).steps(people);
  await signAll(steps, world, ORIGIN);
  const accepts = new FloodAccepts(ACTOR, people, model);
  world.arrived = (arrival) => {
    accepts.note(arrival);
    hosts.reached(arrival.host);
  };
  const cron = setInterval(() => void stead.client.rig("cron").catch(() => {}), CRON_MS);
  const before = await stead.counts();
  const cpuBefore = stead.cpuMsInAll();
  const began = performance.now();
  hosts.begin();
  let over = false;
  const done = () => (senders.taken + accepts.firsts.length) / (steps.length + people.length);
  const progress = () => (over ? 1 : Math.min(1, done()));
  const { kills } = options;
  const killed = killOnTheWay({ stead, outages, random, kills, newer: newerBuild(), progress, say });
  await senders.run(steps);
  say(
    `${steps.length} requests taken after ${seconds(performance.now() - began)} s, ${senders.retries} tries more`,
  );
  const complete = await allAccepted(accepts);
  // Kills whose moment never came, because not everybody who was counted on follows in the end, come now.
  over = true;
  await killed;
  if (complete) await allAccepted(accepts);
  const left = await whenSettled(stead, steps);
  clearInterval(cron);
  const cost = minus(await stead.counts(), before);
  await judge(people, accepts, began, cost, stead.cpuMsInAll() - cpuBefore, left);
}

/** The same source under another version: another script, with the same storage. */
function newerBuild(): string {
  const text = readFileSync(built.module, "utf8");
  if (!text.includes(`"${VERSION}"`)) throw new Error("the build does not name its version");
  const module = join(stateDir, "newer.js");
  writeFileSync(module, text.replaceAll(`"${VERSION}"`, `"${NEWER}"`));
  return module;
}

async function ownActor(): Promise<{ publicKey: { id: string; publicKeyPem: string } }> {
  const answer = await stead.client.ask({ path: "/actor", headers: { accept: "application/activity+json" } });
  if (answer.status !== 200) throw new Error(`the actor answered ${answer.status}`);
  return JSON.parse(answer.body) as { publicKey: { id: string; publicKeyPem: string } };
}

/** Waits until everybody who follows has their Accept. False: nothing more came. */
async function allAccepted(accepts: FloodAccepts): Promise<boolean> {
  let known = accepts.firsts.length;
  let last = performance.now();
  for (; ; await sleep(200)) {
    if (accepts.firsts.length > known) last = performance.now();
    known = accepts.firsts.length;
    if (missing(accepts).length === 0) return true;
    if (performance.now() - last <= PATIENCE) continue;
    say(`nothing more came for ${PATIENCE / 1_000} s`);
    return false;
  }
}

function missing(accepts: FloodAccepts): string[] {
  return [...model.followers()].filter(([iri, follow]) => !accepts.has(iri, follow)).map(([iri]) => iri);
}

async function judge(
  people: readonly FloodPerson[],
  accepts: FloodAccepts,
  began: number,
  cost: Counts,
  cpuMs: number,
  left: readonly string[],
): Promise<void> {
  const table = (await sqlOf(
    stead,
    "SELECT p.iri, f.follow_iri FROM followers f JOIN peers p ON p.id = f.peer",
  )) as TableRow[];
  const followers = model.followers();
  const { lost, ghosts, twice } = compare(table, followers, model.uncertain);
  const unanswered = missing(accepts);
  const end = accepts.firsts.at(-1) ?? performance.now();
  const upMs = end - began - outages.downMs(began, end);
  const result: FloodResult = {
    followers: options.followers,
    hosts: options.hosts,
    seconds: seconds(end - began),
    followsPerSecond: Math.round((10_000 * accepts.firsts.length) / upMs) / 10,
    lost: new Set([...lost, ...unanswered]).size + senders.lost,
    ghosts: ghosts.length,
    doubles: twice + accepts.different,
    rowsWritten: cost.rowsWritten,
    objectRowsWritten: cost.objectRowsWritten,
    queueOps: 3 * cost.queueMessages,
    requests: cost.workerRequests + cost.objectRequests,
    cpuMsPerFollower: Math.round((100 * cpuMs) / people.length) / 100,
    kills: options.kills,
    seed: options.seed,
  };
  const nearlyAll = accepts.firsts[Math.ceil(0.95 * accepts.firsts.length) - 1] ?? end;
  say(
    `${table.length} followers of ${followers.size}; 95 % of the Accepts after ${seconds(nearlyAll - began)} s; ${world.fetches} documents fetched, ${world.signedFetches} of them by a signature that was asked for, ${world.unsignedFetches} refused for want of one; ${senders.excused} senders excused, ${senders.overloads} overloads, ${model.uncertain.size} uncertain`,
  );
  const [log] = (await sqlOf(stead, "SELECT count FROM follower_log")) as { count: number }[];
  const [inboxes] = (await sqlOf(stead, "SELECT sum(refs) AS refs FROM inboxes")) as { refs: number }[];
  const complaints = [
    ...overFloodBudget(result, options),
    ...sample("lost", lost),
    ...sample("without an Accept", unanswered),
    ...sample("ghosts", ghosts),
    ...left,
    ...senders.problems.slice(0, 20),
    ...accepts.problems.slice(0, 20),
    ...world.problems.slice(0, 20),
  ];
  if (log?.count !== table.length)
    complaints.push(`the log counts ${log?.count} of ${table.length} followers`);
  if (inboxes?.refs !== table.length)
    complaints.push(`inboxes count ${inboxes?.refs} of ${table.length} followers`);
  if (options.kills > 0 && ![...world.userAgents.keys()].some((agent) => agent.includes(NEWER)))
    complaints.push("the newer build never spoke");
  for (const complaint of complaints) say(`complaint: ${complaint}`);
  process.stdout.write(`${JSON.stringify(result)}\n`);
  process.exitCode = complaints.length > 0 ? 1 : 0;
}

function sample(what: string, people: readonly string[]): string[] {
  return people.slice(0, 5).map((person) => `${what}: ${person}: ${senders.historyOf(person)}`);
}

function seconds(ms: number): number {
  return Math.round(ms / 10) / 100;
}

function say(text: string): void {
  process.stderr.write(`${text}\n`);
}
