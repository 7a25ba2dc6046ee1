/**
 * The ledger of a move: who of the list came, who did not, and why. Each statement here reads what it counts, so they are run for a
 * snapshot now and then; what a page shows at each look comes from counters.
 */
import { desc, sql } from "drizzle-orm";

import type { Db } from "../kernel/ctx.ts";
import { PROBES } from "./peers.ts";
import { followers } from "./schema.ts";

/** A server of the list, as rows say it. */
export interface HostRow {
  readonly host: string;
  /** Name in NodeInfo; "" when it does not say, null when it was not asked. */
  readonly software: string | null;
  /** Why its inbox could not be found. */
  readonly problem: string | null;
  readonly expected: number;
  /** Follow now. */
  readonly here: number;
  /** Wait for the owner. */
  readonly asking: number;
  /** Have followed, and do not any more. */
  readonly gone: number;
  /** Follow, and have had their Accept. */
  readonly told: number;
  /** Are missing, and had a rescue Accept. */
  readonly rescued: number;
}

/** Places in the stream of Accepts. */
export interface Places {
  readonly after: number;
  readonly to: number;
}

/** The peer behind a row of the list, by the text: anybody can make up an id whose hash is another's. */
const theirPeer = sql.raw(`p.id >= e.id AND p.id < e.id + ${PROBES} AND p.iri = e.iri`);

/**
 * The list by server, those with most missing first. `done`: the places whose Accept was worked through; `due`: those of them that wait for
 * another try. Reads the list, its peers and its servers once.
 */
export function listByHost(db: Db, done: readonly Places[], due: readonly number[]) {
  const [first = { after: 0, to: 0 }, ...rest] = done;
  const worked = sql`(p.follower <= ${first.to} OR EXISTS (SELECT 1 FROM json_each(${JSON.stringify(rest)}) d
    WHERE p.follower > d.value ->> 'after' AND p.follower <= d.value ->> 'to'))`;
  const failed = sql`p.follower IN (SELECT value FROM json_each(${JSON.stringify(due)})
    UNION ALL SELECT position FROM dead_letters WHERE stream = 'accepts')`;
  return db.run(sql`SELECT h.host, h.software, h.problem, g.expected, g.here, g.asking, g.gone, g.told, g.rescued FROM (
      SELECT e.host AS host, count(*) AS expected, count(p.follower) AS here, count(r.peer) AS asking,
        sum(p.follower IS NULL AND r.peer IS NULL AND coalesce(p.follow_event_at, 0) > 0) AS gone,
        sum(p.follower IS NOT NULL AND ${worked} AND NOT ${failed}) AS told,
        sum(p.follower IS NULL AND e.rescued_at IS NOT NULL) AS rescued
      FROM expected e LEFT JOIN peers p ON ${theirPeer}
      LEFT JOIN follow_requests r ON r.peer = p.id AND p.follower IS NULL
      GROUP BY e.host) g
    JOIN expected_hosts h ON h.host = g.host ORDER BY g.expected - g.here - g.asking - g.gone DESC, g.expected DESC, h.host`);
}

/** Without a list: who came after a place in the log, by server. Reads 2 rows for each. */
export function arrivalsByHost(db: Db, after: number) {
  return db.run(sql`SELECT substr(rest, 1, instr(rest || '/', '/') - 1) AS host, count(*) AS here FROM (
      SELECT substr(p.iri, instr(p.iri, '://') + 3) AS rest FROM followers f JOIN peers p ON p.id = f.peer WHERE f.id > ${after})
    GROUP BY 1 ORDER BY 2 DESC, 1`);
}

/** Accepts given up, by server and reason. Reads the dead letters. */
export function acceptsGivenUp(db: Db, limit: number) {
  return db.run(
    sql`SELECT inbox, reason, detail FROM dead_letters WHERE stream = 'accepts' ORDER BY last_at DESC LIMIT ${limit}`,
  );
}

/** Follows that could not be verified. Reads the unverified mail. */
export function followsUnverified(db: Db, limit: number) {
  return db.run(
    sql`SELECT actor, detail FROM unverified_mail WHERE activity = 'Follow' ORDER BY received_at DESC LIMIT ${limit}`,
  );
}

/** How many wait for approval, in or not in a list. Reads them. */
export function countRequests(db: Db) {
  return db.run(sql`SELECT count(*) AS asking FROM follow_requests`);
}

/** When somebody last arrived: 1 row. */
export function lastArrival(db: Db) {
  return db.select({ since: followers.since }).from(followers).orderBy(desc(followers.id)).limit(1);
}

export interface MissingRow {
  readonly id: number;
  readonly address: string | null;
  readonly iri: string | null;
  readonly host: string;
  readonly problem: string | null;
  readonly software: string | null;
  readonly hostProblem: string | null;
  readonly unverified: string | null;
  readonly blocked: number | null;
  readonly movedTo: string | null;
  readonly rescuedAt: number | null;
  readonly declinedAt: number | null;
}

/** Of the next people of the list, by number, those who are missing. `last`: the number to go on after; null: nobody is left. */
export async function missingAfter(
  db: Db,
  after: number,
  limit: number,
): Promise<{ rows: MissingRow[]; last: number | null }> {
  const rows = await db.all<MissingRow & { missing: number }>(sql`
    SELECT e.id, e.address, e.iri, e.host, e.problem, e.rescued_at AS rescuedAt, e.declined_at AS declinedAt, h.software,
      h.problem AS hostProblem, u.detail AS unverified, b.at AS blocked, p.moved_to AS movedTo,
      p.follower IS NULL AND r.peer IS NULL AND coalesce(p.follow_event_at, 0) = 0 AS missing
    FROM (SELECT * FROM expected WHERE id > ${after} ORDER BY id LIMIT ${limit}) e
    LEFT JOIN peers p ON ${theirPeer} LEFT JOIN follow_requests r ON r.peer = p.id
    LEFT JOIN expected_hosts h ON h.host = e.host LEFT JOIN unverified_mail u ON u.actor = e.iri
    LEFT JOIN blocked_hosts b ON b.host = e.host ORDER BY e.id`);
  return {
    rows: rows.filter(({ missing }) => missing === 1),
    last: rows.length < limit ? null : rows.at(-1)!.id,
  };
}
