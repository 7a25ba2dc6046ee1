/** Notifications that are told together (docs.joinmastodon.org/methods/grouped_notifications). */
import type { Ctx } from "../../kernel/ctx.ts";
import { OWNER } from "../../model/post.ts";
import { timestamp } from "../answers.ts";
import type { Group } from "../notifications/groups.ts";
import { TYPE_OF } from "../notifications/search.ts";
import { ownAccountId } from "./account.ts";
import type { About } from "./notification.ts";
import type { Status } from "./status.ts";

export function toNotificationGroup(
  ctx: Ctx,
  { key, row, oldest, count, sample }: Group,
  { status, report }: About,
) {
  return {
    group_key: key,
    notifications_count: count,
    type: TYPE_OF[row.kind],
    /** A number, where everything else is text: Mastodon's own oddity, on which typed clients rely. */
    most_recent_notification_id: row.id,
    page_min_id: String(oldest),
    page_max_id: String(row.id),
    latest_page_notification_at: timestamp(row.at),
    sample_account_ids: sample.map((id) => (id === OWNER ? ownAccountId(ctx) : String(id))),
    ...(status ? { status_id: status.id } : {}),
    ...(report ? { report } : {}),
  };
}

/** No more than stands in a row of small pictures. */
export function toPartialAccount(account: Status["account"]) {
  const { id, acct, locked, bot, url, avatar, avatar_static } = account;
  return { id, acct, locked, bot, url, avatar, avatar_static };
}
