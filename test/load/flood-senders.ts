/**
 * The delivery queues of all hosts together: so many requests at a time, what one person sends strictly one after the other, and each
 * tried again as its software does it, with the time pressed together.
 */
import { setTimeout as sleep } from "node:timers/promises";

import type { Answered } from "../rig/client.ts";
import type { FloodModel } from "./flood-model.ts";
import type { Outages } from "./flood-outages.ts";
import type { FloodOptions } from "./flood-options.ts";
import type { Step } from "./flood-plan.ts";
import type { Random } from "./random.ts";
import { horizonOf, retryRules } from "./retry-rules.ts";
import type { SteadProcess } from "./stead-process.ts";

/** What a connection that is refused costs its sender, in ms: on loopback it would be nothing, and all would fail at once. */
const REFUSED_MS = 50;

interface Job {
  readonly step: Step;
  failures: number;
  /** performance.now() of the first try. */
  firstAt: number;
  /** A request may have been taken though no answer came. */
  unclear: boolean;
}

export class FloodSenders {
  readonly #stead: SteadProcess;
  readonly #outages: Outages;
  readonly #model: FloodModel;
  readonly #options: FloodOptions;
  readonly #random: Random;
  /** What waits behind an earlier request of the same person. */
  readonly #lines = new Map<string, Job[]>();
  #steps: Step[] = [];
  #again: Job[] = [];
  #left = 0;
  #idle: (() => void)[] = [];
  readonly #began = performance.now();
  /** What became of each person's requests, in order: to find out why somebody was lost. */
  readonly #history = new Map<string, string[]>();
  /** What may not be: answers of 5xx while we are up, honest mail refused, mail lost although its sender waited long enough. */
  readonly problems: string[] = [];
  taken = 0;
  retries = 0;
  /** 503 with Retry-After: too much at once, said as it should be. */
  overloads = 0;
  /** Senders that gave up because we were down for longer than they wait. */
  excused = 0;
  lost = 0;

  constructor(
    stead: SteadProcess,
    outages: Outages,
    model: FloodModel,
    options: FloodOptions,
    random: Random,
  ) {
    this.#stead = stead;
    this.#outages = outages;
    this.#model = model;
    this.#options = options;
    this.#random = random;
  }

  /** Resolves when everything was taken or given up. */
  async run(steps: readonly Step[]): Promise<void> {
    this.#steps = steps.toReversed();
    this.#left = steps.length;
    const connection = async (): Promise<void> => {
      for (let job = await this.#next(); job; job = await this.#next()) await this.#try(job);
    };
    await Promise.all(Array.from({ length: this.#options.connections }, connection));
  }

  /** What may be sent now; null: nothing is left. */
  async #next(): Promise<Job | null> {
    while (this.#left > 0) {
      const again = this.#again.shift();
      if (again) return again;
      for (let step = this.#steps.pop(); step; step = this.#steps.pop()) {
        const job = { step, failures: 0, firstAt: 0, unclear: false };
        const line = this.#lines.get(step.person.id);
        this.#model.sent(step);
        if (!line) {
          this.#lines.set(step.person.id, []);
          return job;
        }
        line.push(job);
      }
      await new Promise<void>((resolve) => this.#idle.push(resolve));
    }
    return null;
  }

  async #try(job: Job): Promise<void> {
    const { letter, person } = job.step;
    const began = performance.now();
    if (job.failures === 0) job.firstAt = began;
    const { path, headers, body } = letter;
    const answer = await this.#stead.client
      .ask({ method: "POST", path, headers, body })
      .catch((cause: unknown) => {
        if ((cause as { code?: unknown }).code !== "ECONNREFUSED") job.unclear = true;
        return null;
      });
    if (answer && answer.status >= 500) job.unclear = true;
    this.#note(job, began, answer ? `answered ${answer.status}` : "not answered");
    if (answer && answer.status < 300) {
      this.taken++;
      this.#model.took(job.step);
      return this.#over(job);
    }
    if (answer?.status === 401 && letter.forged) return this.#over(job);
    if (answer) this.#judge(job, answer, began);
    const rule = retryRules[person.home.software];
    if (answer && rule.final(answer.status)) {
      this.lost++;
      this.problems.push(`${letter.kind} of ${person.id} was answered ${answer.status}: ${answer.body}`);
      return this.#over(job);
    }
    job.failures++;
    if (job.failures >= rule.attempts) return this.#giveUp(job);
    this.retries++;
    const wait = (1_000 * rule.wait(job.failures, this.#random.next())) / this.#options.compression;
    setTimeout(() => {
      this.#again.push(job);
      this.#wake();
    }, wait);
    if (!answer) await sleep(REFUSED_MS);
  }

  #judge({ step }: Job, { status, headers, body }: Answered, began: number): void {
    if (status < 500 || this.#outages.downMs(began, performance.now()) > 0) return;
    if (status === 503 && headers["retry-after"] !== undefined) this.overloads++;
    else this.problems.push(`${step.letter.kind} of ${step.person.id} was answered ${status}: ${body}`);
  }

  #giveUp(job: Job): void {
    const { letter, person } = job.step;
    if (job.unclear) this.#model.uncertain.add(person.id);
    this.#note(job, job.firstAt, `given up${job.unclear ? ", it may have been taken" : ""}`);
    const down = (this.#outages.downMs(job.firstAt, performance.now()) * this.#options.compression) / 1_000;
    const horizon = horizonOf(retryRules[person.home.software]);
    if (down >= 0.9 * horizon) this.excused++;
    else if (!letter.forged) {
      this.lost++;
      this.problems.push(
        `${letter.kind} of ${person.id} (${person.home.software}) was given up: down for ${Math.round(down)} s of ${Math.round(horizon)} s`,
      );
    }
    this.#over(job);
  }

  #over({ step }: Job): void {
    const line = this.#lines.get(step.person.id);
    const next = line?.shift();
    if (next) this.#again.push(next);
    else this.#lines.delete(step.person.id);
    this.#left--;
    this.#wake();
  }

  /** What a person's server sent, when (ms since the beginning), and how it was answered. */
  historyOf(person: string): string {
    return (this.#history.get(person) ?? []).join("; ");
  }

  #note({ step: { person, letter } }: Job, began: number, what: string): void {
    const history = this.#history.get(person.id) ?? [];
    const times = [began, performance.now()].map((at) => Math.round(at - this.#began)).join("-");
    const kind = `${letter.forged ? "forged " : ""}${letter.kind} ${letter.follow ?? "without id"}`;
    history.push(`${kind} at ${times}: ${what}`);
    this.#history.set(person.id, history);
  }

  #wake(): void {
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }
}
