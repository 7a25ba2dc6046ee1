/**
 * How long the servers of the fediverse try to deliver one activity, as their code has it. All times in seconds, as they are there:
 * whoever uses them presses them together.
 */
import type { Software } from "./softwares.ts";

export interface RetryRule {
  /** Requests in all, the first one included. */
  readonly attempts: number;
  /** Seconds between the nth failure (n from 1) and the next request. `random` is from 0 up to 1. */
  wait(failures: number, random: number): number;
  /** Whether an answer other than 2xx ends it at once. */
  final(status: number): boolean;
}

const clientError = (status: number) => status >= 400 && status < 500;

export const retryRules: Record<Software, RetryRule> = {
  /**
   * `ActivityPub::DeliveryWorker`: `retry: 16`, Sidekiq's own waits; `response_error_unsalvageable?` ends it for every 4xx but 401,
   * 408 and 429, and for 501. 62 hours.
   */
  mastodon: {
    attempts: 17,
    wait: (n, random) => (n - 1) ** 4 + 15 + Math.floor(random * 10) * n,
    final: (status) => (clientError(status) && ![401, 408, 429].includes(status)) || status === 501,
  },
  /** `internal/httpclient`: 2^n times 4 s, five waits; whatever is not 5xx, 429 or a network error counts as delivered. 4 minutes. */
  gotosocial: {
    attempts: 6,
    wait: (n) => 4 * 2 ** n,
    final: (status) => clientError(status) && status !== 429,
  },
  /** `deliverJobMaxAttempts` 12 and `httpRelatedBackoff`: (2^n - 1) minutes, 8 hours at most, up to 20 % more. 36 hours. */
  misskey: {
    attempts: 12,
    wait: (n, random) => Math.min((2 ** n - 1) * 60, 28_800) * (1 + 0.2 * random),
    final: (status) => clientError(status) && status !== 429,
  },
  /** `PublisherWorker` of Oban: `max_attempts: 5`, n^5 + 15 s and up to 30 s a failure. 25 minutes. */
  pleroma: {
    attempts: 5,
    wait: (n, random) => n ** 5 + 15 + Math.floor(random * 30) * n,
    final: (status) => [400, 403, 404, 410].includes(status),
  },
  /** A queued job of Laravel: five tries a minute apart; a 4xx is swallowed. 4 minutes. */
  pixelfed: { attempts: 5, wait: () => 60, final: clientError },
};

/** From the first request to the last one, in seconds, when chance is unkind. */
export function horizonOf(rule: RetryRule): number {
  let sum = 0;
  for (let n = 1; n < rule.attempts; n++) sum += rule.wait(n, 0);
  return sum;
}
