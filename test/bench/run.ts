/**
 * `npm run bench`: workerd's CPU for a request of each kind, through a direct socket. Each measurement has its empty counterpart, which
 * makes the same calls to the platform and nothing else, right beside it; the difference is ours (`cpuMs`), the gross figure is `raw`.
 * Several rounds over all cases, and their medians, so that a busy machine hits all alike. The last line is JSON.
 *
 *   npm run bench -- --seconds=60 --only=actorGet,create    rounds are begun for so long
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { type Request, Response } from "miniflare";

import { bundle } from "../rig/bundle.ts";
import { claimStead, Client } from "../rig/client.ts";
import { ORIGIN, SECRET, startStead } from "../rig/direct.ts";
import { numberOf } from "./actors.ts";
import { AppCases } from "./app-cases.ts";
import { type Calls, inWords, noCalls, perOperation } from "./calls.ts";
import { type Case, door, type Outside, SteadCases } from "./cases.ts";
import { startFedify } from "./fedify.ts";
import { FedifyCases } from "./fedify-cases.ts";
import { CONNECTIONS, cpuOf, median } from "./measure.ts";
import { Peers } from "./requests.ts";
import { targetOf } from "./targets.ts";

interface Series {
  readonly test: Case;
  readonly pid: number;
  /** Of one operation. */
  calls: Calls;
  /** CPU ms of one operation, by round. */
  readonly raw: number[];
  readonly net: number[];
}

const { values: options } = parseArgs({
  options: { seconds: { type: "string", default: "170" }, only: { type: "string", default: "" } },
});
const only = new Set(options.only.split(",").filter(Boolean));
const ROUNDS_MIN = 2;
const ROUNDS_MAX = 7;
const started = Date.now();
const elapsed = () => Math.round((Date.now() - started) / 1_000);
let steadClient: Client | undefined;
const folder = mkdtempSync(join(tmpdir(), "fedistead-bench-"));
const cleanUp: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];
try {
  await bench();
} finally {
  for (const end of cleanUp.toReversed()) await end();
}

async function bench(): Promise<void> {
  const peers = await Peers.make();
  const ours = await startOurs(peers);
  const theirs = await startTheirs(peers);
  const all = [...ours, ...theirs];
  for (const series of all) await warmUp(series);
  const mayStart = (round: number) => round <= ROUNDS_MIN || elapsed() < Number(options.seconds);
  for (let round = 1; round <= ROUNDS_MAX && mayStart(round); round++) {
    for (const series of all) await measure(series);
    console.log(`round ${round} done after ${elapsed()} s`);
  }
  report(ours, theirs);
}

async function startOurs(peers: Peers): Promise<Series[]> {
  const outside: Outside = { posts: 0, empty: 0 };
  const built = await bundle("test/bench/worker.ts");
  cleanUp.push(() => built.remove());
  const world = (request: Request) => answer(request, peers, outside);
  const outbound = { kind: "function", world } as const;
  const stead = await startStead({ stateDir: join(folder, "state"), module: built.module, outbound });
  const client = new Client(stead.port, ORIGIN, CONNECTIONS);
  cleanUp.push(
    () => stead.dispose(),
    () => client.close(),
  );
  await claimStead(client, SECRET);
  const { id } = JSON.parse(await door(client, "publish")) as { id: number };
  await door(client, "release");
  await door(client, "hold");
  const owner = { origin: ORIGIN, actor: `${ORIGIN}/actor`, inbox: "/inbox" };
  steadClient = client;
  const cases = new SteadCases(client, owner, peers, outside, `/posts/${id}`).all();
  return seriesOf([...cases, ...new AppCases(client).all()], stead.pid);
}

async function startTheirs(peers: Peers): Promise<Series[]> {
  const fedify = await startFedify();
  const origin = "http://fedify.test";
  const client = new Client(fedify.port, origin, CONNECTIONS);
  cleanUp.push(
    () => fedify.dispose(),
    () => client.close(),
  );
  await door(client, "keys", JSON.stringify(peers.pems));
  const owner = { origin, actor: `${origin}/users/me`, inbox: "/inbox" };
  return seriesOf(new FedifyCases(client, owner, peers).all(), fedify.pid);
}

function seriesOf(tests: readonly Case[], pid: number): Series[] {
  return tests
    .filter((test) => only.size === 0 || only.has(test.name))
    .map((test) => ({ test, pid, calls: noCalls(), raw: [], net: [] }));
}

/** The rest of the world: actors that can be fetched, and inboxes that take everything. */
async function answer(request: Request, peers: Peers, outside: Outside): Promise<Response> {
  if (request.method === "POST") {
    await request.arrayBuffer();
    if (new URL(request.url).hostname === "empty.example") outside.empty++;
    else outside.posts++;
    return new Response(null, { status: 202 });
  }
  const headers = { "content-type": "application/activity+json" };
  return new Response(JSON.stringify(peers.document(numberOf(request.url))), { headers });
}

/** Lets the code grow hot, and counts the calls an operation makes. */
async function warmUp(series: Series): Promise<void> {
  const work = await series.test.ready();
  await takeCalls();
  let operations = 0;
  await cpuOf(series.pid, async () => void (operations = await work()));
  const counted = await takeCalls();
  series.calls = perOperation(counted, operations);
  await series.test.check?.(operations);
  await (
    await series.test.empty(operations, series.calls)
  )();
}

/** The stead's calls to the platform since the last time. */
async function takeCalls(): Promise<Calls> {
  return steadClient ? (JSON.parse(await door(steadClient, "calls")) as Calls) : noCalls();
}

async function measure({ test, pid, calls, raw, net }: Series): Promise<void> {
  let operations = 0;
  const work = await test.ready();
  const gross = await cpuOf(pid, async () => void (operations = await work()));
  await test.check?.(operations);
  const empty = await cpuOf(pid, await test.empty(operations, calls));
  raw.push(gross / operations);
  net.push((gross - empty) / operations);
}

function report(ours: readonly Series[], theirs: readonly Series[]): void {
  const sign = ours.find(({ test }) => test.name === "rsaSign");
  const rsaSign = sign ? median(sign.net) : 0;
  for (const { test, raw, net, calls } of ours) {
    const target = targetOf(test.name, rsaSign);
    const verdict =
      target === null ? "" : median(net) <= target ? `<= ${round(target)}` : `ABOVE ${round(target)}`;
    print(test.name, round(median(net)), round(median(raw)), verdict, inWords(calls));
  }
  for (const { test, raw, net } of theirs)
    print(`fedify ${test.name}`, round(median(net)), round(median(raw)));
  const figures = (series: readonly Series[], of: (one: Series) => number[]) =>
    Object.fromEntries(series.map((one) => [one.test.name, round(median(of(one)))]));
  console.log(
    JSON.stringify({
      cpuMs: figures(ours, (one) => one.net),
      raw: figures(ours, (one) => one.raw),
      fedify: figures(theirs, (one) => one.net),
    }),
  );
}

function print(name: string, ...columns: (string | number)[]): void {
  console.log([name.padEnd(20), ...columns.map((column) => String(column).padEnd(12))].join(" ").trimEnd());
}

function round(value: number): number {
  return Number(value.toFixed(3));
}
