/** Remote actors at rest. */
import { and, desc, eq, gte, inArray, isNotNull, isNull, lt, sql } from "drizzle-orm";

import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { hash52 } from "../kernel/hash52.ts";
import type { Peer, PeerCounts, PeerDocument } from "../model/peer.ts";
import { peers } from "./schema.ts";

/** How many numbers after the hash are looked at. A collision of 52 bits is rare; seven in a row do not happen. */
export const PROBES = 8;

/** The peer, or null. At most 8 rows read. */
export async function findPeer(db: Db, iri: Iri): Promise<Peer | null> {
  return pick(await probe(db, iri), iri);
}

/** The query behind `findPeer`, to be batched with others; read its rows with `pick`. */
export function probe(db: Db, iri: Iri) {
  const id = hash52(iri);
  return db
    .select()
    .from(peers)
    .where(and(gte(peers.id, id), lt(peers.id, id + PROBES)));
}

export function pick(rows: Peer[], iri: Iri): Peer | null {
  return rows.find((row) => row.iri === iri) ?? null;
}

/** Peers by number; the missing are left out. One statement whatever their number. */
export async function peersById(db: Db, ids: readonly number[]): Promise<Map<number, Peer>> {
  if (ids.length === 0) return new Map();
  const wanted = sql`(SELECT value FROM json_each(${JSON.stringify([...new Set(ids)])}))`;
  const rows = await db.select().from(peers).where(inArray(peers.id, wanted));
  return new Map(rows.map((row) => [row.id, row]));
}

/** Null as well where the number is null. */
export async function peerById(db: Db, id: number | null): Promise<Peer | null> {
  return id === null ? null : ((await peersById(db, [id])).get(id) ?? null);
}

/** Those of the IRIs that we know. One statement. */
export async function peersByIri(db: Db, iris: readonly Iri[]): Promise<Map<Iri, Peer>> {
  if (iris.length === 0) return new Map();
  const near = await peersNear(db, iris);
  return new Map(iris.flatMap((iri) => pick(near, iri) ?? []).map((peer) => [peer.iri, peer]));
}

/** What `probe` finds for each of these, in one statement; to be batched. 1 row read for an IRI that is not known, 3 for one that is. */
export function peersNear(db: Db, iris: readonly Iri[]) {
  const ids = JSON.stringify([...new Set(iris)].map(hash52));
  return db
    .select()
    .from(peers)
    .where(
      sql`${peers.id} IN (SELECT near.id FROM json_each(${ids}) j
        CROSS JOIN peers near WHERE near.id >= j.value AND near.id < j.value + ${PROBES})`,
    );
}

/**
 * The number a new peer gets: its hash, or the next one that is free among `near`. Null when all that would be looked at are taken,
 * which does not happen by itself: somebody makes up actors that collide.
 */
export function freeId(iri: Iri, near: Pick<Peer, "id" | "iri">[]): number | null {
  const taken = new Set(near.filter((row) => row.iri !== iri).map((row) => row.id));
  const first = hash52(iri);
  for (let id = first; id < first + PROBES; id++) if (!taken.has(id)) return id;
  return null;
}

/** A peer as it would be written, from its freshly fetched document. Writes nothing. Throws when `freeId` says that there is no number. */
export function peerFrom(document: PeerDocument, near: Peer[], at: UnixMs): Peer {
  const known = pick(near, document.iri);
  const id = known?.id ?? freeId(document.iri, near);
  if (id === null) throw new Error("no number is left for this peer");
  return {
    id,
    iri: document.iri,
    inbox: document.inbox,
    sharedInbox: document.sharedInbox,
    keys: document.keys,
    keysFetchedAt: at,
    rfc9421: known?.rfc9421 ?? false,
    username: document.username,
    name: document.name,
    summary: document.summary,
    url: document.url,
    icon: document.icon,
    fetchedAt: at,
    follower: known?.follower ?? null,
    followEventAt: known?.followEventAt ?? (0 as UnixMs),
    blockedAt: known?.blockedAt ?? null,
    blocksUsAt: known?.blocksUsAt ?? null,
    movedTo: known?.movedTo ?? null,
    about: document.about ?? known?.about ?? null,
  };
}

/** Writes what the document says; how the peer stands to us is left as it is. 1 row. */
export function savePeer(db: Db, peer: Peer) {
  const {
    id: _,
    follower: _f,
    followEventAt: _e,
    blockedAt: _b,
    blocksUsAt: _u,
    movedTo: _m,
    counts: _c,
    countedAt: _a,
    ...said
  } = peer;
  return db.insert(peers).values(peer).onConflictDoUpdate({ target: peers.id, set: said });
}

/** What its document says to people; where its mail goes and its keys are left as they are. 1 row. */
export function saveProfile(db: Db, { id, username, name, summary, url, icon, about, fetchedAt }: Peer) {
  return db
    .update(peers)
    .set({ username, name, summary, url, icon, about: about ?? null, fetchedAt })
    .where(eq(peers.id, id));
}

/** Its numbers are asked for now: nobody needs to for a while. 1 row. */
export function askedForCounts(db: Db, id: number, at: UnixMs) {
  return db.update(peers).set({ countedAt: at }).where(eq(peers.id, id));
}

/** 1 row. */
export function saveCounts(db: Db, id: number, counts: PeerCounts) {
  return db.update(peers).set({ counts }).where(eq(peers.id, id));
}

/** The peer told us that it blocks the owner, or no longer does. */
export function setBlocksUs(db: Db, id: number, at: UnixMs | null) {
  return db.update(peers).set({ blocksUsAt: at }).where(eq(peers.id, id));
}

export function setBlocked(db: Db, id: number, at: UnixMs | null) {
  return db.update(peers).set({ blockedAt: at }).where(eq(peers.id, id));
}

/** Whom the owner blocks, newest first. Reads the table: for the owner's own page. To be batched. */
export function blockedPeers(db: Db, limit: number) {
  return db
    .select()
    .from(peers)
    .where(isNotNull(peers.blockedAt))
    .orderBy(desc(peers.blockedAt))
    .limit(limit);
}

export function setMovedTo(db: Db, id: number, target: Iri | null) {
  return db.update(peers).set({ movedTo: target }).where(eq(peers.id, id));
}

/** The peer has signed with RFC 9421. 1 row, once. */
export function setRfc9421(db: Db, id: number) {
  return db.update(peers).set({ rfc9421: true }).where(eq(peers.id, id));
}

/** The account is gone. One that the owner blocks is not forgotten, or it would come back unblocked. */
export function forgetPeer(db: Db, id: number) {
  return db.delete(peers).where(and(eq(peers.id, id), isNull(peers.blockedAt)));
}
