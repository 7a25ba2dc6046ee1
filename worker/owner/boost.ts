/** The owner boosts a post, their own too, and takes it back. Followers are told, and the author. */
import type { Iri } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { addressing } from "../model/audience.ts";
import type { Peer } from "../model/peer.ts";
import { places } from "../model/places.ts";
import { OWNER, type Post } from "../model/post.ts";
import { enqueue, fanoutId } from "../outbox/enqueue.ts";
import { recipientOf } from "../outbox/targets.ts";
import { runBatch } from "../store/batch.ts";
import { keepPost, letGoOfPost } from "../store/posts.ts";
import { insertListed, unreact, type Reaction } from "../store/reactions.ts";
import { loadOwner } from "../store/stead.ts";
import { announce, undo } from "../vocab/reactions.ts";
import { MOVED } from "./publish.ts";
import { loadReactable, writeOnce, type Reacted } from "./reaction.ts";

/**
 * Twice is once. Only what everybody may see can be shown to others; `quiet` keeps the boost out of public timelines. 3 D1 calls; 3 rows and an
 * index entry.
 */
export async function boostPost(
  ctx: Ctx,
  postId: number,
  visibility: "public" | "quiet" = "public",
): Promise<Reacted> {
  const found = await loadReactable(ctx, postId);
  if (!found) return { kind: "not-found" };
  const { post, author, own } = found;
  if (own.some(({ kind }) => kind === "boost")) return { kind: "already" };
  if (post.visibility !== "public" && post.visibility !== "quiet")
    return { kind: "invalid", problem: "This post is not for everybody, so it can not be boosted." };
  if ((await loadOwner(ctx)).movedTo !== null) return { kind: "invalid", problem: MOVED };
  const id = fanoutId(ctx);
  const iri = `${ctx.stead.origin}/boosts/${id}` as Iri;
  const row = { post: post.id, kind: "boost", peer: OWNER, at: ctx.clock(), iri, emoji: null } as const;
  const activity = announceOf(ctx, row, post, author, visibility);
  const told = await enqueue(ctx, id, activity, audienceOf(author));
  const done = await writeOnce(ctx, [insertListed(ctx.db, row), keepPost(ctx.db, post.id)], told);
  if (done.kind === "done") ctx.ports.streams.emit([{ kind: "boost", post: post.id, peer: OWNER }]);
  return done;
}

/** Twice is once. 2 D1 calls; 3 rows and an index entry. */
export async function unboostPost(ctx: Ctx, postId: number): Promise<Reacted> {
  const found = await loadReactable(ctx, postId);
  if (!found) return { kind: "not-found" };
  const { post, author, own } = found;
  const row = own.find(({ kind }) => kind === "boost");
  if (!row) return { kind: "already" };
  const activity = undo(row.iri as Iri, announceOf(ctx, row, post, author));
  await runBatch(ctx.db, [
    unreact(ctx.db, post.id, "boost", OWNER, row.at),
    letGoOfPost(ctx.db, post.id),
    ...(await enqueue(ctx, fanoutId(ctx), activity, audienceOf(author))),
  ]);
  ctx.ports.background(ctx.ports.redelivery.wake());
  if (row.id !== null) ctx.ports.streams.emit([{ kind: "deleted", ids: [row.id] }]);
  return { kind: "done" };
}

function announceOf(
  ctx: Ctx,
  boost: Pick<Reaction, "iri" | "at">,
  post: Post,
  author: Peer | null,
  visibility: "public" | "quiet" = "public",
) {
  const to = addressing(visibility, places.followers(ctx.stead.origin), author ? [author.iri] : []);
  return announce(ctx.stead.actor, boost.iri as Iri, post.iri, to, boost.at);
}

const audienceOf = (author: Peer | null) => ({
  toFollowers: true,
  recipients: author ? [recipientOf(author, true)] : [],
});
