/** Like, EmojiReact and Announce. */
import type { Ctx } from "../kernel/ctx.ts";
import { plainText } from "../kernel/sanitise.ts";
import { canSee } from "../model/audience.ts";
import { OWNER, type Post } from "../model/post.ts";
import { fetchPost, Unreachable } from "../peers/fetch-post.ts";
import { runBatch } from "../store/batch.ts";
import { takenBack, wasUndone } from "../store/followers.ts";
import { findFollowing } from "../store/following.ts";
import { findPost } from "../store/posts.ts";
import { react, reactListed } from "../store/reactions.ts";
import { asText } from "../vocab/read.ts";
import { announcedPost } from "../vocab/read-activity.ts";
import { applied, ignored, withPeer, type Outcome, type Received } from "./received.ts";

const EMOJI_MAX = 64;

/** A like of one of the owner's posts: 1 row. Misskey's Like and Pleroma's EmojiReact say an emoji. */
export async function onLike(ctx: Ctx, received: Received): Promise<Outcome> {
  const { activity } = received;
  const post = activity.objectId && (await findPost(ctx.db, activity.objectId));
  if (!post || post.author !== OWNER) return ignored("not a post of ours");
  const said = asText(activity.json["content"]) ?? asText(activity.json["_misskey_reaction"]);
  return reactTo(ctx, received, post, "like", said && plainText(said, EMOJI_MAX));
}

/**
 * A boost of one of the owner's posts: 1 row. A boost by somebody the owner follows is an entry of the owner's timeline, 1 index entry more: the
 * post is fetched from its own origin, whatever was embedded. Lemmy's groups announce activities: what is meant is the post inside.
 */
export async function onAnnounce(ctx: Ctx, received: Received): Promise<Outcome> {
  const iri = announcedPost(received.activity);
  if (iri === null) return ignored("names nothing");
  const known = await findPost(ctx.db, iri);
  const followed = (await findFollowing(ctx.db, received.peer.id))?.state === "accepted";
  if (known?.author === OWNER) return reactTo(ctx, received, known, "boost", null, followed);
  if (!followed) return ignored("unrelated");
  const post = known ?? (await fetchPost(ctx, iri));
  if (!post) return ignored("the post could not be had");
  if (post instanceof Unreachable) return { kind: "later", detail: post.detail };
  return reactTo(ctx, received, post, "boost", null, followed);
}

async function reactTo(
  ctx: Ctx,
  received: Received,
  post: Post,
  kind: "like" | "boost",
  emoji: string | null,
  listed = false,
): Promise<Outcome> {
  const { activity, peer, receivedAt } = received;
  const viewer = { kind: "peer", iri: peer.iri, follower: peer.follower !== null, blocked: false } as const;
  if (post.deletedAt !== null || (post.author === OWNER && !canSee(viewer, post)))
    return ignored("not for them to see");
  if (activity.id && (await wasUndone(ctx.db, [takenBack(peer.iri, activity.id)])).length > 0)
    return ignored("undone already");
  const reaction = { post: post.id, kind, peer: peer.id, at: receivedAt, iri: activity.id, emoji };
  await runBatch(ctx.db, withPeer(ctx.db, received, [(listed ? reactListed : react)(ctx.db, reaction)]));
  return applied;
}
