/** What others did, as Mastodon's `Notification` (docs.joinmastodon.org/entities/Notification). */
import type { Ctx } from "../../kernel/ctx.ts";
import { groupOf } from "../../model/notification.ts";
import { postIdIn } from "../../model/places.ts";
import { timeFromId } from "../../model/post.ts";
import type { NotificationRow } from "../../store/notifications.ts";
import type { reports } from "../../store/schema.ts";
import { timestamp } from "../answers.ts";
import { keyOf } from "../notifications/group-key.ts";
import { TYPE_OF } from "../notifications/search.ts";
import { toOwnAccount } from "./account.ts";
import { toAccount } from "./person.ts";
import type { Status } from "./status.ts";
import type { View } from "./view.ts";

/** What a notification is about. */
export interface About {
  readonly status: Status | null;
  readonly report: Report | null;
}

export type Report = ReturnType<typeof toReport>;

export function toNotification(ctx: Ctx, row: NotificationRow, { status, report }: About) {
  return {
    id: String(row.id),
    type: TYPE_OF[row.kind],
    created_at: timestamp(row.at),
    group_key: keyOf(groupOf(row), row.id),
    account: senderOf(ctx, row, status),
    ...(status ? { status } : {}),
    ...(report ? { report } : {}),
    /** Said of those that are held back, and only of them. */
    ...(row.held === 1 ? { filtered: true } : {}),
  };
}

/** Who asked, when it is the owner's own poll. */
function senderOf(ctx: Ctx, { peer }: NotificationRow, status: Status | null) {
  if (peer) return toAccount(ctx, peer);
  if (!status) throw new Error("a notification is from nobody");
  return status.account;
}

/** What a server told the owner of a complaint about them. */
export function toReport(ctx: Ctx, { own }: View, { id, text, objects }: typeof reports.$inferSelect) {
  return {
    id: String(id),
    action_taken: false,
    action_taken_at: null,
    category: "other",
    comment: text,
    forwarded: false,
    created_at: timestamp(timeFromId(id)),
    status_ids: objects.flatMap((iri) => postIdIn(ctx.stead.origin, iri) ?? []).map(String),
    rule_ids: null,
    target_account: toOwnAccount(ctx, own),
  };
}
