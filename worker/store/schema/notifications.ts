/** What the owner wants of notifications. */
import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

import type { GroupKind } from "../../model/notification.ts";
export const notificationPolicy = sqliteTable("notification_policy", {
  id: integer().primaryKey(),
  notFollowing: integer("not_following").notNull(),
  notFollowers: integer("not_followers").notNull(),
  newAccounts: integer("new_accounts").notNull(),
  privateMentions: integer("private_mentions").notNull(),
  limitedAccounts: integer("limited_accounts").notNull(),
  clearedThrough: integer("cleared_through").notNull(),
});

export const dismissedNotifications = sqliteTable("dismissed_notifications", {
  id: integer().primaryKey(),
});

export const dismissedGroups = sqliteTable(
  "dismissed_groups",
  {
    kind: text().$type<GroupKind>().notNull(),
    post: integer().notNull(),
    part: integer().notNull(),
    through: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.post, table.part] })],
);
