/**
 * Queue operations of the day. The Free plan has 10,000, counted from midnight UTC, and a message takes three: it is written, read and
 * deleted. What is beyond our part of them is delivered by the redelivery object's own alarm, which takes none. Durable, so that a restart
 * does not spend them twice: 1 row for each call of the queue.
 */
import { DAY } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";

const A_MESSAGE = 3;
/** The rest is for messages that must be brought again, and for the dead letters. */
const OPERATIONS = 7_000;

export const MESSAGES_A_DAY = Math.floor(OPERATIONS / A_MESSAGE);

export class Quota {
  readonly #sql: SqlStorage;
  #day = 0;
  #messages = 0;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS quota (id INTEGER PRIMARY KEY CHECK (id = 1), day INTEGER NOT NULL, messages INTEGER NOT NULL)",
    );
    for (const row of sql.exec<{ day: number; messages: number }>("SELECT day, messages FROM quota")) {
      this.#day = row.day;
      this.#messages = row.messages;
    }
  }

  /** Messages that may be put in the queue now. On the paid plan there is no end to them. */
  left({ settings, clock }: Ctx): number {
    if (settings.plan !== "free") return Number.POSITIVE_INFINITY;
    return dayOf(clock()) === this.#day ? Math.max(0, MESSAGES_A_DAY - this.#messages) : MESSAGES_A_DAY;
  }

  /** To be called before they are sent: better one too many counted than one too few. */
  spend({ settings, clock }: Ctx, messages: number): void {
    if (settings.plan !== "free") return;
    const day = dayOf(clock());
    this.#messages = day === this.#day ? this.#messages + messages : messages;
    this.#day = day;
    this.#sql.exec(
      "INSERT INTO quota VALUES (1, ?, ?) ON CONFLICT DO UPDATE SET day = excluded.day, messages = excluded.messages",
      day,
      this.#messages,
    );
  }
}

const dayOf = (at: number) => Math.floor(at / DAY);
