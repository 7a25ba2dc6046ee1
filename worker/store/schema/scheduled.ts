/** What the owner wants to say later. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

import { json, ms } from "./columns.ts";

export const scheduledPosts = sqliteTable("scheduled_posts", {
  id: integer().primaryKey(),
  at: ms("at").notNull(),
  nextAt: ms("next_at").notNull(),
  draft: json<unknown>("draft").notNull(),
  app: integer().notNull(),
  asked: text(),
  problem: text(),
});
