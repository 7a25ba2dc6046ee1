/** Servers: those the owner wants nothing from, those the owner has to do with; and how much is said on this one. */
import { asc, gt, sql, type SQL } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import { DAY } from "../kernel/clock.ts";
import type { Db } from "../kernel/ctx.ts";
import { idFromTime } from "../model/post.ts";
import { blockedHosts } from "./schema.ts";

/** The host in an IRI, as `blocked_hosts` has it. */
export const hostIn = (iri: SQL): SQL => sql`(SELECT lower(substr(rest, 1, instr(rest || '/', '/') - 1))
  FROM (SELECT substr(${iri}, instr(${iri}, '://') + 3) AS rest))`;

/** Blocked ones in the order of their names, after this one. Reads as many rows. */
export function blockedHostsAfter(db: Db, after: string, limit: number) {
  return db
    .select()
    .from(blockedHosts)
    .where(gt(blockedHosts.host, after))
    .orderBy(asc(blockedHosts.host))
    .limit(limit);
}

const FOLLOWERS_MAX = 500;

/** Of those the owner follows, and of the newest followers. Reads 2 rows for each. */
export async function knownHosts(db: Db): Promise<string[]> {
  const rows = await db.all<{ host: string }>(sql`SELECT DISTINCT ${hostIn(sql`p.iri`)} AS host FROM (
      SELECT peer FROM following UNION SELECT peer FROM (SELECT peer FROM followers ORDER BY id DESC LIMIT ${FOLLOWERS_MAX})
    ) k CROSS JOIN peers p ON p.id = k.peer ORDER BY host`);
  return rows.map(({ host }) => host);
}

/** How much the owner said to everybody in each of these weeks, by when they began. Reads the posts of those weeks. */
export async function postsInWeeks(db: Db, starts: readonly UnixMs[]): Promise<number[]> {
  const first = Math.min(...starts);
  const rows = await db.all<{ week: number; count: number }>(sql`SELECT
      CAST((id - ${idFromTime(first as UnixMs)}) / ${7 * DAY * 1_000} AS INTEGER) AS week,
      count(*) AS count FROM posts WHERE author = 0 AND id >= ${idFromTime(first as UnixMs)} AND deleted_at IS NULL
      AND visibility IN ('public', 'quiet') GROUP BY 1`);
  const counts = new Map(rows.map(({ week, count }) => [first + week * 7 * DAY, count]));
  return starts.map((start) => counts.get(start) ?? 0);
}
