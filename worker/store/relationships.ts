/** How people stand to the owner, and the lists that come of it, a page at a time. */
import { and, desc, eq, gt, isNotNull, lt, sql } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { hostIn } from "./hosts.ts";
import type { Range } from "./mutes.ts";
import { followers, following, followRequests, peers } from "./schema.ts";
import { mutes, peerNotes } from "./schema/people.ts";

/** Those of the numbers that are somebody's, in no order. One statement, whatever their number; at most 7 rows read for each. To be batched. */
export function standingsOf(db: Db, ids: readonly number[], now: UnixMs) {
  const holds = sql`(${mutes.expiresAt} IS NULL OR ${mutes.expiresAt} > ${now})`;
  return db
    .select({
      id: peers.id,
      follower: peers.follower,
      blockedAt: peers.blockedAt,
      blocksUsAt: peers.blocksUsAt,
      following: {
        state: following.state,
        boosts: following.boosts,
        notify: following.notify,
        languages: following.languages,
      },
      mute: { notifications: mutes.notifications, expiresAt: mutes.expiresAt },
      note: peerNotes.note,
      asks: followRequests.receivedAt,
      hostBlocked:
        sql<number>`EXISTS (SELECT 1 FROM blocked_hosts h WHERE h.host = ${hostIn(sql`${peers.iri}`)})`.as(
          "host_blocked",
        ),
    })
    .from(peers)
    .leftJoin(following, eq(following.peer, peers.id))
    .leftJoin(mutes, and(eq(mutes.peer, peers.id), holds))
    .leftJoin(peerNotes, eq(peerNotes.peer, peers.id))
    .leftJoin(followRequests, eq(followRequests.peer, peers.id))
    .where(sql`${peers.id} IN (SELECT value FROM json_each(${JSON.stringify(ids)}))`);
}

/** How one person stands to the owner. */
export type Standing = Awaited<ReturnType<typeof standingsOf>>[number];

/** The newest followers first. Reads 2 rows for each. */
export function followersWithin(db: Db, { before, after }: Range, limit: number) {
  return db
    .select({ place: followers.id, peer: peers })
    .from(followers)
    .innerJoin(peers, eq(peers.id, followers.peer))
    .where(and(lt(followers.id, before), gt(followers.id, after)))
    .orderBy(desc(followers.id))
    .limit(limit);
}

/** Whom the owner follows and who has said yes, newest first. Reads all that the owner follows, and 2 rows for each that is shown. */
export function followingWithin(db: Db, { before, after }: Range, limit: number) {
  const part = db
    .select({ place: following.id, id: following.peer })
    .from(following)
    .where(and(eq(following.state, "accepted"), lt(following.id, before), gt(following.id, after)))
    .orderBy(desc(following.id))
    .limit(limit)
    .as("part");
  return db
    .select({ place: part.place, peer: peers })
    .from(part)
    .innerJoin(peers, eq(peers.id, part.id))
    .orderBy(desc(part.place));
}

/** Whom the owner blocks, the newest first. Reads 2 rows for each. */
export function blocksWithin(db: Db, { before, after }: Range, limit: number) {
  return db
    .select({ place: sql<number>`${peers.blockedAt}`.as("place"), peer: peers })
    .from(peers)
    .where(
      and(
        isNotNull(peers.blockedAt),
        lt(peers.blockedAt, before as UnixMs),
        gt(peers.blockedAt, after as UnixMs),
      ),
    )
    .orderBy(desc(peers.blockedAt))
    .limit(limit);
}

/** Who waits for the owner's yes, by their numbers: thousands may ask in one second, and none may fall between two pages. 2 rows read for each. */
export function requestsWithin(db: Db, { before, after }: Range, limit: number) {
  return db
    .select({ place: followRequests.peer, peer: peers })
    .from(followRequests)
    .innerJoin(peers, eq(peers.id, followRequests.peer))
    .where(and(lt(followRequests.peer, before), gt(followRequests.peer, after)))
    .orderBy(desc(followRequests.peer))
    .limit(limit);
}
