/** What the people of a list said and boosted. */
import { sql, type SQL } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import type { List } from "./lists.ts";
import { notMuted } from "./mutes.ts";
import type { Replies } from "./schema/lists.ts";
import type { Entries } from "./statuses.ts";
import {
  answersOne,
  FOLLOWED,
  IN_LANGUAGE,
  NOT_BLOCKED,
  ordered,
  span,
  together,
  type Span,
} from "./timelines.ts";

/**
 * Where there are few people, each one's newest are looked up; posts and boosts read for one page at most. In a larger list they are found among
 * what everybody said, and so many are looked through.
 */
const LOOKED_UP = 1_000;
const LOOKED_THROUGH = 2_000;

/** In the list, and followed: who has not said yes to the owner's Follow says nothing in it either. `wanted`: what else holds for `f`. */
const member = (list: number, peer: SQL, wanted: SQL): SQL =>
  sql`EXISTS (SELECT 1 FROM list_members m CROSS JOIN following f ON f.peer = m.peer
    WHERE m.list = ${list} AND m.peer = ${peer} AND f.state = 'accepted' AND ${wanted})`;

const everyMember = (list: number, now: UnixMs): SQL =>
  sql`list_members m CROSS JOIN following f ON m.list = ${list} AND f.peer = m.peer AND f.state = 'accepted'
    AND ${notMuted(sql`m.peer`, now)}`;

/** Whom they may answer, beside themselves and the owner. What is not shown at home is not shown here either (Mastodon's FeedManager). */
function mayAnswer(list: number, replies: Replies): SQL {
  switch (replies) {
    case "none":
      return sql`0`;
    case "list":
      return member(list, sql`q.author`, sql`1`);
    case "followed":
      return FOLLOWED(sql`q.author`);
  }
}

const SAID = sql`p.id AS place, p.id AS id, p.id AS post, NULL AS peer`;
const BOOSTED = (boost: SQL): SQL =>
  sql`${boost}.id AS place, ${boost}.id AS id, ${boost}.post AS post, ${boost}.peer AS peer`;

/** Nothing of whom the owner mutes now. Reads up to 5 rows an entry, and what is looked up or through. */
export function listEntries(list: List & { size: number }, part: Span, now: UnixMs): Entries {
  const heard = (peer: SQL) => notMuted(peer, now);
  const answers = answersOne(sql`(${mayAnswer(list.id, list.replies)} AND ${heard(sql`q.author`)})`);
  const said = sql`p.deleted_at IS NULL AND ${answers}`;
  const boosted = sql`p.deleted_at IS NULL AND ${NOT_BLOCKED(sql`p.author`)} AND ${heard(sql`p.author`)}`;
  if (list.size * part.limit <= LOOKED_UP) {
    const people = everyMember(list.id, now);
    return together(postsOfEach(people, said, part), boostsOfEach(people, boosted, part), part);
  }
  const posts = postsAmongAll(
    sql`${member(list.id, sql`p.author`, IN_LANGUAGE)} AND ${heard(sql`p.author`)} AND ${said}`,
    part,
  );
  const booster = member(list.id, sql`r.peer`, sql`f.boosts = 1 AND ${IN_LANGUAGE}`);
  const boosts = boostsAmongAll(sql`${booster} AND ${heard(sql`r.peer`)} AND ${boosted}`, part);
  return together(posts, boosts, part);
}

const postsOfEach = (people: SQL, where: SQL, part: Span): Entries =>
  sql`SELECT ${SAID} FROM ${people} CROSS JOIN posts p
    ON p.id IN (SELECT p.id FROM posts p WHERE p.author = m.peer AND ${IN_LANGUAGE} AND ${span(sql`p.id`, part)} AND ${where}
      ${ordered(sql`p.id`, part)}) ${ordered(sql`place`, part)}`;

const boostsOfEach = (people: SQL, where: SQL, part: Span): Entries =>
  sql`SELECT ${BOOSTED(sql`b`)} FROM ${people} AND f.boosts = 1 CROSS JOIN reactions b
    ON b.kind = 'boost' AND b.id IN (SELECT r.id FROM reactions r CROSS JOIN posts p ON p.id = r.post
      WHERE r.kind = 'boost' AND r.peer = m.peer AND ${span(sql`r.id`, part)} AND ${IN_LANGUAGE} AND ${where}
      ${ordered(sql`r.id`, part)}) ${ordered(sql`place`, part)}`;

/** Not sorted once more: what is looked through comes in order, and no more of it is read than fills a page. */
const postsAmongAll = (where: SQL, part: Span): Entries =>
  sql`SELECT ${SAID}
    FROM (SELECT * FROM posts p WHERE ${span(sql`p.id`, part)} ${ordered(sql`p.id`, { ...part, limit: LOOKED_THROUGH })}) p
    WHERE ${where} LIMIT ${part.limit}`;

const boostsAmongAll = (where: SQL, part: Span): Entries =>
  sql`SELECT ${BOOSTED(sql`r`)}
    FROM (SELECT * FROM reactions r WHERE r.kind = 'boost' AND ${span(sql`r.id`, part)}
      ${ordered(sql`r.id`, { ...part, limit: LOOKED_THROUGH })}) r CROSS JOIN posts p ON p.id = r.post
    WHERE ${where} LIMIT ${part.limit}`;
