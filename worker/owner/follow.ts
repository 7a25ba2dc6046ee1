/** The owner follows, unfollows, and decides on who follows them. */
import type { Iri } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import type { Peer } from "../model/peer.ts";
import { enqueue, fanoutId } from "../outbox/enqueue.ts";
import { recipientOf } from "../outbox/targets.ts";
import { runBatch, type Statement } from "../store/batch.ts";
import { arrive, depart, dropRequest, findFollower, findRequest, inboxesNear } from "../store/followers.ts";
import { dropFollowing, findFollowing, insertFollowing, wishOf } from "../store/following.ts";
import { peersById, setBlocked } from "../store/peers.ts";
import { answerFollow, block, blockId, follow, undoFollow } from "../vocab/activities.ts";
import { undo } from "../vocab/reactions.ts";
import type { JsonObject } from "../vocab/read.ts";
import { deliveryInbox } from "../model/peer.ts";
import { knowPeer } from "./know-peer.ts";

export type Asked =
  | { kind: "asked"; peer: Peer }
  | { kind: "already"; peer: Peer }
  | { kind: "invalid"; problem: string };

/** What the owner wants of somebody they follow; what is missing stays, or is as it is unless told. */
export interface FollowWishes {
  /** Their boosts as well; true unless told. */
  readonly boosts?: boolean;
  /** Each post of theirs from now on is a notification; false unless told. */
  readonly notify?: boolean;
  /** BCP 47 tags of what is wanted; none: all. */
  readonly languages?: string[];
}

/** Asks to follow the account behind a handle or URL. 2 rows and the peer's, 1 serialisation. */
export async function followHandle(ctx: Ctx, typed: string): Promise<Asked> {
  const known = await knowPeer(ctx, typed);
  if (known.kind === "unknown") return { kind: "invalid", problem: known.problem };
  return followPeer(ctx, known.peer);
}

/** Twice is once, at once too: who is followed already, or was asked, gets no second Follow, and what the owner wants of them is changed. */
export async function followPeer(ctx: Ctx, peer: Peer, wishes: FollowWishes = {}): Promise<Asked> {
  if (await findFollowing(ctx.db, peer.id)) return changeWishes(ctx, peer, wishes);
  if (peer.blockedAt !== null) return { kind: "invalid", problem: "You block them. Unblock them first." };
  const id = fanoutId(ctx);
  const followIri = `${ctx.stead.origin}/follows/${id}` as Iri;
  const heard = wishes.notify ? { notifySince: ctx.clock() } : {};
  const row = {
    peer: peer.id,
    id,
    followIri,
    state: "requested",
    replaces: null,
    ...wishes,
    ...heard,
  } as const;
  const told = await enqueue(ctx, id, follow(ctx.stead.actor, peer.iri, followIri), toPeer(peer));
  try {
    await runBatch(ctx.db, [insertFollowing(ctx.db, row), ...told]);
  } catch (cause) {
    if (/UNIQUE constraint failed: following\.peer/.test(String(cause)))
      return changeWishes(ctx, peer, wishes);
    throw cause;
  }
  ctx.ports.background(ctx.ports.redelivery.wake());
  return { kind: "asked", peer };
}

async function changeWishes(ctx: Ctx, peer: Peer, wishes: FollowWishes): Promise<Asked> {
  if (Object.keys(wishes).length > 0) await runBatch(ctx.db, [wishOf(ctx.db, peer.id, wishes, ctx.clock())]);
  return { kind: "already", peer };
}

/** False: the owner did not follow them. */
export async function unfollow(ctx: Ctx, peerId: number): Promise<boolean> {
  const following = await findFollowing(ctx.db, peerId);
  const peer = (await peersById(ctx.db, [peerId])).get(peerId);
  if (!following || !peer) return false;
  await runBatch(ctx.db, await endFollow(ctx, peer, following.followIri));
  ctx.ports.background(ctx.ports.redelivery.wake());
  return true;
}

/** Lets somebody in who waits: from here on as if they had followed an open account. */
export async function acceptRequest(ctx: Ctx, peerId: number): Promise<boolean> {
  const [request, peer] = [
    await findRequest(ctx.db, peerId),
    (await peersById(ctx.db, [peerId])).get(peerId),
  ];
  if (!request || !peer) return false;
  const { followIri, receivedAt, proof } = request;
  const near = await inboxesNear(ctx.db, [deliveryInbox(peer)]);
  const arrivals = arrive(ctx.db, [{ peer, followIri, receivedAt, proof }], near, ctx.clock());
  await runBatch(ctx.db, [...arrivals, dropRequest(ctx.db, peerId)]);
  ctx.ports.background(ctx.ports.redelivery.wake());
  return true;
}

