/**
 * Followers at rest, their inboxes and the log of Accepts owed. Every change is one batch of conditional statements, so that the
 * second copy of an activity, a race or a retry after a crash changes nothing.
 */
import { and, asc, desc, eq, gt, isNull, lt, sql } from "drizzle-orm";

import type { Iri, UnixMs } from "../kernel/brand.ts";
import { HOUR } from "../kernel/clock.ts";
import type { Db } from "../kernel/ctx.ts";
import { hash52, ID_LIMIT } from "../kernel/hash52.ts";
import { deliveryInbox, type Peer } from "../model/peer.ts";
import { followerLog, followers, followRequests, inboxes, peers, undone } from "./schema.ts";

export type Follower = typeof followers.$inferSelect;
export type FollowRequest = typeof followRequests.$inferSelect;
export type Inbox = typeof inboxes.$inferSelect;

/** A Follow that is to be accepted. `near`: rows of `inboxes` that might collide with the inbox's number. */
export interface Arrival {
  readonly peer: Peer;
  readonly followIri: string | null;
  readonly receivedAt: UnixMs;
  readonly proof: string;
}

/**
 * Writes arrivals of different peers: follower rows, reference-counted inboxes, the log, the peers. 4 rows written for each, in 4
 * statements for all. An arrival that follows already, or that is older than what was applied, writes nothing. An Accept is owed
 * for each row written: its id lies above the redelivery object's cursor. A probe of our own follows like anybody, and is no arrival.
 */
export function arrive(db: Db, arrivals: readonly Arrival[], near: readonly Inbox[], now: UnixMs) {
  const rows = arrivals.map((arrival) => ({
    peer: arrival.peer.id,
    at: arrival.receivedAt,
    undone: arrival.followIri === null ? 0 : hash52(takenBack(arrival.peer.iri, arrival.followIri)),
    inbox: inboxId(deliveryInbox(arrival.peer), near),
    url: deliveryInbox(arrival.peer),
    rfc9421: arrival.peer.rfc9421 ? 1 : 0,
    follow: arrival.followIri,
  }));
  const light = JSON.stringify(rows);
  const proofs = JSON.stringify(arrivals.map((arrival) => arrival.proof));
  const heavy = JSON.stringify(
    arrivals.map(({ peer }, n) => ({ ...rows[n], ...peer, keys: JSON.stringify(peer.keys) })),
  );
  const fresh = sql`NOT EXISTS (SELECT 1 FROM peers p WHERE p.id = j.value ->> 'peer'
      AND (p.follower IS NOT NULL OR p.follow_event_at > j.value ->> 'at'))
    AND NOT EXISTS (SELECT 1 FROM undone u WHERE u.key = j.value ->> 'undone')`;
  const id = sql`(SELECT last_id FROM follower_log) - ${rows.length} + 1 + j.key`;
  // No LIKE: D1 takes no pattern of more than 50 bytes, and an origin may be longer.
  const foreign = sql`instr(j.value ->> 'url', (SELECT origin || '/probes/' FROM owner)) IS NOT 1`;
  return [
    db.run(sql`UPDATE follower_log SET
        count = count + news.n, arrived = arrived + news.people,
        last_id = max(last_id, ${now * 1_000}) + ${rows.length}
        FROM (SELECT count(*) AS n, coalesce(sum(${foreign}), 0) AS people
          FROM json_each(${light}) j WHERE ${fresh}) news`),
    db.run(sql`INSERT INTO followers (id, peer, inbox, follow_iri, since, proof)
        SELECT ${id}, j.value ->> 'peer', j.value ->> 'inbox', j.value ->> 'follow', j.value ->> 'at',
          json_extract(${proofs}, '$[' || j.key || ']')
        FROM json_each(${light}) j WHERE ${fresh}`),
    db.run(sql`INSERT INTO inboxes (id, url, refs, rfc9421)
        SELECT j.value ->> 'inbox', j.value ->> 'url', count(*), max(j.value ->> 'rfc9421')
        FROM json_each(${light}) j WHERE ${fresh} GROUP BY 1
        ON CONFLICT (id) DO UPDATE SET refs = refs + excluded.refs, rfc9421 = max(rfc9421, excluded.rfc9421), gone_at = NULL`),
    db.run(sql`INSERT INTO peers (id, iri, inbox, shared_inbox, keys, keys_fetched_at, rfc9421, username, name, summary, url,
          icon, about, fetched_at, follower, follow_event_at)
        SELECT j.value ->> 'peer', j.value ->> 'iri', j.value ->> 'inbox', j.value ->> 'sharedInbox', j.value ->> 'keys',
          j.value ->> 'keysFetchedAt', j.value ->> 'rfc9421', j.value ->> 'username', j.value ->> 'name', j.value ->> 'summary',
          j.value ->> 'url', j.value ->> 'icon', j.value ->> 'about', j.value ->> 'fetchedAt', ${id}, j.value ->> 'at'
        FROM json_each(${heavy}) j WHERE ${fresh}
        ON CONFLICT (id) DO UPDATE SET follower = excluded.follower, follow_event_at = excluded.follow_event_at,
          inbox = excluded.inbox, shared_inbox = excluded.shared_inbox, keys = excluded.keys,
          keys_fetched_at = excluded.keys_fetched_at, rfc9421 = max(rfc9421, excluded.rfc9421), username = excluded.username,
          name = excluded.name, summary = excluded.summary, url = excluded.url, icon = excluded.icon,
          about = coalesce(excluded.about, about),
          fetched_at = excluded.fetched_at`),
  ] as const;
}

