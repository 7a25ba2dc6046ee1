/** The mail at rest in a mailroom, in the order of receipt. One row a mail, no second index. */
import type { UnixMs } from "../kernel/brand.ts";
import type { Mail } from "../kernel/ctx.ts";

export interface Waiting {
  readonly seq: number;
  readonly mail: Mail;
}

interface Row extends Record<string, SqlStorageValue> {
  seq: number;
  mail: string;
}

export class Spool {
  readonly #sql: SqlStorage;
  readonly #capacity: number;
  readonly #perHost: number;
  #counts = new Map<string, number>();
  #size = 0;

  constructor(sql: SqlStorage, capacity: number, perHost: number) {
    this.#sql = sql;
    this.#capacity = capacity;
    this.#perHost = perHost;
    sql.exec(
      `CREATE TABLE IF NOT EXISTS spool (seq INTEGER PRIMARY KEY, host TEXT NOT NULL, next_at INTEGER NOT NULL, mail TEXT NOT NULL)`,
    );
    this.recount();
  }

  get size(): number {
    return this.#size;
  }

  /** Counts again what is there: after a transaction that failed. */
  recount(): void {
    const rows = this.#sql
      .exec<{ host: string; count: number }>("SELECT host, count(*) AS count FROM spool GROUP BY host")
      .toArray();
    this.#counts = new Map(rows.map((row) => [row.host, row.count]));
    this.#size = rows.reduce((sum, row) => sum + row.count, 0);
  }

  /** 1 row. "full": a cap is reached and nothing was written. */
  add(mail: Mail): "stored" | "full" {
    const count = this.#counts.get(mail.host) ?? 0;
    if (this.#size >= this.#capacity || count >= this.#perHost) return "full";
    this.#sql.exec(
      "INSERT INTO spool (host, next_at, mail) VALUES (?, 0, ?)",
      mail.host,
      JSON.stringify(mail),
    );
    this.#counts.set(mail.host, count + 1);
    this.#size++;
    return "stored";
  }

  /** The oldest mail that may be looked at, but none of these hosts'. */
  ready(now: UnixMs, without: readonly string[], limit: number): Waiting[] {
    return this.#read(`host NOT IN (SELECT value FROM json_each(?2))`, now, without, limit);
  }

  /** The oldest mail of these hosts. */
  readyFrom(now: UnixMs, hosts: readonly string[], limit: number): Waiting[] {
    return hosts.length === 0
      ? []
      : this.#read(`host IN (SELECT value FROM json_each(?2))`, now, hosts, limit);
  }

  #read(condition: string, now: UnixMs, hosts: readonly string[], limit: number): Waiting[] {
    const rows = this.#sql.exec<Row>(
      `SELECT seq, mail FROM spool WHERE next_at <= ?1 AND ${condition} ORDER BY seq LIMIT ?3`,
      now,
      JSON.stringify(hosts),
      limit,
    );
    return rows.toArray().map((row) => ({ seq: row.seq, mail: JSON.parse(row.mail) as Mail }));
  }

  postpone(seq: number, at: number): void {
    this.#sql.exec("UPDATE spool SET next_at = ? WHERE seq = ?", at, seq);
  }

  /** 1 row each. */
  remove(seqs: readonly number[]): void {
    if (seqs.length === 0) return;
    const rows = this.#sql
      .exec<{ host: string }>(
        "DELETE FROM spool WHERE seq IN (SELECT value FROM json_each(?)) RETURNING host",
        JSON.stringify(seqs),
      )
      .toArray();
    for (const { host } of rows) {
      const left = (this.#counts.get(host) ?? 1) - 1;
      if (left > 0) this.#counts.set(host, left);
      else this.#counts.delete(host);
      this.#size--;
    }
  }

  /** When there is something to look at (unix ms), given until when hosts rest; null: nothing waits. */
  nextAt(now: UnixMs, resting: readonly { host: string; until: number }[]): number | null {
    if (this.#size === 0) return null;
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
