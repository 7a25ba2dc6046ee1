/** The owner reads a conversation, or takes it out of their list. */
import type { Ctx } from "../kernel/ctx.ts";
import { changes, runBatch } from "../store/batch.ts";
import { hideConversation, setUnread } from "../store/conversations.ts";

/** False: there is none. 1 row. */
export async function markConversation(ctx: Ctx, id: number, unread: boolean): Promise<boolean> {
  const [marked] = await runBatch(ctx.db, [setUnread(ctx.db, id, unread)]);
  return changes(marked) > 0;
}

/** The posts stay, and the next one brings it back. False: there is none. 1 row. */
export async function dropConversation(ctx: Ctx, id: number): Promise<boolean> {
  const [hidden] = await runBatch(ctx.db, [hideConversation(ctx.db, id)]);
  return changes(hidden) > 0;
}
