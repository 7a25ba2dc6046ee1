/**
 * Finding people, posts and hashtags by their words. There is no index of words: each looks through so many of the newest rows, so that a search
 * costs the same however much is held here.
 */
import { sql, type SQL } from "drizzle-orm";

import type { Iri } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { hash52 } from "../kernel/hash52.ts";
import type { Peer } from "../model/peer.ts";
import { pick, PROBES } from "./peers.ts";
import { hostIn } from "./hosts.ts";
import { peers } from "./schema.ts";
import { posts } from "./schema/posts.ts";

/** People looked through: followed ones, the newest followers, and who wrote the newest posts. */
const FOLLOWED_MAX = 1_000;
const FOLLOWERS_MAX = 300;
const AUTHORS_MAX = 300;
/** Posts looked through: of the owner's, or for a hashtag or an address; and of all others for their words. */
const POSTS_MAX = 2_000;
const OTHERS_MAX = 1_000;
/** Posts that have a word somewhere, in a tag or an address too. */
const CANDIDATES_MAX = 120;

/** The ways the case of a word may be written: SQLite folds that of ASCII only. For `instr(lower(x), …)`. */
function casesOf(word: string): string[] {
  const ascii = (text: string) => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  const lower = word.toLowerCase();
  return [
    ...new Set([word, lower, word.toUpperCase(), lower.charAt(0).toUpperCase() + lower.slice(1)].map(ascii)),
  ];
}

/** The word in any case. D1 takes no LIKE of more than 50 bytes, so none is used. */
const has = (text: SQL, word: string): SQL =>
  sql.join(
    [sql`(0`, ...casesOf(word).map((one) => sql`OR instr(lower(${text}), ${one}) > 0`), sql`)`],
    sql` `,
  );

/** Whom the owner knows, nearest first; a person may stand in it more than once. */
const KNOWN = (followedOnly: boolean): SQL =>
  followedOnly
    ? sql`SELECT peer AS id, 0 AS rank FROM following WHERE state = 'accepted' LIMIT ${FOLLOWED_MAX}`
    : sql`SELECT * FROM (SELECT peer AS id, 0 AS rank FROM following LIMIT ${FOLLOWED_MAX})
      UNION ALL SELECT * FROM (SELECT peer AS id, 1 AS rank FROM followers ORDER BY followers.id DESC LIMIT ${FOLLOWERS_MAX})
      UNION ALL SELECT * FROM (SELECT author AS id, 2 AS rank FROM posts ORDER BY posts.id DESC LIMIT ${AUTHORS_MAX}) WHERE id <> 0`;

/** What is searched for among people. */
export type PeopleQuery =
  /** Parts of the handle: the beginning of the name, and of the host when it is not "". */
  | { readonly kind: "handle"; readonly user: string; readonly host: string }
  /** In the handle or the name. */
  | { readonly kind: "words"; readonly words: readonly string[] }
  /** The address of the page. */
  | { readonly kind: "page"; readonly url: string };

function peopleWhere(query: PeopleQuery): SQL {
  switch (query.kind) {
    case "handle": {
      const user = sql`instr(lower(${peers.username}), ${query.user.toLowerCase()}) = 1`;
      return query.host === ""
        ? user
        : sql`${user} AND instr(${hostIn(sql`${peers.iri}`)}, ${query.host}) = 1`;
    }
    case "words":
      return sql.join(
        query.words.map((word) => has(sql`(${peers.username} || ' ' || ${peers.name})`, word)),
        sql` AND `,
      );
    case "page":
      return sql`${peers.url} = ${query.url}`;
  }
}

/** Those of whom the owner knows, nearest first; none of those the owner blocks. Reads at most 5,000 rows. */
export function findPeople(
  db: Db,
  query: PeopleQuery,
  { limit, offset, followedOnly }: { limit: number; offset: number; followedOnly: boolean },
) {
  return db
    .select()
    .from(peers)
    .innerJoin(
      sql`(SELECT id, min(rank) AS rank FROM (${KNOWN(followedOnly)}) GROUP BY id) k`,
      sql`k.id = ${peers.id}`,
    )
    .where(sql`${peers.blockedAt} IS NULL AND ${peopleWhere(query)}`)
    .orderBy(sql`k.rank`, peers.username, peers.id)
    .limit(limit)
    .offset(offset) as unknown as PromiseLike<{ peers: Peer }[]>;
}