const INBOX_PROBES = 4;

/**
 * Numbers an inbox: its hash, or the next one free among `near`. When all are taken, which somebody must have meant, any number:
 * the inbox is then no longer found by its URL, and its followers do not share it.
 */
function inboxId(url: Iri, near: readonly Inbox[]): number {
  const taken = new Set(near.filter((row) => row.url !== url).map((row) => row.id));
  const first = hash52(url);
  for (let id = first; id < first + INBOX_PROBES; id++) if (!taken.has(id)) return id;
  return Math.floor(Math.random() * ID_LIMIT);
}

/** The rows an inbox's number might collide with; to be batched. 1 row read for an inbox that is new, 3 for one that is not. */
export function inboxesNear(db: Db, urls: readonly Iri[]) {
  const ids = JSON.stringify([...new Set(urls)].map(hash52));
  return db
    .select()
    .from(inboxes)
    .where(
      sql`${inboxes.id} IN (SELECT near.id FROM json_each(${ids}) j
        CROSS JOIN inboxes near WHERE near.id >= j.value AND near.id < j.value + ${INBOX_PROBES})`,
    );
}

/**
 * The follower follows again under another id: the row moves to the end of the log, where a new Accept is owed for it. At most 4 rows.
 */
export function renew(db: Db, peer: Peer, follower: Follower, arrival: Arrival, now: UnixMs) {
  const next = sql`(SELECT last_id FROM follower_log)`;
  return [
    db.run(sql`UPDATE follower_log SET last_id = max(last_id, ${now * 1_000}) + 1`),
    db.run(sql`UPDATE followers SET id = ${next}, follow_iri = ${arrival.followIri}, proof = ${arrival.proof}
        WHERE id = ${follower.id} AND peer = ${peer.id}`),
    db.run(sql`UPDATE peers SET follower = ${next}, follow_event_at = ${arrival.receivedAt}
        WHERE id = ${peer.id} AND follower = ${follower.id}`),
    db.run(sql`UPDATE inboxes SET gone_at = NULL WHERE id = ${follower.inbox} AND gone_at IS NOT NULL`),
  ] as const;
}

