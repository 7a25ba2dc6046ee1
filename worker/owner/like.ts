/** The owner likes a post, and takes it back. Its author is told; of an own post nobody is. */
import type { Iri } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { OWNER } from "../model/post.ts";
import { enqueue, fanoutId } from "../outbox/enqueue.ts";
import { recipientOf } from "../outbox/targets.ts";
import { runBatch } from "../store/batch.ts";
import { keepPost, letGoOfPost } from "../store/posts.ts";
import { insertListed, unreact } from "../store/reactions.ts";
import { like, undo } from "../vocab/reactions.ts";
import { loadReactable, writeOnce, type Reacted } from "./reaction.ts";

/** Twice is once. 2 D1 calls; 3 rows and an index entry. */
export async function likePost(ctx: Ctx, postId: number): Promise<Reacted> {
  const found = await loadReactable(ctx, postId);
  if (!found) return { kind: "not-found" };
  const { post, author, own } = found;
  if (own.some(({ kind }) => kind === "like")) return { kind: "already" };
  const id = fanoutId(ctx);
  const iri = `${ctx.stead.actor}#likes/${id}` as Iri;
  const row = { post: post.id, kind: "like", peer: OWNER, at: ctx.clock(), iri, emoji: null } as const;
  const told = author
    ? await enqueue(ctx, id, like(ctx.stead.actor, iri, post.iri, author.iri), {
        toFollowers: false,
        recipients: [recipientOf(author, false)],
      })
    : [];
  return writeOnce(ctx, [insertListed(ctx.db, row), keepPost(ctx.db, post.id)], told);
}

/** Twice is once. 2 D1 calls; 3 rows and an index entry. */
export async function unlikePost(ctx: Ctx, postId: number): Promise<Reacted> {
  const found = await loadReactable(ctx, postId);
  if (!found) return { kind: "not-found" };
  const { post, author, own } = found;
  const row = own.find(({ kind }) => kind === "like");
  if (!row) return { kind: "already" };
  const iri = row.iri as Iri;
  const told = author
    ? await enqueue(ctx, fanoutId(ctx), undo(iri, like(ctx.stead.actor, iri, post.iri, author.iri)), {
        toFollowers: false,
        recipients: [recipientOf(author, false)],
      })
    : [];
  await runBatch(ctx.db, [
    unreact(ctx.db, post.id, "like", OWNER, row.at),
    letGoOfPost(ctx.db, post.id),
    ...told,
  ]);
  if (author) ctx.ports.background(ctx.ports.redelivery.wake());
  return { kind: "done" };
}
