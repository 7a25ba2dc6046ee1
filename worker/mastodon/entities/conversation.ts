/** Direct posts that answer each other, as Mastodon's `Conversation`. */
import type { Ctx } from "../../kernel/ctx.ts";
import type { Conversation } from "../../store/conversations.ts";
import type { StatusRow } from "../../store/statuses.ts";
import { toOwnAccount } from "./account.ts";
import { toAccount, type ShownPerson } from "./person.ts";
import { toStatus } from "./status.ts";
import type { View } from "./view.ts";

/** With the owner alone in it when nobody else in it is known: apps show the first account. */
export function toConversation(
  ctx: Ctx,
  view: View,
  { id, unread }: Conversation,
  last: StatusRow,
  people: readonly ShownPerson[],
) {
  const accounts = people.map((person) => toAccount(ctx, person));
  return {
    id: String(id),
    unread,
    accounts: accounts.length > 0 ? accounts : [toOwnAccount(ctx, view.own)],
    last_status: toStatus(ctx, view, last),
  };
}
