/** What the owner's apps want to be told of while they are not open. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

import { flag, json, ms } from "./columns.ts";

export const pushSubscriptions = sqliteTable("push_subscriptions", {
  id: integer().primaryKey(),
  token: text().notNull(),
  bearer: text().notNull(),
  endpoint: text().notNull(),
  p256dh: text().notNull(),
  auth: text().notNull(),
  standard: flag("standard").notNull(),
  alerts: json<string[]>("alerts").notNull(),
  policy: text().$type<"all" | "followed" | "follower" | "none">().notNull(),
  createdAt: ms("created_at").notNull(),
  sentAt: ms("sent_at"),
  problem: text(),
  problemAt: ms("problem_at"),
  endedAt: ms("ended_at"),
});
