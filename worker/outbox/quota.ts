/**
 * Queue operations of the day. The Free plan has 10,000, counted from midnight UTC, and a message takes three: it is written, read and
 * deleted. What is beyond our part of them is delivered by the redelivery object's own alarm, which takes none. Durable, so that a restart
 * does not spend them twice, and taken in lots: 1 row for each 20 messages.
 */
import { DAY } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";

const A_MESSAGE = 3;
/** The rest is for messages that must be brought again, and for the dead letters. */
const OPERATIONS = 7_000;

/** Messages. What is left of a lot at a restart is lost for the day. */
const LOT = 20;

export const MESSAGES_A_DAY = Math.floor(OPERATIONS / A_MESSAGE);

export class Quota {
  readonly #sql: SqlStorage;
  #day = 0;
  #messages = 0;
  /** At rest: no fewer than were spent. */
  #taken = 0;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(
      "CREATE TABLE IF NOT EXISTS quota (id INTEGER PRIMARY KEY CHECK (id = 1), day INTEGER NOT NULL, messages INTEGER NOT NULL)",
    );
    for (const row of sql.exec<{ day: number; messages: number }>("SELECT day, messages FROM quota")) {
      this.#day = row.day;
      this.#messages = this.#taken = row.messages;
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
    if (day !== this.#day) this.#messages = this.#taken = 0;
    this.#day = day;
    this.#messages += messages;
    if (this.#messages <= this.#taken) return;
    this.#taken = Math.min(this.#messages + LOT, MESSAGES_A_DAY);
    this.#sql.exec(
      "INSERT INTO quota VALUES (1, ?, ?) ON CONFLICT DO UPDATE SET day = excluded.day, messages = excluded.messages",
      day,
      this.#taken,
    );
  }
}

const dayOf = (at: number) => Math.floor(at / DAY);
