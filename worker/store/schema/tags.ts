/** Hashtags. Each column's meaning and unit stands in `migrations/`. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

export const followedTags = sqliteTable("followed_tags", {
  name: text().primaryKey(),
  id: integer().notNull(),
  shown: text().notNull(),
});

export const featuredTags = sqliteTable("featured_tags", {
  id: integer().primaryKey(),
  name: text().notNull(),
  shown: text().notNull(),
});