/**
 * Notes that a repeated Follow has its Accept sent once more, at most hourly. `changes` of the result is 0 when it was sent less
 * than an hour ago. 1 row.
 */
export function askAccept(db: Db, follower: number, now: UnixMs) {
  return db
    .update(followers)
    .set({ acceptAskedAt: now })
    .where(and(eq(followers.id, follower), lt(sql`coalesce(accept_asked_at, since)`, now - HOUR)));
}

/**
 * A Follow came again that its id does not tell from the first: an Undo that came between the two, and still waits, takes nothing back.
 * `changes` of the result is 0 when it has just been applied. 1 row.
 */
export function followedAgain(db: Db, peer: number, receivedAt: UnixMs) {
  return db.run(sql`UPDATE peers SET follow_event_at = ${receivedAt}
      WHERE id = ${peer} AND follower IS NOT NULL AND follow_event_at <= ${receivedAt}`);
}

/**
 * The peer no longer follows, whatever the reason. `receivedAt` null: by our own decision, or because the account is gone.
 * At most 6 rows; nothing when a newer Follow was applied.
 */
export function depart(db: Db, peer: number, receivedAt: UnixMs) {
  const current = sql`(SELECT follower FROM peers WHERE id = ${peer} AND follow_event_at <= ${receivedAt})`;
  const inbox = sql`(SELECT inbox FROM followers WHERE id = ${current})`;
  return [
    db.run(sql`UPDATE inboxes SET refs = refs - 1 WHERE id = ${inbox}`),
    db.run(sql`DELETE FROM inboxes WHERE refs <= 0 AND id = ${inbox}`),
    db.run(sql`UPDATE follower_log SET count = count - 1 WHERE ${current} IS NOT NULL`),
    db.run(sql`DELETE FROM followers WHERE id = ${current}`),
    db.run(sql`DELETE FROM follow_requests WHERE peer = ${peer} AND received_at <= ${receivedAt}`),
    db.run(sql`UPDATE peers SET follower = NULL, follow_event_at = ${receivedAt}
        WHERE id = ${peer} AND follow_event_at <= ${receivedAt}`),
  ] as const;
}

/** What a peer took back: only its own. Others may name the same id, and mean nothing by it. */
export const takenBack = (peer: Iri, iri: string) => `${peer} ${iri}`;

/** Remembers for 7 days that something was taken back. 1 row. */
export function remember(db: Db, what: string, at: UnixMs) {
  return db
    .insert(undone)
    .values({ key: hash52(what), at })
    .onConflictDoUpdate({ target: undone.key, set: { at: sql`max(at, excluded.at)` } });
}

/** Which of these were taken back; to be batched. */
export function wasUndone(db: Db, what: readonly string[]) {
  const keys = JSON.stringify(what.map(hash52));
  return db
    .select()
    .from(undone)
    .where(sql`${undone.key} IN (SELECT value FROM json_each(${keys}))`);
}

/** Moves a follower's deliveries to its new inbox, after its document said so. At most 4 rows. */
export function moveInbox(db: Db, follower: number, to: Iri, near: readonly Inbox[], rfc9421: boolean) {
  const id = inboxId(to, near);
  const old = sql`(SELECT inbox FROM followers WHERE id = ${follower} AND inbox <> ${id})`;
  return [
    db.run(sql`INSERT INTO inboxes (id, url, refs, rfc9421) SELECT ${id}, ${to}, 1, ${rfc9421 ? 1 : 0} WHERE ${old} IS NOT NULL
        ON CONFLICT (id) DO UPDATE SET refs = refs + 1, rfc9421 = max(rfc9421, excluded.rfc9421)`),
    db.run(sql`UPDATE inboxes SET refs = refs - 1 WHERE id = ${old}`),
    db.run(sql`DELETE FROM inboxes WHERE refs <= 0 AND id = ${old}`),
    db.run(sql`UPDATE followers SET inbox = ${id} WHERE id = ${follower} AND inbox <> ${id}`),
  ] as const;
}

