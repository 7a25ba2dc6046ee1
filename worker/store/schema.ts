/**
 * The tables as `migrations/` makes them. Each column's meaning and unit stands there. Posts and the owner's apps have their own files in
 * `schema/`.
 */
import { blob, integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

import type { Iri, SafeHtml, UnixMs } from "../kernel/brand.ts";
import type { PeerAbout, PeerCounts, PeerKey } from "../model/peer.ts";
import { flag, iri, json, ms } from "./schema/columns.ts";

export const owner = sqliteTable("owner", {
  id: integer().primaryKey(),
  handle: text().notNull(),
  name: text().notNull(),
  bio: text().notNull(),
  fields: json<[name: string, value: string][]>("fields").notNull(),
  origin: text().notNull(),
  handleDomain: text("handle_domain").notNull(),
  actorIri: iri("actor_iri").notNull(),
  aliases: json<Iri[]>("aliases").notNull(),
  domains: json<string[]>("domains").notNull(),
  handles: json<string[]>("handles").notNull().default([]),
  movedTo: iri("moved_to"),
  movedAt: ms("moved_at"),
  locked: flag("locked").notNull(),
  mediaDirect: flag("media_direct").notNull().default(false),
  verified: json<Record<string, UnixMs>>("verified").notNull().default({}),
  dataKey: text("data_key").notNull(),
  passwordHash: text("password_hash").notNull(),
  passwordSalt: text("password_salt").notNull(),
  passwordIterations: integer("password_iterations").notNull(),
  claimedAt: ms("claimed_at").notNull(),
  updatedAt: ms("updated_at").notNull(),
});

export const keys = sqliteTable("keys", {
  id: text().primaryKey(),
  public: text().notNull(),
  private: text().notNull(),
  createdAt: ms("created_at").notNull(),
});

export const images = sqliteTable("images", {
  kind: text().$type<"avatar" | "header">().primaryKey(),
  type: text().notNull(),
  bytes: blob().$type<ArrayBuffer>().notNull(),
  version: text().notNull(),
  updatedAt: ms("updated_at").notNull(),
});

export const sessions = sqliteTable("sessions", {
  tokenHash: text("token_hash").primaryKey(),
  authenticatedAt: ms("authenticated_at").notNull(),
  expiresAt: ms("expires_at").notNull(),
});

export const attempts = sqliteTable("attempts", {
  name: text().primaryKey(),
  hour: integer().notNull(),
  count: integer().notNull(),
});

export const peers = sqliteTable("peers", {
  id: integer().primaryKey(),
  iri: iri("iri").notNull(),
  inbox: iri("inbox").notNull(),
  sharedInbox: iri("shared_inbox"),
  keys: json<PeerKey[]>("keys").notNull(),
  keysFetchedAt: ms("keys_fetched_at").notNull(),
  rfc9421: flag("rfc9421").notNull(),
  username: text().notNull(),
  name: text().notNull(),
  summary: text().$type<SafeHtml>().notNull(),
  url: text(),
  icon: text(),
  fetchedAt: ms("fetched_at").notNull(),
  follower: integer(),
  followEventAt: ms("follow_event_at").notNull(),
  blockedAt: ms("blocked_at"),
  blocksUsAt: ms("blocks_us_at"),
  movedTo: iri("moved_to"),
  about: json<PeerAbout>("about"),
  counts: json<PeerCounts>("counts"),
  countedAt: ms("counted_at"),
});

export const followers = sqliteTable("followers", {
  id: integer().primaryKey(),
  peer: integer().notNull(),
  inbox: integer().notNull(),
  followIri: text("follow_iri"),
  since: ms("since").notNull(),
  acceptAskedAt: ms("accept_asked_at"),
  proof: text().notNull(),
});

export const followerLog = sqliteTable("follower_log", {
  id: integer().primaryKey(),
  count: integer().notNull(),
  lastId: integer("last_id").notNull(),
  arrived: integer().notNull(),
});

export const inboxes = sqliteTable("inboxes", {
  id: integer().primaryKey(),
  url: iri("url").notNull(),
  refs: integer().notNull(),
  rfc9421: flag("rfc9421").notNull(),
  goneAt: ms("gone_at"),
});

export const followRequests = sqliteTable("follow_requests", {
  peer: integer().primaryKey(),
  followIri: text("follow_iri"),
  receivedAt: ms("received_at").notNull(),
  proof: text().notNull(),
});

export const following = sqliteTable("following", {
  peer: integer().primaryKey(),
  id: integer().notNull(),
  followIri: iri("follow_iri").notNull(),
  state: text().$type<"requested" | "accepted">().notNull(),
  replaces: integer(),
  boosts: flag("boosts").notNull().default(true),
  notify: flag("notify").notNull().default(false),
  notifySince: ms("notify_since"),
  languages: json<string[]>("languages").notNull().default([]),
});

export const undone = sqliteTable("undone", {
  key: integer().primaryKey(),
  at: ms("at").notNull(),
});

export const blockedHosts = sqliteTable("blocked_hosts", {
  host: text().primaryKey(),
  at: ms("at").notNull(),
});

export interface Recipient {
  readonly inbox: Iri;
  readonly rfc9421: boolean;
}

export const fanouts = sqliteTable("fanouts", {
  id: integer().primaryKey(),
  activity: text().notNull(),
  digest: text().notNull(),
  toFollowers: flag("to_followers").notNull(),
  recipients: json<Recipient[]>("recipients").notNull(),
  createdAt: ms("created_at").notNull(),
  doneAt: ms("done_at"),
});

export const deadLetters = sqliteTable("dead_letters", {
  id: integer().primaryKey(),
  stream: text().notNull(),
  position: integer().notNull(),
  inbox: text().notNull(),
  reason: text().$type<"refused" | "gone" | "expired">().notNull(),
  detail: text().notNull(),
  attempts: integer().notNull(),
  firstAt: ms("first_at").notNull(),
  lastAt: ms("last_at").notNull(),
});

export const documents = sqliteTable("documents", {
  name: text().primaryKey(),
  body: text().notNull(),
  etag: text().notNull(),
  updatedAt: ms("updated_at").notNull(),
});

export const unverifiedMail = sqliteTable("unverified_mail", {
  actor: iri("actor").primaryKey(),
  activity: text().notNull(),
  detail: text().notNull(),
  receivedAt: ms("received_at").notNull(),
});

export const reports = sqliteTable("reports", {
  id: integer().primaryKey(),
  peer: integer().notNull(),
  text: text().notNull(),
  objects: json<string[]>("objects").notNull(),
});

export const oldAccounts = sqliteTable("old_accounts", {
  iri: iri("iri").primaryKey(),
  handle: text().notNull(),
  software: text().notNull(),
  version: text().notNull(),
  followers: integer(),
  movedTo: iri("moved_to"),
  addedAt: ms("added_at").notNull(),
  checkedAt: ms("checked_at").notNull(),
});

export const arrivalWindows = sqliteTable("arrival_windows", {
  openedAt: ms("opened_at").primaryKey(),
  closesAt: ms("closes_at").notNull(),
  closedAt: ms("closed_at"),
  takes: text().$type<"everybody" | "expected">().notNull(),
  arrivedBefore: integer("arrived_before").notNull(),
  arrivedAfter: integer("arrived_after"),
  logBefore: integer("log_before").notNull(),
  logAfter: integer("log_after"),
});

export const expected = sqliteTable("expected", {
  id: integer().primaryKey(),
  iri: iri("iri"),
  address: text(),
  host: text().notNull(),
  inbox: iri("inbox"),
  problem: text(),
  lookedAt: ms("looked_at"),
  rescues: integer().notNull().default(0),
  rescuedAt: ms("rescued_at"),
  declinedAt: ms("declined_at"),
});

export const expectedHosts = sqliteTable("expected_hosts", {
  host: text().primaryKey(),
  people: integer().notNull(),
  software: text(),
  inbox: iri("inbox"),
  rfc9421: flag("rfc9421").notNull().default(false),
  problem: text(),
  lookedAt: ms("looked_at"),
  warmedAt: ms("warmed_at"),
});

export const rescues = sqliteTable("rescues", {
  id: integer().primaryKey(),
  expected: integer().notNull(),
  iri: iri("iri").notNull(),
  inbox: iri("inbox").notNull(),
  rfc9421: flag("rfc9421").notNull(),
  at: ms("at").notNull(),
});

export const listJobs = sqliteTable("list_jobs", {
  id: integer().primaryKey(),
  source: text().$type<"mastodon" | "misskey" | "collection" | "file">().notNull(),
  account: text().notNull(),
  token: text(),
  cursor: text(),
  found: integer().notNull().default(0),
  state: text().$type<"running" | "done" | "failed">().notNull(),
  problem: text(),
  nextAt: ms("next_at").notNull(),
  tries: integer().notNull().default(0),
});

export const repairs = sqliteTable("repairs", {
  id: integer().primaryKey(),
  rescueAuto: flag("rescue_auto").notNull(),
  rescueAskedAt: ms("rescue_asked_at"),
  rescueRound: ms("rescue_round").notNull(),
  rescueCursor: integer("rescue_cursor").notNull(),
  rescuePasses: integer("rescue_passes").notNull(),
  rescueMissed: integer("rescue_missed").notNull(),
  rescueNextAt: ms("rescue_next_at"),
  rescued: integer().notNull(),
  resting: json<Record<string, UnixMs>>("resting").notNull(),
  syncAuto: flag("sync_auto").notNull(),
  syncAskedAt: ms("sync_asked_at"),
  syncRound: ms("sync_round").notNull(),
  hourThrough: integer("hour_through").notNull(),
  dayThrough: integer("day_through").notNull(),
});

export const acceptSweeps = sqliteTable("accept_sweeps", {
  id: integer().primaryKey(),
  reason: text().$type<"hour" | "day" | "owner">().notNull(),
  after: integer().notNull(),
  through: integer().notNull(),
});

export const followerLists = sqliteTable("follower_lists", {
  host: text().primaryKey(),
  people: json<number[]>("people").notNull(),
  rescued: json<number[]>("rescued").notNull(),
  inbox: iri("inbox").notNull(),
  through: integer().notNull(),
  nextAt: ms("next_at"),
  tries: integer().notNull(),
  digest: text(),
  sentAt: ms("sent_at"),
  askedAt: ms("asked_at"),
  agreedAt: ms("agreed_at"),
  problem: text(),
});

export const followChecks = sqliteTable("follow_checks", {
  peer: integer().primaryKey(),
  url: iri("url").notNull(),
  collection: iri("collection").notNull(),
  digest: text().notNull(),
  notedAt: ms("noted_at").notNull(),
  nextAt: ms("next_at"),
  checkedAt: ms("checked_at"),
  outcome: text(),
  refollowedAt: ms("refollowed_at"),
});

export const probes = sqliteTable("probes", {
  id: integer().primaryKey(),
  startedAt: ms("started_at").notNull(),
  followed: integer(),
  detail: text(),
  acceptedAt: ms("accepted_at"),
});
