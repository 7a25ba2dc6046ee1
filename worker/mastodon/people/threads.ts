/** Conversations that the owner wants no notification of any more. */
import type { Ctx } from "../../kernel/ctx.ts";
import { muteThread, unmuteThread } from "../../owner/mute.ts";
import { json, refused } from "../answers.ts";
import { toStatus } from "../entities/status.ts";
import type { GrantedCall } from "../router.ts";
import { findStatus } from "../statuses.ts";

/** Of a boost, the conversation that the post stands in. Answers with the post as it is afterwards. 3 D1 calls. */
const act = (verb: (ctx: Ctx, post: number) => Promise<void>) => async (call: GrantedCall) => {
  const { ctx, path } = call;
  const found = await findStatus(ctx, path("id"), "owner");
  if (!found) return refused({ kind: "not-found" });
  await verb(ctx, found.row.post.id);
  const after = await findStatus(ctx, path("id"), "owner");
  return after ? json(toStatus(ctx, after.view, after.row)) : refused({ kind: "not-found" });
};

export const muteStatus = act(muteThread);
export const unmuteStatus = act(unmuteThread);
