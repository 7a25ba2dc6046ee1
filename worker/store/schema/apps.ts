/** The owner's apps, and how far the owner has read in them. */
import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

import { json, ms } from "./columns.ts";

export const oauthApps = sqliteTable("oauth_apps", {
  id: integer().primaryKey(),
  secretHash: text("secret_hash").notNull(),
  name: text().notNull(),
  website: text(),
  redirectUris: json<string[]>("redirect_uris").notNull(),
  scopes: text().notNull(),
  createdAt: ms("created_at").notNull(),
  expiresAt: ms("expires_at"),
});

export const oauthCodes = sqliteTable("oauth_codes", {
  hash: text().primaryKey(),
  app: integer().notNull(),
  redirectUri: text("redirect_uri").notNull(),
  scopes: text().notNull(),
  challenge: text(),
  expiresAt: ms("expires_at").notNull(),
  usedAt: ms("used_at"),
  tokenHash: text("token_hash"),
});

export const oauthTokens = sqliteTable("oauth_tokens", {
  hash: text().primaryKey(),
  app: integer().notNull(),
  kind: text().$type<"owner" | "app">().notNull(),
  scopes: text().notNull(),
  createdAt: ms("created_at").notNull(),
  usedAt: ms("used_at").notNull(),
});

export const markers = sqliteTable("markers", {
  timeline: text().$type<"home" | "notifications">().primaryKey(),
  lastReadId: text("last_read_id").notNull(),
  version: integer().notNull(),
  updatedAt: ms("updated_at").notNull(),
});

export const identityRequests = sqliteTable(
  "identity_requests",
  {
    kind: text().$type<"alias" | "move">().notNull(),
    account: text().notNull(),
    app: integer().notNull(),
    askedAt: ms("asked_at").notNull(),
  },
  (table) => [primaryKey({ columns: [table.kind, table.account] })],
);
