/**
 * Posts as an app shows them: with who wrote them, who boosted them, what is answered and how often they were liked, in one statement whatever
 * their number. Which posts, is for `timelines.ts` to say.
 */
import { and, eq, isNull, or, sql, type SQL } from "drizzle-orm";
import { alias } from "drizzle-orm/sqlite-core";

import type { Db } from "../kernel/ctx.ts";
import { OWNER } from "../model/post.ts";
import { inMutedThread } from "./mutes.ts";
import { peers } from "./schema.ts";
import { cards } from "./schema/cards.ts";
import { posts } from "./schema/posts.ts";

/**
 * A subquery with the columns `place` (in the list, by which it is sorted and paged), `id` (what apps call it: the post's number, or the boost's),
 * `post`, and `peer` (who boosted it; NULL: nobody, it is the post itself).
 */
export type Entries = SQL;

const boosters = alias(peers, "boosters");
const parents = alias(posts, "parents");
const creators = alias(peers, "creators");

const person = ({ id, iri, username, name, summary, url, icon, fetchedAt, about, counts }: typeof peers) => ({
  id,
  iri,
  username,
  name,
  summary,
  url,
  icon,
  fetchedAt,
  about,
  counts,
});

const shown = {
  id: posts.id,
  iri: posts.iri,
  author: posts.author,
  url: posts.url,
  title: posts.title,
  html: posts.html,
  summary: posts.summary,
  sensitive: posts.sensitive,
  language: posts.language,
  visibility: posts.visibility,
  replyToIri: posts.replyToIri,
  mentions: posts.mentions,
  tags: posts.tags,
  attachments: posts.attachments,
  editedAt: posts.editedAt,
  pinnedAt: posts.pinnedAt,
  app: posts.app,
  poll: posts.poll,
  ownVotes: posts.ownVotes,
};

const count = (kind: "like" | "boost") =>
  sql<number>`(SELECT count(*) FROM reactions c WHERE c.post = ${posts.id} AND c.kind = ${kind})`;
const did = (kind: "like" | "boost" | "bookmark") =>
  sql<number>`EXISTS (SELECT 1 FROM reactions d WHERE d.post = ${posts.id} AND d.kind = ${kind} AND d.peer = 0)`;

/**
 * To be batched. Deleted posts and those of people who are gone are left out. Rows read: at most 9 an entry beside what finds it, and one for each
 * like, boost and answer that is counted.
 */
export function statusesOf(db: Db, entries: Entries, oldestFirst = false) {
  return db
    .select({
      place: sql<number>`e.place`.as("place"),
      id: sql<number>`e.id`.as("entry"),
      by: sql<number | null>`e.peer`.as("by"),
      boostIri: sql<string | null>`(SELECT b.iri FROM reactions b
        WHERE e.peer IS NOT NULL AND b.post = e.post AND b.kind = 'boost' AND b.peer = e.peer)`.as(
        "boost_iri",
      ),
      post: shown,
      author: person(peers),
      booster: person(boosters as unknown as typeof peers),
      parent: { id: parents.id, author: parents.author },
      card: { url: cards.url, card: cards.card },
      creator: person(creators as unknown as typeof peers),
      likes: count("like").as("likes"),
      boosts: count("boost").as("boosts"),
      answers: sql<number>`(SELECT count(*) FROM posts a WHERE a.reply_to = ${posts.id}
        AND a.deleted_at IS NULL AND a.visibility IN ('public', 'quiet'))`.as("answers"),
      liked: did("like").as("liked"),
      boosted: did("boost").as("boosted"),
      bookmarked: did("bookmark").as("bookmarked"),
      muted: inMutedThread(sql`${posts.id}`).as("muted"),
    })
    .from(sql`(${entries}) e`)
    .innerJoin(posts, sql`${posts.id} = e.post`)
    .leftJoin(peers, eq(peers.id, posts.author))
    .leftJoin(boosters, sql`${boosters.id} = e.peer`)
    .leftJoin(parents, eq(parents.iri, posts.replyToIri))
    .leftJoin(cards, eq(cards.id, posts.card))
    .leftJoin(creators, eq(creators.id, cards.creator))
    .where(
      and(
        isNull(posts.deletedAt),
        or(eq(posts.author, OWNER), sql`${peers.id} IS NOT NULL`),
        sql`(e.peer IS NULL OR e.peer = 0 OR ${boosters.id} IS NOT NULL)`,
      ),
    )
    .orderBy(oldestFirst ? sql`e.place ASC` : sql`e.place DESC`);
}

export type StatusRow = Awaited<ReturnType<typeof statusesOf>>[number];
/** What is shown of somebody else. */
export type Person = NonNullable<StatusRow["author"]>;
