/** The owner follows, unfollows, and decides on who follows them. */
import type { Iri } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { idFromTime } from "../model/post.ts";
import type { Peer } from "../model/peer.ts";
import { enqueue, fanoutId } from "../outbox/enqueue.ts";
import { recipientOf } from "../outbox/targets.ts";
import { runBatch } from "../store/batch.ts";
import { arrive, depart, dropRequest, findFollower, findRequest, inboxesNear } from "../store/followers.ts";
import { dropFollowing, findFollowing, saveFollowing } from "../store/following.ts";
import { peersById, setBlocked } from "../store/peers.ts";
import { answerFollow, follow, undoFollow } from "../vocab/activities.ts";
import type { JsonObject } from "../vocab/read.ts";
import { deliveryInbox } from "../model/peer.ts";
import { knowPeer } from "./know-peer.ts";

export type Asked =
  | { kind: "asked"; peer: Peer }
  | { kind: "already"; peer: Peer }
  | { kind: "invalid"; problem: string };

/** Asks to follow the account behind a handle or URL. 2 rows and the peer's, 1 serialisation. */
export async function followHandle(ctx: Ctx, typed: string): Promise<Asked> {
  const known = await knowPeer(ctx, typed);
  if (known.kind === "unknown") return { kind: "invalid", problem: known.problem };
  const { peer } = known;
  if (await findFollowing(ctx.db, peer.id)) return { kind: "already", peer };
  const id = fanoutId(ctx);
  const followIri = `${ctx.stead.origin}/follows/${id}` as Iri;
  const row = {
    peer: peer.id,
    id: idFromTime(ctx.clock()),
    followIri,
    state: "requested",
    replaces: null,
  } as const;
  await runBatch(ctx.db, [
    saveFollowing(ctx.db, row),
    ...(await enqueue(ctx, id, follow(ctx.stead.actor, peer.iri, followIri), toPeer(peer))),
  ]);
  ctx.ports.background(ctx.ports.redelivery.wake());
  return { kind: "asked", peer };
}

/** False: the owner did not follow them. */
export async function unfollow(ctx: Ctx, peerId: number): Promise<boolean> {
  const following = await findFollowing(ctx.db, peerId);
  const peer = (await peersById(ctx.db, [peerId])).get(peerId);
  if (!following || !peer) return false;
  const activity = undoFollow(ctx.stead.actor, peer.iri, following.followIri);
  await runBatch(ctx.db, [
    dropFollowing(ctx.db, peerId),
    ...(await enqueue(ctx, fanoutId(ctx), activity, toPeer(peer))),
  ]);
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

/** Blocks an account: it neither follows nor is followed, and what it sends is refused. It is not told more than a Reject. */
export async function blockPeer(ctx: Ctx, peerId: number): Promise<boolean> {
  const peer = (await peersById(ctx.db, [peerId])).get(peerId);
  if (!peer) return false;
  await removeFollower(ctx, peerId);
  await unfollow(ctx, peerId);
  await setBlocked(ctx.db, peerId, ctx.clock());
  return true;
}

export async function unblockPeer(ctx: Ctx, peerId: number): Promise<void> {
  await setBlocked(ctx.db, peerId, null);
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
