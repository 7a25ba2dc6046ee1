/** When the door stood open for the followers of an old account, and whom it let in. */
import { desc, isNull, sql } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { hash52 } from "../kernel/hash52.ts";
import { handleOf, type Peer } from "../model/peer.ts";
import { arrivalWindows, expected } from "./schema.ts";

export type ArrivalWindow = typeof arrivalWindows.$inferSelect;

/** The newest one, open or closed; to be batched. Reads 1 row. */
export function latestWindow(db: Db) {
  return db.select().from(arrivalWindows).orderBy(desc(arrivalWindows.openedAt)).limit(1);
}

/** Whether a Follow received then needs no approval of the window's kind. By receipt: mail may wait for its sender's key. */
export function wasOpen(window: ArrivalWindow | undefined, at: UnixMs): window is ArrivalWindow {
  return window !== undefined && window.openedAt <= at && at < (window.closedAt ?? window.closesAt);
}

/** 1 row; nothing when one is open. The numbers of the moment come from the log itself. */
export function openWindow(db: Db, at: UnixMs, closesAt: UnixMs, takes: ArrivalWindow["takes"]) {
  return db.run(sql`INSERT INTO arrival_windows (opened_at, closes_at, takes, arrived_before, log_before)
      SELECT ${at}, ${closesAt}, ${takes}, arrived, last_id FROM follower_log
      WHERE NOT EXISTS (SELECT 1 FROM arrival_windows WHERE closed_at IS NULL)`);
}

/** The open one stays open until then, for those. */
export function changeWindow(db: Db, closesAt: UnixMs, takes: ArrivalWindow["takes"]) {
  return db.update(arrivalWindows).set({ closesAt, takes }).where(isNull(arrivalWindows.closedAt));
}

/** 1 row; nothing when none is open. What is closed late counts as closed when its time had come. */
export function closeWindowAt(db: Db, at: UnixMs) {
  return db.run(sql`UPDATE arrival_windows SET closed_at = min(closes_at, ${at}),
      arrived_after = (SELECT arrived FROM follower_log), log_after = (SELECT last_id FROM follower_log)
      WHERE closed_at IS NULL`);
}

export type ExpectedRow = Pick<typeof expected.$inferSelect, "id" | "iri" | "address">;

type Named = Pick<Peer, "iri" | "username">;

const addressOf = (peer: Named) => handleOf(peer).toLowerCase();
const numbersOf = (peer: Named) => [hash52(peer.iri), hash52(`acct:${addressOf(peer)}`)];

/** Rows that might be these peers'; read them with `isExpected`. To be batched. */
export function expectedNear(db: Db, peers: readonly Named[]) {
  const ids = JSON.stringify(peers.flatMap(numbersOf));
  return db
    .select({ id: expected.id, iri: expected.iri, address: expected.address })
    .from(expected)
    .where(sql`${expected.id} IN (SELECT value FROM json_each(${ids}))`);
}

/** By the text, not the number alone: anybody can make up an id whose hash is another's. */
export function isExpected(rows: readonly ExpectedRow[], peer: Named): boolean {
  return rows.some((row) => row.iri === peer.iri || (row.iri === null && row.address === addressOf(peer)));
}
