/** Delete of posts and of whole accounts. */
import type { Ctx } from "../kernel/ctx.ts";
import { goneIn, runBatch } from "../store/batch.ts";
import { depart, remember, takenBack } from "../store/followers.ts";
import { dropFollowing } from "../store/following.ts";
import { forgetPeer } from "../store/peers.ts";
import { removeAllOf, removePost } from "../store/posts.ts";
import { appliedWith, ignored, type Outcome, type Received } from "./received.ts";

/** Posts of an account that is gone, of which apps are told one by one. */
const TOLD_MAX = 100;

/** Only the author deletes a post, only the account itself the account. Nothing leaves. */
export async function onDelete(ctx: Ctx, received: Received): Promise<Outcome> {
  const { activity, peer, receivedAt } = received;
  const { objectId } = activity;
  if (objectId === null) return ignored("names nothing");
  if (objectId === peer.iri) {
    const results = await runBatch(ctx.db, [
      ...depart(ctx.db, peer.id, receivedAt),
      ...removeAllOf(ctx.db, peer.id),
      dropFollowing(ctx.db, peer.id),
      forgetPeer(ctx.db, peer.id),
    ]);
    const newest = goneIn(results).toSorted((a, b) => b - a);
    return appliedWith({ kind: "deleted", ids: newest.slice(0, TOLD_MAX) });
  }
  const results = await runBatch(ctx.db, [
    remember(ctx.db, takenBack(peer.iri, objectId), receivedAt),
    ...removePost(ctx.db, objectId, peer.id),
  ]);
  return appliedWith({ kind: "deleted", ids: goneIn(results) });
}
