/**
 * Everything the Worker awaits from outside its own memory, in one place: D1, fetch, the queue, calls to Durable Objects and their
 * storage. Each crossing is counted for the invocation that makes it, and one of them can be made to fail, before it took effect or
 * after it (the answer is lost). Works on the prototypes, so the objects' own code is under it as well; what the tests themselves
 * ask is outside.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { env as bindings } from "cloudflare:workers";
import { runInDurableObject } from "cloudflare:test";

import type { Env } from "../../worker/env.ts";
import type { Message } from "../../worker/kernel/ctx.ts";
import worker from "../../worker/index.ts";
import { Streaming } from "../../worker/mastodon/streaming/object.ts";
import { Mailroom } from "../../worker/objects/mailroom.ts";
import { Mover } from "../../worker/objects/mover.ts";
import { Redelivery } from "../../worker/objects/redelivery.ts";

const env = bindings as unknown as Env;

/** What one invocation (a request, a queue message, an alarm, a call to an object) has spent. */
export class Invocation {
  readonly name: string;
  d1 = 0;
  fetches = 0;
  calls = 0;
  sends = 0;
  signatures = 0;

  constructor(name: string) {
    this.name = name;
  }

  /** As the Free plan counts them: 50 an invocation. A D1 batch is one. */
  get subrequests(): number {
    return this.d1 + this.fetches + this.calls + this.sends;
  }
}

type Kind = "d1" | "fetch" | "queue" | "rpc" | "storage";
/** Where a fault strikes: before the operation took effect, or after it, so that only the answer is lost. */
export type Moment = "before" | "after";

interface Armed {
  readonly at: number;
  readonly moment: Moment;
  struck: string | null;
}

interface Cursor {
  readonly rowsWritten: number;
  toArray(): unknown[];
}

/** How a fault crosses from an object to its caller here: an error thrown there would be on the console as well. */
interface Fault {
  readonly __fault: string;
}

async function quietly(run: () => unknown): Promise<unknown> {
  try {
    return await run();
  } catch (cause) {
    return { __fault: String(cause) } satisfies Fault;
  }
}

function returned(result: unknown): unknown {
  const fault = (result as Partial<Fault> | null | undefined)?.__fault;
  if (fault !== undefined) throw new Error(fault);
  return result;
}

type Method = (this: unknown, ...args: unknown[]) => unknown;
type Methods = Record<string, Method>;

export class Boundary {
  readonly #running = new AsyncLocalStorage<Invocation>();
  readonly #restore: (() => void)[] = [];
  readonly #cursors: Cursor[] = [];
  #armed: Armed | null = null;
  #crossed = 0;
  #objectState: object = {};
  /** Messages that were put in the queue and not taken out; the tests take them out one by one. */
  readonly queue: Message[] = [];
  /** What goes on behind an answer. */
  readonly background: Promise<unknown>[] = [];
  /** Mailrooms that were given mail. */
  readonly mailrooms = new Set<string>();
  invocations: Invocation[] = [];
  d1Rows = 0;
  alarmsSet = 0;
  messages: { bytes: number }[] = [];

  static async install(): Promise<Boundary> {
    const boundary = new Boundary();
    boundary.#watchD1();
    boundary.#watchQueue();
    Boundary.#watchCalls(boundary);
    Boundary.#watchSignatures(boundary);
    await Boundary.#watchStorage(boundary);
    Boundary.#watchRoots(boundary);
    return boundary;
  }

