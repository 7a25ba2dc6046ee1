/**
 * Where notifications are read off, a source each. The columns of a candidate are `id` (the notification's number), `place` (sorts as `id` does, and by
 * an index), `kind`, `at` (unix ms), `peer` (from whom), `post` (about which, or NULL), `ref` (arrivals: when their window was opened; report: its
 * number), `emoji`, `part` (of its group, or NULL), `privately` (1: a direct post that answers nothing of the owner's), `count` (how many are told
 * together) and `sample` (JSON: of each its number and whom it is from, as text, or NULL).
 */
import { sql, type SQL } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import { DIGITS, PART, SPREAD, type NoticeGroup, type NoticeKind } from "../model/notification.ts";
import { literal, shownOf, type Filtered } from "./notification-rules.ts";
import type { Span } from "./timelines.ts";

export interface Search {
  readonly kinds: ReadonlySet<NoticeKind>;
  /** Likes or boosts that are told together, each group by its newest. */
  readonly grouped: ReadonlySet<NoticeKind>;
  /** From one person alone. */
  readonly peer: number | null;
  /** Likes or boosts of one group alone. */
  readonly group: NoticeGroup | null;
  readonly filtered: Filtered;
  readonly span: Span;
  readonly now: UnixMs;
}

/** The owner's posts whose likes and boosts are notifications, and of those the most that are read. */
const OWN_POSTS = 100;
const REACTIONS_MAX = 5_000;
/** Follows and posts looked at beyond a page, because some may not be the owner's to see. */
const SPARE = 20;
/** Of a group, the newest people: Mastodon's number. */
export const SAMPLE = 8;

const word = (kind: NoticeKind): SQL => sql.raw(`'${kind}'`);
const inOrder = ({ oldestFirst }: Span): SQL => sql.raw(oldestFirst ? "ASC" : "DESC");
const within = (id: SQL, { before, after }: Span): SQL =>
  sql`${id} < ${literal(before)} AND ${id} > ${literal(after)}`;
/** Ids of posts, reports and the like whose notification may lie in the span: those of its milliseconds. */
const near = (id: SQL, { before, after }: Span): SQL =>
  sql`${id} >= ${literal(Math.max(0, Math.floor(after / 1_000)))} * 1000 AND ${id} < (${literal(Math.floor(before / 1_000))} + 1) * 1000`;
const part = literal(PART);

/** The page that a source could fill alone. */
function pageOf(candidates: SQL, { kinds, peer, filtered, span, now }: Search): SQL {
  const asked = sql.join([...kinds].map(word), sql`, `);
  const from = peer === null ? sql`1` : sql`peer = ${literal(peer)}`;
  return sql`SELECT id, kind, at, peer, post, ref, emoji, held, count, sample FROM (${shownOf(candidates, filtered, now)})
    WHERE kind IN (${asked}) AND ${from} AND ${within(sql`id`, span)} ORDER BY place ${inOrder(span)}, id ${inOrder(span)} LIMIT ${literal(span.limit)}`;
}

/** Reads 2 rows for each of the owner's newest posts and 1 for each of their reactions, whatever the page. */
export function reactionSource(search: Search): SQL {
  const { span, filtered, now, grouped, group, kinds, peer } = search;
  const { from, count } = DIGITS.reaction;
  const id = sql`r.at * 1000 + ${literal(from)} + (r.post % ${literal(SPREAD)} + r.peer % ${literal(SPREAD)} * 7
    + (r.kind = 'boost')) % ${literal(count)}`;
  const asked =
    group === null
      ? sql`1`
      : sql`r.post = ${literal(group.post)} AND r.at / ${part} = ${literal(group.part)}`;
  const candidates = sql`SELECT ${id} AS id, r.at AS place, r.kind, r.at, r.peer, r.post, NULL AS ref, r.emoji, r.at / ${part} AS part,
      0 AS privately, 1 AS count, NULL AS sample
    FROM (SELECT id FROM posts WHERE author = 0 AND deleted_at IS NULL ORDER BY id DESC LIMIT ${literal(OWN_POSTS)}) o
    CROSS JOIN reactions r ON r.post = o.id AND r.kind IN ('boost', 'like') AND r.peer <> 0 AND ${asked} LIMIT ${literal(REACTIONS_MAX)}`;
  const together = (["like", "boost"] as const).filter((kind) => grouped.has(kind) && kinds.has(kind));
  if (together.length === 0) return pageOf(candidates, search);
  const alike = sql`CASE WHEN kind IN (${sql.join(together.map(word), sql`, `)}) THEN 0 ELSE id END`;
  const own = sql`kind IN (${sql.join([...kinds].map(word), sql`, `)}) AND ${peer === null ? sql`1` : sql`peer = ${literal(peer)}`}`;
  // SQLite takes the bare columns from the row that has the maximum.
  return sql`SELECT * FROM (
      SELECT max(id) AS id, kind, at, peer, post, ref, emoji, held, count(*) AS count, json_group_array(id || ' ' || peer) AS sample
      FROM (${shownOf(candidates, filtered, now)}) WHERE ${own} GROUP BY kind, post, part, ${alike})
    WHERE ${within(sql`id`, span)} ORDER BY id ${inOrder(span)} LIMIT ${literal(span.limit)}`;
}

