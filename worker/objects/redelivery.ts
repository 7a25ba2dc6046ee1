/**
 * The redelivery object: one for the stead. It knows what is handed out, what failed and when to try again. Thin: the rules are in
 * `outbox/`. Its alarm is the sweeper that finds what was never reported; cron only re-arms it.
 */
import { DurableObject } from "cloudflare:workers";

import type { Env } from "../env.ts";
import type { UnixMs } from "../kernel/brand.ts";
import { SECOND, systemClock } from "../kernel/clock.ts";
import type { Claim, Ctx, Due, FailingHost, LogState, Message, Place, Ports, Report } from "../kernel/ctx.ts";
import { hash52 } from "../kernel/hash52.ts";
import { consoleLog } from "../kernel/log.ts";
import { deliver } from "../outbox/deliver.ts";
import { DueDeliveries, type GivenUp } from "../outbox/due.ts";
import { type Allowance, Progress } from "../outbox/progress.ts";
import { Quota } from "../outbox/quota.ts";
import { ACCEPTS, isLog } from "../outbox/targets.ts";
import { runBatch } from "../store/batch.ts";
import { bury } from "../store/fanouts.ts";
import { markInboxGone } from "../store/followers.ts";
import { bindClaimed } from "./bindings.ts";

/** While pages are out, the sweep looks again after this. */
const SWEEP = 30 * SECOND;
/** Due deliveries put in the queue in one round. */
const ROUND = 200;
const FAILING_SHOWN = 100;
const DUE_SHOWN = 500;
/** Calls that handing out may make in one invocation: the Free plan allows 50 of all kinds, the paid one 1,000. */
const CALLS = { free: 24, paid: 800 };
/** The same where a page is delivered besides. */
const CALLS_BESIDE = 10;

