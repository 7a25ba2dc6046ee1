/** Move of somebody the owner follows, or blocks: the owner goes along, or the block does. */
import type { Ctx } from "../kernel/ctx.ts";
import type { Iri } from "../kernel/brand.ts";
import { hostOf } from "../kernel/iri.ts";
import { cannotBelieve, decideMove, type MoveFacts, type MoveTarget } from "../model/move.ts";
import type { Peer } from "../model/peer.ts";
import { idFromTime } from "../model/post.ts";
import { enqueue, fanoutId } from "../outbox/enqueue.ts";
import { recipientOf } from "../outbox/targets.ts";
import { fetchActor, type FetchedActor } from "../peers/fetch-actor.ts";
import { runBatch, type Statement } from "../store/batch.ts";
import { depart, findFollower, remember, wasUndone } from "../store/followers.ts";
import {
  findFollowing,
  followInPlaceOf,
  movedInto,
  saveFollowing,
  type Following,
} from "../store/following.ts";
import { hostBlock } from "../store/notices.ts";
import { savePeer, setBlocked, setMovedTo } from "../store/peers.ts";
import { answerFollow, follow } from "../vocab/activities.ts";
import { idOf } from "../vocab/read.ts";
import { leave } from "./on-answer.ts";
import { appliedAndOwes, ignored, type Outcome, type Received } from "./received.ts";

/**
 * Follows the new account; the old Follow is undone only when the new one is accepted. Believed once in 7 days for an account, and a Move
 * that fails a check holds nothing up. 1 signature, 1 fetch, at most 12 rows.
 */
export async function onMove(ctx: Ctx, received: Received): Promise<Outcome> {
  const { activity, peer, receivedAt } = received;
  const blocked = peer.blockedAt !== null;
  if (!blocked && !(await findFollowing(ctx.db, peer.id))) return ignored("neither followed nor blocked");
  const target = idOf(activity.json["target"]);
  const lock = `move ${peer.iri}`;
  const [locks, hostBlocks] = await ctx.db.batch([
    wasUndone(ctx.db, [lock]),
    hostBlock(ctx.db, target === null ? "" : hostOf(target)),
  ]);
  if (locks.length > 0) return ignored("moved within the last 7 days");
  const facts: MoveFacts = {
    actor: peer.iri,
    object: activity.objectId,
    target,
    self: ctx.stead.actor,
    mover: blocked ? "blocked" : "followed",
    hostBlocked: hostBlocks.length > 0,
  };
  const wrong = cannotBelieve(facts);
  if (wrong !== null || target === null) return ignored(wrong ?? "no usable target");
  // Whom the owner blocks gets one look in 7 days, or they could have us ask any server at will.
  if (blocked) await runBatch(ctx.db, [remember(ctx.db, lock, receivedAt)]);

  const fetched = await fetchActor(ctx, target);
  if (fetched.kind === "unreachable") return { kind: "later", detail: fetched.detail };
  const already = fetched.kind === "actor" ? await findFollowing(ctx.db, fetched.peer.id) : null;
  const decision = decideMove(facts, targetOf(fetched, already));
  if (decision.kind === "ignore" || fetched.kind !== "actor") {
    return ignored(decision.kind === "ignore" ? decision.reason : "the target could not be fetched");
  }
  const to = fetched.peer;
  const along =
    decision.kind === "block-along" ? await blockAlong(ctx, to) : await goAlong(ctx, peer, to, already);
  await runBatch(ctx.db, [
    savePeer(ctx.db, to),
    // It came back: its own Move of once is over.
    ...(to.movedTo === null ? [] : [setMovedTo(ctx.db, to.id, null)]),
    setMovedTo(ctx.db, peer.id, target),
    remember(ctx.db, lock, receivedAt),
    ...along,
  ]);
  return appliedAndOwes;
}

function targetOf(fetched: FetchedActor, already: Following | null): MoveTarget {
  if (fetched.kind !== "actor") return null;
  const { document, peer } = fetched;
  const { iri, alsoKnownAs, movedTo } = document;
  const [blocked, blocksUs] = [peer.blockedAt !== null, peer.blocksUsAt !== null];
  return { iri, alsoKnownAs, movedTo, blocked, blocksUs, followed: already !== null };
}

/** Asks the new account, unless the owner follows it already: then the old one is left at once, or with its Accept. */
async function goAlong(ctx: Ctx, from: Peer, to: Peer, already: Following | null): Promise<Statement[]> {
  if (already?.state === "accepted") {
    const old = await movedInto(ctx.db, from.id);
    return leave(
      ctx,
      old.filter(({ peer }) => peer.id !== to.id),
      to.id,
    );
  }
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

/** The new account is no follower any more, and is told no more than a Reject, as with every block. */
async function blockAlong(ctx: Ctx, to: Peer): Promise<Statement[]> {
  const now = ctx.clock();
  const follower = to.follower === null ? null : await findFollower(ctx.db, to.follower);
  const block = [setBlocked(ctx.db, to.id, now), ...depart(ctx.db, to.id, now)];
  if (!follower) return block;
  const id = fanoutId(ctx);
  const answered = { follower: to.iri, followIri: follower.followIri };
  const { actor } = ctx.stead;
  const activity = answerFollow("Reject", `${actor}#rejects/${id}`, actor, answered);
  const audience = { toFollowers: false, recipients: [recipientOf(to, false)] };
  return [...block, ...(await enqueue(ctx, id, activity, audience))];
}
