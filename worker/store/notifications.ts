/** Notifications, read off what others left: one query for every app, every version of the API and the page. */
import { and, asc, desc, eq, getTableColumns, gt, lt, sql, type SQL } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import type { NoticeGroup, NoticeKind } from "../model/notification.ts";
import { POLICY_PARTS, VERDICTS, type Policy } from "../model/notification-policy.ts";
import { literal } from "./notification-rules.ts";
import {
  followSource,
  horizonOf,
  mentionSource,
  pollSource,
  postSource,
  reactionSource,
  reportSource,
  requestSource,
  walkOf,
  type Search,
} from "./notification-sources.ts";
import { arrivalWindows, followers, peers, reports } from "./schema.ts";
import { dismissedGroups, dismissedNotifications, notificationPolicy } from "./schema/notifications.ts";
import type { Span } from "./timelines.ts";

const WALKED: readonly NoticeKind[] = ["follow", "arrivals"];

/** Sources, and the kinds that each tells of. */
const SOURCES: readonly { readonly kinds: readonly NoticeKind[]; readonly of: (search: Search) => SQL }[] = [
  { kinds: ["like", "boost"], of: reactionSource },
  { kinds: ["mention"], of: mentionSource },
  { kinds: ["post"], of: postSource },
  { kinds: WALKED, of: followSource },
  { kinds: ["request"], of: requestSource },
  { kinds: ["report"], of: reportSource },
  { kinds: ["poll"], of: pollSource },
];

/** SELECTs that D1 joins at once. */
const FIVE = 5;
const NONE = sql`SELECT NULL AS id, NULL AS kind, NULL AS at, NULL AS peer, NULL AS post, NULL AS ref, NULL AS emoji, NULL AS held,
  NULL AS count, NULL AS sample WHERE 0`;

/** Of every source the page that it could fill alone, merged and cut. */
function merged(search: Search): SQL {
  const { span, kinds } = search;
  const walks = WALKED.some((kind) => kinds.has(kind));
  const pages = SOURCES.filter((source) => source.kinds.some((kind) => kinds.has(kind))).map(
    ({ of }) => sql`SELECT * FROM (${of(search)})`,
  );
  if (pages.length === 0) return NONE;
  const parts = [pages.slice(0, FIVE), pages.slice(FIVE)].filter((some) => some.length > 0);
  const named = parts.map(
    (some, n) => sql`part${literal(n)} AS MATERIALIZED (${sql.join(some, sql` UNION ALL `)})`,
  );
  const all = sql.join(
    parts.map((_, n) => sql`SELECT * FROM part${literal(n)}`),
    sql` UNION ALL `,
  );
  const walked = walks ? [walkOf(search), horizonOf(search)] : [];
  const seen = walks
    ? sql`WHERE id BETWEEN (SELECT first FROM horizon) AND (SELECT last FROM horizon)`
    : sql``;
  return sql`WITH RECURSIVE ${sql.join([...walked, ...named], sql`, `)}
    SELECT * FROM (${all}) ${seen}
    ORDER BY id ${sql.raw(span.oldestFirst ? "ASC" : "DESC")} LIMIT ${literal(span.limit)}`;
}

/**
 * A page of notifications, newest first whatever the span, with whom they are from; null: the owner, whose poll it is. To be batched. Reads what its sources read: 2 rows for each of
 * the owner's newest 100 posts, 1 for each of their reactions, and some 5 for each entry of a page.
 */
export function notificationRows(db: Db, search: Search) {
  return db
    .select({
      id: sql<number>`e.id`.as("notice"),
      kind: sql<NoticeKind>`e.kind`.as("kind"),
      at: sql<UnixMs>`e.at`.as("at"),
      post: sql<number | null>`e.post`.as("about"),
      ref: sql<number | null>`e.ref`.as("ref"),
      emoji: sql<string | null>`e.emoji`.as("emoji"),
      held: sql<number>`e.held`.as("held"),
      count: sql<number>`e.count`.as("together"),
      sample: sql<string | null>`e.sample`.as("sample"),
      peer: getTableColumns(peers),
    })
    .from(sql`(${merged(search)}) e`)
    .leftJoin(peers, sql`${peers.id} = e.peer`)
    .where(
      sql`(e.peer = 0 OR (${peers.id} IS NOT NULL AND (e.kind = 'arrivals'
        OR instr(${peers.iri}, (SELECT origin || '/probes/' FROM owner)) IS NOT 1)))`,
    )
    .orderBy(sql`e.id DESC`);
}

export type NotificationRow = Awaited<ReturnType<typeof notificationRows>>[number];

/** How many there are, up to the limit of the span. To be batched; as `notificationRows`, without anybody's profile. */
export function countNotifications(db: Db, search: Search) {
  return db.select({ count: sql<number>`count(*)`.as("count") }).from(sql`(${merged(search)}) e`);
}

/** Looked through of each kind for what is held back. */
const HELD_MAX = 100;

/** What is held back, a row a person, those with news first. `place`: the newest notification. Counts the newest 100 of each kind. */
const heldBack = (search: Search): SQL => {
  const span = { before: Number.MAX_SAFE_INTEGER, after: -1, oldestFirst: false, limit: HELD_MAX };
  return sql`SELECT h.peer AS peer, max(h.id) AS place, min(h.at) AS since, max(h.at) AS until, count(*) AS count,
      max(CASE WHEN h.kind IN ('mention', 'post') THEN h.post END) AS post
    FROM (${merged({ ...search, filtered: "only", span })}) h LEFT JOIN notification_decisions d ON d.peer = h.peer
    GROUP BY h.peer HAVING max(h.id) > coalesce(max(d.dismissed_through), 0)`;
};

