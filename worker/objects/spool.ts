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

interface Held {
  readonly host: string;
  mails: number;
  bytes: number;
}

/** What is remembered of each mail, so that nobody's backlog is read through to find what may be looked at. */
interface Entry {
  readonly of: Held;
  readonly receivedAt: number;
  readonly bytes: number;
  nextAt: number;
}

/** Read at once, in characters: whatever the mail's size, a round fits into the object's memory. */
const READ_MAX = 4_000_000;

export class Spool {
  readonly #sql: SqlStorage;
  readonly #capacity: Room;
  readonly #perHost: Room;
  /** By seq, in the order of receipt. */
  #entries = new Map<number, Entry>();
  #held = new Map<string, Held>();
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

  /** Hosts that mail waits for, each with how much. */
  get hosts(): { host: string; mails: number }[] {
    return [...this.#held.values()].map(({ host, mails }) => ({ host, mails }));
  }

  holds(host: string): boolean {
    return this.#held.has(host);
  }

  /** Looks again what is there: after an operation that failed. Reads every row. */
  recount(): void {
    const rows = this.#sql.exec<{ seq: number; host: string; at: number; received: number; bytes: number }>(
      `SELECT seq, host, next_at AS at, received_at AS received, length(mail) + length(body) AS bytes
         FROM spool ORDER BY seq`,
    );
    this.#entries = new Map();
    this.#held = new Map();
    this.#all = { mails: 0, bytes: 0 };
    for (const { seq, host, at, received, bytes } of rows) this.#note(seq, host, at, received, bytes);
  }

  #note(seq: number, host: string, nextAt: number, receivedAt: number, bytes: number): void {
    const of = this.#held.get(host) ?? { host, mails: 0, bytes: 0 };
    this.#held.set(host, of);
    this.#entries.set(seq, { of, nextAt, receivedAt, bytes });
    for (const count of [of, this.#all]) {
      count.mails++;
      count.bytes += bytes;
    }
  }

  #forget(seq: number): void {
    const entry = this.#entries.get(seq);
    if (!entry || !this.#entries.delete(seq)) return;
    for (const count of [entry.of, this.#all]) {
      count.mails--;
      count.bytes -= entry.bytes;
    }
    if (entry.of.mails === 0) this.#held.delete(entry.of.host);
  }

  /** 1 row. "full": a cap is reached and nothing was written. `mails`: the host's own cap, where it is less than everybody's. */
  add({ body, ...rest }: Mail, mails = this.#perHost.mails): "stored" | "full" {
    const { host, receivedAt } = rest;
    const mail = JSON.stringify(rest);
    const bytes = mail.length + body.length;
    const held = this.#held.get(host) ?? { mails: 0, bytes: 0 };
    if (!fits(held, bytes, { ...this.#perHost, mails }) || !fits(this.#all, bytes, this.#capacity))
      return "full";
    const { seq } = this.#sql
      .exec<{ seq: number }>(
        "INSERT INTO spool (host, next_at, received_at, mail, body) VALUES (?, 0, ?, ?, ?) RETURNING seq",
        host,
        receivedAt,
        mail,
        body,
      )
      .one();
    this.#note(seq, host, 0, receivedAt, bytes);
    return "stored";
  }

  /** The oldest mail that may be looked at, of these hosts. Reads what it returns. */
  ready(now: UnixMs, isOf: (host: string) => boolean, limit: number): Waiting[] {
    return this.#read(({ nextAt, of }) => nextAt <= now && isOf(of.host), limit);
  }

  /** The oldest mail of these hosts that came before `before`. */
  receivedBefore(before: number, isOf: (host: string) => boolean, limit: number): Waiting[] {
    return this.#read(({ receivedAt, of }) => receivedAt <= before && isOf(of.host), limit);
  }

  #read(isWanted: (entry: Entry) => boolean, limit: number): Waiting[] {
    const seqs: number[] = [];
    let size = 0;
    for (const [seq, entry] of this.#entries) {
      if (seqs.length >= limit || size > READ_MAX) break;
      if (!isWanted(entry)) continue;
      seqs.push(seq);
      size += entry.bytes;
    }
    if (seqs.length === 0) return [];
    return this.#sql
      .exec<Row>(
        "SELECT seq, mail, body FROM spool WHERE seq IN (SELECT value FROM json_each(?)) ORDER BY seq",
        JSON.stringify(seqs),
      )
      .toArray()
      .map(({ seq, mail, body }) => ({ seq, mail: { ...(JSON.parse(mail) as Omit<Mail, "body">), body } }));
  }

  postpone(seq: number, at: number): void {
    this.#sql.exec("UPDATE spool SET next_at = ? WHERE seq = ?", at, seq);
    const entry = this.#entries.get(seq);
    if (entry) entry.nextAt = at;
  }

  /** 1 row each. */
  remove(seqs: readonly number[]): void {
    if (seqs.length === 0) return;
    this.#sql.exec("DELETE FROM spool WHERE seq IN (SELECT value FROM json_each(?))", JSON.stringify(seqs));
    for (const seq of seqs) this.#forget(seq);
  }

  /** When there is something to look at (unix ms), given from when on hosts' mail may be; null: nothing waits. */
  nextAt(now: UnixMs, from: (host: string) => number): number | null {
    let next = Number.POSITIVE_INFINITY;
    for (const { nextAt, of } of this.#entries.values()) {
      next = Math.min(next, Math.max(nextAt, from(of.host)));
      if (next <= now) return now;
    }
    return this.size === 0 ? null : next;
  }
}

function fits(held: Room, bytes: number, room: Room): boolean {
  return held.mails < room.mails && held.bytes + bytes <= room.bytes;
}
