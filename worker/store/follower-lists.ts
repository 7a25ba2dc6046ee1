/**
 * Our followers server by server (FEP-8fcf). A list that lacks somebody makes their server end their follow, so what is read here is exact:
 * one statement writes all lists, and each is read together with whoever came after it.
 */
import { and, asc, desc, eq, gt, isNotNull, isNull, lte, ne, sql, type SQL } from "drizzle-orm";

import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { hostOf } from "../kernel/iri.ts";
import type { Statement } from "./batch.ts";
import { expected, followerLists, followers, peers } from "./schema.ts";

export type FollowerList = Omit<typeof followerLists.$inferSelect, "people" | "rescued">;

/** More newcomers than this since the lists were written, and they are to be written again. */
const NEWCOMERS_MAX = 2_000;

const { people, rescued, ...light } = {
  host: followerLists.host,
  people: followerLists.people,
  rescued: followerLists.rescued,
  inbox: followerLists.inbox,
  through: followerLists.through,
  nextAt: followerLists.nextAt,
  tries: followerLists.tries,
  digest: followerLists.digest,
  sentAt: followerLists.sentAt,
  askedAt: followerLists.askedAt,
  agreedAt: followerLists.agreedAt,
  problem: followerLists.problem,
};

/** The authority in an IRI, lower case: what FEP-8fcf parts a collection by. */
const authority = (iri: SQL) => {
  const rest = sql`substr(${iri}, instr(${iri}, '//') + 2)`;
  return sql`lower(substr(${rest}, 1, instr(${rest} || '/', '/') - 1))`;
};

/**
 * Writes the list of every server anew, as this transaction sees it. Reads 2 rows a follower, and everybody who is expected; writes 2 a
 * server, and as many to drop the old ones.
 */
export function writeLists(db: Db, now: UnixMs): Statement[] {
  const following = sql`SELECT ${authority(sql`p.iri`)} AS host, p.id AS peer, NULL AS expected,
      p.shared_inbox AS shared, p.inbox AS inbox
      FROM followers f CROSS JOIN peers p ON p.id = f.peer`;
  const helped = sql`SELECT ${authority(sql`e.iri`)}, NULL, e.id, NULL, e.inbox
      FROM expected e WHERE e.rescued_at IS NOT NULL AND e.iri IS NOT NULL AND e.inbox IS NOT NULL`;
  return [
    db.run(sql`DELETE FROM follower_lists`),
    db.run(sql`INSERT INTO follower_lists (host, people, rescued, inbox, through, next_at)
      SELECT host, json_group_array(peer) FILTER (WHERE peer IS NOT NULL),
        json_group_array(expected) FILTER (WHERE expected IS NOT NULL),
        coalesce(max(shared), min(inbox)), (SELECT last_id FROM follower_log), ${now}
      FROM (${following} UNION ALL ${helped}) GROUP BY host`),
  ];
}

/** Who of a server follows us, by what this one committed read sees. */
type ListRead =
  /** `helped`: expected.id of those who are in it for a rescue Accept alone. */
  | { kind: "list"; list: FollowerList; iris: Iri[]; helped: number[] }
  /** No list was written for it. */
  | { kind: "none" }
  /** Too many came since: nothing can be said without reading everybody. */
  | { kind: "stale" };

/** Whether a list was written for it: 1 row, while `readList` may read thousands. */
export async function hasList(db: Db, host: string): Promise<boolean> {
  const rows = await db
    .select({ host: followerLists.host })
    .from(followerLists)
    .where(eq(followerLists.host, host));
  return rows.length > 0;
}

/**
 * Exact for any server that has a list: of its people those who follow still, everybody of that server who came since, and those whom a
 * rescue Accept may have made followers. 1 D1 call; reads a row for each of them, and 2 for each newcomer of any server.
 */
