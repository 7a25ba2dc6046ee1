/** Accept and Reject of the owner's own Follow. */
import type { Ctx } from "../kernel/ctx.ts";
import { enqueue, fanoutId } from "../outbox/enqueue.ts";
import { recipientOf } from "../outbox/targets.ts";
import { runBatch, type Statement } from "../store/batch.ts";
import { acceptFollowing, dropFollowing, findFollowing, type Following } from "../store/following.ts";
import { peersById } from "../store/peers.ts";
import { undoFollow } from "../vocab/activities.ts";
import { idOf } from "../vocab/read.ts";
import { applied, appliedAndOwes, ignored, withPeer, type Outcome, type Received } from "./received.ts";

/** Believed only from whom we asked, and for what we asked. 1 row, and the Undo of the account that moved here. */
export async function onAccept(ctx: Ctx, received: Received): Promise<Outcome> {
  const asked = await findFollowing(ctx.db, received.peer.id);
  if (!asked || !answers(ctx, received, asked)) return ignored("nothing was asked");
  const leaving = asked.replaces === null ? [] : await unfollow(ctx, asked.replaces);
  await runBatch(ctx.db, withPeer(ctx.db, received, [acceptFollowing(ctx.db, received.peer.id), ...leaving]));
  return leaving.length > 0 ? appliedAndOwes : applied;
}

/** Also after an Accept: the peer removed the owner from its followers. */
export async function onReject(ctx: Ctx, received: Received): Promise<Outcome> {
  const asked = await findFollowing(ctx.db, received.peer.id);
  if (!asked || !answers(ctx, received, asked)) return ignored("nothing was asked");
  await runBatch(ctx.db, [dropFollowing(ctx.db, received.peer.id)]);
  return applied;
}

/** By the Follow's id, or, when it is embedded, by the pair: Misskey gives it an id of its own. */
function answers(ctx: Ctx, { activity, peer }: Received, asked: Following): boolean {
  if (!activity.object) return activity.objectId === asked.followIri;
  const actor = idOf(activity.object["actor"]);
  const target = idOf(activity.object["object"]);
  if (actor === null && target === null) return activity.objectId === asked.followIri;
  return actor === ctx.stead.actor && target === peer.iri;
}

/** The statements that end a Follow of the owner's, its Undo included; none when there is no such Follow. */
export async function unfollow(ctx: Ctx, peerId: number): Promise<Statement[]> {
  const [old, peer] = [await findFollowing(ctx.db, peerId), (await peersById(ctx.db, [peerId])).get(peerId)];
  if (!old || !peer) return [];
  const activity = undoFollow(ctx.stead.actor, peer.iri, old.followIri);
  const audience = { toFollowers: false, recipients: [recipientOf(peer, false)] };
  return [dropFollowing(ctx.db, peerId), ...(await enqueue(ctx, fanoutId(ctx), activity, audience))];
}