const columnsOf = (kind: "mention" | "post"): SQL =>
  sql`p.id - p.id % 1000 + ${literal(DIGITS.post.from)} + (p.id % 1000) / 2 % ${literal(DIGITS.post.count)} AS id, p.id AS place, ${word(kind)} AS kind,
    p.id / 1000 AS at, p.author AS peer, p.id AS post, NULL AS ref, NULL AS emoji, NULL AS part,
    p.visibility = 'direct' AND NOT EXISTS (SELECT 1 FROM posts q WHERE q.id = p.reply_to AND q.author = 0) AS privately,
    1 AS count, NULL AS sample`;

/** Posts that name the owner or answer them, by their index. Reads 2 rows each. */
export function mentionSource(search: Search): SQL {
  const { span, peer } = search;
  const [index, from] =
    peer === null ? [sql`INDEXED BY posts_that_mention`, sql`1`] : [sql``, sql`p.author = ${literal(peer)}`];
  const candidates = sql`SELECT ${columnsOf("mention")} FROM posts p ${index}
    WHERE p.mentions_owner = 1 AND p.author <> 0 AND p.deleted_at IS NULL AND ${near(sql`p.id`, span)} AND ${from}`;
  return pageOf(candidates, search);
}

/** What those said whose every post the owner wants to hear of, since they want to, without answers to others. Reads 3 rows for each of a page of each of them. */
export function postSource(search: Search): SQL {
  const { span } = search;
  const candidates = sql`SELECT ${columnsOf("post")} FROM following f INDEXED BY following_that_notify
    CROSS JOIN posts p ON p.id IN (SELECT q.id FROM posts q INDEXED BY posts_by_author
      WHERE q.author = f.peer AND ${near(sql`q.id`, span)} AND q.id >= f.notify_since * 1000 AND q.mentions_owner = 0 AND q.deleted_at IS NULL
        AND (q.reply_to_iri IS NULL OR EXISTS (SELECT 1 FROM posts u WHERE u.id = q.reply_to AND u.author = q.author))
      ORDER BY q.id ${inOrder(span)} LIMIT ${literal(span.limit + SPARE)})
    WHERE f.notify = 1 AND f.state = 'accepted'`;
  return pageOf(candidates, search);
}

const END = literal(Number.MAX_SAFE_INTEGER);
/** The last place of the followers' log that a window reaches. */
const WINDOW_END = sql`coalesce(w.log_after, ${END})`;

/**
 * Followers, and the windows through which many came at once. A walk along the log, a step for a follower, that jumps over each window: 2 rows a
 * step and one for each window, however many came.
 */
export function walkOf({ span, peer }: Search): SQL {
  const [start, next, jump] = span.oldestFirst
    ? [
        span.after,
        sql`min(b.id) FROM followers b WHERE b.id > walk.cur AND b.id < ${literal(span.before)}`,
        WINDOW_END,
      ]
    : [
        span.before,
        sql`max(b.id) FROM followers b WHERE b.id < walk.cur AND b.id > ${literal(span.after)}`,
        sql`w.log_before + 1`,
      ];
  const [steps, found] =
    peer === null
      ? [span.limit + SPARE, next]
      : [1, sql`b.follower FROM peers b WHERE b.id = ${literal(peer)}`];
  return sql`walk(cur, id, peer, opened, n) AS (
      SELECT ${literal(start)}, NULL, NULL, NULL, 0
      UNION ALL SELECT CASE WHEN w.opened_at IS NULL THEN f.id ELSE ${jump} END, f.id, f.peer, w.opened_at, walk.n + 1
      FROM walk CROSS JOIN followers f ON f.id = (SELECT ${found})
      LEFT JOIN arrival_windows w ON f.id > w.log_before AND f.id <= ${WINDOW_END}
      WHERE walk.n < ${literal(steps)})`;
}

/**
 * `horizon`, one row: between its `first` and `last` the walk has looked. What is further away would be shown before follows that were not read yet.
 * SQLite looks it up for each source: with the walk in its place it would walk as often.
 */
