/**
 * The stead of a load run, as a process that can be killed with everything in it. Its one argument is JSON (`ServerSettings`); it
 * prints one line of JSON (`ServerReady`) when it listens, and ends when its stdin does.
 */
import { startStead } from "../rig/direct.ts";

export interface ServerSettings {
  readonly stateDir: string;
  readonly module: string;
  readonly port: number;
  readonly plan: "free" | "paid";
  readonly worldPort: number;
  /** Queue messages worked on at once. */
  readonly concurrency: number;
}

export interface ServerReady {
  readonly port: number;
  readonly workerd: number;
}

const settings = JSON.parse(process.argv[2] ?? "{}") as ServerSettings;
const stead = await startStead({
  stateDir: settings.stateDir,
  module: settings.module,
  port: settings.port,
  plan: settings.plan,
  outbound: { kind: "world", port: settings.worldPort },
  vars: { RIG_CONCURRENCY: String(settings.concurrency) },
  countRows: true,
  log: "error",
});
process.stdin.resume().on("end", () => void stead.dispose().finally(() => process.exit(0)));
process.stdout.write(`${JSON.stringify({ port: stead.port, workerd: stead.pid } satisfies ServerReady)}\n`);
