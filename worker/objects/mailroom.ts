/**
 * A mailroom: raw mail of unknown senders, durable before it is answered, settled by the alarm. Each host has one mailroom, so an
 * actor's mail stays in one line. Thin: what is done with the mail is in `inbox/drain.ts`.
 */
import { DurableObject } from "cloudflare:workers";

import type { Env } from "../env.ts";
import type { UnixMs } from "../kernel/brand.ts";
import { HOUR, SECOND, systemClock } from "../kernel/clock.ts";
import type { Ctx, Kept, Mail, Senders, WaitingHost } from "../kernel/ctx.ts";
import { consoleLog } from "../kernel/log.ts";
import { drain, type Settled } from "../inbox/drain.ts";
import { Strangers } from "../inbox/strangers.ts";
import { hostBlocks, noteUnverified } from "../store/notices.ts";
import { peersNear, pick } from "../store/peers.ts";
import { runBatch } from "../store/batch.ts";
import { bindClaimed, MAILROOMS } from "./bindings.ts";
import { Spool, type Waiting } from "./spool.ts";

/** Mail looked at in one round, for each signature it may make. */
const ROUND = 4;
/** How long mail is kept for a sender whose server does not answer (Mastodon keeps trying for 74 hours). */
const PATIENCE = 72 * HOUR;
/** All the mail a mailroom takes: 200,000 in all, and 1.5 GB of the 5 that the Free plan has. */
const CAPACITY = { mails: 200_000 / MAILROOMS, bytes: 384_000_000 };
/** And from one host: a Follow has 3,000 bytes. */
const PER_HOST = { mails: 50_000, bytes: 192_000_000 };
/** And from one that has not answered several times: anybody can write in the name of a host that is not there. */
const PER_SILENT_HOST = 2_000;
/** Mail too old that is given up in one round. */
const GIVEN_UP = 200;
/** After a fault of ours. */
const BACKOFF = 10 * SECOND;
/** Keys that come in one after the other are made one round of. */
const GATHER = 250;
/** When there is mail and nothing can be done with it. */
const IDLE = 1 * SECOND;

interface Arrival {
  readonly mail: Mail;
  readonly from: Senders;
  readonly answer: (answer: Kept) => void;
  readonly fail: (cause: unknown) => void;
}

