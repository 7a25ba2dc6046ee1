/** Delete of posts and of whole accounts. */
import type { Ctx } from "../kernel/ctx.ts";
import { runBatch } from "../store/batch.ts";
import { depart, remember, takenBack } from "../store/followers.ts";
import { dropFollowing } from "../store/following.ts";
import { forgetPeer } from "../store/peers.ts";
import { removeAllOf, removePost } from "../store/posts.ts";
import { applied, ignored, type Outcome, type Received } from "./received.ts";

/** Only the author deletes a post, only the account itself the account. Nothing leaves. */
export async function onDelete(ctx: Ctx, received: Received): Promise<Outcome> {
  const { activity, peer, receivedAt } = received;
  const { objectId } = activity;
  if (objectId === null) return ignored("names nothing");
  if (objectId === peer.iri) {
    await runBatch(ctx.db, [
      ...depart(ctx.db, peer.id, receivedAt),
      ...removeAllOf(ctx.db, peer.id),
      dropFollowing(ctx.db, peer.id),
      forgetPeer(ctx.db, peer.id),
    ]);
    return applied;
  }
  await runBatch(ctx.db, [
    remember(ctx.db, takenBack(peer.iri, objectId), receivedAt),
    ...removePost(ctx.db, objectId, peer.id),
  ]);
  return applied;
}
