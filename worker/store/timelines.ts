/** Which posts and boosts stand in which list. Each gives `Entries` for `statuses.ts`. */
import { sql, type SQL } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import { notMuted } from "./mutes.ts";
import { hash52 } from "../kernel/hash52.ts";
import type { Entries } from "./statuses.ts";

/** A part of a list: between two places, neither included. `oldestFirst`: those nearest to `after`. */
export interface Span {
  readonly before: number;
  readonly after: number;
  readonly oldestFirst: boolean;
  readonly limit: number;
}

/** Who looks. `anybody` sees what the owner said or boosted for everybody, and never what the owner reads. */
export type Looker = "owner" | "anybody";

export const FOLLOWED = (peer: SQL) =>
  sql`EXISTS (SELECT 1 FROM following f WHERE f.peer = ${peer} AND f.state = 'accepted')`;
/** Followed, and in no exclusive list. `wanted`: what else holds for `f`. */
const AT_HOME = (peer: SQL, wanted: SQL) =>
  sql`EXISTS (SELECT 1 FROM following f WHERE f.peer = ${peer} AND f.state = 'accepted' AND f.home = 1 AND ${wanted})`;
/** A language that the owner wants of them; a post that names none is in any. */
export const IN_LANGUAGE = sql`(f.languages = '[]' OR p.language IS NULL OR EXISTS (SELECT 1 FROM json_each(f.languages) l
  WHERE lower(l.value) IN (lower(p.language), lower(substr(p.language, 1, instr(p.language || '-', '-') - 1)))))`;
export const NOT_BLOCKED = (peer: SQL) =>
  sql`NOT EXISTS (SELECT 1 FROM peers x WHERE x.id = ${peer} AND x.blocked_at IS NOT NULL)`;
const OPEN = sql`p.visibility IN ('public', 'quiet')`;
/** No answer, but to oneself. */
const NO_ANSWER = sql`(p.reply_to_iri IS NULL
  OR EXISTS (SELECT 1 FROM posts q WHERE q.id = p.reply_to AND q.author = p.author))`;

/** An answer to nobody, to the owner, to its own author, or to one of whom (`q.author`) this holds. Reads 1 row for an answer. */
export const answersOne = (whom: SQL): SQL => sql`(p.reply_to_iri IS NULL OR p.mentions_owner = 1
  OR EXISTS (SELECT 1 FROM posts q WHERE q.id = p.reply_to AND (q.author IN (0, p.author) OR ${whom})))`;

export const span = (id: SQL, { before, after }: Span) => sql`${id} < ${before} AND ${id} > ${after}`;
export const ordered = (by: SQL, { oldestFirst, limit }: Span) =>
  sql`ORDER BY ${by} ${sql.raw(oldestFirst ? "ASC" : "DESC")} LIMIT ${limit}`;

/** Posts by their numbers; not yet ordered. */
const anyPosts = (
  where: SQL,
  part: Span,
): Entries => sql`SELECT p.id AS place, p.id AS id, p.id AS post, NULL AS peer
  FROM posts p WHERE ${span(sql`p.id`, part)} AND p.deleted_at IS NULL AND ${where}`;

const postsWhere = (where: SQL, part: Span): Entries =>
  sql`${anyPosts(where, part)} ${ordered(sql`p.id`, part)}`;

/** Boosts by theirs, of which `reactions_in_time` has the order; not yet ordered. */
const anyBoosts = (
  where: SQL,
  part: Span,
): Entries => sql`SELECT r.id AS place, r.id AS id, r.post AS post, r.peer AS peer
  FROM reactions r CROSS JOIN posts p ON p.id = r.post
  WHERE r.kind = 'boost' AND ${span(sql`r.id`, part)} AND p.deleted_at IS NULL AND ${NOT_BLOCKED(sql`p.author`)} AND ${where}`;

/** Both in one order. Each comes by its index, so that of neither more is read than is shown. */
const merged = (posts: Entries, boosts: Entries, part: Span): Entries =>
  sql`${posts} UNION ALL ${boosts} ${ordered(sql`place`, part)}`;

export const together = (posts: Entries, boosts: Entries, part: Span): Entries =>
  sql`SELECT * FROM (${posts}) UNION ALL SELECT * FROM (${boosts}) ${ordered(sql`place`, part)}`;

/** With a hashtag that the owner follows. Reads nothing for a post without. */
const TAGGED = sql`(EXISTS (SELECT 1 FROM tag_entries t WHERE t.post = p.id) AND p.visibility = 'public'
  AND ${NOT_BLOCKED(sql`p.author`)}
  AND NOT EXISTS (SELECT 1 FROM following f WHERE f.peer = p.author AND f.home = 0))`;

