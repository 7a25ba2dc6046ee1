/**
 * Deliveries that failed and are due again, and the hosts that fail. One row a delivery, one a failing host; a host that answers
 * again frees everything that waits for it.
 */
import type { Due, FailingHost, Report } from "../kernel/ctx.ts";
import type { UnixMs } from "../kernel/brand.ts";
import { MINUTE, SECOND } from "../kernel/clock.ts";
import { GONE_APART, HORIZON, hostWait, refusedWait } from "../model/retry.ts";

const LEASE = 2 * MINUTE;
/** Failures in a row after which a host's Retry-After no longer shortens the wait. */
const PATIENCE = 3;

interface DueRow extends Record<string, SqlStorageValue> {
  id: number;
  stream: string;
  position: number;
  host: string;
  inbox: string;
  attempts: number;
  refusals: number;
  first_at: number;
  next_at: number;
  gone_at: number | null;
  detail: string;
}

interface FailingRow extends Record<string, SqlStorageValue> {
  host: string;
  failures: number;
  since: number;
  next_at: number;
  detail: string;
  waiting: number;
}

interface Waiting extends Record<string, SqlStorageValue> {
  position: number;
  host: string;
  detail: string;
  attempts: number;
  nextAt: number;
}

/** A delivery that is given up, with all the owner should know. */
export interface GivenUp {
  readonly row: DueRow;
  readonly reason: "refused" | "gone" | "expired";
}

export class DueDeliveries {
  readonly #sql: SqlStorage;
  /** Due numbers that are in the queue, and until when (unix ms) they are not put there again. */
  readonly #leases = new Map<number, number>();
  /** Due numbers that a message works on. In memory only, as pages are. */
  readonly #claims = new Map<number, number>();
  /** Nothing is due and no host fails; null: it has to be looked up. */
  #well: boolean | null = null;

  constructor(sql: SqlStorage) {
    this.#sql = sql;
    sql.exec(`CREATE TABLE IF NOT EXISTS due (id INTEGER PRIMARY KEY, stream TEXT NOT NULL, position INTEGER NOT NULL,
      host TEXT NOT NULL, inbox TEXT NOT NULL, attempts INTEGER NOT NULL, refusals INTEGER NOT NULL, first_at INTEGER NOT NULL, next_at INTEGER NOT NULL,
      gone_at INTEGER, detail TEXT NOT NULL, UNIQUE (stream, position))`);
    sql.exec(`CREATE TABLE IF NOT EXISTS hosts (host TEXT PRIMARY KEY, failures INTEGER NOT NULL, since INTEGER NOT NULL,
      next_at INTEGER NOT NULL, detail TEXT NOT NULL) WITHOUT ROWID`);
  }

  /** Hosts that are not to be tried now. */
  down(now: number): string[] {
    if (this.#allIsWell()) return [];
    return this.#sql
      .exec<{ host: string }>("SELECT host FROM hosts WHERE next_at > ?", now)
      .toArray()
      .map((row) => row.host);
  }

  /**
   * Takes what became of deliveries. Returns those that are given up: they keep their rows until `forget`, so that nothing is lost between
   * here and the owner's list. Nothing is written for what was delivered at the first try.
   */
  take(reports: readonly Report[], now: UnixMs, random: () => number): GivenUp[] {
    if (reports.every(({ outcome }) => outcome.kind === "delivered") && this.#allIsWell()) return [];
    return reports.flatMap((report) => this.#takeOne(report, now, random) ?? []);
  }

  /** The common case, in which what is delivered changes nothing and a page needs no query. */
  #allIsWell(): boolean {
    this.#well ??=
      this.#sql.exec("SELECT 1 FROM due UNION ALL SELECT 1 FROM hosts LIMIT 1").toArray().length === 0;
    return this.#well;
  }

  #takeOne(report: Report, now: UnixMs, random: () => number): GivenUp | null {
    const { outcome } = report;
    const row = this.#find(report);
    if (row) this.#leases.delete(row.id);
    switch (outcome.kind) {
      case "delivered":
        this.#hostAnswers(report.host);
        if (row) this.forget([row.id]);
        return null;
      case "dropped":
        if (row) this.forget([row.id]);
        return null;
      case "waiting":
        this.#save(report, row, { attempts: 0, nextAt: now, goneAt: null, detail: "the host is down" }, now);
        return null;
      case "host-failed": {
        this.#hostFails(report.host, outcome.detail, outcome.after, now, random);
        const saved = this.#save(
          report,
          row,
          { attempts: 1, nextAt: now, goneAt: null, detail: outcome.detail },
          now,
        );
        return now - saved.first_at >= HORIZON ? { row: saved, reason: "expired" } : null;
      }
      case "refused": {
        this.#hostAnswers(report.host);
        const wait = refusedWait((row?.refusals ?? 0) + 1);
        const change = {
          attempts: 1,
          refusals: 1,
          nextAt: now + (wait ?? 0),
          goneAt: null,
          detail: outcome.detail,
        };
        const saved = this.#save(report, row, change, now);
        return wait === null ? { row: saved, reason: "refused" } : null;
      }
      case "gone": {
        this.#hostAnswers(report.host);
        const since = row?.gone_at ?? now;
        const change = { attempts: 1, nextAt: since + GONE_APART, goneAt: since, detail: outcome.detail };
        const saved = this.#save(report, row, change, now);
        return now - since >= GONE_APART ? { row: saved, reason: "gone" } : null;
      }
    }
  }

