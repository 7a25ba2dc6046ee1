/** What is being fetched, a few documents at a time. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

import type { Plan } from "../../model/backfill.ts";
import { json, ms } from "./columns.ts";

export const backfills = sqliteTable("backfills", {
  id: text().primaryKey(),
  startedAt: ms("started_at").notNull(),
  steppedAt: ms("stepped_at").notNull(),
  plan: json<Plan>("plan").notNull(),
  found: integer().notNull(),
  doneAt: ms("done_at"),
});
