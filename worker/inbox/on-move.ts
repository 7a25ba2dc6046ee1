/** Move of somebody the owner follows: the owner goes along. */
import type { Ctx } from "../kernel/ctx.ts";
import type { Iri } from "../kernel/brand.ts";
import { decideMove } from "../model/move.ts";
import type { Peer } from "../model/peer.ts";
import { idFromTime } from "../model/post.ts";
import { enqueue, fanoutId } from "../outbox/enqueue.ts";
import { recipientOf } from "../outbox/targets.ts";
import { fetchActor } from "../peers/fetch-actor.ts";
import { runBatch, type Statement } from "../store/batch.ts";
import { remember, wasUndone } from "../store/followers.ts";
import { findFollowing, followInPlaceOf, saveFollowing } from "../store/following.ts";
import { savePeer, setMovedTo } from "../store/peers.ts";
import { follow } from "../vocab/activities.ts";
import { idOf } from "../vocab/read.ts";
import { unfollow } from "./on-answer.ts";
import { appliedAndOwes, ignored, type Outcome, type Received } from "./received.ts";

/**
 * Follows the new account; the old Follow is undone only when the new one is accepted. Believed once in 7 days for an account, and a Move
 * that fails a check holds nothing up. 1 signature, 1 fetch, 5 rows.
 */
export async function onMove(ctx: Ctx, received: Received): Promise<Outcome> {
  const { activity, peer, receivedAt } = received;
  const follows = await findFollowing(ctx.db, peer.id);
  if (!follows) return ignored("not followed");
  const lock = `move ${peer.iri}`;
  if ((await wasUndone(ctx.db, [lock])).length > 0) return ignored("moved within the last 7 days");
  const target = idOf(activity.json["target"]);
  const facts = { actor: peer.iri, object: activity.objectId, target, self: ctx.stead.actor };
  const early = decideMove({
    ...facts,
    fetched: target && { iri: target, alsoKnownAs: [peer.iri], movedTo: null },
  });
  if (early.kind === "ignore" || !target)
    return ignored(early.kind === "ignore" ? early.reason : "no usable target");
  const fetched = await fetchActor(ctx, target);
  if (fetched.kind === "unreachable") return { kind: "later", detail: fetched.detail };
  const decision = decideMove({ ...facts, fetched: fetched.kind === "actor" ? fetched.document : null });
  if (decision.kind === "ignore" || fetched.kind !== "actor") {
    return ignored(decision.kind === "ignore" ? decision.reason : "the target could not be fetched");
  }
  await runBatch(ctx.db, [
    savePeer(ctx.db, fetched.peer),
    setMovedTo(ctx.db, peer.id, target),
    remember(ctx.db, lock, receivedAt),
    ...(await goAlong(ctx, peer, fetched.peer)),
  ]);
  return appliedAndOwes;
}

/** Asks the new account, unless the owner follows it already: then the old one is left at once, or with its Accept. */
async function goAlong(ctx: Ctx, from: Peer, to: Peer): Promise<Statement[]> {
  const already = await findFollowing(ctx.db, to.id);
  if (already?.state === "accepted") return unfollow(ctx, from.id);
  if (already) return [followInPlaceOf(ctx.db, to.id, from.id)];
  const id = fanoutId(ctx);
  const followIri = `${ctx.stead.origin}/follows/${id}` as Iri;
  const audience = { toFollowers: false, recipients: [recipientOf(to, false)] };
  const row = {
    peer: to.id,
    id: idFromTime(ctx.clock()),
    followIri,
    state: "requested",
    replaces: from.id,
  } as const;
  return [
    saveFollowing(ctx.db, row),
    ...(await enqueue(ctx, id, follow(ctx.stead.actor, to.iri, followIri), audience)),
  ];
}
