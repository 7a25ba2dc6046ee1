/** What liking, boosting and bookmarking have in common. */
import type { Ctx } from "../kernel/ctx.ts";
import { OWNER, type Post } from "../model/post.ts";
import type { Peer } from "../model/peer.ts";
import { runBatch, type Statement } from "../store/batch.ts";
import { postWithAuthor } from "../store/posts.ts";
import { ownReactions, type Reaction } from "../store/reactions.ts";

export type Reacted =
  | { kind: "done" }
  /** It was so before: nothing was written or sent. */
  | { kind: "already" }
  | { kind: "not-found" }
  | { kind: "invalid"; problem: string };

/** A post that the owner can do something with. */
export interface Reactable {
  readonly post: Post;
  /** Null: the owner. */
  readonly author: Peer | null;
  /** What the owner did with it before. */
  readonly own: readonly Reaction[];
}

/** Null: there is no such post, or it is of somebody the owner blocks. 1 D1 call. */
export async function loadReactable(ctx: Ctx, id: number): Promise<Reactable | null> {
  const [[row], own] = await ctx.db.batch([postWithAuthor(ctx.db, id), ownReactions(ctx.db, id)]);
  if (!row || row.post.deletedAt !== null) return null;
  const { post, peer } = row;
  if (post.author !== OWNER && (!peer || peer.blockedAt !== null)) return null;
  return { post, author: peer, own };
}

/** Writes a new reaction of the owner's and the activity that tells of it, if one does. Two requests at once do it once. */
export async function writeOnce(
  ctx: Ctx,
  statements: readonly Statement[],
  told: readonly Statement[] = [],
): Promise<Reacted> {
  try {
    await runBatch(ctx.db, [...statements, ...told]);
  } catch (cause) {
    if (/UNIQUE constraint failed: reactions\.post/.test(String(cause))) return { kind: "already" };
    throw cause;
  }
  if (told.length > 0) ctx.ports.background(ctx.ports.redelivery.wake());
  return { kind: "done" };
}
