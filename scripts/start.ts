/**
 * `npm start`: a whole stead on this machine, served by Wrangler's local runtime with D1, R2 and Durable Objects kept in STATE_DIR.
 * PORT, STATE_DIR, ORIGIN, HANDLE_DOMAIN, PLAN, ALLOW_PRIVATE_HOSTS, INSTANCE_SECRET and LOG are taken from the environment;
 * with a PORT and a STATE_DIR each, steads run side by side. Everything started here ends when this script ends, however it ends.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join, relative, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { withMedia } from "./deploy-plan.ts";
import { envFile, type LocalSettings, readLocalSettings } from "./local-settings.ts";
import { quietEnv, root, wrangler, wranglerBin } from "./wrangler.ts";

/** How often the cron of wrangler.toml fires, in ms: a local runtime never fires it by itself. */
const TICK_MS = 60_000;
/** Longest wait for the first answer, in ms: a small, busy machine takes most of a minute to build. */
const READY_MS = 180_000;
/** What a stopping runtime may take before it is killed, in ms. */
const STOP_MS = 5_000;

const read = readLocalSettings(process.env);
if (!read.ok) refuse(read.problem);
const settings: LocalSettings = read.settings;
const stateDir = resolve(root, settings.stateDir);
const local = `http://localhost:${settings.port}`;
const portFile = join(stateDir, "port");

mkdirSync(stateDir, { recursive: true, mode: 0o700 });
await refuseIfInUse();
const secret = settings.secret ?? keptSecret();
const varsFile = join(stateDir, "run.env");
const configFile = join(stateDir, "wrangler.toml");
writeFileSync(configFile, withMedia(readFileSync(join(root, "wrangler.toml"), "utf8"), null, root));
writeFileSync(varsFile, envFile({ ...settings.vars, INSTANCE_SECRET: secret }), { mode: 0o600 });
await migrate();

endTogether(startRuntime());
const setup = await firstAnswer();
writeFileSync(portFile, String(settings.port));
await greet(setup);
for (;;) {
  await tick();
  await sleep(TICK_MS);
}

