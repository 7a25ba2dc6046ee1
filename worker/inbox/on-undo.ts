/** Undo of Follow, Like, Announce, EmojiReact and Block. By pair where there is one: Misskey's Undo names another id than its Follow had. */
import type { Ctx } from "../kernel/ctx.ts";
import type { Iri } from "../kernel/brand.ts";
import { changes, runBatch, type Statement } from "../store/batch.ts";
import { depart, findFollower, remember, takenBack, wasUndone } from "../store/followers.ts";
import { setBlocksUs } from "../store/peers.ts";
import { postByIri } from "../store/posts.ts";
import { unreact, unreactByIri } from "../store/reactions.ts";
import { idOf, typesOf } from "../vocab/read.ts";
import { replacedName } from "./on-follow.ts";
import { applied, ignored, type Outcome, type Received } from "./received.ts";

/** At most 8 rows. What is undone is remembered for 7 days, should it arrive after its Undo. */
export async function onUndo(ctx: Ctx, received: Received): Promise<Outcome> {
  const { activity, peer, receivedAt } = received;
  const { object, objectId } = activity;
  const type = object ? typesOf(object)[0] : undefined;
  const undoneActor = object && idOf(object["actor"]);
  if (undoneActor && undoneActor !== peer.iri) return ignored("undoes what another did");
  const memory = objectId === null ? [] : [remember(ctx.db, takenBack(peer.iri, objectId), receivedAt)];
  const target = object && idOf(object["object"]);
  switch (type) {
    case "Follow":
      return undoFollow(ctx, received, target, memory);
    case "Like":
    case "EmojiReact":
      return undoReaction(ctx, received, "like", target, memory);
    case "Announce":
      return undoReaction(ctx, received, "boost", target, memory);
    case "Block":
      if (target !== null && target !== ctx.stead.actor) return ignored("not us");
      await runBatch(ctx.db, [...memory, setBlocksUs(ctx.db, peer.id, null)]);
      return applied;
    default:
      return undoById(ctx, received, memory);
  }
}

async function undoFollow(
  ctx: Ctx,
  received: Received,
  target: Iri | null,
  memory: Statement[],
): Promise<Outcome> {
  const { activity, peer, receivedAt } = received;
  if (target !== null && target !== ctx.stead.actor) return ignored("not us");
  const follower = peer.follower === null ? null : await findFollower(ctx.db, peer.follower);
  const named = activity.objectId;
  if (follower && named && named !== follower.followIri) {
    // A late Undo of a Follow that a newer one replaced takes nothing back.
    const replaced = await wasUndone(ctx.db, [replacedName(peer.iri, named)]);
    if (replaced.length > 0) return ignored("a newer Follow stands");
  }
  await runBatch(ctx.db, [...memory, ...depart(ctx.db, peer.id, receivedAt)]);
  return applied;
}

async function undoReaction(
  ctx: Ctx,
  received: Received,
  kind: "like" | "boost",
  target: Iri | null,
  memory: Statement[],
): Promise<Outcome> {
  const { peer, receivedAt, activity } = received;
  const [post] = target === null ? [] : await postByIri(ctx.db, target);
  const statement = post
    ? unreact(ctx.db, post.id, kind, peer.id, receivedAt)
    : unreactByIri(ctx.db, activity.objectId ?? "", peer.id, receivedAt);
  await runBatch(ctx.db, [...memory, statement]);
  return applied;
}

/** The id alone: whatever of this peer's has it. */
async function undoById(ctx: Ctx, received: Received, memory: Statement[]): Promise<Outcome> {
  const { peer, receivedAt, activity } = received;
  if (activity.objectId === null) return ignored("names nothing");
  const follower = peer.follower === null ? null : await findFollower(ctx.db, peer.follower);
  const follow = follower?.followIri === activity.objectId;
  const statements = follow
    ? depart(ctx.db, peer.id, receivedAt)
    : [unreactByIri(ctx.db, activity.objectId, peer.id, receivedAt)];
  const results = await runBatch(ctx.db, [...memory, ...statements]);
  // Pleroma takes a Block back by its bare id. We keep no ids of Blocks: what undoes nothing else undoes that.
  const nothing = !follow && changes(results.at(-1)) === 0;
  if (nothing && peer.blocksUsAt !== null) await runBatch(ctx.db, [setBlocksUs(ctx.db, peer.id, null)]);
  return applied;
}