export class Mailroom extends DurableObject<Env> {
  readonly #spool: Spool;
  readonly #strangers = new Strangers(() => this.#landed());
  #arrivals: Arrival[] = [];
  #writing = false;
  #armedFor: number | null = null;
  #inRound = false;
  #hasLanded = false;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    this.#spool = new Spool(state.storage.sql, CAPACITY, PER_HOST);
  }

  /** Requests that wait together are looked up in one read, written in one transaction and synced before any is answered. 1 row each. */
  put(mail: Mail, from: Senders): Promise<Kept> {
    return new Promise((answer, fail) => {
      this.#arrivals.push({ mail, from, answer, fail });
      if (!this.#writing) void this.#write();
    });
  }

  /** Re-arms the alarm when mail waits and none is set: called by cron. */
  async wake(): Promise<void> {
    if (this.#spool.size > 0) await this.#arm(systemClock());
  }

  /** Reads nothing: it is known in memory. */
  waiting(): WaitingHost[] {
    return this.#spool.hosts.map(({ host, mails }) => {
      return { host, mails, problem: this.#hosts.isFailing(host) ? "its server does not answer" : null };
    });
  }

  override async alarm(): Promise<void> {
    this.#armedFor = null;
    this.#inRound = true;
    try {
      await this.#drainRound();
    } catch (cause) {
      consoleLog.error("mailroom alarm", cause);
      this.#spool.recount();
      await this.#arm(systemClock() + BACKOFF);
    } finally {
      this.#inRound = false;
    }
  }

  /** A key came in behind a round. A moment more, and others may have. Within a round nothing has to be done: it looks at its end. */
  #landed(): void {
    this.#hasLanded = true;
    if (!this.#inRound) this.ctx.waitUntil(this.#arm(systemClock() + GATHER));
  }

  /** Never rejects: what fails is told to those who wait. */
  async #write(): Promise<void> {
    this.#writing = true;
    while (this.#arrivals.length > 0) {
      const waiting = this.#arrivals;
      this.#arrivals = [];
      try {
        const known = await this.#knownAmong(waiting);
        const answers = this.ctx.storage.transactionSync(() =>
          waiting.map((one) =>
            known.has(one) ? "known" : this.#spool.add(one.mail, this.#allowance(one.mail.host)),
          ),
        );
        if (answers.includes("stored")) {
          await this.#arm(systemClock());
          await this.ctx.storage.sync();
        }
        waiting.forEach(({ answer }, n) => answer(answers[n]!));
      } catch (cause) {
        this.#spool.recount();
        for (const { fail } of waiting) fail(cause);
      }
    }
    this.#writing = false;
  }

  /** Strangers' mail that is none: its sender is in the database, or its host is blocked. At most 1 D1 read. */
  async #knownAmong(waiting: readonly Arrival[]): Promise<Set<Arrival>> {
    const strangers = waiting.filter(({ from }) => from === "strangers");
    if (strangers.length === 0) return new Set();
    const { db } = await this.#bind();
    const [near, blocks] = await db.batch([
      peersNear(
        db,
        strangers.map(({ mail }) => mail.actor),
      ),
      hostBlocks(
        db,
        strangers.map(({ mail }) => mail.host),
      ),
    ]);
    const blocked = new Set(blocks.map(({ host }) => host));
    return new Set(strangers.filter(({ mail }) => pick(near, mail.actor) !== null || blocked.has(mail.host)));
  }

  async #drainRound(): Promise<void> {
    this.#hasLanded = false;
    const now = systemClock();
    const ctx = await this.#bind();
    this.#hosts.forget(now, (host) => this.#spool.holds(host));
    const mayLook = (host: string) => this.#hosts.from(host, now) <= now;
    const waiting = this.#spool.ready(now, mayLook, ROUND * ctx.settings.signatures);
    const progress = waiting.length === 0 || (await this.#work(ctx, waiting));
    await this.#giveUp(ctx, now);
    if (progress || this.#hasLanded) await this.#armForNext(systemClock());
    else await this.#arm(systemClock() + IDLE);
  }

  /** False: nothing could be done. */
  async #work(ctx: Ctx, waiting: readonly Waiting[]): Promise<boolean> {
    const mails = waiting.map(({ mail }) => mail);
    const { settled, progress } = await drain(ctx, mails, this.#strangers);
    await this.#settle(ctx, waiting, settled);
    return progress;
  }

  get #hosts() {
    return this.#strangers.hosts;
  }

  #allowance(host: string): number {
    return this.#hosts.isSilent(host) ? PER_SILENT_HOST : PER_HOST.mails;
  }

  /** Mail that is three days old and whose host does not answer, whether or not its turn ever came. */
  async #giveUp(ctx: Ctx, now: UnixMs): Promise<void> {
    const isFailing = (host: string) => this.#hosts.isFailing(host);
    const old = this.#spool.receivedBefore(now - PATIENCE, isFailing, GIVEN_UP);
    const notes = old.map(({ mail }) =>
      noteUnverified(ctx.db, unverified(mail, "its server did not answer for three days")),
    );
    await runBatch(ctx.db, notes);
    this.#spool.remove(old.map(({ seq }) => seq));
  }

  async #settle(ctx: Ctx, waiting: readonly Waiting[], settled: readonly Settled[]): Promise<void> {
    const now = ctx.clock();
    const done: number[] = [];
    const notes = [];
    for (const [n, { seq, mail }] of waiting.entries()) {
      const outcome = settled[n]!;
      if (outcome.kind === "next") continue;
      if (outcome.kind === "stuck") {
        this.#hosts.rest(mail.host, now);
      } else if (outcome.kind === "settled") {
        if (outcome.toTell) notes.push(noteUnverified(ctx.db, unverified(mail, outcome.reason)));
        done.push(seq);
      } else if (now - mail.receivedAt >= PATIENCE) {
        notes.push(noteUnverified(ctx.db, unverified(mail, outcome.problem)));
        done.push(seq);
      } else if (outcome.at !== null) this.#spool.postpone(seq, outcome.at);
    }
    await runBatch(ctx.db, notes);
    this.#spool.remove(done);
  }

  async #armForNext(now: UnixMs): Promise<void> {
    const next = this.#spool.nextAt(now, (host) => this.#hosts.from(host, now));
    if (next !== null) await this.#arm(Math.max(next, now));
  }

  /** Sets the alarm, unless it is set to that or earlier: a set alarm costs a row. */
  async #arm(at: number): Promise<void> {
    const set = this.#armedFor ?? (await this.ctx.storage.getAlarm());
    this.#armedFor ??= set;
    if (this.#armedFor !== null && this.#armedFor <= at) return;
    this.#armedFor = at;
    try {
      await this.ctx.storage.setAlarm(at);
    } catch (cause) {
      this.#armedFor = null; // or nobody would ever set it again
      throw cause;
    }
  }

  #bind(): Promise<Ctx> {
    return bindClaimed(this.env, (work) => this.ctx.waitUntil(work));
  }
}

function unverified(mail: Mail, detail: string) {
  const activity = /"type"\s*:\s*"(\w{1,40})"/.exec(mail.body)?.[1] ?? "?";
  return { actor: mail.actor, activity, detail, receivedAt: mail.receivedAt };
}
