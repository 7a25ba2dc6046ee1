/**
 * A stead whose platform is in the test's hands: time stands until it is moved, alarms ring and queue messages arrive when they are told to,
 * and any crossing of the boundary can fail. A day ahead of the real clock, so that no alarm rings by itself.
 */
import { createExecutionContext, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { vi } from "vitest";

import { DAY, MINUTE, SECOND } from "../../worker/kernel/clock.ts";
import type { Ctx, Message } from "../../worker/kernel/ctx.ts";
import worker from "../../worker/index.ts";
import { bindClaimed } from "../../worker/objects/bindings.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { ACTOR, env, Stead } from "../fediverse/stead.ts";
import { Boundary, type Moment } from "./boundary.ts";

/** As in wrangler.toml. */
const MAX_RETRIES = 3;

/** Five RSA signatures fit 10 ms of CPU; of 50 subrequests five are kept in hand. */
const FREE = { signatures: 5, subrequests: 45 };

const redelivery = () => env.REDELIVERY.getByName("redelivery");

export class Rig {
  readonly stead: Stead;
  readonly boundary: Boundary;

  private constructor(stead: Stead, boundary: Boundary) {
    this.stead = stead;
    this.boundary = boundary;
  }

  static async made(): Promise<Rig> {
    const stead = await Stead.claimed();
    vi.spyOn(console, "log").mockImplementation(() => {});
    vi.spyOn(console, "error").mockImplementation(() => {});
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + DAY });
    const boundary = await Boundary.install();
    boundary.watchFetch();
    return new Rig(stead, boundary);
  }

  /** Lets what is under way come to its end, so that the next test begins with nothing. */
  async done(): Promise<void> {
    await Promise.allSettled(this.boundary.background.splice(0));
    this.boundary.uninstall();
    vi.restoreAllMocks();
    vi.useRealTimers();
  }

  /** A context as an invocation has it. */
  ctx(): Promise<Ctx> {
    return bindClaimed(env, (work) => {
      this.boundary.background.push(work);
    });
  }

  pass(ms: number): void {
    vi.setSystemTime(Date.now() + ms);
  }

  /** Rings alarms and brings messages until nothing is left to do now. What fails, fails as it would: alarms and messages come again. */
  async run(each: () => Promise<void> = async () => {}): Promise<void> {
    for (let round = 0; round < 60; round++) {
      await Promise.allSettled(this.boundary.background.splice(0));
      for (const mailroom of this.#mailrooms()) await runDurableObjectAlarm(mailroom).catch(() => {});
      await each();
      await runDurableObjectAlarm(redelivery()).catch(() => {});
      await each();
      await this.bringMessages(each);
      if (this.boundary.queue.length === 0 && !(await this.#mailReady())) return;
    }
    throw new Error("the stead does not come to rest");
  }

  async bringMessages(each: () => Promise<void> = async () => {}): Promise<void> {
    for (let message; (message = this.boundary.queue.shift());) {
      await this.bring(message);
      await each();
    }
  }

  /** Brings one message as the queue does: three times more when it is not taken, then to the dead letters. */
  async bring(body: Message): Promise<void> {
    const id = crypto.randomUUID();
    for (let attempts = 1; attempts <= 1 + MAX_RETRIES; attempts++) {
      if (await this.#consume("fedistead-deliveries", id, body, attempts)) return;
    }
    await this.#consume("fedistead-dead-letters", id, body, 1);
  }

  async #consume(queue: string, id: string, body: unknown, attempts: number): Promise<boolean> {
    let taken = false;
    const message = {
      id,
      timestamp: new Date(),
      body,
      attempts,
      ack: () => (taken = true),
      retry: () => (taken = false),
    };
    const batch = { queue, messages: [message], ackAll() {}, retryAll() {} } as unknown as MessageBatch;
    await worker.queue(batch, env, createExecutionContext()).catch(() => {});
    await Promise.allSettled(this.boundary.background.splice(0));
    return taken;
  }

  /** What cron does at a minute when all sweepers are woken. */
  async cron(): Promise<void> {
    const at = Math.ceil(Date.now() / (10 * MINUTE)) * 10 * MINUTE;
    const controller = { scheduledTime: at, cron: "* * * * *", noRetry() {} } as ScheduledController;
    await worker.scheduled(controller, env, createExecutionContext());
  }

  /** The time passes in which leases end and retries fall due, and the sweep finds what is left. */
  async recover(): Promise<void> {
    this.boundary.disarm();
    this.pass(11 * MINUTE);
    await this.cron();
    await this.run();
  }

  /** Whether a mailroom has an alarm set for now, and mail to look at. */
  async #mailReady(): Promise<boolean> {
    for (const mailroom of this.#mailrooms()) {
      const [row] = await rowsIn(mailroom, `SELECT count(*) AS n FROM spool WHERE next_at <= ${Date.now()}`);
      if (row!["n"] === 0) continue;
      const alarm = await runInDurableObject(mailroom, (_, state) => state.storage.getAlarm());
      if (alarm !== null && alarm <= Date.now() + SECOND) return true;
    }
    return false;
  }

  #mailrooms() {
    return [...this.boundary.mailrooms].map((name) => env.MAILROOM.getByName(name));
  }

  /** Followers by their handles, each with its Accept. */
  async followedBy(...handles: string[]): Promise<FakePeer[]> {
    const peers: FakePeer[] = [];
    for (const handle of handles) {
      const [name, host] = handle.split("@") as [string, string];
      const peer = await this.stead.peer(name, host);
      const answer = await this.stead.deliver(peer, peer.activity("Follow", { object: ACTOR }));
      if (answer.status !== 202) throw new Error(`${handle} was answered ${answer.status}`);
      peers.push(peer);
    }
    await this.run();
    return peers;
  }

  /** Invocations that spent more than the Free plan lets one spend, in words. */
  overspenders(): string[] {
    return this.boundary.invocations
      .filter(({ signatures, subrequests }) => signatures > FREE.signatures || subrequests > FREE.subrequests)
      .map(
        ({ name, signatures, subrequests }) =>
          `${name}: ${signatures} signatures, ${subrequests} subrequests`,
      );
  }

  /** What is wrong with the rows at rest, in words; nothing, when every account balances and nothing is owed. */
  async problems(): Promise<string[]> {
    const found: string[] = [];
    const names = Object.keys(BALANCES);
    const results = await env.DB.batch(Object.values(BALANCES).map((sql) => env.DB.prepare(sql)));
    for (const [n, { results: rows }] of results.entries()) {
      if (rows.length > 0) found.push(`${names[n]}: ${JSON.stringify(rows).slice(0, 300)}`);
    }
    for (const [n, mailroom] of this.#mailrooms().entries()) {
      const rows = await rowsIn(mailroom, "SELECT host, next_at FROM spool");
      if (rows.length > 0) found.push(`mail is left in mailroom ${n}: ${JSON.stringify(rows)}`);
    }
    const due = await rowsIn(redelivery(), "SELECT stream, position, host, attempts, detail FROM due");
    if (due.length > 0) found.push(`deliveries are still due: ${JSON.stringify(due)}`);
    const open = await rowsIn(
      redelivery(),
      "SELECT * FROM progress WHERE stream NOT IN ('accepts', 'rescues')",
    );
    if (open.length > 0) found.push(`progress of a fanout is left: ${JSON.stringify(open)}`);
    return found;
  }
}

