/** Waiting for what happens in another process. */
import { setTimeout as sleep } from "node:timers/promises";

/** A busy machine of two cores takes seconds for what takes a quiet one milliseconds. In ms. */
const PATIENCE = 45_000;

/**
 * Asks again and again until the answer is neither null, undefined nor false, and gives it. `what` is a sentence for whoever reads the
 * failure: "the bot has the post". What `ask` throws counts as "not yet".
 */
export async function until<T>(
  what: string,
  ask: () => Promise<T | null | undefined | false> | T | null | undefined | false,
  patience = PATIENCE,
): Promise<T> {
  let last: unknown;
  for (const deadline = Date.now() + patience; Date.now() < deadline; await sleep(150)) {
    try {
      const answer = await ask();
      if (answer !== null && answer !== undefined && answer !== false) return answer;
      last = undefined;
    } catch (cause) {
      last = cause;
    }
  }
  throw new Error(`Not within ${patience / 1_000} seconds: ${what}.`, { cause: last });
}
