/** The owner pins a post of theirs to the top of their profile, and takes it down. Followers are told, as Mastodon tells them. */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { addressing } from "../model/audience.ts";
import { places } from "../model/places.ts";
import { OWNER, type Post } from "../model/post.ts";
import { enqueue, fanoutId } from "../outbox/enqueue.ts";
import { runBatch } from "../store/batch.ts";
import { pinnedPosts, postQuery, updatePost } from "../store/posts.ts";
import { pinning } from "../vocab/reactions.ts";
import type { Reacted } from "./reaction.ts";

/** As many as Mastodon shows of a profile. */
export const PINS_MAX = 5;

/** Twice is once. 2 D1 calls; 2 rows and an index entry. */
export async function pinPost(ctx: Ctx, postId: number): Promise<Reacted> {
  const [[post], pinned] = await ctx.db.batch([postQuery(ctx.db, postId), pinnedPosts(ctx.db)]);
  if (!post || post.deletedAt !== null) return { kind: "not-found" };
  if (post.author !== OWNER) return { kind: "invalid", problem: "Only posts of your own can be pinned." };
  if (post.pinnedAt !== null) return { kind: "already" };
  if (post.visibility !== "public" && post.visibility !== "quiet")
    return { kind: "invalid", problem: "This post is not for everybody, so it can not be pinned." };
  if (pinned.length >= PINS_MAX)
    return { kind: "invalid", problem: `At most ${PINS_MAX} posts can be pinned.` };
  await change(ctx, post, ctx.clock());
  return { kind: "done" };
}

/** Twice is once. 2 D1 calls; 2 rows and an index entry. */
export async function unpinPost(ctx: Ctx, postId: number): Promise<Reacted> {
  const [post] = await postQuery(ctx.db, postId);
  if (!post || post.deletedAt !== null) return { kind: "not-found" };
  if (post.pinnedAt === null) return { kind: "already" };
  await change(ctx, post, null);
  return { kind: "done" };
}

async function change(ctx: Ctx, post: Pick<Post, "id" | "iri">, pinnedAt: UnixMs | null): Promise<void> {
  const { actor, origin } = ctx.stead;
  const id = fanoutId(ctx);
  const to = addressing("public", places.followers(origin), []);
  const type = pinnedAt === null ? "Remove" : "Add";
  const activity = pinning(type, actor, `${actor}#pins/${id}` as Iri, post.iri, places.featured(origin), to);
  await runBatch(ctx.db, [
    updatePost(ctx.db, post.id, { pinnedAt }),
    ...(await enqueue(ctx, id, activity, { toFollowers: true, recipients: [] })),
  ]);
  ctx.ports.background(ctx.ports.redelivery.wake());
}
