/**
 * The Worker with a counter at every binding, for load runs: the product's own modules, unchanged, around which the runtime's
 * prototypes are patched. Durable Objects run in the same isolate, so one set of numbers holds for all.
 *
 * The local queue works through one message at a time, whatever `max_concurrency` says. Here CONCURRENCY of them are worked on
 * at once, as in production: the handler answers at once and the work goes on behind it.
 */
import worker, {
  Mailroom as PlainMailroom,
  Mover as PlainMover,
  Redelivery as PlainRedelivery,
  Streaming as PlainStreaming,
} from "../../worker/index.ts";
import type { Env } from "../../worker/env.ts";
import { noCounts } from "./counts.ts";
import { rigDoor } from "./doors.ts";

interface RigEnv extends Env {
  /** Queue messages worked on at once. "0": as the local queue does it. */
  RIG_CONCURRENCY?: string;
}

const counts = noCounts();
const patched = new WeakSet<object>();

export class Mailroom extends PlainMailroom {
  constructor(state: DurableObjectState, env: Env) {
    patchStorage(state.storage);
    patchBindings(env);
    super(state, env);
  }

  override alarm(): Promise<void> {
    counts.objectRequests++;
    return super.alarm();
  }

  /** Bodies of mail that has not been settled, the oldest first, at most 1,000. */
  rigSpool(): string[] {
    const rows = this.ctx.storage.sql.exec<{ body: string }>(
      "SELECT body FROM spool ORDER BY seq LIMIT 1000",
    );
    return rows.toArray().map(({ body }) => body);
  }
}

export class Redelivery extends PlainRedelivery {
  constructor(state: DurableObjectState, env: Env) {
    patchStorage(state.storage);
    patchBindings(env);
    super(state, env);
  }

  override alarm(): Promise<void> {
    counts.objectRequests++;
    return super.alarm();
  }

  /** What is still to be delivered: places that failed, and what is done of each stream (JSON of ranges). */
  rigOutbox(): { due: number; progress: { stream: string; done: string }[] } {
    const { sql } = this.ctx.storage;
    const { n } = sql.exec<{ n: number }>("SELECT count(*) AS n FROM due").one();
    const progress = sql
      .exec<{ stream: string; done: string }>("SELECT stream, done FROM progress")
      .toArray();
    return { due: n, progress };
  }
}

export class Mover extends PlainMover {
  constructor(state: DurableObjectState, env: Env) {
    patchStorage(state.storage);
    patchBindings(env);
    super(state, env);
  }

  override alarm(): Promise<void> {
    counts.objectRequests++;
    return super.alarm();
  }
}

export class Streaming extends PlainStreaming {
  constructor(state: DurableObjectState, env: Env) {
    patchStorage(state.storage);
    patchBindings(env);
    super(state, env);
  }

  override alarm(): Promise<void> {
    counts.objectRequests++;
    return super.alarm();
  }
}

// oxlint-disable-next-line import/no-default-export -- the runtime asks for it
export default {
  async fetch(request, env, ctx) {
    patchBindings(env);
    const at = { scheduledTime: Date.now(), cron: "* * * * *", noRetry() {} };
    const tick = () => {
      counts.workerRequests++;
      return worker.scheduled(at, env, ctx);
    };
    const answered = await rigDoor(request, env, (work) => ctx.waitUntil(work), counts, tick);
    if (answered) return answered;
    counts.workerRequests++;
    return worker.fetch(request, env, ctx);
  },
  async queue(batch, env, ctx) {
    patchBindings(env);
    const work = async () => {
      counts.inFlight++;
      counts.workerRequests++;
      try {
        await worker.queue(batch, env, ctx);
      } finally {
        counts.inFlight--;
      }
    };
    const limit = Number(env.RIG_CONCURRENCY ?? 0);
    if (limit <= 1) return work();
    while (counts.inFlight >= limit) await scheduler.wait(2);
    ctx.waitUntil(work());
    // The work begins here; what it acks or retries later comes too late for the queue, and the sweep makes up for it.
  },
  scheduled: worker.scheduled,
} satisfies ExportedHandler<RigEnv, unknown>;

/** Replaces a method of an object's prototype, once. */
function patch(object: object, name: string, wrap: (original: Method) => Method): void {
  let holder: object | null = object;
  while (holder && !Object.hasOwn(holder, name)) holder = Object.getPrototypeOf(holder) as object | null;
  if (!holder) throw new Error(`no method ${name} to count`);
  const original = Reflect.get(holder, name) as Method;
  if (patched.has(original)) return;
  const wrapped = wrap(original);
  patched.add(wrapped);
  Object.defineProperty(holder, name, { value: wrapped, configurable: true, writable: true });
}
type Method = (this: unknown, ...args: never[]) => unknown;