/** Two runtimes on one folder would write over each other, and Wrangler would quietly take another port. */
async function refuseIfInUse(): Promise<void> {
  const other = existsSync(portFile) ? Number(readFileSync(portFile, "utf8")) : 0;
  if (other && other !== settings.port && (await listens(other))) {
    refuse(
      `${settings.stateDir} belongs to the stead that runs on port ${other}. Give this one a folder of its own: STATE_DIR=.state-2 PORT=${settings.port} npm start`,
    );
  }
  // A stead that was just killed may need a moment to let go of its port.
  for (let tries = 0; tries < 10 && (await listens(settings.port)); tries++) await sleep(300);
  if (await listens(settings.port)) {
    refuse(
      `Port ${settings.port} is taken. Stop what uses it, or choose another: PORT=8788 STATE_DIR=.state-2 npm start`,
    );
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => answer(true)).once("error", () => answer(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** The secret of this folder; the first start makes it: 32 random bytes as base64url. */
function keptSecret(): string {
  const file = join(stateDir, "secret");
  if (!existsSync(file))
    writeFileSync(file, `${randomBytes(32).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
  return readFileSync(file, "utf8").trim();
}

async function migrate(): Promise<void> {
  const ran = await wrangler(
    ["d1", "migrations", "apply", "DB", "--local", "--persist-to", stateDir],
    "read",
  );
  if (ran.code !== 0)
    refuse(
      `The database in ${settings.stateDir} could not be brought up to date.\n${ran.stdout}${ran.stderr}`,
    );
}

function startRuntime(): ChildProcess {
  const host = settings.tlsOrigin && new URL(settings.tlsOrigin).host;
  const args = ["dev", "--config", configFile, "--ip", "127.0.0.1", "--port", String(settings.port)];
  args.push("--persist-to", stateDir, "--env-file", varsFile, "--log-level", settings.log);
  // Any free port: steads run side by side.
  args.push("--inspector-port", "0", "--show-interactive-dev-session=false");
  // Behind a TLS proxy the Worker must see the address that peers see and sign.
  if (host) args.push("--local-upstream", host, "--upstream-protocol", "https");
  return spawn(process.execPath, [wranglerBin, ...args], {
    cwd: root,
    // A registry of its own: two local Workers of one name would find each other in the shared one.
    env: { ...process.env, ...quietEnv, WRANGLER_REGISTRY_PATH: join(stateDir, "registry") },
    stdio: ["ignore", "inherit", "inherit"],
    // A process group of its own, so that all of it can be ended by one signal.
    detached: process.platform !== "win32",
  });
}

/** Binds the runtime's life to ours: on Ctrl-C and kill in good order, on kill -9 through a watcher that sees our pipe close. */
function endTogether(runtime: ChildProcess): void {
  const group = runtime.pid;
  if (group === undefined) refuse("Wrangler could not be started. Run npm install again.");
  const watcher = process.platform === "win32" ? null : watch(group);
  const end = (signal: NodeJS.Signals): void => {
    try {
      process.kill(watcher ? -group : group, signal);
    } catch {
      // It has ended already.
    }
  };
  let stopping = false;
  const stop = (): void => {
    stopping = true;
    end("SIGTERM");
    setTimeout(() => end("SIGKILL"), STOP_MS).unref();
  };
  process.on("SIGINT", stop).on("SIGTERM", stop).on("SIGHUP", stop);
  runtime.once("exit", (code) => {
    end("SIGKILL");
    rmSync(portFile, { force: true });
    watcher?.stdin?.end("ended in good order\n", () => process.exit(stopping ? 0 : (code ?? 1)));
    if (!watcher) process.exit(stopping ? 0 : (code ?? 1));
  });
}

/** A shell that waits for a line from us; when the pipe closes without one, we were killed, and it kills the group. */
function watch(group: number): ChildProcess {
  const watcher = spawn("sh", ["-c", `read -r line || kill -s KILL -- -${group}`], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  watcher.unref();
  return watcher;
}

/** The first answer of the stead, to GET /setup: 404 once it is claimed. */
async function firstAnswer(): Promise<Response> {
  for (const deadline = Date.now() + READY_MS; Date.now() < deadline; await sleep(200)) {
    try {
      return await fetch(`${local}/setup`, { redirect: "manual", signal: AbortSignal.timeout(READY_MS) });
    } catch {
      // Not listening yet, or ending: then its exit ends us.
    }
  }
  process.stderr.write(`No answer after ${READY_MS / 1000} seconds. LOG=log npm start shows what goes on.\n`);
  process.kill(process.pid, "SIGTERM");
  return new Promise(() => undefined);
}

async function greet(setup: Response): Promise<void> {
  await setup.body?.cancel();
  const url = settings.vars["ORIGIN"] || local;
  print(`Fedistead is ready on ${local}${url === local ? "" : `, for ${url}`}. Ctrl-C stops it.`);
  if (setup.status === 404) return;
  const file = relative(process.cwd(), join(stateDir, "secret"));
  print(`\n  Nobody has claimed it yet. Open ${url}/setup and enter this secret:\n\n      ${secret}\n`);
  if (settings.secret === null) {
    print(`  It is kept in ${file}. Without it nobody can claim or recover this stead.\n`);
  }
}

/** One beat of the cron, as wrangler.toml asks for. A failed one is no harm: the next comes in a minute. */
async function tick(): Promise<void> {
  try {
    const answer = await fetch(`http://127.0.0.1:${settings.port}/cdn-cgi/local/scheduled?cron=*+*+*+*+*`);
    await answer.body?.cancel();
  } catch (cause) {
    if (settings.log !== "none") process.stderr.write(`The cron could not be fired: ${String(cause)}\n`);
  }
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function refuse(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