  uninstall(): void {
    for (const restore of this.#restore.splice(0).toReversed()) restore();
  }

  /** Runs what the owner does, as an invocation of its own. */
  within<T>(name: string, act: () => Promise<T>): Promise<T> {
    const invocation = new Invocation(name);
    this.invocations.push(invocation);
    return this.#running.run(invocation, act);
  }

  /** The nth crossing from now on fails. */
  arm(at: number, moment: Moment): void {
    this.#crossed = 0;
    this.#armed = { at, moment, struck: null };
  }

  /** What was struck since `arm`; null: there were fewer crossings. */
  disarm(): string | null {
    const struck = this.#armed?.struck ?? null;
    this.#armed = null;
    return struck;
  }

  /** Counts from nought again. */
  reset(): void {
    this.invocations = [];
    this.#cursors.length = 0;
    this.d1Rows = 0;
    this.alarmsSet = 0;
    this.messages = [];
  }

  /** Rows written by the objects, without setting alarms, which is counted beside. */
  get objectRows(): number {
    return this.#cursors.reduce((sum, cursor) => sum + cursor.rowsWritten, 0);
  }

  total(of: "d1" | "fetches" | "calls" | "sends" | "signatures"): number {
    return this.invocations.reduce((sum, invocation) => sum + invocation[of], 0);
  }

  /** To be called when the fake fediverse has taken hold of `fetch`. */
  watchFetch(): void {
    const world = globalThis.fetch;
    globalThis.fetch = (input, init) =>
      this.#cross("fetch", new Request(input, init).url, () => world(input, init), "fetches");
  }

  async #cross<T>(
    kind: Kind,
    name: string,
    act: () => Promise<T>,
    counter?: "d1" | "fetches" | "calls" | "sends",
  ): Promise<T> {
    const invocation = this.#running.getStore();
    if (!invocation) return act();
    if (counter) invocation[counter]++;
    const strikes = this.#strikes(kind, name, invocation);
    if (strikes === "before") throw new Error(`the ${kind} failed`);
    const result = await act();
    if (strikes === "after") throw new Error(`the answer of the ${kind} was lost`);
    return result;
  }

  #strikes(kind: Kind, name: string, invocation: Invocation): Moment | null {
    const armed = this.#armed;
    if (!armed || armed.struck !== null || ++this.#crossed !== armed.at) return null;
    armed.struck = `${kind} ${name} in ${invocation.name}`;
    return armed.moment;
  }

