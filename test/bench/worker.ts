/**
 * The Worker as it is measured: the real one, and doors beside it (`/__bench/...`) that count its calls to the platform, make the same
 * calls with empty work, and put in place what a measurement needs.
 */
import worker, {
  Mailroom as RealMailroom,
  Mover,
  Redelivery as RealRedelivery,
  Streaming,
} from "../../worker/index.ts";
import type { Env } from "../../worker/env.ts";
import type { Claim, Kept, Mail, Report, Senders } from "../../worker/kernel/ctx.ts";
import { hashPassword } from "../../worker/kernel/password.ts";
import { bindClaimed } from "../../worker/objects/bindings.ts";
import { publish } from "../../worker/owner/publish.ts";
import { generateRsa } from "../../worker/signatures/keys.ts";
import { runBatch } from "../../worker/store/batch.ts";
import { followerLogQuery } from "../../worker/store/followers.ts";
import { signingKey } from "../../worker/store/keys.ts";
import { peerFrom, savePeer } from "../../worker/store/peers.ts";
import { readActor } from "../../worker/vocab/read-actor.ts";
import type { JsonObject } from "../../worker/vocab/read.ts";
import { fillHome, makeTokens } from "./app-doors.ts";
import { noCalls, PAGE, type CallKind, type Calls } from "./calls.ts";

export { Mover, Streaming };

let counted = noCalls();
let counting = false;
/** While true nothing is handed out: intake and delivery are measured apart. */
let held = true;

const count = (kind: CallKind, by = 1) => (counted[kind] = (counted[kind] ?? 0) + by);

export class Mailroom extends RealMailroom {
  override put(mail: Mail, from: Senders): Promise<Kept> {
    count("rpc");
    return super.put(mail, from);
  }
}

export class Redelivery extends RealRedelivery {
  override async wake(): Promise<void> {
    count("rpc");
    if (!held) await super.wake();
  }

  override claim(stream: string, after: number, to: number): Claim {
    count("rpc");
    return super.claim(stream, after, to);
  }

  override done(stream: string, after: number, to: number, reports: Report[]): Promise<void> {
    count("rpc");
    return super.done(stream, after, to, reports);
  }

  /** An empty call. */
  nothing(): void {}
}

type Door = (request: Request, env: Env, ctx: ExecutionContext) => Promise<Response>;

interface EmptyMessage {
  readonly empty: Calls;
}

export default {
  fetch(request, env, ctx) {
    countCalls(env);
    const { pathname } = new URL(request.url);
    const door = doors[pathname];
    return door ? door(request, env, ctx) : worker.fetch(request, env, ctx);
  },
  async queue(batch, env, ctx) {
    for (const { body } of batch.messages) {
      if (isEmpty(body)) await makeCalls(env, body.empty);
      else count("message");
    }
    if (batch.messages.some(({ body }) => !isEmpty(body))) await worker.queue(batch, env, ctx);
  },
} satisfies ExportedHandler<Env, unknown>;

