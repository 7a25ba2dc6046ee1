/** Filters. Each column's meaning and unit stands in `migrations/`. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

import type { FilterAction, FilterContext } from "../../model/filter.ts";
import { flag, json, ms } from "./columns.ts";

export const filters = sqliteTable("filters", {
  id: integer().primaryKey(),
  title: text().notNull(),
  contexts: json<FilterContext[]>("contexts").notNull(),
  action: text().$type<FilterAction>().notNull(),
  expiresAt: ms("expires_at"),
});

export const filterKeywords = sqliteTable("filter_keywords", {
  id: integer().primaryKey(),
  filter: integer().notNull(),
  keyword: text().notNull(),
  wholeWord: flag("whole_word").notNull(),
});

export const filterPosts = sqliteTable("filter_posts", {
  id: integer().primaryKey(),
  filter: integer().notNull(),
  post: integer().notNull(),
});