  /** What may be tried now, at most `limit`: of a host that fails only one, to see whether it is back. They are leased to the caller. */
  ready(now: number, limit: number): number[] {
    for (const [id, until] of this.#leases) if (until <= now) this.#leases.delete(id);
    // Of a failing host the first one only, in the query: thousands may wait for it, before what is due for others.
    const rows = this.#sql.exec<{ id: number }>(
      `SELECT min(due.id) AS id FROM due JOIN hosts ON hosts.host = due.host
         WHERE due.next_at <= ?1 AND hosts.next_at <= ?1 GROUP BY due.host
       UNION ALL
       SELECT id FROM (SELECT id FROM due WHERE next_at <= ?1 AND host NOT IN (SELECT host FROM hosts) ORDER BY id LIMIT ?2)`,
      now,
      limit * 20,
    );
    const ready: number[] = [];
    for (const { id } of rows) {
      if (this.#leases.has(id) || ready.length >= limit) continue;
      ready.push(id);
      this.#leases.set(id, now + LEASE);
    }
    return ready;
  }

  /** The places behind due numbers, but not what is settled meanwhile or what another copy of the message works on. */
  claim(due: readonly number[], now: number): Due[] {
    const free = due.filter((id) => (this.#claims.get(id) ?? 0) <= now);
    const rows = this.#sql
      .exec<DueRow>("SELECT * FROM due WHERE id IN (SELECT value FROM json_each(?))", JSON.stringify(free))
      .toArray();
    for (const row of rows) this.#claims.set(row.id, now + LEASE);
    return rows.map((row) => ({ due: row.id, stream: row.stream, position: row.position }));
  }

  /** Puts a place in line from its beginning, unless it is in line already. */
  add(report: Omit<Report, "outcome">, now: UnixMs, detail: string): void {
    if (!this.#find(report))
      this.#save(report, null, { attempts: 0, nextAt: now, goneAt: null, detail }, now);
  }

  /** Their leases end: what was not settled is ready again. */
  release(ids: readonly number[]): void {
    for (const id of ids) {
      this.#leases.delete(id);
      this.#claims.delete(id);
    }
  }

  forget(ids: readonly number[]): void {
    this.#well = null;
    this.#sql.exec("DELETE FROM due WHERE id IN (SELECT value FROM json_each(?))", JSON.stringify(ids));
    this.release(ids);
  }

  /** When something may be tried next (unix ms); null: nothing is due. What is leased now is looked at again when its lease ends. */
  nextAt(now: number): number | null {
    if (this.#allIsWell()) return null;
    const row = this.#sql
      .exec<{ at: number | null }>(
        "SELECT min(max(due.next_at, coalesce(hosts.next_at, 0))) AS at FROM due LEFT JOIN hosts ON hosts.host = due.host",
      )
      .one();
    if (row.at === null) return null;
    return Math.max(row.at, this.#leases.size > 0 ? now + 5 * SECOND : now);
  }

  failing(limit: number): FailingHost[] {
    const rows = this.#sql.exec<FailingRow>(
      `SELECT hosts.*, (SELECT count(*) FROM due WHERE due.host = hosts.host) AS waiting FROM hosts ORDER BY failures DESC LIMIT ?`,
      limit,
    );
    return rows.toArray().map((row) => ({
      host: row.host,
      failures: row.failures,
      since: row.since as UnixMs,
      nextAt: row.next_at as UnixMs,
      detail: row.detail,
      waiting: row.waiting,
    }));
  }

  /** What of a stream is due, in order. `nextAt` is unix ms. */
  waiting(stream: string, limit: number): Waiting[] {
    return this.#sql
      .exec<Waiting>(
        `SELECT due.position, due.host, due.detail, due.attempts, max(due.next_at, coalesce(hosts.next_at, 0)) AS nextAt
           FROM due LEFT JOIN hosts ON hosts.host = due.host WHERE due.stream = ? ORDER BY due.position LIMIT ?`,
        stream,
        limit,
      )
      .toArray();
  }

  /** Of the reports, those on what is due still. */
  known(reports: readonly Report[]): Report[] {
    return reports.filter((report) => this.#find(report) !== null);
  }

  #find(place: { stream: string; position: number }): DueRow | null {
    const { stream, position } = place;
    return (
      this.#sql
        .exec<DueRow>("SELECT * FROM due WHERE stream = ? AND position = ?", stream, position)
        .toArray()[0] ?? null
    );
  }

  #save(
    report: Omit<Report, "outcome">,
    row: DueRow | null,
    change: { attempts: number; refusals?: number; nextAt: number; goneAt: number | null; detail: string },
    now: UnixMs,
  ): DueRow {
    this.#well = false;
    return this.#sql
      .exec<DueRow>(
        `INSERT INTO due (stream, position, host, inbox, attempts, refusals, first_at, next_at, gone_at, detail)
         VALUES (?,?,?,?,?,?,?,?,?,?)
         ON CONFLICT (stream, position) DO UPDATE SET host = excluded.host, inbox = excluded.inbox, attempts = excluded.attempts, refusals = excluded.refusals, next_at = excluded.next_at,
           gone_at = excluded.gone_at, detail = excluded.detail RETURNING *`,
        report.stream,
        report.position,
        report.host,
        report.inbox,
        (row?.attempts ?? 0) + change.attempts,
        (row?.refusals ?? 0) + (change.refusals ?? 0),
        row?.first_at ?? now,
        change.nextAt,
        change.goneAt,
        change.detail,
      )
      .one();
  }

  /** Reports of one round count as one failure. */
  #hostFails(host: string, detail: string, after: number | null, now: UnixMs, random: () => number): void {
    const [known] = this.#sql
      .exec<{ failures: number; next_at: number }>("SELECT failures, next_at FROM hosts WHERE host = ?", host)
      .toArray();
    if (known && known.next_at > now) return;
    const failures = (known?.failures ?? 0) + 1;
    // A Retry-After may be shorter than our own waits, but not for ever.
    const own = hostWait(failures, random());
    const asked = after === null || after < SECOND ? own : after;
    const nextAt = now + (failures <= PATIENCE ? asked : Math.max(asked, own));
    this.#well = false;
    this.#sql.exec(
      `INSERT INTO hosts VALUES (?,?,?,?,?) ON CONFLICT DO UPDATE SET failures = excluded.failures, next_at = excluded.next_at,
         detail = excluded.detail`,
      host,
      failures,
      now,
      nextAt,
      detail,
    );
  }

  /** The host answers: nothing waits for it any more. Reads 1 row; writes only when it had failed. */
  #hostAnswers(host: string): void {
    const known = this.#sql.exec("SELECT 1 FROM hosts WHERE host = ?", host).toArray();
    if (known.length === 0) return;
    this.#well = null;
    this.#sql.exec("DELETE FROM hosts WHERE host = ?", host);
  }
}
