/** The stead under test: claimed, empty, in real workerd, with a fake fediverse around it. */
import {
  applyD1Migrations,
  reset,
  runDurableObjectAlarm,
  runInDurableObject,
  type D1Migration,
} from "cloudflare:test";
import { env as bindings, exports } from "cloudflare:workers";
import { expect, vi } from "vitest";

import type { Env } from "../../worker/env.ts";
import type { Ctx } from "../../worker/kernel/ctx.ts";
import { forgetCounts } from "../../worker/mastodon/rate-limit.ts";
import { bind, bindClaimed, MAILROOMS } from "../../worker/objects/bindings.ts";
import { claim } from "../../worker/owner/claim.ts";
import { publish } from "../../worker/owner/publish.ts";
import { type Draft } from "../../worker/owner/draft.ts";
import { forgetStead } from "../../worker/store/stead.ts";
import { publicKeys } from "../../worker/store/keys.ts";
import { FakeHost, FakePeer, steadKey, type Doc, type SignOptions } from "./peer.ts";
import { World } from "./world.ts";

export const env = bindings as unknown as Env & { TEST_MIGRATIONS: D1Migration[] };
export const ORIGIN = "https://me.test";
export const ACTOR = `${ORIGIN}/actor`;
export const SECRET = "test-secret-of-32-characters-long";
export const PASSWORD = "correct horse";

/** Longest that everything may take which is on its way; a message that failed comes again after 5 s. */
const REST_MS = 15_000;

const worker = exports as unknown as { default: Fetcher };

/** `reset` empties what is running only: an object that was evicted would keep its rows. */
async function awake(): Promise<void> {
  await env.DB.prepare("SELECT 1").run();
  const objects = [
    ...mailrooms(),
    env.MOVER.getByName("mover"),
    env.REDELIVERY.getByName("redelivery"),
    env.STREAMING.getByName("streaming"),
  ];
  for (const object of objects) await runInDurableObject(object, () => {});
}

/** An empty database and empty objects, with the tables made; nobody has claimed it. */
export async function emptyStead(): Promise<void> {
  vi.restoreAllMocks();
  vi.useRealTimers();
  await awake();
  await reset();
  forgetStead();
  forgetCounts();
  await applyD1Migrations(env.DB, env.TEST_MIGRATIONS);
}

export class Stead {
  readonly world = new World();
  readonly #hosts = new Map<string, FakeHost>();

  /** A claimed stead at https://me.test. */
  static async claimed(): Promise<Stead> {
    await emptyStead();
    const stead = new Stead();
    let bound = await bind(env, () => {});
    // An alarm of the test before may have been on its way, and remembers its stead.
    for (let n = 0; n < 50 && bound.kind === "claimed"; n++) {
      await new Promise((resolve) => setTimeout(resolve, 10));
      forgetStead();
      bound = await bind(env, () => {});
    }
    if (bound.kind !== "unclaimed") throw new Error(`not unclaimed: ${bound.kind}`);
    const claimed = await claim(bound.base, ORIGIN, { handle: "me", name: "Me", password: PASSWORD });
    expect(claimed).toEqual({ kind: "claimed", origin: ORIGIN });
    steadKey.pem = (await publicKeys((await stead.ctx()).db)).pem;
    return stead;
  }