const doors: Record<string, Door | undefined> = {
  /** Makes the calls named in the header `x-calls` and nothing else. */
  "/__bench/empty": async (request, env) => {
    await request.arrayBuffer();
    await makeCalls(env, JSON.parse(request.headers.get("x-calls") ?? "{}") as Calls);
    return new Response(null, { status: 202 });
  },
  /** Queue messages whose consumer makes calls and nothing else. */
  "/__bench/empty-messages": async (request, env) => {
    const all = (await request.json()) as Calls[];
    const queue = env.DELIVERIES as unknown as Queue<EmptyMessage>;
    for (let n = 0; n < all.length; n += 100)
      await queue.sendBatch(all.slice(n, n + 100).map((empty) => ({ body: { empty } })));
    return new Response();
  },
  /** The calls counted since the last time. */
  "/__bench/calls": () => {
    const answer = Response.json(counted);
    counted = noCalls();
    return Promise.resolve(answer);
  },
  "/__bench/hold": () => {
    held = true;
    return Promise.resolve(new Response());
  },
  /** Hands out what is owed, from now on. */
  "/__bench/release": async (_, env) => {
    held = false;
    await env.REDELIVERY.getByName("redelivery").wake();
    return new Response();
  },
  /** Stores actors, given as a list of their documents. */
  "/__bench/peers": async (request, env, ctx) => {
    const { db, clock } = await bindClaimed(env, (work) => ctx.waitUntil(work));
    const documents = (await request.json()) as JsonObject[];
    const peers = documents.map((json) => peerFrom(readActor(json)!, [], clock()));
    await runBatch(
      db,
      peers.map((peer) => savePeer(db, peer)),
    );
    return new Response();
  },
  "/__bench/publish": async (_, env, ctx) => {
    const bound = await bindClaimed(env, (work) => ctx.waitUntil(work));
    const text =
      "A post of ordinary length, with a #hashtag and a link to https://example.org/ for good measure.";
    const draft = { text, summary: "", visibility: "public", language: "en", replyTo: null } as const;
    return Response.json(await publish(bound, draft));
  },
  /** Tokens of the owner's, and something to read with them. */
  "/__bench/tokens": async (request, env) => {
    await fillHome(env.DB);
    return Response.json(await makeTokens(env.DB, Number(new URL(request.url).searchParams.get("count"))));
  },
  /** What was posted in an app is owed to nobody: deliveries are measured apart. */
  "/__bench/forget": async (_, env) => {
    await env.DB.prepare("UPDATE fanouts SET done_at = 1 WHERE done_at IS NULL").run();
    return new Response();
  },
  "/__bench/state": async (_, env, ctx) => {
    const { db } = await bindClaimed(env, (work) => ctx.waitUntil(work));
    const [log] = await followerLogQuery(db);
    const rows = (table: string) => env.DB.prepare(`SELECT count(*) AS n FROM ${table}`).first<number>("n");
    const [replies, inboxes] = [await rows("posts WHERE author <> 0"), await rows("inboxes")];
    return Response.json({ followers: log?.count, replies, inboxes });
  },
  /** The signatures of a page where a page makes them, with the stead's key: between the calls of a delivery, whose work is left out. */
  "/__bench/rsa-sign-page": async (_, env, ctx) => {
    const { privateKey } = await signingKey(await bindClaimed(env, (work) => ctx.waitUntil(work)));
    count("rpc", 2);
    await makeCalls(env, { ...noCalls(), rpc: 1, "d1:2": 1 });
    const signAndSend = async () => {
      await crypto.subtle.sign("RSASSA-PKCS1-v1_5", privateKey, TEXT);
      await makeCalls(env, { ...noCalls(), fetch: 1 });
    };
    await Promise.all(Array.from({ length: PAGE }, signAndSend));
    await makeCalls(env, { ...noCalls(), rpc: 1 });
    return new Response();
  },
  "/__bench/rsa-sign-loop": async (request) => {
    const { privateKey } = await pair();
    await times(request, (text) => crypto.subtle.sign("RSASSA-PKCS1-v1_5", privateKey, text));
    return new Response();
  },
  "/__bench/rsa-verify": async (request) => {
    const { publicKey } = await pair();
    const made = (signature ??= await crypto.subtle.sign(
      "RSASSA-PKCS1-v1_5",
      (await pair()).privateKey,
      TEXT,
    ));
    await times(request, () => crypto.subtle.verify("RSASSA-PKCS1-v1_5", publicKey, made, TEXT));
    return new Response();
  },
  "/__bench/password": async (_, env) => {
    await hashPassword(env.INSTANCE_SECRET ?? "", "correct horse battery staple");
    return new Response();
  },
};

const TEXT = new TextEncoder().encode("(request-target): post /inbox\n".repeat(8));
let keyPair: Promise<CryptoKeyPair> | null = null;
let signature: ArrayBuffer | null = null;
const pair = () => (keyPair ??= generateRsa());

async function times(request: Request, work: (text: Uint8Array) => Promise<unknown>): Promise<void> {
  for (let n = Number(new URL(request.url).searchParams.get("times")); n > 0; n--) await work(TEXT);
}

const isEmpty = (body: unknown): body is EmptyMessage =>
  typeof body === "object" && body !== null && "empty" in body;

async function makeCalls(env: Env, calls: Calls): Promise<void> {
  const { rpc, fetch: fetches, message, ...d1 } = calls;
  for (const [kind, times_] of Object.entries(d1)) {
    const statements = Number(kind.slice("d1:".length));
    for (let n = 0; n < times_; n++) await select(env.DB, statements);
  }
  const objects = env.REDELIVERY as unknown as DurableObjectNamespace<Redelivery>;
  for (let n = 0; n < rpc; n++) await objects.getByName("empty").nothing();
  await Promise.all(
    Array.from({ length: fetches }, async () => {
      const answer = await fetch("https://empty.example/", { method: "POST", body: "" });
      await answer.arrayBuffer();
    }),
  );
  if (message > 0) await (env.DELIVERIES as unknown as Queue<EmptyMessage>).send({ empty: noCalls() });
}

async function select(db: D1Database, statements: number): Promise<void> {
  const one = db.prepare("SELECT 1");
  if (statements === 1) await one.all();
  else await db.batch(Array.from({ length: statements }, () => one));
}

type Method = (this: unknown, ...args: unknown[]) => unknown;

/** Counts every call to D1 and every fetch that leaves, whoever makes it. */
function countCalls(env: Env): void {
  if (counting) return;
  counting = true;
  const statement = Object.getPrototypeOf(env.DB.prepare("SELECT 1")) as Record<string, Method>;
  for (const name of ["all", "raw", "run", "first"]) {
    const real = statement[name]!;
    statement[name] = function (...args) {
      count("d1:1");
      return real.apply(this, args);
    };
  }
  const database = Object.getPrototypeOf(env.DB) as Record<string, Method>;
  const batch = database["batch"]!;
  database["batch"] = function (...args) {
    count(`d1:${(args[0] as unknown[]).length}`);
    return batch.apply(this, args);
  };
  const leave = globalThis.fetch;
  globalThis.fetch = (input, init) => {
    count("fetch");
    return leave(input, init);
  };
}
