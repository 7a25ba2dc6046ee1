/** What the owner wants of the people they know. */
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

import { flag, ms } from "./columns.ts";

export const mutes = sqliteTable("mutes", {
  peer: integer().primaryKey(),
  id: integer().notNull(),
  notifications: flag("notifications").notNull(),
  expiresAt: ms("expires_at"),
});

export const peerNotes = sqliteTable("peer_notes", {
  peer: integer().primaryKey(),
  note: text().notNull(),
});

export const mutedThreads = sqliteTable("muted_threads", {
  post: integer().primaryKey(),
  at: ms("at").notNull(),
});
