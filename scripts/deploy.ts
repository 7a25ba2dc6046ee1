/**
 * `npm run deploy`: puts this checkout on Cloudflare. Looks at what is there, asks `planDeploy` what to do, does it in order.
 * Safe to run again at any time. Also what the deploy button's build runs.
 */
import { unstable_readConfig as readConfig } from "wrangler";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  type DeployFacts,
  MEDIA_CONFIG,
  mediaBucket,
  type MediaFacts,
  plainVars,
  planDeploy,
  withMedia,
} from "./deploy-plan.ts";
import { root, wrangler } from "./wrangler.ts";

const PICTURES_OFF =
  "Pictures are off: R2 is not turned on in this account, or this token may not use it. Everything else works. To attach pictures to posts, open R2 in the Cloudflare dashboard (it asks for a card; 10 GB are free), then run npm run deploy again.";

const config = readConfig({ config: join(root, "wrangler.toml") });
const toml = readFileSync(join(root, "wrangler.toml"), "utf8");
const mediaConfig = join(root, MEDIA_CONFIG);
const facts = await look();
const plan = planDeploy(facts);
if (plan.kind === "refused") fail(plan.problem);
let media = facts.media.kind !== "off";
process.on("exit", () => rmSync(mediaConfig, { force: true }));
if (media) writeFileSync(mediaConfig, withMedia(toml, facts.media.bucket));
for (const step of plan.steps) {
  say(step.title);
  const args = media ? step.args : (step.argsWithout ?? step.args);
  const ran = await wrangler(args, step.mayAsk ? "show" : "read");
  if (ran.code === 0) continue;
  process.stderr.write(`${ran.stdout}${ran.stderr}`);
  if (!step.mayFail)
    fail(`Stopped at: ${step.title}. Run npm run deploy again when the cause above is gone.`);
  if (step.makesMedia) media = false;
  say("That did not work. It may be there already; going on.");
}
if (!media) say(PICTURES_OFF);
await remindOfSecret();

async function look(): Promise<DeployFacts> {
  const signedIn = await isSignedIn();
  const live = signedIn ? await readLive() : null;
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
    liveVars: plainVars(live),
    media: await lookForMedia(signedIn, live),
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

/** Whoever took the mark from the lines in wrangler.toml decided for themselves. */
async function lookForMedia(signedIn: boolean, live: unknown): Promise<MediaFacts> {
  const [, shipped = ""] = /^(?:#r2 )?bucket_name = "(.*)"$/m.exec(toml) ?? [];
  const bound = mediaBucket(live);
  const bucket = config.r2_buckets[0]?.bucket_name ?? bound ?? shipped;
  if (bound !== null) return { kind: "bound", bucket };
  if (!signedIn) return { kind: "off", bucket };
  if (await succeeds("r2", "bucket", "info", bucket)) return { kind: "there", bucket };
  return { kind: (await succeeds("r2", "bucket", "list")) ? "can be made" : "off", bucket };
}

/** The version that runs now; null where there is none, or we may not look. */
async function readLive(): Promise<unknown> {
  const deployment = (await readJson("deployments", "status")) as {
    versions?: { version_id?: string }[];
  } | null;
  const id = deployment?.versions?.[0]?.version_id;
  return id ? readJson("versions", "view", id) : null;
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