/** Turns somebody away who waits. An older copy of their Follow brings nothing back, and they count as one who left. */
export async function rejectRequest(ctx: Ctx, peerId: number): Promise<boolean> {
  const [request, peer] = [
    await findRequest(ctx.db, peerId),
    (await peersById(ctx.db, [peerId])).get(peerId),
  ];
  if (!request || !peer) return false;
  await runBatch(ctx.db, [
    ...depart(ctx.db, peerId, ctx.clock()),
    ...(await reject(ctx, peer, request.followIri)),
  ]);
  ctx.ports.background(ctx.ports.redelivery.wake());
  return true;
}

/** Removes a follower: they are told by a Reject, and may ask again. */
export async function removeFollower(ctx: Ctx, peerId: number): Promise<boolean> {
  const peer = (await peersById(ctx.db, [peerId])).get(peerId);
  const follower = peer?.follower == null ? null : await findFollower(ctx.db, peer.follower);
  if (!peer || !follower) return false;
  await runBatch(ctx.db, [
    ...depart(ctx.db, peerId, ctx.clock()),
    ...(await reject(ctx, peer, follower.followIri)),
  ]);
  ctx.ports.background(ctx.ports.redelivery.wake());
  return true;
}

/**
 * Blocks an account: it neither follows nor is followed, and what it sends is refused. Its server is told, so that it shows neither to the other.
 * Twice is once. At most 11 rows, 3 serialisations.
 */
export async function blockPeer(ctx: Ctx, peerId: number): Promise<boolean> {
  const peer = (await peersById(ctx.db, [peerId])).get(peerId);
  if (!peer) return false;
  if (peer.blockedAt !== null) return true;
  const { actor } = ctx.stead;
  const now = ctx.clock();
  const [following, follower, request] = await Promise.all([
    findFollowing(ctx.db, peerId),
    peer.follower === null ? null : findFollower(ctx.db, peer.follower),
    findRequest(ctx.db, peerId),
  ]);
  const asked = follower ?? request;
  const told = await enqueue(
    ctx,
    fanoutId(ctx),
    block(actor, peer.iri, blockId(actor, peerId, now)),
    toPeer(peer),
  );
  await runBatch(ctx.db, [
    setBlocked(ctx.db, peerId, now),
    ...depart(ctx.db, peerId, now),
    ...(asked ? await reject(ctx, peer, asked.followIri) : []),
    ...(following ? await endFollow(ctx, peer, following.followIri) : []),
    ...told,
  ]);
  ctx.ports.background(ctx.ports.redelivery.wake());
  return true;
}

/** What was ended by the block stays ended. Twice is once. 2 rows. */
export async function unblockPeer(ctx: Ctx, peerId: number): Promise<void> {
  const peer = (await peersById(ctx.db, [peerId])).get(peerId);
  if (!peer || peer.blockedAt === null) return;
  const { actor } = ctx.stead;
  const id = blockId(actor, peerId, peer.blockedAt);
  await runBatch(ctx.db, [
    setBlocked(ctx.db, peerId, null),
    ...(await enqueue(ctx, fanoutId(ctx), undo(id, block(actor, peer.iri, id)), toPeer(peer))),
  ]);
  ctx.ports.background(ctx.ports.redelivery.wake());
}

async function endFollow(ctx: Ctx, peer: Peer, followIri: Iri): Promise<Statement[]> {
  const activity = undoFollow(ctx.stead.actor, peer.iri, followIri);
  return [dropFollowing(ctx.db, peer.id), ...(await enqueue(ctx, fanoutId(ctx), activity, toPeer(peer)))];
}

function reject(ctx: Ctx, peer: Peer, followIri: string | null) {
  const id = fanoutId(ctx);
  const answered = { follower: peer.iri, followIri };
  const activity: JsonObject = answerFollow(
    "Reject",
    `${ctx.stead.actor}#rejects/${id}`,
    ctx.stead.actor,
    answered,
  );
  return enqueue(ctx, id, activity, toPeer(peer));
}

/** Answers and Follows go to the personal inbox. */
function toPeer(peer: Peer) {
  return { toFollowers: false, recipients: [recipientOf(peer, false)] };
}
