/**
 * A stead in Miniflare with a socket of its own: `wrangler dev` answers through a proxy that costs 2 to 3 ms a request and hides what
 * is measured. D1 and Durable Objects are kept in a folder, queues are simulated in memory.
 */
import { mkdirSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import {
  convertV4MiniflareOptions,
  Miniflare,
  type Request as Asked,
  type Response as Answer,
} from "miniflare";
import { unstable_getMiniflareWorkerOptions, unstable_splitSqlQuery } from "wrangler";

import { root } from "../../scripts/wrangler.ts";
import { bundle } from "./bundle.ts";
import { type Counts, RIG_TOKEN } from "./counts.ts";
import { childrenOf } from "./processes.ts";

/** Who answers what the Worker fetches. */
export type Outbound =
  /** A function in this process: no socket is opened. */
  | { kind: "function"; world: (request: Asked) => Promise<Answer> | Answer }
  /** A server on 127.0.0.1 that plays every host; it finds the URL that was asked in `x-world-url`. */
  | { kind: "world"; port: number }
  /** Nobody: every fetch fails. */
  | { kind: "none" };

export interface SteadOptions {
  readonly stateDir: string;
  /** 0: any free one. */
  readonly port?: number;
  readonly plan?: "free" | "paid";
  /** ORIGIN; the stead is asked with this Host. `http://NAME.test` needs no TLS. */
  readonly origin?: string;
  readonly secret?: string;
  readonly vars?: Readonly<Record<string, string>>;
  readonly outbound: Outbound;
  /** Counts rows, messages and signatures (a little CPU each), and opens the doors of `counted.ts`. */
  readonly countRows?: boolean;
  /** A module made by `bundle` before; without one it is made here. */
  readonly module?: string;
  /** "error" writes the Worker's own log to stderr. */
  readonly log?: "none" | "error";
}

export interface RunningStead {
  /** http://127.0.0.1:PORT; send `host` of ORIGIN along. */
  readonly url: string;
  readonly port: number;
  /** Of workerd: the process that does the work. */
  readonly pid: number;
  /** Null unless `countRows`. Since the start of this process. */
  counts(): Promise<Counts | null>;
  dispose(): Promise<void>;
}

export const SECRET = "rig-secret-of-at-least-22-characters";
export const ORIGIN = "http://me.test";

/** Lets a message be over while work goes on behind it, as `counted.ts` needs it. */
const QUEUE_FLAG = "queue_consumer_no_wait_for_wait_until";

export async function startStead(options: SteadOptions): Promise<RunningStead> {
  const entry = options.countRows ? "test/rig/counted.ts" : "worker/index.ts";
  const built = options.module ? { module: options.module, remove: () => {} } : await bundle(entry);
  try {
    return await boot(options, built.module);
  } finally {
    built.remove();
  }
}

async function boot(options: SteadOptions, module: string): Promise<RunningStead> {
  mkdirSync(options.stateDir, { recursive: true });
  const before = new Set(childrenOf(process.pid, "workerd"));
  const { workerOptions } = unstable_getMiniflareWorkerOptions(join(root, "wrangler.toml"));
  const origin = options.origin ?? ORIGIN;
  const bindings = {
    ...(workerOptions.bindings as Record<string, string>),
    ORIGIN: origin,
    PLAN: options.plan ?? "free",
    INSTANCE_SECRET: options.secret ?? SECRET,
    ...options.vars,
  };
  const flags = (workerOptions.compatibilityFlags ?? []) as string[];
  const stead = {
    ...workerOptions,
    name: "stead",
    rootPath: root,
    bindings,
    compatibilityFlags: [...new Set([...flags, ...(options.countRows ? [QUEUE_FLAG] : [])])],
    modules: [{ type: "ESModule" as const, path: "index.js", contents: readFileSync(module, "utf8") }],
    unsafeDirectSockets: [{ host: "127.0.0.1", port: options.port ?? 0 }],
    outboundService: outboundOf(options.outbound),
  };
  const helpers = options.outbound.kind === "world" ? [toWorld(options.outbound.port)] : [];
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      resourcePersistencePath: options.stateDir,
      cf: false,
      logRequests: false,
      unsafeLocalExplorer: false,
      unsafeObservability: false,
      handleStructuredLogs: (log) => {
        if (options.log === "error" && (log.level === "error" || log.level === "warn"))
          process.stderr.write(`[stead] ${log.level}: ${log.message}\n`);
      },
      workers: [stead, ...helpers],
    }),
  );
  try {
    await miniflare.ready;
    await migrate(await miniflare.getD1Database("DB", "stead"));
    const direct = await miniflare.unsafeGetDirectURL("stead");
    const [pid] = childrenOf(process.pid, "workerd").filter((child) => !before.has(child));
    if (pid === undefined) throw new Error("workerd is not among our children");
    const url = direct.origin;
    return {
      url,
      port: Number(direct.port),
      pid,
      counts: () => (options.countRows ? readCounts(url) : Promise.resolve(null)),
      dispose: () => miniflare.dispose(),
    };
  } catch (cause) {
    await miniflare.dispose();
    throw cause;
  }
}

function outboundOf(outbound: Outbound) {
  switch (outbound.kind) {
    case "function":
      return outbound.world;
    case "world":
      return "to-world";
    case "none":
      return () => {
        throw new Error("nothing may leave this stead");
      };
  }
}

/** A Worker beside the stead that hands its fetches to the world: it costs workerd about 0.1 ms a fetch. */
function toWorld(port: number) {
  const contents = `export default { fetch(request) {
    const headers = new Headers(request.headers);
    headers.set("x-world-url", request.url);
    return fetch("http://127.0.0.1:${port}/", new Request(request, { headers, redirect: "manual" }));
  } };`;
  return {
    name: "to-world",
    compatibilityDate: "2026-10-01",
    modules: [{ type: "ESModule" as const, path: "index.js", contents }],
  };
}

/** What `wrangler d1 migrations apply` does. */
async function migrate(db: D1Database): Promise<void> {
  await db.exec("CREATE TABLE IF NOT EXISTS d1_migrations (name TEXT PRIMARY KEY)");
  const { results } = await db.prepare("SELECT name FROM d1_migrations").all<{ name: string }>();
  const applied = new Set(results.map((row) => row.name));
  const folder = join(root, "migrations");
  for (const name of readdirSync(folder).toSorted()) {
    if (!name.endsWith(".sql") || applied.has(name)) continue;
    const statements = unstable_splitSqlQuery(readFileSync(join(folder, name), "utf8"));
    await db.batch([
      ...statements.map((sql) => db.prepare(sql)),
      db.prepare("INSERT INTO d1_migrations (name) VALUES (?)").bind(name),
    ]);
  }
}

async function readCounts(url: string): Promise<Counts> {
  const answer = await fetch(`${url}/__rig/counts`, { headers: { "x-rig": RIG_TOKEN } });
  if (!answer.ok) throw new Error(`the counts answered ${answer.status}`);
  return (await answer.json()) as Counts;
}