  /** A context as an invocation has it. What goes on in the background is awaited by `settle`. */
  async ctx(): Promise<Ctx> {
    return bindClaimed(env, (work) => this.#background.push(work));
  }
  readonly #background: Promise<unknown>[] = [];

  host(name: string): FakeHost {
    const host = this.#hosts.get(name) ?? new FakeHost(this.world, name);
    this.#hosts.set(name, host);
    return host;
  }

  peer(name: string, host = "a.test", path?: string): Promise<FakePeer> {
    return FakePeer.on(this.host(host), name, path);
  }

  fetch(input: string | Request, init?: RequestInit): Promise<Response> {
    const request =
      typeof input === "string" ? new Request(input.startsWith("/") ? ORIGIN + input : input, init) : input;
    return worker.default.fetch(new Request(request, { redirect: "manual" }));
  }

  getJson(path: string, accept = "application/activity+json"): Promise<Doc> {
    return this.fetch(path, { headers: { accept } }).then((response) => response.json());
  }

  /** Delivers an activity of a peer's to the stead, signed. */
  async deliver(
    from: FakePeer,
    activity: Doc | string,
    options: SignOptions & { inbox?: string } = {},
  ): Promise<Response> {
    return this.fetch(await from.request(options.inbox ?? `${ORIGIN}/inbox`, activity, options));
  }

  /** A Follow from a peer, taken and answered. */
  async followedBy(...peers: FakePeer[]): Promise<void> {
    for (const peer of peers) {
      const answer = await this.deliver(peer, peer.activity("Follow", { object: ACTOR }), {
        inbox: `${ACTOR}/inbox`,
      });
      expect(answer.status).toBe(202);
    }
    await this.settle();
  }

  async publishes(text: string, draft: Partial<Draft> = {}): Promise<number> {
    const ctx = await this.ctx();
    const published = await publish(ctx, {
      text,
      summary: "",
      visibility: "public",
      language: "en",
      replyTo: null,
      ...draft,
    });
    if (published.kind !== "published") throw new Error(published.problem);
    await this.settle();
    return published.id;
  }

  /** Runs alarms and waits for the queue until nothing is on its way. Due retries in the future stay. */
  async settle(): Promise<void> {
    await Promise.all(this.#background.splice(0));
    const latest = performance.now() + REST_MS;
    for (;;) {
      await this.runAlarms();
      const unrest = await this.#unrest();
      if (unrest === null) return this.#latestRead();
      if (performance.now() > latest) throw new Error(`the stead does not come to rest: ${unrest}`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }

  /** What somebody said last is read behind their Accept: nobody is at it any more, or half a second is over. */
  async #latestRead(): Promise<void> {
    const untried = env.DB.prepare(
      "SELECT 1 FROM backfills WHERE id LIKE 'latest-%' AND done_at IS NULL AND (stepped_at > 0 OR plan ->> '$.fetched' = 0)",
    );
    for (let n = 0; n < 100 && (await untried.first()) !== null; n++)
      await new Promise((resolve) => setTimeout(resolve, 5));
  }

  /** Fires every alarm that is set, whenever it is due. */
  async runAlarms(): Promise<void> {
    await Promise.all(mailrooms().map((mailroom) => runDurableObjectAlarm(mailroom)));
    await runDurableObjectAlarm(env.MOVER.getByName("mover"));
    await runDurableObjectAlarm(env.STREAMING.getByName("streaming"));
    await env.REDELIVERY.getByName("redelivery").wake();
    await runDurableObjectAlarm(env.REDELIVERY.getByName("redelivery"));
  }

  /** What is still on its way; null: nothing. */
  async #unrest(): Promise<string | null> {
    const now = Date.now();
    const waiting = await Promise.all(
      mailrooms().map((mailroom) =>
        runInDurableObject(mailroom, async (_, state) => {
          // Mail of a host that rests is not on its way: the alarm says when it will be.
          const alarm = (await state.storage.getAlarm()) ?? 0;
          if (alarm > now + 5_000) return [];
          return state.storage.sql.exec("SELECT 1 FROM spool WHERE next_at <= ? LIMIT 1", now).toArray();
        }),
      ),
    );
    if (waiting.flat().length > 0) return "mail waits";
    const { results: open } = await env.DB.prepare(
      "SELECT id, activity FROM fanouts WHERE done_at IS NULL",
    ).all();
    if (open.length > 0) return `open: ${JSON.stringify(open)}, done: ${JSON.stringify(await progressOf())}`;
    return (await this.#unsent("accepts", "followers")) ?? (await this.#unsent("rescues", "rescues"));
  }

  /** What keeps a stream from the end of its log. */
  async #unsent(stream: string, log: "followers" | "rescues"): Promise<string | null> {
    const row = await env.DB.prepare(`SELECT max(id) AS last FROM ${log}`).first<{ last: number | null }>();
    const redelivery = env.REDELIVERY.getByName("redelivery");
    const done = await runInDurableObject(redelivery, (_, { storage: { sql } }) => {
      // Accepts that are sent once more: a stretch leaves the table when it is over.
      if (sql.exec("SELECT 1 FROM progress WHERE stream LIKE 'accepts/%'").toArray().length > 0) return [];
      const [kept] = sql
        .exec<{ done: string }>("SELECT done FROM progress WHERE stream = ?", stream)
        .toArray();
      return kept ? (JSON.parse(kept.done) as { after: number; to: number }[]) : [{ after: -1, to: 0 }];
    });
    // A message of the test before, whose clock was ahead, may have been told of here: a range of its own.
    if (done.some(({ after, to }) => after < 0 && to >= (row?.last ?? 0))) return null;
    return `${stream}: up to ${row?.last}, done: ${JSON.stringify(await progressOf())}`;
  }

  /** Every row of every table, as text: what must not change when something is refused. */
  async state(): Promise<string> {
    const { results } = await env.DB.prepare(
      "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE '\\_cf%' ESCAPE '\\' AND name <> 'd1_migrations'",
    ).all<{ name: string }>();
    const rows = await env.DB.batch(results.map(({ name }) => env.DB.prepare(`SELECT * FROM ${name}`)));
    const tables = results.map(({ name }, n) => [name, rows[n]!.results]);
    const spools = await Promise.all(
      mailrooms().map((mailroom) =>
        runInDurableObject(mailroom, (_, state) => state.storage.sql.exec("SELECT * FROM spool").toArray()),
      ),
    );
    return JSON.stringify({ tables, spools });
  }

  /** IRIs of the followers. */
  async followers(): Promise<string[]> {
    const { results } = await env.DB.prepare(
      "SELECT peers.iri FROM followers JOIN peers ON peers.id = followers.peer ORDER BY followers.id",
    ).all<{ iri: string }>();
    return results.map((row) => row.iri);
  }
}

/** What the redelivery object has at rest of its streams. */
function progressOf(): Promise<unknown> {
  return runInDurableObject(env.REDELIVERY.getByName("redelivery"), (_, { storage: { sql } }) =>
    sql.exec("SELECT * FROM progress").toArray(),
  );
}

function mailrooms() {
  return Array.from({ length: MAILROOMS }, (_, n) => env.MAILROOM.getByName(String(n)));
}
