/** The mail at rest in a mailroom, in the order of receipt. One row a mail, no second index. */
import type { UnixMs } from "../kernel/brand.ts";
import type { Mail } from "../kernel/ctx.ts";

export interface Waiting {
  readonly seq: number;
  readonly mail: Mail;
}

/** How much is taken. */
export interface Room {
  readonly mails: number;
  readonly bytes: number;
}

interface Row extends Record<string, SqlStorageValue> {
  seq: number;
  mail: string;
  body: string;
}

/** Read at once, in characters: whatever the mail's size, a round fits into the object's memory. */
const READ_MAX = 4_000_000;

export class Spool {
  readonly #sql: SqlStorage;
  readonly #capacity: Room;
  readonly #perHost: Room;
  #held = new Map<string, { mails: number; bytes: number }>();
  #all = { mails: 0, bytes: 0 };

  constructor(sql: SqlStorage, capacity: Room, perHost: Room) {
    this.#sql = sql;
    this.#capacity = capacity;
    this.#perHost = perHost;
    // The body beside the rest and as it came: inside JSON its quotes would double, and a row has at most 2 MB.
    sql.exec(
      `CREATE TABLE IF NOT EXISTS spool (seq INTEGER PRIMARY KEY, host TEXT NOT NULL, next_at INTEGER NOT NULL,
         received_at INTEGER NOT NULL, mail TEXT NOT NULL, body TEXT NOT NULL)`,
    );
    this.recount();
  }

  get size(): number {
    return this.#all.mails;
  }

  get hosts(): { host: string; mails: number }[] {
    return [...this.#held].map(([host, { mails }]) => ({ host, mails }));
  }

  holds(host: string): boolean {
    return this.#held.has(host);
  }

  /** Counts again what is there: after a transaction that failed. */
  recount(): void {
    const rows = this.#sql
      .exec<{ host: string; mails: number; bytes: number }>(
        "SELECT host, count(*) AS mails, sum(length(mail) + length(body)) AS bytes FROM spool GROUP BY host",
      )
      .toArray();
    this.#held = new Map();
    this.#all = { mails: 0, bytes: 0 };
    for (const { host, mails, bytes } of rows) this.#count(host, mails, bytes);
  }

  #count(host: string, mails: number, bytes: number): void {
    const before = this.#held.get(host) ?? { mails: 0, bytes: 0 };
    const held = { mails: before.mails + mails, bytes: before.bytes + bytes };
    if (held.mails > 0) this.#held.set(host, held);
    else this.#held.delete(host);
    this.#all = { mails: this.#all.mails + mails, bytes: this.#all.bytes + bytes };
  }

  /** 1 row. "full": a cap is reached and nothing was written. `mails`: the host's own cap, where it is less than everybody's. */
  add({ body, ...rest }: Mail, mails = this.#perHost.mails): "stored" | "full" {
    const { host, receivedAt } = rest;
    const mail = JSON.stringify(rest);
    const bytes = mail.length + body.length;
    const held = this.#held.get(host) ?? { mails: 0, bytes: 0 };
    if (!fits(held, bytes, { ...this.#perHost, mails }) || !fits(this.#all, bytes, this.#capacity))
      return "full";
    this.#sql.exec(
      "INSERT INTO spool (host, next_at, received_at, mail, body) VALUES (?, 0, ?, ?, ?)",
      host,
      receivedAt,
      mail,
      body,
    );
    this.#count(host, 1, bytes);
    return "stored";
  }

  /** The oldest mail that may be looked at, but none of these hosts'. */
  ready(now: UnixMs, without: readonly string[], limit: number): Waiting[] {
    return this.#read(`host NOT IN (SELECT value FROM json_each(?2))`, now, without, limit);
  }

  /** The oldest mail of these hosts that came before `before`. */
  receivedBefore(before: number, hosts: readonly string[], limit: number): Waiting[] {
    const condition = `host IN (SELECT value FROM json_each(?2)) AND received_at <= ${Number(before)}`;
    return hosts.length === 0 ? [] : this.#read(condition, Number.MAX_SAFE_INTEGER, hosts, limit);
  }

  #read(condition: string, now: number, hosts: readonly string[], limit: number): Waiting[] {
    const rows = this.#sql.exec<Row>(
      `SELECT seq, mail, body FROM spool WHERE next_at <= ?1 AND ${condition} ORDER BY seq LIMIT ?3`,
      now,
      JSON.stringify(hosts),
      limit,
    );
    const waiting: Waiting[] = [];
    let size = 0;
    for (const { seq, mail, body } of rows) {
      waiting.push({ seq, mail: { ...(JSON.parse(mail) as Omit<Mail, "body">), body } });
      size += body.length;
      if (size > READ_MAX) break;
    }
    return waiting;
  }

  postpone(seq: number, at: number): void {
    this.#sql.exec("UPDATE spool SET next_at = ? WHERE seq = ?", at, seq);
  }

  /** 1 row each. */
  remove(seqs: readonly number[]): void {
    if (seqs.length === 0) return;
    const rows = this.#sql
      .exec<{ host: string; bytes: number }>(
        "DELETE FROM spool WHERE seq IN (SELECT value FROM json_each(?)) RETURNING host, length(mail) + length(body) AS bytes",
        JSON.stringify(seqs),
      )
      .toArray();
    for (const { host, bytes } of rows) this.#count(host, -1, -bytes);
  }

  /** When there is something to look at (unix ms), given until when hosts rest; null: nothing waits. */
  nextAt(now: UnixMs, resting: readonly { host: string; until: number }[]): number | null {
    if (this.#all.mails === 0) return null;
    const asleep = resting.filter(({ until }) => until > now);
    if (
      this.ready(
        now,
        asleep.map(({ host }) => host),
        1,
      ).length > 0
    )
      return now;
    const untils = JSON.stringify(asleep);
    const row = this.#sql
      .exec<{ at: number | null }>(
        `SELECT min(max(next_at, coalesce((SELECT j.value ->> 'until' FROM json_each(?) j WHERE j.value ->> 'host' = host), 0))) AS at
         FROM spool`,
        untils,
      )
      .one();
    return row.at;
  }
}

function fits(held: Room, bytes: number, room: Room): boolean {
  return held.mails < room.mails && held.bytes + bytes <= room.bytes;
}