/** Each gives the rows that must not be. */
const BALANCES = {
  "the count is wrong":
    "SELECT count, (SELECT count(*) FROM followers) AS n FROM follower_log WHERE count <> n",
  "an inbox counts wrong": `SELECT url, refs, (SELECT count(*) FROM followers WHERE inbox = inboxes.id) AS n FROM inboxes
    WHERE refs <> n OR refs <= 0`,
  "a follower has no inbox": "SELECT id FROM followers WHERE inbox NOT IN (SELECT id FROM inboxes)",
  "a follower's peer does not know it":
    "SELECT f.id FROM followers f LEFT JOIN peers p ON p.id = f.peer WHERE p.follower IS NOT f.id",
  "a peer's follower is not there":
    "SELECT iri FROM peers WHERE follower IS NOT NULL AND follower NOT IN (SELECT id FROM followers)",
  "an activity is not handed out": "SELECT id FROM fanouts WHERE done_at IS NULL",
  "a dead letter lies there": "SELECT stream, position, reason, detail FROM dead_letters",
  "mail could not be verified": "SELECT actor, activity, detail FROM unverified_mail",
};

function rowsIn(object: DurableObjectStub, sql: string): Promise<Record<string, SqlStorageValue>[]> {
  return runInDurableObject(object, (_, state) => state.storage.sql.exec(sql).toArray());
}

/** One run of an operation in a world of its own. */
export interface Case {
  /** False, or thrown: whoever asked was told that it failed, or nothing. */
  run(): Promise<boolean>;
  /** What a sender does then, as long as it is not answered with success. */
  retry?(): Promise<boolean>;
  /** What is wrong afterwards, in words. `answered`: of the first try. */
  problems(answered: boolean): Promise<string[]> | string[];
}

/**
 * Runs an operation again and again, with a fault at its first, second, ... last crossing, before and after; then lets the sender try
 * again, the time pass and the sweep run. Returns what was wrong, and how many faults there were.
 */
export async function everyFault(
  rig: Rig,
  make: (tag: string) => Promise<Case>,
  moments: readonly Moment[] = ["before", "after"],
): Promise<{ faults: number; wrong: string[] }> {
  const wrong: string[] = [];
  /** What an earlier fault left is not blamed on the later ones. */
  const before = new Set<string>();
  let faults = 0;
  for (const moment of moments) {
    for (let at = 1; ; at++) {
      const one = await make(`${moment[0]}${at}`);
      rig.boundary.reset();
      rig.boundary.arm(at, moment);
      const answered = await one.run().catch(() => false);
      await rig.run();
      const struck = rig.boundary.disarm();
      for (let tries = 0, taken = answered; !taken && one.retry && tries < 5; tries++) {
        rig.pass(MINUTE);
        taken = await one.retry().catch(() => false);
      }
      await rig.run();
      await rig.recover();
      const judged = async () => [...(await one.problems(answered)), ...(await rig.problems())];
      let problems = await judged();
      if (problems.some((problem) => !before.has(problem))) {
        await rig.recover();
        problems = await judged();
      }
      wrong.push(
        ...problems.filter((one) => !before.has(one)).map((one) => `${at} ${moment} ${struck}: ${one}`),
      );
      for (const problem of problems) before.add(problem);
      if (struck === null) break;
      faults++;
    }
  }
  return { faults, wrong };
}