export async function readList(db: Db, host: string): Promise<ListRead> {
  const here = eq(followerLists.host, host);
  const through = sql`(SELECT through FROM follower_lists WHERE host = ${host})`;
  const [[list], still, newcomers, helped] = await db.batch([
    db.select(light).from(followerLists).where(here),
    db
      .select({ iri: peers.iri })
      .from(followerLists)
      .innerJoin(sql`json_each(${people}) j`, sql`true`)
      .innerJoin(peers, sql`${peers.id} = j.value`)
      .where(and(here, isNotNull(peers.follower))),
    db
      .select({ iri: peers.iri })
      .from(followers)
      .innerJoin(peers, eq(peers.id, followers.peer))
      .where(gt(followers.id, through))
      .orderBy(asc(followers.id))
      .limit(NEWCOMERS_MAX + 1),
    db
      .select({ id: expected.id, iri: expected.iri })
      .from(followerLists)
      .innerJoin(sql`json_each(${rescued}) j`, sql`true`)
      .innerJoin(expected, sql`${expected.id} = j.value`)
      .leftJoin(peers, and(eq(peers.id, expected.id), eq(peers.iri, expected.iri)))
      .where(and(here, mayFollow)),
  ]);
  if (!list) return { kind: "none" };
  if (newcomers.length > NEWCOMERS_MAX) return { kind: "stale" };
  const came = newcomers.filter(({ iri }) => hostOf(iri) === host);
  const iris = [...still, ...came, ...helped].flatMap(({ iri }) => iri ?? []);
  return { kind: "list", list, iris: [...new Set(iris)], helped: helped.map(({ id }) => id) };
}

/**
 * Had a rescue Accept, and neither followed nor took anything back since, as far as we know. Not who waits for the owner: to be on the list
 * would let them in.
 */
const mayFollow = and(
  isNotNull(expected.iri),
  isNotNull(expected.rescuedAt),
  isNull(expected.declinedAt),
  isNull(peers.follower),
  isNull(peers.blockedAt),
  isNull(peers.blocksUsAt),
  sql`coalesce(${peers.followEventAt}, 0) <= ${expected.rescuedAt}`,
  sql`NOT EXISTS (SELECT 1 FROM follow_requests WHERE follow_requests.peer = ${peers.id})`,
  sql`${followerLists.host} NOT IN (SELECT host FROM blocked_hosts)`,
);

/** Lists whose header is to be sent now, oldest first. To be batched. */
export function dueLists(db: Db, now: UnixMs, limit: number) {
  return db
    .select(light)
    .from(followerLists)
    .where(lte(followerLists.nextAt, now))
    .orderBy(asc(followerLists.nextAt))
    .limit(limit);
}

/** When the next one is due. To be batched. */
export function nextList(db: Db) {
  return db
    .select({ nextAt: followerLists.nextAt })
    .from(followerLists)
    .where(isNotNull(followerLists.nextAt))
    .orderBy(asc(followerLists.nextAt))
    .limit(1);
}

/** At most 2 rows. */
export function noteList(db: Db, host: string, change: Partial<FollowerList>) {
  return db.update(followerLists).set(change).where(eq(followerLists.host, host));
}

/** Of the servers that fetched their list by then, one whose rescued people are still to be taken for followers. To be batched. */
export function askedList(db: Db, by: UnixMs) {
  return db
    .select({ host: followerLists.host })
    .from(followerLists)
    .where(and(lte(followerLists.askedAt, by), isNull(followerLists.agreedAt)))
    .orderBy(asc(followerLists.askedAt))
    .limit(1);
}

/** When the next server fetched its list, of those not looked at since. To be batched. */
export function nextAsked(db: Db) {
  return db
    .select({ askedAt: followerLists.askedAt })
    .from(followerLists)
    .where(and(isNotNull(followerLists.askedAt), isNull(followerLists.agreedAt)))
    .orderBy(asc(followerLists.askedAt))
    .limit(1);
}

/** What came of the lists, in numbers. Reads all of them: for the owner's page. To be batched. */
export function countLists(db: Db) {
  const count = (what: SQL | undefined) => sql<number>`count(*) FILTER (WHERE ${what})`;
  return db
    .select({
      servers: sql<number>`count(*)`,
      people: sql<number>`coalesce(sum(json_array_length(${people})), 0)`,
      helped: sql<number>`coalesce(sum(json_array_length(${rescued})), 0)`,
      waiting: count(isNotNull(followerLists.nextAt)),
      sent: count(isNotNull(followerLists.sentAt)),
      asked: count(isNotNull(followerLists.askedAt)),
      failed: count(isNotNull(followerLists.problem)),
    })
    .from(followerLists);
}

/** Lists that were given up, or that wait for another try. To be batched. */
export function failedLists(db: Db, limit: number) {
  return db
    .select(light)
    .from(followerLists)
    .where(and(isNotNull(followerLists.problem), ne(followerLists.problem, "")))
    .orderBy(desc(followerLists.tries), asc(followerLists.host))
    .limit(limit);
}