/** People whose notifications are held back, a page at a time. To be batched. */
export function requestRows(db: Db, search: Search) {
  const { before, after, limit, oldestFirst } = search.span;
  return db
    .select({
      place: sql<number>`h.place`.as("place"),
      since: sql<UnixMs>`h.since`.as("since"),
      until: sql<UnixMs>`h.until`.as("until"),
      count: sql<number>`h.count`.as("together"),
      post: sql<number | null>`h.post`.as("about"),
      peer: getTableColumns(peers),
    })
    .from(sql`(${heldBack(search)}) h`)
    .innerJoin(peers, sql`${peers.id} = h.peer`)
    .where(sql`h.place < ${before} AND h.place > ${after}`)
    .orderBy(oldestFirst ? sql`h.place ASC` : sql`h.place DESC`)
    .limit(limit);
}

export type RequestRow = Awaited<ReturnType<typeof requestRows>>[number];

/** How many people, and how many notifications. To be batched. */
export function countHeldBack(db: Db, search: Search) {
  return db
    .select({
      people: sql<number>`count(*)`.as("people"),
      notifications: sql<number>`coalesce(sum(h.count), 0)`.as("notifications"),
    })
    .from(sql`(${heldBack(search)}) h`);
}

/** 1 row. */
export async function loadPolicy(db: Db): Promise<Policy> {
  const [row] = await db.select().from(notificationPolicy);
  if (!row) throw new Error("the notification policy is missing");
  const named = POLICY_PARTS.map((part) => [part, VERDICTS[row[part]] ?? "accept"]);
  return Object.fromEntries(named) as Policy;
}

/** 1 row. */
export function savePolicy(db: Db, policy: Policy) {
  const row = Object.fromEntries(POLICY_PARTS.map((part) => [part, VERDICTS.indexOf(policy[part])]));
  return db.update(notificationPolicy).set(row).where(eq(notificationPolicy.id, 1));
}

/** Theirs are shown, those held back so far as well. 1 row each. */
export function letThrough(db: Db, ids: readonly number[], at: UnixMs) {
  return db.run(sql`INSERT INTO notification_decisions (peer, accepted_at)
    SELECT p.id, ${at} FROM peers p WHERE p.id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))
    ON CONFLICT (peer) DO UPDATE SET accepted_at = excluded.accepted_at`);
}

/** They do not stand among the requests any more, until there is something newer than `through`. 1 row each. */
export function putAside(db: Db, ids: readonly number[], through: number) {
  return db.run(sql`INSERT INTO notification_decisions (peer, dismissed_through)
    SELECT p.id, ${through} FROM peers p WHERE p.id IN (SELECT value FROM json_each(${JSON.stringify(ids)}))
    ON CONFLICT (peer) DO UPDATE SET dismissed_through = max(dismissed_through, excluded.dismissed_through)`);
}

/** All up to this one go, and what was dismissed among them need not be remembered. */
export function clearThrough(db: Db, through: number) {
  return [
    db.run(sql`UPDATE notification_policy SET cleared_through = max(cleared_through, ${through})`),
    db.run(sql`DELETE FROM dismissed_notifications WHERE id <= ${through}`),
    db.run(sql`DELETE FROM dismissed_groups WHERE through <= ${through}`),
  ] as const;
}

/** 1 row. */
export function dismissOne(db: Db, id: number) {
  return db.insert(dismissedNotifications).values({ id }).onConflictDoNothing();
}

/** 1 row. What comes later shows the group again. */
export function dismissGroup(db: Db, { kind, post, part }: NoticeGroup, through: number) {
  return db
    .insert(dismissedGroups)
    .values({ kind, post, part, through })
    .onConflictDoUpdate({
      target: [dismissedGroups.kind, dismissedGroups.post, dismissedGroups.part],
      set: { through: sql`max(through, excluded.through)` },
    });
}

/** To be batched. */
export function reportsById(db: Db, ids: readonly number[]) {
  return db
    .select()
    .from(reports)
    .where(sql`${reports.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`);
}

/** Who came through the window that was opened then, newest first; the places are those of the followers' log. Reads 2 rows each. To be batched. */
export function arrivedThrough(db: Db, openedAt: number, { before, after, oldestFirst, limit }: Span) {
  const ends = sql`coalesce(${arrivalWindows.logAfter}, ${literal(Number.MAX_SAFE_INTEGER)})`;
  const inOrder = oldestFirst ? asc(followers.id) : desc(followers.id);
  return db
    .select({ place: followers.id, peer: getTableColumns(peers) })
    .from(arrivalWindows)
    .innerJoin(followers, sql`${followers.id} > ${arrivalWindows.logBefore} AND ${followers.id} <= ${ends}`)
    .innerJoin(peers, eq(peers.id, followers.peer))
    .where(
      and(eq(arrivalWindows.openedAt, openedAt as UnixMs), lt(followers.id, before), gt(followers.id, after)),
    )
    .orderBy(inOrder)
    .limit(limit);
}
