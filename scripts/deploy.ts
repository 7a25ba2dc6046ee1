/**
 * `npm run deploy`: puts this checkout on Cloudflare. Looks at what is there, asks `planDeploy` what to do, does it in order.
 * Safe to run again at any time. Also what the deploy button's build runs.
 */
import { unstable_readConfig as readConfig } from "wrangler";
import { join } from "node:path";
import { type DeployFacts, plainVars, planDeploy } from "./deploy-plan.ts";
import { root, wrangler } from "./wrangler.ts";

const config = readConfig({ config: join(root, "wrangler.toml") });
const plan = planDeploy(await look());
if (plan.kind === "refused") fail(plan.problem);
for (const step of plan.steps) {
  say(step.title);
  const ran = await wrangler(step.args, step.mayAsk ? "show" : "read");
  if (ran.code === 0) continue;
  process.stderr.write(`${ran.stdout}${ran.stderr}`);
  if (!step.mayFail)
    fail(`Stopped at: ${step.title}. Run npm run deploy again when the cause above is gone.`);
  say("That did not work. It may be there already; going on.");
}
await remindOfSecret();

async function look(): Promise<DeployFacts> {
  const signedIn = await isSignedIn();
  const { database_id: id, database_name: name = "" } = config.d1_databases[0] ?? {};
  return {
    signedIn,
    queues: await Promise.all(
      [...queueNames()].map(async (queue) => ({
        name: queue,
        exists: signedIn && (await succeeds("queues", "info", queue)),
      })),
    ),
    database: {
      name,
      exists: id !== undefined || (signedIn && (await succeeds("d1", "info", name, "--json"))),
    },
    fileVars: Object.fromEntries(Object.entries(config.vars).map(([key, value]) => [key, String(value)])),
    liveVars: signedIn ? await readLiveVars() : {},
  };
}

function queueNames(): Set<string> {
  const names = new Set<string>();
  for (const { queue } of config.queues.producers ?? []) if (queue) names.add(queue);
  for (const consumer of config.queues.consumers ?? []) {
    names.add(consumer.queue);
    if (consumer.dead_letter_queue) names.add(consumer.dead_letter_queue);
  }
  return names;
}

/** A token is not asked about itself: one made for builds may deploy, yet not read who it belongs to. */
async function isSignedIn(): Promise<boolean> {
  if (process.env["CLOUDFLARE_API_TOKEN"]) return true;
  const ran = await wrangler(["whoami", "--json"], "read");
  if (ran.code !== 0 && !ran.stdout.includes('"loggedIn"')) fail(ran.stderr.trim());
  return ran.code === 0;
}

async function succeeds(...args: string[]): Promise<boolean> {
  return (await wrangler(args, "read")).code === 0;
}

/** Plain variables of the version that runs now; empty where there is none, or we may not look. */
async function readLiveVars(): Promise<Record<string, string>> {
  const deployment = (await readJson("deployments", "status")) as {
    versions?: { version_id?: string }[];
  } | null;
  const id = deployment?.versions?.[0]?.version_id;
  return id ? plainVars(await readJson("versions", "view", id)) : {};
}

async function readJson(...args: string[]): Promise<unknown> {
  const ran = await wrangler([...args, "--json"], "read");
  return ran.code === 0 ? JSON.parse(ran.stdout) : null;
}

/** By hand nobody has asked for the secret yet; without it the stead answers 503 and cannot be claimed. */
async function remindOfSecret(): Promise<void> {
  const ran = await wrangler(["secret", "list", "--format", "json"], "read");
  if (ran.code !== 0 || ran.stdout.includes('"INSTANCE_SECRET"')) return;
  say(
    "One thing is left: the secret. Make a long random one and keep a copy, then: npx wrangler secret put INSTANCE_SECRET",
  );
}

function say(sentence: string): void {
  process.stdout.write(`\n==> ${sentence}\n`);
}

function fail(sentence: string): never {
  process.stderr.write(`\n${sentence}\n`);
  process.exit(1);
}
