/**
 * The redelivery object: one for the stead. It knows what is handed out, what failed and when to try again. Thin: the rules are in
 * `outbox/`. Its alarm is the sweeper that finds what was never reported; cron only re-arms it.
 */
import { DurableObject } from "cloudflare:workers";

import type { Env } from "../env.ts";
import type { UnixMs } from "../kernel/brand.ts";
import { SECOND, systemClock } from "../kernel/clock.ts";
import type { Claim, Ctx, Due, FailingHost, Message, Place, Report } from "../kernel/ctx.ts";
import { hash52 } from "../kernel/hash52.ts";
import { consoleLog } from "../kernel/log.ts";
import { DueDeliveries, type GivenUp } from "../outbox/due.ts";
import { Progress } from "../outbox/progress.ts";
import { ACCEPTS } from "../outbox/targets.ts";
import { runBatch } from "../store/batch.ts";
import { bury } from "../store/fanouts.ts";
import { markInboxGone } from "../store/followers.ts";
import { bindClaimed } from "./bindings.ts";

/** While pages are out, the sweep looks again after this. */
const SWEEP = 30 * SECOND;
/** Due deliveries put in the queue in one round. */
const ROUND = 200;
const FAILING_SHOWN = 100;

export class Redelivery extends DurableObject<Env> {
  readonly #progress: Progress;
  readonly #due: DueDeliveries;
  #armedFor: number | null = null;
  #handingOut: Promise<void> | null = null;
  #again = false;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    this.#progress = new Progress(state.storage.sql);
    this.#due = new DueDeliveries(state.storage.sql);
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
    const more = this.#progress.done(stream, { after, to });
    await this.#bury(givenUp);
    await this.#arm();
    // The alarm is armed, so a fault here only costs time.
    if (more) this.ctx.waitUntil(this.wake().catch((cause) => consoleLog.error("hand out", cause)));
  }

  async doneDue(due: number[], reports: Report[]): Promise<void> {
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

  async resend(letter: Place & { inbox: string; host: string }): Promise<void> {
    this.#due.add(letter, systemClock(), "sent again by the owner");
    await this.#arm();
  }

  failing(): FailingHost[] {
    return this.#due.failing(FAILING_SHOWN);
  }

  override async alarm(): Promise<void> {
    this.#armedFor = null;
    try {
      await this.wake();
      await this.#queueDue(await this.#bind());
    } catch (cause) {
      consoleLog.error("redelivery alarm", cause);
      await this.#arm(systemClock() + SWEEP);
    }
    await this.#arm();
  }

  async #handOut(): Promise<void> {
    const ctx = await this.#bind();
    while (this.#again) {
      this.#again = false;
      // Armed before anything is handed out: if the process dies between, the alarm finds it.
      await this.#arm(systemClock() + SWEEP);
      await this.#progress.handOut(ctx);
    }
    await this.#arm();
  }

  async #queueDue(ctx: Ctx): Promise<void> {
    const ready = this.#due.ready(systemClock(), ROUND);
    const size = ctx.settings.signatures;
    const messages: Message[] = [];
    for (let n = 0; n < ready.length; n += size)
      messages.push({ v: 1, kind: "again", due: ready.slice(n, n + size) });
    for (let n = 0; n < messages.length; n += 100) await ctx.ports.queue.send(messages.slice(n, n + 100));
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
      ({ row, reason }) => reason === "gone" && row.stream !== ACCEPTS && row.position > 0,
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

  #bind(): Promise<Ctx> {
    return bindClaimed(this.env, (work) => this.ctx.waitUntil(work));
  }
}
