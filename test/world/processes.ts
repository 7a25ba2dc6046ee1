/** The programs that a scenario starts: each with a log that a failure shows, and none of them outlives the run. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const root: string = resolve(import.meta.dirname, "..", "..");

/** What a program may take to end in good order before it is killed, in ms. More than scripts/start.ts gives its runtime. */
const STOP_MS = 8_000;
/** Longest wait for the word that says ready, in ms. */
const READY_MS = 180_000;
/** Characters of a program's output that are kept. */
const LOG_MAX = 20_000;

export interface Program {
  readonly name: string;
  /** The newest of what it said, on both channels. */
  log(): string;
  /** Ends it with SIGTERM, or with `signal`, and waits for it. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

const running = new Map<Program, ChildProcess>();
const folders: string[] = [];
const closers: (() => void)[] = [];

export interface Start {
  readonly name: string;
  /** A file for Node, from the project's folder; or another program, with what stands behind it. */
  readonly script: string | readonly [program: string, ...args: string[]];
  readonly env?: Readonly<Record<string, string>>;
  readonly ready: RegExp;
}

/** Starts a program, a file under this very Node, and waits until it says that it is ready. Throws with its output when it ends before that. */
export async function start({ name, script, env, ready }: Start): Promise<Program> {
  const [program, ...args] = typeof script === "string" ? [process.execPath, join(root, script)] : script;
  const child = spawn(program, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  let log = "";
  let said = (): void => undefined;
  for (const channel of [child.stdout, child.stderr]) {
    channel.setEncoding("utf8").on("data", (text: string) => {
      log = (log + text).slice(-LOG_MAX);
      said();
    });
  }
  const started: Program = {
    name,
    log: () => log,
    stop: (signal = "SIGTERM") => end(child, signal),
  };
  running.set(started, child);
  child.once("exit", () => running.delete(started));
  await new Promise<void>((resolved, refused) => {
    const fail = (why: string): void => refused(new Error(`${name} ${why}. It said:\n${log}`));
    const late = setTimeout(() => fail(`was not ready after ${READY_MS / 1_000} seconds`), READY_MS);
    child.once("exit", (code) => fail(`ended with ${code ?? "a signal"} before it was ready`));
    child.once("exit", () => clearTimeout(late));
    said = () => {
      if (!ready.test(log)) return;
      clearTimeout(late);
      resolved();
    };
  });
  return started;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, "exit");
  child.kill(signal);
  const late = setTimeout(() => child.kill("SIGKILL"), STOP_MS);
  await gone;
  clearTimeout(late);
}

/** Ends everything that was started, closes what was opened and removes the temporary folders. */
export async function endAll(): Promise<void> {
  for (const close of closers.splice(0)) close();
  await Promise.all([...running.keys()].map((program) => program.stop()));
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
}

/** What every program that still runs said last, for whoever looks for the reason of a failure. */
export function lastWords(): string {
  return [...running.keys()]
    .map((program) => `--- ${program.name}\n${program.log().slice(-3_000)}`)
    .join("\n");
}

/** Done by `endAll`, before the programs are ended. */
export function atTheEnd(close: () => void): void {
  closers.push(close);
}

/** A folder that `endAll` removes. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "fedistead-"));
  folders.push(folder);
  return folder;
}

/** A port of loopback that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}