/** Somebody who is known, by the ids that servers usually give to `user@host`: those are found however long ago it was. At most 8 rows a guess. */
export async function guessPeer(db: Db, user: string, host: string): Promise<Peer | null> {
  const names = [...new Set([user, user.toLowerCase()])];
  const paths = names.flatMap((name) => [`/users/${name}`, `/@${name}`, `/u/${name}`]);
  const iris = [...paths, "/actor"].map((path) => `https://${host}${path}` as Iri);
  const ranges = iris.map((iri) => sql`(id >= ${hash52(iri)} AND id < ${hash52(iri) + PROBES})`);
  const near = await db
    .select()
    .from(peers)
    .where(sql.join(ranges, sql` OR `));
  const found = iris.flatMap((iri) => pick(near, iri) ?? []);
  return found.find(({ username }) => username.toLowerCase() === user.toLowerCase()) ?? null;
}

/** A part of the posts, by their words. */
export interface PostQuery {
  readonly words: readonly string[];
  /** peers.id; 0: the owner; null: anybody. */
  readonly author: number | null;
}

/** The newest posts that may have all of the words, and what they say: whoever asks looks again, without the markup. Reads 3,000 posts at most. */
export function postsWithWords(db: Db, { words, author }: PostQuery) {
  const newest = (
    where: SQL,
    most: number,
  ) => sql`SELECT * FROM (SELECT id, author, html, title, summary, deleted_at
    FROM posts WHERE ${where} ORDER BY id DESC LIMIT ${most})`;
  const near =
    author === null
      ? sql`${newest(sql`author = 0`, POSTS_MAX)} UNION ALL ${newest(sql`1`, OTHERS_MAX)} WHERE author <> 0`
      : newest(sql`author = ${author}`, POSTS_MAX);
  const text = sql`(p.html || ' ' || coalesce(p.title, '') || ' ' || p.summary)`;
  const said = sql.join(
    words.map((word) => has(text, word)),
    sql` AND `,
  );
  return db.all<{ id: number; html: string; title: string | null; summary: string }>(sql`
    SELECT p.id, p.html, p.title, p.summary FROM (${near}) p WHERE ${said} AND p.deleted_at IS NULL
      AND NOT EXISTS (SELECT 1 FROM peers x WHERE x.id = p.author AND x.blocked_at IS NOT NULL)
    ORDER BY p.id DESC LIMIT ${CANDIDATES_MAX}`);
}

/** The number of a post by its id or, among the newest, by the address of its page. At most 2,000 rows. */
export async function postAt(db: Db, url: string): Promise<number | null> {
  const rows = await db.all<{ id: number }>(sql`SELECT id FROM posts WHERE iri = ${url}
    UNION ALL SELECT id FROM (SELECT id, url FROM posts ORDER BY id DESC LIMIT ${POSTS_MAX}) WHERE url = ${url} LIMIT 1`);
  return rows[0]?.id ?? null;
}

/** Hashtags that begin so, the most used first. Reads the newest 2,000 posts. */
export async function findTags(
  db: Db,
  { prefix, limit, offset }: { prefix: string; limit: number; offset: number },
): Promise<string[]> {
  const begins = sql.join(
    [sql`(0`, ...casesOf(prefix).map((one) => sql`OR instr(lower(t.value), ${one}) = 1`), sql`)`],
    sql` `,
  );
  const rows = await db.all<{ name: string }>(sql`SELECT min(t.value) AS name FROM
      (SELECT tags FROM posts WHERE deleted_at IS NULL ORDER BY id DESC LIMIT ${POSTS_MAX}) p, json_each(p.tags) t
    WHERE ${begins} GROUP BY lower(t.value) ORDER BY count(*) DESC, 1 LIMIT ${limit} OFFSET ${offset}`);
  return rows.map(({ name }) => name);
}

/** Those of the posts that are somebody's. */
export async function postsOf(
  db: Db,
  author: number,
  ids: readonly number[],
): Promise<{ id: number; iri: Iri }[]> {
  return db
    .select({ id: posts.id, iri: posts.iri })
    .from(posts)
    .where(
      sql`${posts.author} = ${author} AND ${posts.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`,
    );
}
