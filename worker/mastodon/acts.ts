/** What an app does with a post, and undoes. Of a boost, with the post in it. */
import type { Ctx } from "../kernel/ctx.ts";
import { OWNER } from "../model/post.ts";
import { bookmarkPost, unbookmarkPost } from "../owner/bookmark.ts";
import { boostPost, unboostPost } from "../owner/boost.ts";
import { likePost, unlikePost } from "../owner/like.ts";
import { pinPost, unpinPost } from "../owner/pin.ts";
import type { Reacted } from "../owner/reaction.ts";
import { ownReactions } from "../store/reactions.ts";
import { json, refused } from "./answers.ts";
import { toStatus, visibilityNamed } from "./entities/status.ts";
import type { GrantedCall } from "./router.ts";
import { findStatus } from "./statuses.ts";

type Verb = (ctx: Ctx, post: number) => Promise<Reacted>;

/** The post as it is afterwards. 2 D1 calls more than the verb. */
const act = (verb: Verb) => async (call: GrantedCall) => {
  const { ctx, path } = call;
  const found = await findStatus(ctx, path("id"), "owner");
  if (!found) return refused({ kind: "not-found" });
  return done(call, await verb(ctx, found.row.post.id), found.row.post.id);
};

export const favourite = act(likePost);
export const unfavourite = act(unlikePost);
export const unreblog = act(unboostPost);
export const bookmark = act(bookmarkPost);
export const unbookmark = act(unbookmarkPost);
export const pin = act(pinPost);
export const unpin = act(unpinPost);

/** Answers with the boost, which has the post in it. A boost is for everybody: one for fewer is not made, rather than shown to all. */
export async function reblog(call: GrantedCall): Promise<Response> {
  const { ctx, path, params } = call;
  const audience = visibilityNamed(params.raw("visibility") || "public");
  if (audience !== "public" && audience !== "quiet")
    return refused({ kind: "invalid", problem: "A boost is for everybody here" });
  const found = await findStatus(ctx, path("id"), "owner");
  if (!found) return refused({ kind: "not-found" });
  const { id } = found.row.post;
  const boosted = await boostPost(ctx, id, audience);
  const own = await ownReactions(ctx.db, id);
  const boost = own.find(({ kind, peer }) => kind === "boost" && peer === OWNER);
  return done(call, boosted, boost?.id ?? id);
}

async function done({ ctx }: GrantedCall, reacted: Reacted, shown: number): Promise<Response> {
  switch (reacted.kind) {
    case "not-found":
      return refused({ kind: "not-found" });
    case "invalid":
      return refused({ kind: "invalid", problem: reacted.problem });
    case "done":
    case "already": {
      const found = await findStatus(ctx, String(shown), "owner");
      return found ? json(toStatus(ctx, found.view, found.row)) : refused({ kind: "not-found" });
    }
  }
}
