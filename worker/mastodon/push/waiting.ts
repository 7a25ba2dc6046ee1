/**
 * What waits to be pushed, at rest in the streaming object: pointers to notifications, one row for those that are told together. The first few of
 * a kind go out at once; when they come one after the other they are counted, and told as a number.
 */
import type { NoticeKind } from "../../model/notification.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../kernel/clock.ts";

/** What comes in together is one push. */
const GATHER = 1 * SECOND;
/** So many of a kind are pushed one by one; of more, one push in so long. */
const BURST = 5;
const PAUSE = 10 * MINUTE;
/** How long each is told at most once. */
const REMEMBERED = 1 * DAY;
/** After each time that the push service did not take it. */
const AGAIN = [1 * MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR] as const;

/** One notification for one subscription. */
export interface ToPush {
  /** push_subscriptions.id */
  readonly subscription: number;
  /** What it is told together with. */
  readonly fold: string;
  /** The notification's number, and by what it is found again. */
  readonly notice: number;
  readonly kind: NoticeKind;
  /** peers.id; 0: the owner. */
  readonly peer: number;
  /** Notifications that are told in one, of which this is the newest. */
  readonly count: number;
}

export interface Due extends ToPush {
  readonly tries: number;
}

interface Row extends Record<string, SqlStorageValue> {
  notice: number;
  kind: NoticeKind;
  peer: number;
  count: number;
  tries: number;
  due_at: number | null;
  sent: number;
  sent_at: number | null;
}

export class Waiting {
  readonly #storage: DurableObjectStorage;
  #made = false;

  constructor(storage: DurableObjectStorage) {
    this.#storage = storage;
  }

  /** 1 row each, and none for what was there before. Unix ms at which there is something to send; null: there is nothing. */
  add(pushes: readonly ToPush[], now: number): number | null {
    this.#storage.transactionSync(() => {
      for (const push of pushes) this.#add(push, now);
    });
    return this.nextAt();
  }

  #add({ subscription, fold, notice, kind, peer, count }: ToPush, now: number): void {
    const [row] = this.#run<Row>(
      "SELECT * FROM pushes WHERE subscription = ? AND fold = ?",
      subscription,
      fold,
    );
    // An activity that came twice.
    if (row && row.notice === notice) return;
    if (row && row.due_at !== null) {
      this.#run(
        "UPDATE pushes SET notice = ?, kind = ?, peer = ?, count = count + ? WHERE subscription = ? AND fold = ?",
        notice,
        kind,
        peer,
        count,
        subscription,
        fold,
      );
      return;
    }
    const lately = row?.sent_at != null && now - row.sent_at < PAUSE;
    const dueAt = lately && row.sent >= BURST ? row.sent_at! + PAUSE : now + GATHER;
    this.#run(
      `INSERT OR REPLACE INTO pushes (subscription, fold, notice, kind, peer, count, tries, due_at, sent, sent_at)
        VALUES (?, ?, ?, ?, ?, ?, 0, ?, ?, ?)`,
      subscription,
      fold,
      notice,
      kind,
      peer,
      count,
      dueAt,
      lately ? row.sent : 0,
      row?.sent_at ?? null,
    );
  }

  due(now: number, limit: number): Due[] {
    return this.#run<Row & { subscription: number; fold: string }>(
      "SELECT * FROM pushes WHERE due_at <= ? ORDER BY due_at LIMIT ?",
      now,
      limit,
    ).map(({ subscription, fold, notice, kind, peer, count, tries }) => {
      return { subscription, fold, notice, kind, peer, count, tries };
    });
  }

  nextAt(): number | null {
    const [row] = this.#run<{ at: number | null }>("SELECT min(due_at) AS at FROM pushes");
    return row?.at ?? null;
  }

  /** Sent, or nothing to send any more. What came meanwhile is still to be told. */
  done({ subscription, fold, count }: Due, now: number): void {
    this.#run(
      `UPDATE pushes SET due_at = CASE WHEN count > ? THEN ? END, count = max(0, count - ?), tries = 0,
        sent = sent + 1, sent_at = ? WHERE subscription = ? AND fold = ?`,
      count,
      now + PAUSE,
      count,
      now,
      subscription,
      fold,
    );
    this.#run("DELETE FROM pushes WHERE due_at IS NULL AND sent_at < ?", now - REMEMBERED);
  }

  /** Once more, later: after `pause` ms where the service says so. False: it was tried often enough. */
  again(push: Due, now: number, pause: number | null): boolean {
    const wait = AGAIN[push.tries];
    if (wait === undefined) return false;
    this.#run(
      "UPDATE pushes SET tries = tries + 1, due_at = ? WHERE subscription = ? AND fold = ?",
      now + Math.min(Math.max(wait, pause ?? 0), 2 * HOUR),
      push.subscription,
      push.fold,
    );
    return true;
  }

  drop(subscription: number): void {
    this.#run("DELETE FROM pushes WHERE subscription = ?", subscription);
  }

  /** Nothing waits any more for subscriptions that are not among these. */
  keepOnly(subscriptions: readonly number[]): void {
    const kept = JSON.stringify(subscriptions);
    this.#run("DELETE FROM pushes WHERE subscription NOT IN (SELECT value FROM json_each(?))", kept);
  }

  /** The table is made when something first waits: an object that nobody needs writes nothing. */
  #run<T extends Record<string, SqlStorageValue>>(statement: string, ...params: SqlStorageValue[]): T[] {
    const { sql } = this.#storage;
    if (!this.#made) {
      sql.exec(`CREATE TABLE IF NOT EXISTS pushes (subscription INTEGER NOT NULL, fold TEXT NOT NULL, notice INTEGER NOT NULL,
        kind TEXT NOT NULL, peer INTEGER NOT NULL, count INTEGER NOT NULL, tries INTEGER NOT NULL, due_at INTEGER, sent INTEGER NOT NULL, sent_at INTEGER,
        PRIMARY KEY (subscription, fold)) WITHOUT ROWID`);
      this.#made = true;
    }
    return sql.exec<T>(statement, ...params).toArray();
  }
}
