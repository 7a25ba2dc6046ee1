/** What the people of a follower world send: signed, so many at a time, and tried again as Mastodon does it, in less time. */
import { setTimeout as sleep } from "node:timers/promises";
import { signedHeaders } from "../load/cavage.ts";
import { retryRules } from "../load/retry-rules.ts";
import { messageSignedHeaders } from "../load/rfc9421.ts";
import type { Follower } from "./follower-people.ts";

/** Requests at a time, of all servers together, and the rest after each, in ms: a move shall last long enough to be looked at. */
const AT_ONCE = 4;
const REST = 40;
/** Mastodon's first wait of 15 s and more is one of half a second and more. */
const COMPRESSION = 30;
const DEADLINE = 30_000;
const RULE = retryRules.mastodon;

export interface Letter {
  readonly from: Follower;
  readonly to: string;
  readonly activity: object;
}

export class FollowerMail {
  readonly #waiting: Letter[] = [];
  #working = 0;
  #closed = false;
  /** Taken with 2xx. */
  taken = 0;
  /** Requests that were not, and are made again. */
  retries = 0;
  /** What was given up, and why. */
  readonly lost: string[] = [];

  send(letter: Letter): void {
    this.#waiting.push(letter);
    if (this.#working < AT_ONCE) void this.#work();
  }

  close(): void {
    this.#closed = true;
    this.#waiting.length = 0;
  }

  async #work(): Promise<void> {
    this.#working++;
    for (let letter = this.#waiting.shift(); letter; letter = this.#waiting.shift()) {
      await this.#first(letter);
      await sleep(REST);
    }
    this.#working--;
  }

  /** The first try is waited for; the others are not, as a queue would have it. */
  async #first(letter: Letter): Promise<void> {
    if (!(await this.#tried(letter, 1))) void this.#again(letter);
  }

  async #again(letter: Letter): Promise<void> {
    for (let failures = 1; failures < RULE.attempts && !this.#closed; failures++) {
      this.retries++;
      await sleep((1_000 * RULE.wait(failures, Math.random())) / COMPRESSION, null, { ref: false });
      if (this.#closed || (await this.#tried(letter, failures + 1))) return;
    }
  }

  /** Whether it is over: taken, or refused for good. */
  async #tried({ from, to, activity }: Letter, attempt: number): Promise<boolean> {
    let said: string;
    try {
      const status = await post(from, to, JSON.stringify(activity));
      if (status < 300) {
        this.taken++;
        return true;
      }
      said = `answered ${status}`;
      if (!RULE.final(status) && attempt < RULE.attempts) return false;
    } catch (cause) {
      if (attempt < RULE.attempts) return false;
      said = String(cause);
    }
    this.lost.push(`${from.id} to ${to}: ${said}`);
    return true;
  }
}

async function post({ keyId, privateKey, home }: Follower, to: string, body: string): Promise<number> {
  const sign = home.signs === "cavage" ? signedHeaders : messageSignedHeaders;
  const headers = await sign({ keyId, privateKey, url: new URL(to), body });
  const answer = await fetch(to, {
    method: "POST",
    headers: { ...headers, "user-agent": `Mastodon/4.5.2 (http.rb; +${home.origin}/)` },
    body,
    redirect: "manual",
    signal: AbortSignal.timeout(DEADLINE),
  });
  await answer.body?.cancel();
  return answer.status;
}