export async function findFollower(db: Db, id: number): Promise<Follower | null> {
  const [row] = await db.select().from(followers).where(eq(followers.id, id));
  return row ?? null;
}

/** Followers by number; one statement. */
export function followersById(db: Db, ids: readonly number[]) {
  return db
    .select()
    .from(followers)
    .where(sql`${followers.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`);
}

/** Numbers of followers above `after`, in the order of the log. */
export async function idsAfter(db: Db, after: number, limit: number): Promise<number[]> {
  const rows = await db
    .select({ id: followers.id })
    .from(followers)
    .where(gt(followers.id, after))
    .orderBy(asc(followers.id))
    .limit(limit);
  return rows.map((row) => row.id);
}

/** Numbers of inboxes above `after`. Reads as many rows as it returns. */
export async function inboxIdsAfter(db: Db, after: number, limit: number): Promise<number[]> {
  const rows = await db
    .select({ id: inboxes.id })
    .from(inboxes)
    .where(and(gt(inboxes.id, after), isNull(inboxes.goneAt)))
    .orderBy(asc(inboxes.id))
    .limit(limit);
  return rows.map((row) => row.id);
}

export function inboxesById(db: Db, ids: readonly number[]) {
  return db
    .select()
    .from(inboxes)
    .where(sql`${inboxes.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`);
}

/** An inbox is gone for good: nothing is sent there any more, its followers are kept 30 days. 1 row. */
export function markInboxGone(db: Db, id: number, at: UnixMs) {
  return db.update(inboxes).set({ goneAt: at }).where(eq(inboxes.id, id));
}

/** Peers whose inbox has been gone since before `before`. Reads the followers: for the daily sweep. */
export async function followersGoneSince(db: Db, before: UnixMs, limit: number): Promise<number[]> {
  const rows = await db
    .select({ peer: followers.peer })
    .from(followers)
    .innerJoin(inboxes, eq(inboxes.id, followers.inbox))
    .where(lt(inboxes.goneAt, before))
    .limit(limit);
  return rows.map((row) => row.peer);
}

/** The newest followers first, for people and for the collection's pages; `before` pages on. Query to be batched or awaited. */
export function newestFollowers(db: Db, before: number, limit: number) {
  return db
    .select({ follower: followers, peer: peers })
    .from(followers)
    .innerJoin(peers, eq(peers.id, followers.peer))
    .where(lt(followers.id, before))
    .orderBy(desc(followers.id))
    .limit(limit);
}

/** How many followers there are: one row, to be batched. */
export function followerLogQuery(db: Db) {
  return db.select().from(followerLog);
}

/** A Follow waits for the owner. 1 row (and 1 for a new peer). */
export function request(db: Db, row: FollowRequest) {
  return db.insert(followRequests).values(row).onConflictDoUpdate({ target: followRequests.peer, set: row });
}

export function waitingRequests(db: Db, limit: number) {
  return db
    .select({ request: followRequests, peer: peers })
    .from(followRequests)
    .innerJoin(peers, eq(peers.id, followRequests.peer))
    .orderBy(desc(followRequests.receivedAt))
    .limit(limit);
}

export async function findRequest(db: Db, peer: number): Promise<FollowRequest | null> {
  const [row] = await db.select().from(followRequests).where(eq(followRequests.peer, peer));
  return row ?? null;
}

/** Which of these peers wait for the owner; to be batched. */
export function requestsOf(db: Db, ids: readonly number[]) {
  return db
    .select()
    .from(followRequests)
    .where(sql`${followRequests.peer} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`);
}

export function dropRequest(db: Db, peer: number) {
  return db.delete(followRequests).where(eq(followRequests.peer, peer));
}

/** Sweeps memories older than seven days. */
export function forgetUndone(db: Db, before: UnixMs) {
  return db.delete(undone).where(lt(undone.at, before));
}
