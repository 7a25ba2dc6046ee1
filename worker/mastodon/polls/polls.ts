/** A poll by itself, and the owner's vote in it. It goes by the number of its post. */
import { freshPoll } from "../../owner/poll.ts";
import { loadReactable } from "../../owner/reaction.ts";
import { voteIn } from "../../owner/vote.ts";
import { postById } from "../../store/posts.ts";
import { json, refused } from "../answers.ts";
import { toPoll } from "../entities/poll.ts";
import { idIn } from "../pages.ts";
import type { GrantedCall, OpenCall } from "../router.ts";
import { findStatus } from "../statuses.ts";

/** Counted or asked for anew. At most 4 D1 calls, and 1 signed GET for another's that is older than a minute. */
export async function showPoll(call: OpenCall): Promise<Response> {
  const { ctx, path, byOwner } = call;
  const id = idIn(path("id"));
  // Who is not the owner sees what the owner said or boosted for everybody, as it is known here: counting reads a row a vote.
  const seen = byOwner || (await findStatus(ctx, path("id"), "anybody")) !== null;
  if (id === null || !seen) return refused({ kind: "not-found" });
  const found = byOwner ? ((await loadReactable(ctx, id))?.post ?? null) : await postById(ctx.db, id);
  if (!found?.poll) return refused({ kind: "not-found" });
  const fresh = byOwner ? await freshPoll(ctx, found) : null;
  const { post, poll } = fresh ?? { post: found, poll: found.poll };
  return json(toPoll(post, poll, ctx.clock(), byOwner));
}

/** `choices[]`: places of options, from 0. The same once more is answered the same. */
export async function vote(call: GrantedCall): Promise<Response> {
  const { ctx, path, params } = call;
  const id = idIn(path("id"));
  const texts = params.texts("choices");
  if (id === null) return refused({ kind: "not-found" });
  if (texts.some((text) => !/^\d{1,3}$/.test(text)))
    return refused({ kind: "invalid", problem: "There is no such option" });
  const voted = await voteIn(ctx, id, texts.map(Number));
  switch (voted.kind) {
    case "not-found":
      return refused({ kind: "not-found" });
    case "invalid":
      return refused({ kind: "invalid", problem: voted.problem });
    case "done":
    case "already": {
      const post = await postById(ctx.db, id);
      return post?.poll ? json(toPoll(post, post.poll, ctx.clock(), true)) : refused({ kind: "not-found" });
    }
  }
}