function patchStorage(storage: DurableObjectStorage): void {
  patch(
    storage.sql,
    "exec",
    (exec) =>
      function (this: unknown, ...args) {
        const cursor = exec.apply(this, args) as SqlStorageCursor<Record<string, SqlStorageValue>>;
        // Callers read their cursors at once: a microtask later the numbers are final.
        queueMicrotask(() => {
          counts.objectRowsWritten += cursor.rowsWritten;
          counts.objectRowsRead += cursor.rowsRead;
        });
        return cursor;
      },
  );
  patch(
    storage,
    "setAlarm",
    (setAlarm) =>
      function (this: unknown, ...args) {
        counts.alarmsSet++;
        counts.objectRowsWritten++;
        return setAlarm.apply(this, args);
      },
  );
}

const bound = new WeakSet<object>();

function patchBindings(env: Env): void {
  if (bound.has(env)) return;
  bound.add(env);
  patchDatabase(env.DB);
  for (const queue of [env.DELIVERIES, env.DEAD_LETTERS]) patchQueue(queue);
  for (const namespace of [env.MAILROOM, env.MOVER, env.REDELIVERY, env.STREAMING]) patchNamespace(namespace);
  patch(
    crypto.subtle,
    "sign",
    (sign) =>
      function (this: unknown, ...args) {
        const [, key] = args as unknown as [unknown, CryptoKey];
        if (key.algorithm.name === "RSASSA-PKCS1-v1_5") counts.signatures++;
        return sign.apply(this, args);
      },
  );
  patch(
    JSON,
    "stringify",
    (stringify) =>
      function (this: unknown, ...args) {
        const [value] = args as unknown as [unknown];
        if (isOwnActivity(value)) counts.serialisations++;
        return stringify.apply(this, args);
      },
  );
}

function isOwnActivity(value: unknown): boolean {
  if (typeof value !== "object" || value === null || !("@context" in value) || !("type" in value))
    return false;
  return value.type === "Create" || value.type === "Update" || value.type === "Delete";
}

interface Meta {
  readonly meta?: { readonly rows_written?: number; readonly rows_read?: number };
}

function countMeta(result: Meta): void {
  counts.rowsWritten += result.meta?.rows_written ?? 0;
  counts.rowsRead += result.meta?.rows_read ?? 0;
}

function patchDatabase(db: D1Database): void {
  // Every way into D1 (run, all, raw, first, batch, drizzle's too) ends in the session's _send, whose results carry the meta.
  const session = Reflect.get(db, "alwaysPrimarySession") as object;
  patch(
    session,
    "_send",
    (send) =>
      async function (this: unknown, ...args) {
        const results = (await send.apply(this, args)) as Meta | Meta[];
        for (const result of Array.isArray(results) ? results : [results]) countMeta(result);
        return results;
      },
  );
}

function patchQueue(queue: Queue): void {
  patch(
    queue,
    "send",
    (send) =>
      function (this: unknown, ...args) {
        const [body] = args as unknown as [unknown];
        countMessages([body]);
        return send.apply(this, args);
      },
  );
  patch(
    queue,
    "sendBatch",
    (sendBatch) =>
      function (this: unknown, ...args) {
        const [messages] = args as unknown as [Iterable<MessageSendRequest>];
        countMessages([...messages].map((message) => message.body));
        return sendBatch.apply(this, args);
      },
  );
}

/** Every RPC call of an object by its name. What `doors.ts` asks itself begins with "rig". */
function patchNamespace(namespace: object): void {
  patch(
    namespace,
    "getByName",
    (getByName) =>
      function (this: unknown, ...args) {
        return new Proxy(getByName.apply(this, args) as object, {
          get(stub, name) {
            const value: unknown = Reflect.get(stub, name, stub);
            if (typeof value !== "function" || typeof name === "symbol" || name.startsWith("rig"))
              return value;
            return (...sent: unknown[]): unknown => {
              counts.objectRequests++;
              return Reflect.apply(value, stub, sent);
            };
          },
        });
      },
  );
}

function countMessages(bodies: readonly unknown[]): void {
  counts.queueCalls++;
  counts.queueMessages += bodies.length;
  const sizes = bodies.map((body) => new TextEncoder().encode(JSON.stringify(body)).byteLength);
  counts.largestMessageBytes = Math.max(counts.largestMessageBytes, ...sizes);
}
