/** What is said, and what is done with it. */
import { integer, primaryKey, sqliteTable, text } from "drizzle-orm/sqlite-core";

import type { SafeHtml } from "../../kernel/brand.ts";
import type { Visibility } from "../../model/audience.ts";
import type { Poll } from "../../model/poll.ts";
import type { Attachment, Mention, PostApp } from "../../model/post.ts";
import { flag, iri, json, ms } from "./columns.ts";

export const posts = sqliteTable("posts", {
  id: integer().primaryKey(),
  iri: iri("iri").notNull(),
  author: integer().notNull(),
  url: text(),
  title: text(),
  html: text().$type<SafeHtml>().notNull(),
  source: text(),
  summary: text().notNull(),
  sensitive: flag("sensitive").notNull(),
  language: text(),
  visibility: text().$type<Visibility>().notNull(),
  replyToIri: iri("reply_to_iri"),
  replyTo: integer("reply_to"),
  mentions: json<Mention[]>("mentions").notNull(),
  tags: json<string[]>("tags").notNull(),
  attachments: json<Attachment[]>("attachments").notNull(),
  mentionsOwner: flag("mentions_owner").notNull(),
  kept: flag("kept").notNull(),
  receivedAt: ms("received_at").notNull(),
  editedAt: ms("edited_at"),
  deletedAt: ms("deleted_at"),
  document: text(),
  pinnedAt: ms("pinned_at"),
  card: integer(),
  app: json<PostApp>("app"),
  poll: json<Poll>("poll"),
  ownVotes: json<number[]>("own_votes"),
  conversation: integer(),
});

export const reactions = sqliteTable(
  "reactions",
  {
    post: integer().notNull(),
    kind: text().$type<"like" | "boost" | "bookmark">().notNull(),
    peer: integer().notNull(),
    at: ms("at").notNull(),
    iri: text(),
    emoji: text(),
    id: integer(),
  },
  (table) => [primaryKey({ columns: [table.post, table.kind, table.peer] })],
);

export const earlierVersions = sqliteTable(
  "earlier_versions",
  {
    post: integer().notNull(),
    at: ms("at").notNull(),
    html: text().$type<SafeHtml>().notNull(),
    summary: text().notNull(),
    sensitive: flag("sensitive").notNull(),
    attachments: json<Attachment[]>("attachments").notNull(),
    poll: json<string[]>("poll"),
  },
  (table) => [primaryKey({ columns: [table.post, table.at] })],
);

export const askedPosts = sqliteTable("asked_posts", {
  key: text().primaryKey(),
  post: integer().notNull(),
  at: ms("at").notNull(),
});
