/** What a profile shows of somebody grows old: looked at again when the owner looks at it. */
import { DAY } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import type { Iri } from "../kernel/brand.ts";
import type { Peer, PeerCounts } from "../model/peer.ts";
import { fetchActor } from "../peers/fetch-actor.ts";
import { fetchDocument } from "../peers/fetch-document.ts";
import { runBatch } from "../store/batch.ts";
import { askedForCounts, saveCounts, saveProfile } from "../store/peers.ts";

const COUNTS_KEPT = DAY;
const PROFILE_KEPT = 7 * DAY;
/** Documents asked for at a time: each is a signature. */
const GETS_MAX = 2;

/** Whether there is anything to ask for; who blocks the owner or is blocked is left alone. */
export function isStale(peer: Peer, now: number): boolean {
  if (peer.blockedAt !== null || peer.blocksUsAt !== null) return false;
  return now - (peer.countedAt ?? 0) >= COUNTS_KEPT;
}

/**
 * The profile when it is older than a week or was never kept whole, and then the numbers that are missing, else two of the three in turn.
 * What can not be had stays as it was. At most 2 GETs that are signed, 3 rows.
 */
export async function refreshPeer(ctx: Ctx, known: Peer): Promise<void> {
  const now = ctx.clock();
  await runBatch(ctx.db, [askedForCounts(ctx.db, known.id, now)]);
  const old = !known.about || now - known.fetchedAt >= PROFILE_KEPT;
  const fetched = old ? await fetchActor(ctx, known.iri) : null;
  const fresh = fetched?.kind === "actor" ? fetched.peer : known;
  const before = known.counts ?? { followers: null, following: null, posts: null };
  const asked = wanted(fresh, before, now).slice(0, GETS_MAX - (old ? 1 : 0));
  const told = await Promise.all(asked.map(async ([what, url]) => [what, await totalOf(ctx, url)] as const));
  const counts = { ...before, ...Object.fromEntries(told.filter(([, total]) => total !== null)) };
  await runBatch(ctx.db, [
    ...(fresh === known ? [] : [saveProfile(ctx.db, fresh)]),
    saveCounts(ctx.db, known.id, counts),
  ]);
}

/** Those we have no number of first; of the others each day another. */
function wanted(peer: Peer, before: PeerCounts, now: number): [keyof PeerCounts, Iri][] {
  const urls = peer.about?.collections;
  const first = Math.floor(now / DAY) % 3;
  const names = (["followers", "posts", "following"] as const).map((_, n, all) => all[(n + first) % 3]!);
  const inTurn = [
    ...names.filter((what) => before[what] === null),
    ...names.filter((what) => before[what] !== null),
  ];
  return inTurn.flatMap((what): [keyof PeerCounts, Iri][] => {
    const url = urls?.[what];
    return url ? [[what, url]] : [];
  });
}

/** Null where its server does not say. */
async function totalOf(ctx: Ctx, url: Iri): Promise<number | null> {
  const fetched = await fetchDocument(ctx, url);
  const total = fetched.kind === "document" ? fetched.json["totalItems"] : null;
  return typeof total === "number" && Number.isSafeInteger(total) && total >= 0 ? total : null;
}
