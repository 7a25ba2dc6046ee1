/**
 * `npm run rewrap` changes INSTANCE_SECRET: of the stead in STATE_DIR, or with `-- --remote` of the deployed one. The keys stay what
 * they are; only what they lie under is wrapped anew. Cut off half-way, it is run again and goes on.
 */
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join, relative, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { SECRET_MIN } from "../worker/kernel/settings.ts";
import { readLocalSettings } from "./local-settings.ts";
import { rewrap, type SteadAtRest } from "./rewrap-steps.ts";
import { root, wrangler } from "./wrangler.ts";

const remote = process.argv.includes("--remote");
const read = readLocalSettings(process.env);
if (!read.ok) fail(read.problem);
const stateDir = resolve(root, read.settings.stateDir);
/** Where the local stead keeps its secret; of a deployed one this is the owner's copy. */
const secretFile = join(stateDir, remote ? "remote-secret" : "secret");
/** Written before anything is changed, and the only thing a second run needs. */
const newFile = `${secretFile}.new`;
const kept = !remote && existsSync(secretFile) ? readFileSync(secretFile, "utf8").trim() : null;

if (!remote) await refuseWhileItRuns();
const from = read.settings.secret ?? kept ?? (await ask("The secret as it is now: "));
const to = newSecret();
const done = await rewrap(remote ? deployed() : local(), from, to);
switch (done) {
  case "unclaimed":
    fail("Nobody has claimed this stead, so there is nothing to wrap anew: just set another secret.");
  case "wrong-secret":
    fail("This is not the secret the stead's keys lie under. Nothing was changed.");
  case "done":
    report();
}

function local(): SteadAtRest {
  const where = ["--local", "--persist-to", stateDir];
  return {
    ...database(where),
    use: async () => {
      if (read.ok && read.settings.secret === null) renameSync(newFile, secretFile);
    },
  };
}

function deployed(): SteadAtRest {
  return {
    ...database(["--remote"]),
    use: async (secret) => {
      const put = await wrangler(["secret", "put", "INSTANCE_SECRET"], "read", secret);
      if (put.code !== 0) {
        fail(
          `The keys lie under the new secret, and Cloudflare did not take it: until it has, nothing is delivered and nothing is taken in.\n` +
            `Run npm run rewrap -- --remote again when the cause is gone, or npx wrangler secret put INSTANCE_SECRET with what is in ${shown(newFile)}.\n${put.stderr}`,
        );
      }
      renameSync(newFile, secretFile);
    },
  };
}

function database(where: readonly string[]): Pick<SteadAtRest, "read" | "write"> {
  const execute = async (sql: string): Promise<readonly Record<string, unknown>[]> => {
    const ran = await wrangler(["d1", "execute", "DB", ...where, "--json", "--command", sql], "read");
    if (ran.code !== 0) fail(`The database could not be asked.\n${ran.stdout}${ran.stderr}`);
    const [answer] = JSON.parse(ran.stdout) as { results: Record<string, unknown>[] }[];
    return answer?.results ?? [];
  };
  return {
    read: async () => {
      const [row] = await execute("SELECT actor_iri, data_key FROM owner WHERE id = 1");
      return row ? { actor: String(row["actor_iri"]), dataKey: String(row["data_key"]) } : null;
    },
    write: async (old, wrapped) => {
      for (const base64 of [old, wrapped])
        if (!/^[\w+/=-]+$/.test(base64)) fail("The data key is not base64.");
      await execute(`UPDATE owner SET data_key = '${wrapped}' WHERE id = 1 AND data_key = '${old}'`);
    },
  };
}

/** The one a run before this kept, NEW_INSTANCE_SECRET, or 32 random bytes. On disk before anything is changed. */
function newSecret(): string {
  mkdirSync(stateDir, { recursive: true, mode: 0o700 });
  if (!existsSync(newFile)) {
    const secret = process.env["NEW_INSTANCE_SECRET"] || randomBytes(32).toString("base64url");
    if (secret.length < SECRET_MIN || /['\r\n]/.test(secret))
      fail(`NEW_INSTANCE_SECRET needs at least ${SECRET_MIN} characters, without quotes and line breaks.`);
    writeFileSync(newFile, `${secret}\n`, { mode: 0o600, flag: "wx" });
  }
  return readFileSync(newFile, "utf8").trim();
}

/** A running stead holds the old secret, and would lose its keys at the next restart of its runtime. */
async function refuseWhileItRuns(): Promise<void> {
  const portFile = join(stateDir, "port");
  const port = existsSync(portFile) ? Number(readFileSync(portFile, "utf8")) : 0;
  if (port && (await listens(port)))
    fail(`The stead in ${shown(stateDir)} runs on port ${port}. Stop it first.`);
}

function listens(port: number): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => answer(true)).once("error", () => answer(false));
    socket.once("connect", () => socket.destroy());
  });
}

/** From the terminal, without showing what is typed. */
async function ask(question: string): Promise<string> {
  if (!process.stdin.isTTY)
    fail("Set INSTANCE_SECRET to the secret as it is now, or run this in a terminal.");
  process.stdout.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, next) => next() });
  const terminal = createInterface({ input: process.stdin, output: silent, terminal: true });
  const answer = await terminal.question("");
  terminal.close();
  process.stdout.write("\n");
  return answer.trim();
}

function report(): void {
  const file = existsSync(newFile) ? newFile : secretFile;
  print(`The secret was changed. The new one is kept in ${shown(file)}:\n\n      ${to}\n`);
  print(
    remote
      ? "Put a copy somewhere safe: Cloudflare never shows it again, and without it nobody can recover this stead."
      : existsSync(newFile)
        ? "From now on start the stead with INSTANCE_SECRET set to it."
        : "npm start takes it from there.",
  );
  print(
    "\nYour password no longer works, because it is mixed with the secret: open /recover on your stead and set one with the new secret.",
  );
}

function shown(path: string): string {
  return relative(process.cwd(), path) || ".";
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

function fail(sentence: string): never {
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
