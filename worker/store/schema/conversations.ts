/** Direct posts that answer each other. */
import { integer, sqliteTable } from "drizzle-orm/sqlite-core";

import { flag } from "./columns.ts";

export const conversations = sqliteTable("conversations", {
  id: integer().primaryKey(),
  last: integer().notNull(),
  unread: flag("unread").notNull(),
  hidden: flag("hidden").notNull(),
});