/**
 * What the owner and those they follow said and boosted; of the answers of others those to the owner, to themselves and to somebody followed, as
 * Mastodon has it. What others said to everybody with a hashtag that the owner follows. Nothing of whom stands in an exclusive list or is muted
 * now, no boosts and no languages that the owner does not want of somebody. Reads up to 3 rows an entry, one more for each mute that it meets, and as
 * many for each post in between that does not belong here.
 */
export function homeEntries(part: Span, now: UnixMs): Entries {
  const heard = (peer: SQL) => notMuted(peer, now);
  const answers = answersOne(sql`(${FOLLOWED(sql`q.author`)} AND ${heard(sql`q.author`)})`);
  const followed = sql`(${AT_HOME(sql`p.author`, IN_LANGUAGE)} AND ${answers})`;
  const said = sql`(p.author = 0 OR ((${followed} OR ${TAGGED}) AND ${heard(sql`p.author`)}))`;
  const passedOn = AT_HOME(sql`r.peer`, sql`f.boosts = 1 AND ${IN_LANGUAGE}`);
  const boosted = sql`(r.peer = 0 OR (${passedOn} AND ${heard(sql`r.peer`)} AND ${heard(sql`p.author`)}))`;
  return merged(anyPosts(said, part), anyBoosts(boosted, part), part);
}

export type Origin = "own" | "others" | "all" | "none";

const from = (origin: Origin, now: UnixMs): SQL => {
  const heard = sql`${NOT_BLOCKED(sql`p.author`)} AND ${notMuted(sql`p.author`, now)}`;
  switch (origin) {
    case "own":
      return sql`p.author = 0`;
    case "others":
      return sql`p.author <> 0 AND ${heard}`;
    case "all":
      return heard;
    case "none":
      return sql`0`;
  }
};

const withMedia = (onlyMedia: boolean): SQL => (onlyMedia ? sql`p.attachments <> '[]'` : sql`1`);

/** What was said to everybody, without answers. */
export function publicEntries(origin: Origin, onlyMedia: boolean, part: Span, now: UnixMs): Entries {
  const where = sql`${from(origin, now)} AND p.visibility = 'public' AND ${NO_ANSWER} AND ${withMedia(onlyMedia)}`;
  return postsWhere(where, part);
}

/** Posts that are looked through for a hashtag or a link: they have no index of them. */
const LOOKED_THROUGH = 2_000;

export interface Tags {
  /** At least one of them. */
  readonly any: readonly string[];
  readonly all: readonly string[];
  readonly none: readonly string[];
}

/** What was said to everybody with a hashtag, in any spelling of its case. Reads the owner's posts, or of all the next, up to 2,000. */
export function taggedEntries(
  tags: Tags,
  origin: Origin,
  onlyMedia: boolean,
  part: Span,
  now: UnixMs,
): Entries {
  const where = sql`p.visibility = 'public' AND p.tags <> '[]' AND ${tagged(tags)} AND ${withMedia(onlyMedia)} AND ${from(origin, now)}`;
  return origin === "own" ? postsWhere(where, part) : lookedThrough(where, part);
}

/** What was said to everybody with this link as its first. Reads the next posts, up to 2,000. */
export function linkEntries(url: string, origin: Origin, part: Span, now: UnixMs): Entries {
  const linked = sql`p.card = ${hash52(url)} AND EXISTS (SELECT 1 FROM cards k WHERE k.id = p.card AND k.url = ${url})`;
  return lookedThrough(sql`p.visibility = 'public' AND ${linked} AND ${from(origin, now)}`, part);
}

function lookedThrough(where: SQL, part: Span): Entries {
  const near = sql`(SELECT * FROM posts p WHERE ${span(sql`p.id`, part)}
    ${ordered(sql`p.id`, { ...part, limit: LOOKED_THROUGH })})`;
  // Not sorted once more: what is looked through comes in order, and no more of it is read than fills a page.
  return sql`SELECT p.id AS place, p.id AS id, p.id AS post, NULL AS peer FROM ${near} p
    WHERE p.deleted_at IS NULL AND ${where} LIMIT ${part.limit}`;
}

function tagged({ any, all, none }: Tags): SQL {
  const one = (
    tags: readonly string[],
  ) => sql`EXISTS (SELECT 1 FROM json_each(p.tags) t WHERE lower(t.value) IN
    (SELECT lower(w.value) FROM json_each(${JSON.stringify(tags.flatMap(spellings))}) w))`;
  return sql.join([one(any), ...all.map((tag) => one([tag])), sql`NOT ${one(none)}`], sql` AND `);
}

/** SQLite folds the case of ASCII only. */
export const spellings = (tag: string): string[] => [
  tag.toLowerCase(),
  tag.toUpperCase(),
  tag.charAt(0).toUpperCase() + tag.slice(1).toLowerCase(),
];

