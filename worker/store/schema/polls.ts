/** Votes, and the owner's polls that still take them. */
import { integer, primaryKey, sqliteTable } from "drizzle-orm/sqlite-core";

import { ms } from "./columns.ts";

export const openPolls = sqliteTable("open_polls", {
  post: integer().primaryKey(),
  endsAt: ms("ends_at").notNull(),
  dueAt: ms("due_at").notNull(),
  toldAt: ms("told_at").notNull(),
});

export const pollVotes = sqliteTable(
  "poll_votes",
  {
    post: integer().notNull(),
    peer: integer().notNull(),
    choice: integer().notNull(),
  },
  (table) => [primaryKey({ columns: [table.post, table.peer, table.choice] })],
);
