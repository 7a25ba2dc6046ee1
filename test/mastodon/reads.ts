/** What the database is asked, and what it says it read. */
import { env } from "../fediverse/stead.ts";

type Run = (this: unknown, ...args: unknown[]) => Promise<unknown>;

/** Counts until it is told to end. One at a time. */
export class Reads {
  statements = 0;
  rows = 0;
  readonly #restore: (() => void)[] = [];

  constructor() {
    const statement = Object.getPrototypeOf(env.DB.prepare("SELECT 1")) as Record<string, Run>;
    const { all } = statement;
    const count = (results: D1Result[]) => this.#count(results);
    this.#patch(Object.getPrototypeOf(env.DB) as Record<string, Run>, "batch", (batch) => {
      return async function (this: unknown, ...args) {
        const results = await batch.apply(this, args);
        count(results as D1Result[]);
        return results;
      };
    });
    // Drizzle asks for a single statement's rows without what they cost: asked once more, as `all` tells it.
    this.#patch(statement, "raw", (raw) => {
      return async function (this: unknown, ...args) {
        count([(await all!.call(this)) as D1Result]);
        return raw.apply(this, args);
      };
    });
  }

  #patch(target: Record<string, Run>, name: string, wrap: (original: Run) => Run): void {
    const original = target[name]!;
    target[name] = wrap(original);
    this.#restore.push(() => (target[name] = original));
  }

  #count(results: D1Result[]): void {
    this.statements += results.length;
    for (const { meta } of results) this.rows += meta.rows_read ?? 0;
  }

  done(): void {
    for (const restore of this.#restore.splice(0)) restore();
  }
}