  #patch(target: object, name: string, wrap: (original: Method) => Method): void {
    const methods = target as Methods;
    const own = Object.hasOwn(target, name);
    const original = methods[name]!;
    methods[name] = wrap(original);
    this.#restore.push(() => {
      if (own) methods[name] = original;
      else delete methods[name];
    });
  }

  #watchD1(): void {
    const count = (result: unknown) => {
      const results = Array.isArray(result) ? result : [result];
      for (const one of results) this.d1Rows += (one as D1Result | undefined)?.meta?.rows_written ?? 0;
      return result;
    };
    const watch = (target: object, name: string) =>
      this.#patch(target, name, (original) => {
        const { cross } = { cross: this.#cross.bind(this) };
        return function (...args) {
          return cross(
            "d1",
            name,
            async () => count(await (original.apply(this, args) as Promise<unknown>)),
            "d1",
          );
        };
      });
    const statement = Object.getPrototypeOf(env.DB.prepare("SELECT 1")) as object;
    for (const name of ["first", "run", "all", "raw"]) watch(statement, name);
    watch(Object.getPrototypeOf(env.DB) as object, "batch");
  }

  #watchQueue(): void {
    this.#patch(Object.getPrototypeOf(env.DELIVERIES) as object, "sendBatch", () => (batch) => {
      const bodies = [...(batch as Iterable<{ body: Message }>)].map(({ body }) => body);
      return this.#cross(
        "queue",
        "sendBatch",
        async () => {
          this.queue.push(...structuredClone(bodies));
          this.messages.push(...bodies.map((body) => ({ bytes: JSON.stringify(body).length })));
        },
        "sends",
      );
    });
  }

  static #watchCalls(boundary: Boundary): void {
    boundary.#patch(Object.getPrototypeOf(env.REDELIVERY) as object, "getByName", (original) => {
      return function (...args) {
        const stub = original.apply(this, args) as Methods;
        if (!boundary.#running.getStore()) return stub;
        const get =
          (_: object, name: string) =>
          (...sent: unknown[]) => {
            if (name === "put") boundary.mailrooms.add(String(args[0]));
            return boundary.#cross("rpc", name, async () => returned(await stub[name]!(...sent)), "calls");
          };
        return new Proxy({}, { get });
      };
    });
  }

  /** The stead's own signatures: its key cannot be taken out, the keys of the cast can. */
  static #watchSignatures(boundary: Boundary): void {
    boundary.#patch(Object.getPrototypeOf(crypto.subtle) as object, "sign", (original) => {
      return function (...args) {
        const key = args[1] as CryptoKey;
        const invocation = boundary.#running.getStore();
        if (invocation && !key.extractable && key.algorithm.name === "RSASSA-PKCS1-v1_5")
          invocation.signatures++;
        return original.apply(this, args);
      };
    });
  }

  static #watchRoots(boundary: Boundary): void {
    const root = (target: object, name: string, as: string) =>
      boundary.#patch(target, name, (original) => {
        return function (...args) {
          if (boundary.#running.getStore()) return original.apply(this, args);
          const invocation = new Invocation(as);
          boundary.invocations.push(invocation);
          const run = () =>
            original.apply(
              this,
              args.map((arg) => boundary.#overheard(arg)),
            );
          return boundary.#running.run(invocation, target === worker ? run : () => quietly(run));
        };
      });
    for (const name of ["fetch", "queue", "scheduled"]) root(worker, name, name);
    boundary.#patch(boundary.#objectState, "waitUntil", (original) => {
      return function (work) {
        return original.call(
          this,
          (work as Promise<unknown>).catch(() => {}),
        );
      };
    });
    for (const object of [Mailroom, Mover, Redelivery, Streaming]) {
      const names = Object.getOwnPropertyNames(object.prototype).filter((name) => name !== "constructor");
      for (const name of names) {
        const property = Object.getOwnPropertyDescriptor(object.prototype, name)!;
        if (!("get" in property)) root(object.prototype, name, `${object.name}.${name}`);
      }
    }
  }

  /** An execution context whose `waitUntil` is heard. */
  #overheard(arg: unknown): unknown {
    if (typeof arg !== "object" || arg === null || !("waitUntil" in arg)) return arg;
    const context = arg as ExecutionContext;
    return {
      passThroughOnException: () => {},
      waitUntil: (work: Promise<unknown>) => {
        this.background.push(work);
        context.waitUntil(work);
      },
    };
  }

  static async #watchStorage(boundary: Boundary): Promise<void> {
    await runInDurableObject(env.REDELIVERY.getByName("redelivery"), (_, state) => {
      boundary.#objectState = Object.getPrototypeOf(state) as object;
      const storage = Object.getPrototypeOf(state.storage) as object;
      const sql = Object.getPrototypeOf(state.storage.sql) as object;
      for (const name of ["setAlarm", "sync"]) {
        boundary.#patch(storage, name, (original) => {
          return function (...args) {
            if (name === "setAlarm" && boundary.#running.getStore()) boundary.alarmsSet++;
            return boundary.#cross("storage", name, async () => original.apply(this, args));
          };
        });
      }
      boundary.#patch(sql, "exec", (original) => {
        return function (...args) {
          const invocation = boundary.#running.getStore();
          if (!invocation) return original.apply(this, args);
          const words = String(args[0]).trim().split(/\s+/).slice(0, 3).join(" ");
          const strikes = words.startsWith("SELECT") ? null : boundary.#strikes("storage", words, invocation);
          if (strikes === "before") throw new Error("the storage failed");
          const cursor = original.apply(this, args) as Cursor;
          boundary.#cursors.push(cursor);
          if (strikes === "after") {
            cursor.toArray(); // or the statement would lie across the commit
            throw new Error("the answer of the storage was lost");
          }
          return cursor;
        };
      });
    });
  }
}