export function horizonOf({ span, peer }: Search): SQL {
  const full = peer === null ? sql`max(n) = ${literal(span.limit + SPARE)}` : sql`0`;
  const [first, last] = span.oldestFirst
    ? [sql`0`, sql`CASE WHEN ${full} THEN max(id) ELSE ${END} END`]
    : [sql`CASE WHEN ${full} THEN min(id) ELSE 0 END`, END];
  return sql`horizon(first, last) AS MATERIALIZED (SELECT ${first}, ${last} FROM walk)`;
}

/** Who came through a window is one notification, by the first of them: its number stays the same while more arrive. Needs the walk. */
export function followSource(search: Search): SQL {
  const first = sql`f.id AS id, f.id AS place, CASE WHEN w.opened_at IS NULL THEN 'follow' ELSE 'arrivals' END AS kind, f.id / 1000 AS at,
    f.peer AS peer, NULL AS post, w.opened_at AS ref, NULL AS emoji, coalesce(w.opened_at, f.id / 1000 / ${part}) AS part, 0 AS privately`;
  const candidates = sql`SELECT ${first},
      CASE WHEN w.opened_at IS NULL THEN 1
        ELSE max(1, coalesce(w.arrived_after, (SELECT arrived FROM follower_log)) - w.arrived_before) END AS count,
      CASE WHEN w.opened_at IS NULL THEN NULL ELSE (SELECT json_group_array(b.id || ' ' || b.peer) FROM (SELECT c.id, c.peer FROM followers c
        WHERE c.id > w.log_before AND c.id <= ${WINDOW_END} ORDER BY c.id DESC LIMIT ${literal(SAMPLE)}) b) END AS sample
    FROM walk LEFT JOIN arrival_windows w ON w.opened_at = walk.opened
    CROSS JOIN followers f ON f.id = CASE WHEN walk.opened IS NULL THEN walk.id
      ELSE (SELECT min(b.id) FROM followers b WHERE b.id > w.log_before) END
    WHERE walk.n > 0`;
  return pageOf(candidates, search);
}

/** Who waits for the owner's yes, by the time they asked. Reads 1 row each. */
export function requestSource(search: Search): SQL {
  const { before, after } = search.span;
  const { from, count } = DIGITS.request;
  const candidates = sql`SELECT r.received_at * 1000 + ${literal(from)} + r.peer % ${literal(count)} AS id, r.received_at AS place,
      'request' AS kind, r.received_at AS at, r.peer AS peer, NULL AS post, NULL AS ref, NULL AS emoji, NULL AS part, 0 AS privately,
      1 AS count, NULL AS sample
    FROM follow_requests r INDEXED BY follow_requests_in_time
    WHERE r.received_at BETWEEN ${literal(Math.max(0, Math.floor(after / 1_000)))} AND ${literal(Math.floor(before / 1_000))}`;
  return pageOf(candidates, search);
}

/** What servers told the owner that their people say of the owner. Reads 1 row each. */
export function reportSource(search: Search): SQL {
  const { from, count } = DIGITS.report;
  const candidates = sql`SELECT r.id - r.id % 1000 + ${literal(from)} + r.id % ${literal(count)} AS id, r.id AS place, 'report' AS kind,
      r.id / 1000 AS at, r.peer AS peer, NULL AS post, r.id AS ref, NULL AS emoji, NULL AS part, 0 AS privately, 1 AS count, NULL AS sample
    FROM reports r WHERE ${near(sql`r.id`, search.span)}`;
  return pageOf(candidates, search);
}

/**
 * Polls of the owner's, and those they voted in, that are over: from who asked. 1 row each. Nothing is kept of an end: others' polls end here when
 * their time comes, whether their server told the last counts or not.
 */
export function pollSource(search: Search): SQL {
  const { span, now } = search;
  const { from, count } = DIGITS.poll;
  const over = sql`json_extract(p.poll, '$.endsAt')`;
  const [first, last] = [Math.max(0, Math.floor(span.after / 1_000)), Math.floor(span.before / 1_000)];
  const candidates = sql`SELECT ${over} * 1000 + ${literal(from)} + p.id % ${literal(SPREAD)} % ${literal(count)} AS id, ${over} AS place,
      'poll' AS kind, ${over} AS at, p.author AS peer, p.id AS post, NULL AS ref, NULL AS emoji, NULL AS part, 0 AS privately, 1 AS count,
      NULL AS sample
    FROM posts p INDEXED BY posts_asked
    WHERE p.poll IS NOT NULL AND (p.author = 0 OR p.own_votes IS NOT NULL) AND p.deleted_at IS NULL
      AND ${over} BETWEEN ${literal(first)} AND ${literal(Math.min(last, now))}`;
  return pageOf(candidates, search);
}