export class Redelivery extends DurableObject<Env> {
  readonly #progress: Progress;
  readonly #due: DueDeliveries;
  readonly #quota: Quota;
  #armedFor: number | null = null;
  #handingOut: Promise<void> | null = null;
  #again = false;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    this.#progress = new Progress(state.storage.sql);
    this.#due = new DueDeliveries(state.storage.sql);
    this.#quota = new Quota(state.storage.sql);
  }

  /** Hands out what is owed. Calls that come while it works are answered together after one more round. */
  async wake(): Promise<void> {
    this.#again = true;
    this.#handingOut ??= this.#handOut().finally(() => (this.#handingOut = null));
    await this.#handingOut;
  }

  claim(stream: string, after: number, to: number): Claim {
    const now = systemClock();
    return { ranges: this.#progress.claim(stream, { after, to }, now), down: this.#due.down(now) };
  }

  claimDue(due: number[]): Due[] {
    return this.#due.claim(due, systemClock());
  }

  async done(stream: string, after: number, to: number, reports: Report[]): Promise<void> {
    const givenUp = this.#due.take(reports, systemClock(), Math.random);
    const more = this.#progress.done(stream, { after, to }, reports);
    await this.#bury(givenUp);
    await this.#arm();
    // The alarm is armed, so a fault here only costs time.
    if (more) this.ctx.waitUntil(this.wake().catch((cause) => consoleLog.error("hand out", cause)));
  }

  async doneDue(due: number[], reports: Report[]): Promise<void> {
    this.#progress.count(this.#due.known(reports));
    const givenUp = this.#due.take(reports, systemClock(), Math.random);
    this.#due.release(due);
    await this.#bury(givenUp);
    await this.#arm();
  }

  async acceptAgain(follower: number): Promise<void> {
    if (!this.#progress.isDone(ACCEPTS, follower)) return;
    this.#due.add(
      { stream: ACCEPTS, position: follower, host: "", inbox: "" },
      systemClock(),
      "asked for again",
    );
    await this.#arm();
  }

  async acceptsAgain(after: number, through: number): Promise<void> {
    if (after >= through) return;
    this.#progress.owe({ after, to: through });
    await this.#arm(systemClock());
  }

  async resend(letter: Place & { inbox: string; host: string }): Promise<void> {
    this.#due.add(letter, systemClock(), "sent again by the owner");
    await this.#arm();
  }

  failing(): FailingHost[] {
    return this.#due.failing(FAILING_SHOWN);
  }

  state(log: string): LogState {
    return { ...this.#progress.state(log), due: this.#due.waiting(log, DUE_SHOWN) };
  }

  override async alarm(): Promise<void> {
    this.#armedFor = null;
    try {
      const ctx = await this.#bind();
      if (this.#quota.left(ctx) > 0) {
        await this.wake();
        await this.#queueDue(ctx);
      } else if (await this.#deliverNext(ctx)) {
        await this.#arm(systemClock());
      }
    } catch (cause) {
      consoleLog.error("redelivery alarm", cause);
      await this.#arm(systemClock() + SWEEP);
    }
    await this.#arm();
  }

  async #handOut(): Promise<void> {
    const ctx = await this.#bind();
    const may = { messages: this.#quota.left(ctx), calls: CALLS[ctx.settings.plan] };
    while (this.#again) {
      this.#again = false;
      // Armed before anything is handed out: if the process dies between, the alarm finds it.
      await this.#arm(systemClock() + SWEEP);
      const more = await this.#progress.handOut(ctx, may);
      if (more && isSpent(may)) return this.#arm(systemClock());
    }
    await this.#arm();
  }

  async #queueDue(ctx: Ctx): Promise<void> {
    const size = ctx.settings.signatures;
    const ready = this.#due.ready(systemClock(), Math.min(ROUND, this.#quota.left(ctx) * size));
    const messages: Message[] = [];
    for (let n = 0; n < ready.length; n += size)
      messages.push({ v: 1, kind: "again", due: ready.slice(n, n + size) });
    for (let n = 0; n < messages.length; n += 100) await ctx.ports.queue.send(messages.slice(n, n + 100));
  }

  /** The day's messages are spent: takes one page, or else what is due, and delivers it here. Returns whether to go on at once. */
  async #deliverNext(ctx: Ctx): Promise<boolean> {
    const [messages, queue] = collected();
    const may = { messages: 1, calls: CALLS_BESIDE };
    const more = await this.#progress.handOut(withPorts(ctx, { queue }), may);
    if (messages.length === 0) {
      const due = this.#due.ready(systemClock(), ctx.settings.signatures);
      if (due.length > 0) messages.push({ v: 1, kind: "again", due });
    }
    const [message] = messages;
    if (message) await deliver(withPorts(ctx, { redelivery: this.#own(ctx) }), message);
    return message !== undefined || (more && isSpent(may));
  }

  /** What a consumer asks of this object, asked from within. */
  #own(ctx: Ctx): Ports["redelivery"] {
    return {
      ...ctx.ports.redelivery,
      claim: async (stream, after, to) => this.claim(stream, after, to),
      claimDue: async (due) => this.claimDue(due),
      done: (stream, after, to, reports) => this.done(stream, after, to, reports),
      doneDue: (due, reports) => this.doneDue(due, reports),
    };
  }

  /** Given-up deliveries become rows the owner sees, and only then leave this object. Twice is once: the number is made of the place. */
  async #bury(givenUp: readonly GivenUp[]): Promise<void> {
    if (givenUp.length === 0) return;
    const ctx = await this.#bind();
    const now = ctx.clock();
    const letters = givenUp.map(({ row, reason }) => ({
      id: hash52(`${row.stream} ${row.position} ${row.first_at}`),
      stream: row.stream,
      position: row.position,
      inbox: row.inbox,
      reason,
      detail: row.detail,
      attempts: row.attempts,
      firstAt: row.first_at as UnixMs,
      lastAt: now,
    }));
    const gone = givenUp.filter(
      ({ row, reason }) => reason === "gone" && !isLog(row.stream) && row.position > 0,
    );
    await runBatch(ctx.db, [
      bury(ctx.db, letters),
      ...gone.map(({ row }) => markInboxGone(ctx.db, row.position, now)),
    ]);
    this.#due.forget(givenUp.map(({ row }) => row.id));
  }

  /** Sets the alarm to what comes first, unless it is set to that or earlier. A set alarm costs a row, so it is left alone when it can. */
  async #arm(at?: number): Promise<void> {
    const now = systemClock();
    const times = [at, this.#due.nextAt(now), this.#progress.busy ? now + SWEEP : null].filter(
      (time) => time != null,
    );
    if (times.length === 0) return;
    const next = Math.max(Math.min(...times), now);
    const set = this.#armedFor ?? (await this.ctx.storage.getAlarm());
    this.#armedFor ??= set;
    if (this.#armedFor !== null && this.#armedFor <= next + SECOND) return;
    this.#armedFor = next;
    try {
      await this.ctx.storage.setAlarm(next);
    } catch (cause) {
      this.#armedFor = null; // or nobody would ever set it again
      throw cause;
    }
  }

  async #bind(): Promise<Ctx> {
    const ctx = await bindClaimed(this.env, (work) => this.ctx.waitUntil(work));
    const send = async (messages: Message[]) => {
      this.#quota.spend(ctx, messages.length);
      await ctx.ports.queue.send(messages);
    };
    return withPorts(ctx, { queue: { send } });
  }
}

const withPorts = (ctx: Ctx, ports: Partial<Ports>): Ctx => ({ ...ctx, ports: { ...ctx.ports, ...ports } });

const isSpent = ({ messages, calls }: Allowance) => messages <= 0 || calls < 2;

/** A queue that keeps what is sent. */
function collected(): [Message[], Ports["queue"]] {
  const messages: Message[] = [];
  return [messages, { send: async (sent) => void messages.push(...sent) }];
}
