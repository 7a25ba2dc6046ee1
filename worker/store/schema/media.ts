/** Pictures, films and sounds of the owner's posts. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

import type { Focus } from "../../model/post.ts";
import { json, ms } from "./columns.ts";

export const media = sqliteTable("media", {
  id: integer().primaryKey(),
  name: text().notNull(),
  type: text().notNull(),
  size: integer().notNull(),
  width: integer(),
  height: integer(),
  duration: integer(),
  alt: text().notNull(),
  transcript: text().notNull(),
  focus: json<Focus>("focus"),
  preview: text(),
  blurhash: text(),
  post: integer(),
  expiresAt: ms("expires_at"),
});
