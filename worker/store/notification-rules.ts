/**
 * Which notifications are the owner's to see: nobody's who is blocked or muted, nothing of a muted thread, nothing that was cleared away, and of
 * the rest what the owner's policy says. In SQL, so that a page is cut after it and not before.
 */
import { sql, type SQL } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import { FOLLOWER_AFTER, NEW_FOR } from "../model/notification-policy.ts";
import { inMutedThread } from "./mutes.ts";

/** How those are taken whom the policy holds back. */
export type Filtered = "without" | "with" | "only";

const LEVELS = { without: sql`x.held = 0`, with: sql`x.held <= 1`, only: sql`x.held = 1` } as const;

/** A number as part of the statement: D1 takes 100 parameters, and every source repeats these. */
export function literal(number: number): SQL {
  if (!Number.isSafeInteger(number)) throw new Error(`no whole number: ${number}`);
  return sql.raw(String(number));
}

const policy = (column: string): SQL => sql`(SELECT ${sql.raw(column)} FROM notification_policy)`;

/**
 * Of `y`: 0, 1 or 2, as `VERDICTS` has them. While everybody is taken it reads nothing of anybody, otherwise at most 5 rows. Arrivals, polls and
 * reports are held back from nobody: they are from no one person, or from who keeps order.
 */
function verdict(now: UnixMs): SQL {
  const followed = sql`EXISTS (SELECT 1 FROM following b WHERE b.peer = y.peer AND b.state = 'accepted')`;
  const follows = sql`EXISTS (SELECT 1 FROM peers b CROSS JOIN followers c ON c.id = b.follower
    WHERE b.id = y.peer AND c.since <= ${literal(now - FOLLOWER_AFTER)})`;
  const young = sql`EXISTS (SELECT 1 FROM peers b
    WHERE b.id = y.peer AND json_extract(b.about, '$.published') > ${literal(now - NEW_FOR)})`;
  const held = (column: string, holds: SQL) =>
    sql`CASE WHEN ${policy(column)} > 0 AND ${holds} THEN ${policy(column)} ELSE 0 END`;
  return sql`CASE WHEN ${policy("not_following + not_followers + new_accounts + private_mentions = 0")} THEN 0
    WHEN y.kind IN ('arrivals', 'poll', 'report') THEN 0
    WHEN EXISTS (SELECT 1 FROM notification_decisions b WHERE b.peer = y.peer AND b.accepted_at IS NOT NULL) THEN 0
    ELSE max(${held("not_following", sql`NOT ${followed}`)},
      ${held("not_followers", sql`NOT ${follows}`)},
      ${held("new_accounts", sql`${young} AND NOT ${followed}`)},
      ${held("private_mentions", sql`y.privately AND NOT ${followed}`)}) END`;
}

/** Of whom the owner wants to hear nothing. */
const unheard = (now: UnixMs): SQL => sql`SELECT b.id FROM peers b WHERE b.blocked_at IS NOT NULL
  UNION ALL SELECT b.peer FROM mutes b WHERE b.notifications = 1 AND (b.expires_at IS NULL OR b.expires_at > ${literal(now)})`;

/**
 * Of the candidates those that are the owner's to see, with `held`: how hard the policy holds them back. Candidates have the columns that are named in
 * `notification-sources.ts`. Reads whom the owner blocks and mutes, 1 row a candidate for each sort of things that keep some from the
 * owner, and each post above it when threads are muted.
 */
export function shownOf(candidates: SQL, filtered: Filtered, now: UnixMs): SQL {
  return sql`SELECT * FROM (SELECT y.*, ${verdict(now)} AS held FROM (${candidates}) y) x
    WHERE x.id > ${policy("cleared_through")} AND ${LEVELS[filtered]}
      ${filtered === "only" ? sql`AND x.kind NOT IN ('arrivals', 'poll', 'report')` : sql``}
      AND (NOT EXISTS (SELECT 1 FROM dismissed_notifications)
        OR NOT EXISTS (SELECT 1 FROM dismissed_notifications g WHERE g.id = x.id))
      AND (x.part IS NULL OR NOT EXISTS (SELECT 1 FROM dismissed_groups g
        WHERE g.kind = x.kind AND g.post = coalesce(x.post, 0) AND g.part = x.part AND g.through >= x.id))
      AND (x.kind = 'arrivals' OR NOT EXISTS (${unheard(now)}) OR x.peer NOT IN (${unheard(now)}))
      AND (x.post IS NULL OR NOT ${inMutedThread(sql`x.post`)})`;
}