export interface OfAccount {
  /** 0: the owner. */
  readonly author: number;
  readonly looker: Looker;
  readonly onlyMedia: boolean;
  readonly withAnswers: boolean;
  readonly withBoosts: boolean;
  readonly tag: string | null;
}

/** What one person said and boosted. Their boosts are found among everybody's: one row read for each boost newer than the last. */
export function accountEntries(asked: OfAccount, part: Span): Entries {
  const { author, looker, onlyMedia, withAnswers, withBoosts, tag } = asked;
  const seen = looker === "owner" ? sql`1` : OPEN;
  const where = [
    sql`p.author = ${author}`,
    seen,
    withMedia(onlyMedia),
    ...(withAnswers ? [] : [NO_ANSWER]),
    ...(tag === null ? [] : [tagged({ any: [tag], all: [], none: [] })]),
  ];
  const said = sql.join(where, sql` AND `);
  if (!withBoosts || onlyMedia || tag !== null) return postsWhere(said, part);
  return merged(anyPosts(said, part), anyBoosts(sql`r.peer = ${author} AND ${OPEN}`, part), part);
}

/** The owner's pinned posts, the last pinned first. */
export function pinnedEntries(looker: Looker): Entries {
  const seen = looker === "owner" ? sql`1` : OPEN;
  return sql`SELECT p.pinned_at AS place, p.id AS id, p.id AS post, NULL AS peer FROM posts p
    WHERE p.pinned_at IS NOT NULL AND p.deleted_at IS NULL AND ${seen}`;
}

/** What the owner likes or bookmarked, in that order. */
export function heldEntries(kind: "like" | "bookmark", part: Span): Entries {
  return sql`SELECT r.id AS place, r.post AS id, r.post AS post, NULL AS peer FROM reactions r
    CROSS JOIN posts p ON p.id = r.post WHERE r.kind = ${kind} AND r.peer = 0 AND p.deleted_at IS NULL AND ${span(sql`r.id`, part)} ${ordered(sql`r.id`, part)}`;
}

/** What anybody may see of single posts: what is for everybody, when the owner said or boosted it. */
const forAnybody = sql`(${OPEN} AND (p.author = 0
  OR EXISTS (SELECT 1 FROM reactions o WHERE o.post = p.id AND o.kind = 'boost' AND o.peer = 0)))`;

/** Posts and boosts by the numbers that apps call them. */
export function entriesById(ids: readonly number[], looker: Looker): Entries {
  const asked = sql`(SELECT value FROM json_each(${JSON.stringify(ids)}))`;
  const seen = looker === "owner" ? sql`1` : forAnybody;
  const boosted = looker === "owner" ? sql`1` : sql`r.peer = 0`;
  return sql`SELECT p.id AS place, p.id AS id, p.id AS post, NULL AS peer FROM posts p
      WHERE p.id IN ${asked} AND ${seen}
    UNION ALL SELECT r.id AS place, r.id AS id, r.post AS post, r.peer AS peer FROM reactions r
      CROSS JOIN posts p ON p.id = r.post WHERE r.kind = 'boost' AND r.id IN ${asked} AND ${seen} AND ${boosted}`;
}

/** Steps up and down, and posts in all: a thread may be as long as somebody likes. */
const STEPS_MAX = 40;
const ANSWERS_MAX = 200;

const inThread = (looker: Looker): SQL =>
  sql`${looker === "owner" ? sql`1` : OPEN} AND ${NOT_BLOCKED(sql`p.author`)}`;

/** What a post answers, and what that answers; oldest first by `place`. Reads 4 rows a step. */
export function ancestorEntries(post: number, looker: Looker): Entries {
  return sql`WITH RECURSIVE up(id, n) AS (
      SELECT ${post}, 0
      UNION ALL SELECT q.id, up.n + 1 FROM up CROSS JOIN posts c ON c.id = up.id CROSS JOIN posts q ON q.iri = c.reply_to_iri
      WHERE up.n < ${STEPS_MAX})
    SELECT -max(up.n) AS place, p.id AS id, p.id AS post, NULL AS peer FROM up CROSS JOIN posts p ON p.id = up.id
    WHERE up.n > 0 AND p.id <> ${post} AND ${inThread(looker)} GROUP BY p.id`;
}

/** The answers that are held here, and the answers to them. */
export function descendantEntries(post: number, looker: Looker): Entries {
  return sql`WITH RECURSIVE down(id, n) AS (
      SELECT ${post}, 0
      UNION ALL SELECT a.id, down.n + 1 FROM down CROSS JOIN posts a ON a.reply_to = down.id
      WHERE down.n < ${STEPS_MAX} LIMIT ${ANSWERS_MAX})
    SELECT p.id AS place, p.id AS id, p.id AS post, NULL AS peer FROM down CROSS JOIN posts p ON p.id = down.id
    WHERE down.n > 0 AND p.id <> ${post} AND ${inThread(looker)} GROUP BY p.id`;
}
