/** Starts, kills and starts again the stead of a load run, and sums what its processes counted. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";

import { Client } from "../rig/client.ts";
import { type Counts, noCounts, plus, RIG_TOKEN } from "../rig/counts.ts";
import { ORIGIN } from "../rig/direct.ts";
import { cpuMsOf, isAlive } from "../rig/processes.ts";
import type { ServerReady, ServerSettings } from "./server.ts";

/** Longest wait for the first answer, in ms. */
const READY_MS = 60_000;

export class SteadProcess {
  readonly #settings: ServerSettings;
  #child: ChildProcess | null = null;
  #ready: ServerReady | null = null;
  #before = noCounts();
  #now = noCounts();
  /** CPU of the processes that have ended, and of this one until it was ready, in ms. */
  #cpuBefore = 0;
  #cpuAtReady = 0;
  client!: Client;

  constructor(settings: ServerSettings) {
    this.#settings = settings;
  }

  /** On the same folder and, after the first time, the same port. `module`: another build than before. */
  async start(module = this.#settings.module): Promise<void> {
    const settings = { ...this.#settings, module, port: this.#ready?.port ?? this.#settings.port };
    const script = join(import.meta.dirname, "server.ts");
    const child = spawn(process.execPath, [script, JSON.stringify(settings)], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#child = child;
    const line = await Promise.race([
      once(createInterface(child.stdout), "line").then(([text]) => String(text)),
      once(child, "exit").then(([code]) =>
        Promise.reject(new Error(`the server ended with ${String(code)}`)),
      ),
      sleep(READY_MS, null, { ref: false }).then(() => Promise.reject(new Error("the server is not ready"))),
    ]);
    this.#ready = JSON.parse(line) as ServerReady;
    this.client = new Client(this.#ready.port, ORIGIN);
    this.#cpuAtReady = this.cpuMs();
  }

  /** CPU of the runtime since its last start, in ms. */
  cpuMs(): number {
    if (!this.#ready) throw new Error("nothing runs");
    return cpuMsOf(this.#ready.workerd);
  }

  /** CPU of all runtimes so far, but for their starting, in ms. */
  cpuMsInAll(): number {
    return this.#cpuBefore + (this.#child ? this.cpuMs() - this.#cpuAtReady : 0);
  }

  /** Sums over all processes so far. What a killed one did after it was last asked is not in it. */
  async counts(): Promise<Counts> {
    const answer = await this.client.ask({ path: "/__rig/counts", headers: { "x-rig": RIG_TOKEN } });
    this.#now = JSON.parse(answer.body) as Counts;
    return plus(this.#before, this.#now);
  }

  /** As a power cut does it: no signal that can be caught, the runtime first. Returns how many messages were worked on. */
  async kill(): Promise<number> {
    const [child, ready] = [this.#child, this.#ready];
    if (!child || !ready) throw new Error("nothing runs");
    await this.counts();
    const inFlight = this.#now.inFlight;
    this.#cpuBefore = this.cpuMsInAll();
    const ended = once(child, "exit");
    process.kill(ready.workerd, "SIGKILL");
    child.kill("SIGKILL");
    this.client.close();
    await ended;
    while (isAlive(ready.workerd)) await sleep(5);
    this.#child = null;
    this.#carryOver();
    return inFlight;
  }

  /** Ends in good order, as a deploy does it: what it counted is kept. */
  async end(): Promise<void> {
    await this.counts();
    this.#cpuBefore = this.cpuMsInAll();
    await this.stop();
    this.#carryOver();
  }

  #carryOver(): void {
    this.#before = { ...plus(this.#before, this.#now), inFlight: 0 };
    this.#now = noCounts();
  }

  /** In good order; safe to call at any time. */
  async stop(): Promise<void> {
    const child = this.#child;
    this.#child = null;
    this.client?.close();
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, "exit");
    child.stdin?.end();
    const timer = setTimeout(() => {
      if (this.#ready && isAlive(this.#ready.workerd)) process.kill(this.#ready.workerd, "SIGKILL");
      child.kill("SIGKILL");
    }, 5_000);
    await ended;
    clearTimeout(timer);
  }
}
