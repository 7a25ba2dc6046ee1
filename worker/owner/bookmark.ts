/** The owner bookmarks a post, and takes it back. Nobody is told. */
import type { Ctx } from "../kernel/ctx.ts";
import { OWNER } from "../model/post.ts";
import { runBatch } from "../store/batch.ts";
import { keepPost, letGoOfPost } from "../store/posts.ts";
import { insertListed, unreact } from "../store/reactions.ts";
import { loadReactable, writeOnce, type Reacted } from "./reaction.ts";

/** Twice is once. 2 D1 calls; 2 rows and an index entry. */
export async function bookmarkPost(ctx: Ctx, postId: number): Promise<Reacted> {
  const found = await loadReactable(ctx, postId);
  if (!found) return { kind: "not-found" };
  if (found.own.some(({ kind }) => kind === "bookmark")) return { kind: "already" };
  const at = ctx.clock();
  const row = { post: postId, kind: "bookmark", peer: OWNER, at, iri: null, emoji: null } as const;
  return writeOnce(ctx, [insertListed(ctx.db, row), keepPost(ctx.db, postId)]);
}

/** Twice is once. 2 D1 calls; 2 rows and an index entry. */
export async function unbookmarkPost(ctx: Ctx, postId: number): Promise<Reacted> {
  const found = await loadReactable(ctx, postId);
  if (!found) return { kind: "not-found" };
  const row = found.own.find(({ kind }) => kind === "bookmark");
  if (!row) return { kind: "already" };
  await runBatch(ctx.db, [unreact(ctx.db, postId, "bookmark", OWNER, row.at), letGoOfPost(ctx.db, postId)]);
  return { kind: "done" };
}
