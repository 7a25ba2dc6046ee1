/** What links lead to. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

import type { Card } from "../../model/card.ts";
import { json, ms } from "./columns.ts";

export const cards = sqliteTable("cards", {
  id: integer().primaryKey(),
  url: text().notNull(),
  askedAt: ms("asked_at").notNull(),
  tries: integer().notNull(),
  card: json<Card>("card"),
  creator: integer(),
});
