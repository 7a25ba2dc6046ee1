/** Update of an account or of a post. */
import type { Ctx } from "../kernel/ctx.ts";
import { deliveryInbox } from "../model/peer.ts";
import { fetchActor } from "../peers/fetch-actor.ts";
import { runBatch } from "../store/batch.ts";
import { findFollower, inboxesNear, moveInbox } from "../store/followers.ts";
import { savePeer } from "../store/peers.ts";
import { onCreate } from "./on-create.ts";
import { applied, ignored, type Outcome, type Received } from "./received.ts";

/**
 * An account's own Update is a reason to fetch its document again, never the document itself: whoever took a key could move an
 * inbox with it. A post's Update is its newer version.
 */
export async function onUpdate(ctx: Ctx, received: Received): Promise<Outcome> {
  if (received.activity.objectId !== received.peer.iri) return onCreate(ctx, received);
  const peer = received.fetched ? received.peer : await refetched(ctx, received);
  if (typeof peer === "string") return { kind: "later", detail: peer };
  if (!peer) return ignored("the account could not be fetched");
  const follower = peer.follower === null ? null : await findFollower(ctx.db, peer.follower);
  const to = deliveryInbox(peer);
  const near = follower ? await inboxesNear(ctx.db, [to]) : [];
  const moved = follower ? moveInbox(ctx.db, follower.id, to, near, peer.rfc9421) : [];
  await runBatch(ctx.db, [savePeer(ctx.db, peer), ...moved]);
  return applied;
}

async function refetched(ctx: Ctx, received: Received) {
  const fetched = await fetchActor(ctx, received.peer.iri);
  if (fetched.kind === "unreachable") return fetched.detail;
  return fetched.kind === "actor" ? fetched.peer : null;
}
