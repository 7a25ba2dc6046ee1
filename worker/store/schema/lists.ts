/** Lists of people. Each column's meaning and unit stands in `migrations/`. */
import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

import { flag } from "./columns.ts";

/** Whom the people of a list may answer there, beside themselves and the owner. */
export type Replies = "none" | "list" | "followed";

export const lists = sqliteTable("lists", {
  id: integer().primaryKey(),
  title: text().notNull(),
  replies: text().$type<Replies>().notNull(),
  exclusive: flag("exclusive").notNull(),
});

export const listMembers = sqliteTable(
  "list_members",
  { list: integer().notNull(), peer: integer().notNull() },
  (table) => [primaryKey({ columns: [table.list, table.peer] })],
);
