/**
 * A mailroom: raw mail of unknown senders, durable before it is answered, settled by the alarm. Each host has one mailroom, so an
 * actor's mail stays in one line. Thin: what is done with the mail is in `inbox/drain.ts`.
 */
import { DurableObject } from "cloudflare:workers";

import type { Env } from "../env.ts";
import type { UnixMs } from "../kernel/brand.ts";
import { HOUR, SECOND, systemClock } from "../kernel/clock.ts";
import type { Ctx, Mail } from "../kernel/ctx.ts";
import { consoleLog } from "../kernel/log.ts";
import { drain, type Settled, type Visit } from "../inbox/drain.ts";
import { Strangers } from "../inbox/strangers.ts";
import { noteUnverified } from "../store/notices.ts";
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
const SILENT = 3;
/** Mail too old that is given up in one round. */
const GIVEN_UP = 200;
/** A host that took longer than this to give a key waits for the quick ones. */
const SLOW = 1 * SECOND;
/** Every so many rounds the slow hosts have their turn even so. */
const SLOW_TURN = 8;
const BACKOFF = 10 * SECOND;
const BACKOFF_MAX = 1 * HOUR;
/** After each document that was not there, so that nobody can use us to ask one server for thousands. */
const PAUSE = 2 * SECOND;

interface HostState {
  /** unix ms; no key is asked for before. */
  until: number;
  failures: number;
  slow: boolean;
}

export class Mailroom extends DurableObject<Env> {
  readonly #spool: Spool;
  readonly #hosts = new Map<string, HostState>();
  readonly #strangers = new Strangers();
  #arrivals: { mail: Mail; answer: (answer: "stored" | "full") => void; fail: (cause: unknown) => void }[] =
    [];
  #writing = false;
  #armedFor: number | null = null;
  #round = 0;

  constructor(state: DurableObjectState, env: Env) {
    super(state, env);
    this.#spool = new Spool(state.storage.sql, CAPACITY, PER_HOST);
  }

  /** Requests that wait together are written in one transaction and synced before any is answered. 1 row each. */
  put(mail: Mail): Promise<"stored" | "full"> {
    return new Promise((answer, fail) => {
      this.#arrivals.push({ mail, answer, fail });
      if (!this.#writing) void this.#write();
    });
  }

  /** Re-arms the alarm when mail waits and none is set: called by cron. */
  async wake(): Promise<void> {
    if (this.#spool.size > 0) await this.#arm(systemClock());
  }

  override async alarm(): Promise<void> {
    this.#armedFor = null;
    try {
      await this.#drainRound();
    } catch (cause) {
      consoleLog.error("mailroom alarm", cause);
      await this.#arm(systemClock() + BACKOFF);
    }
  }

  /** Never rejects: what fails is told to those who wait. */
  async #write(): Promise<void> {
    this.#writing = true;
    while (this.#arrivals.length > 0) {
      const waiting = this.#arrivals;
      this.#arrivals = [];
      try {
        const answers = this.ctx.storage.transactionSync(() =>
          waiting.map(({ mail }) => this.#spool.add(mail, this.#allowance(mail.host))),
        );
        await this.#arm(systemClock());
        await this.ctx.storage.sync();
        waiting.forEach(({ answer }, n) => answer(answers[n]!));
      } catch (cause) {
        this.#spool.recount();
        for (const { fail } of waiting) fail(cause);
      }
    }
    this.#writing = false;
  }

  async #drainRound(): Promise<void> {
    const now = systemClock();
    const ctx = await bindClaimed(this.env, (work) => this.ctx.waitUntil(work));
    await this.#giveUp(ctx, now);
    const waiting = this.#pick(now, ROUND * ctx.settings.signatures);
    if (waiting.length === 0) return this.#armForNext(now);
    const { settled, visits } = await drain(
      ctx,
      waiting.map(({ mail }) => mail),
      this.#strangers,
    );
    for (const visit of visits) this.#noteVisit(visit);
    await this.#settle(ctx, waiting, settled);
    await this.#armForNext(systemClock());
  }

  #allowance(host: string): number {
    const failures = this.#hosts.get(host)?.failures ?? 0;
    return failures < SILENT ? PER_HOST.mails : PER_SILENT_HOST;
  }

  /** Mail of hosts that have not answered for three days, whether or not its turn ever came. Hosts that nobody waits for are forgotten. */
  async #giveUp(ctx: Ctx, now: UnixMs): Promise<void> {
    for (const [host, { until }] of this.#hosts)
      if (until <= now && !this.#spool.holds(host)) this.#hosts.delete(host);
    const silent = [...this.#hosts].filter(([, state]) => state.failures >= SILENT).map(([host]) => host);
    const old = this.#spool.receivedBefore(now - PATIENCE, silent, GIVEN_UP);
    const notes = old.map(({ mail }) =>
      noteUnverified(ctx.db, unverified(mail, "its server did not answer for three days")),
    );
    await runBatch(ctx.db, notes);
    this.#spool.remove(old.map(({ seq }) => seq));
  }

  /** The quick hosts first; the slow ones when nothing else waits, and every few rounds. */
  #pick(now: UnixMs, limit: number): Waiting[] {
    const states = [...this.#hosts];
    const resting = states.filter(([, state]) => state.until > now).map(([host]) => host);
    const slow = states.filter(([, state]) => state.slow && state.until <= now).map(([host]) => host);
    this.#round++;
    const turn = this.#round % SLOW_TURN === 0 && slow.length > 0;
    const quick = turn ? [] : this.#spool.ready(now, [...resting, ...slow], limit);
    if (quick.length > 0) return quick;
    const late = this.#spool.readyFrom(now, slow, limit);
    return late.length > 0 ? late : this.#spool.ready(now, resting, limit);
  }

  async #settle(ctx: Ctx, waiting: readonly Waiting[], settled: readonly Settled[]): Promise<void> {
    const now = ctx.clock();
    const done: number[] = [];
    const notes = [];
    for (const [n, { seq, mail }] of waiting.entries()) {
      const outcome = settled[n]!;
      if (outcome.kind === "next") continue;
      if (outcome.kind === "stuck") {
        const slow = this.#hosts.get(mail.host)?.slow ?? false;
        this.#hosts.set(mail.host, { until: now + BACKOFF, failures: 0, slow });
      } else if (outcome.kind === "settled") {
        done.push(seq);
      } else if (now - mail.receivedAt >= PATIENCE) {
        notes.push(noteUnverified(ctx.db, unverified(mail, outcome.problem)));
        done.push(seq);
      } else if (outcome.at !== null) this.#spool.postpone(seq, outcome.at);
    }
    await runBatch(ctx.db, notes);
    this.#spool.remove(done);
  }

  /** A host that does not answer rests: 10 s, then twice as long each time. One that has no key to give is asked 30 times a minute. */
  #noteVisit({ host, ms, gave }: Visit): void {
    const now = systemClock();
    const slow = ms > SLOW;
    const known = this.#hosts.get(host);
    if (gave === "key" && !slow) this.#hosts.delete(host);
    else if (gave === "nothing") {
      const failures = (known?.failures ?? 0) + 1;
      const rest = Math.min(BACKOFF * 2 ** (failures - 1), BACKOFF_MAX);
      this.#hosts.set(host, { until: now + rest, failures, slow });
    } else {
      const until = gave === "none" ? Math.max(now, known?.until ?? now) + PAUSE : now;
      this.#hosts.set(host, { until, failures: 0, slow });
    }
  }

  async #armForNext(now: UnixMs): Promise<void> {
    const states = [...this.#hosts].map(([host, state]) => ({ host, until: state.until }));
    const next = this.#spool.nextAt(now, states);
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
}

function unverified(mail: Mail, detail: string) {
  const activity = /"type"\s*:\s*"(\w{1,40})"/.exec(mail.body)?.[1] ?? "?";
  return { actor: mail.actor, activity, detail, receivedAt: mail.receivedAt };
}
