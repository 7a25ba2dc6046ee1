/** Accounts that apps ask the owner to move to. */
import { eq, lt, sql } from "drizzle-orm";
import { integer, sqliteTable, text } from "drizzle-orm/sqlite-core";

import type { UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { oauthApps } from "./schema/apps.ts";
import { ms } from "./schema/columns.ts";

const moveRequests = sqliteTable("move_requests", {
  account: text().primaryKey(),
  app: integer().notNull(),
  askedAt: ms("asked_at").notNull(),
});

/** However many apps ask. */
const REQUESTS_MAX = 5;

/** 1 row; nothing when it was asked already, or when there are too many. */
export function saveMoveRequest(db: Db, { account, app, askedAt }: typeof moveRequests.$inferSelect) {
  return db.run(sql`INSERT INTO move_requests (account, app, asked_at) SELECT ${account}, ${app}, ${askedAt}
      WHERE (SELECT count(*) FROM move_requests) < ${REQUESTS_MAX} ON CONFLICT DO NOTHING`);
}

/** With the names of the apps that ask; null: it is no longer let in. To be batched. */
export function everyMoveRequest(db: Db) {
  return db
    .select({ account: moveRequests.account, askedAt: moveRequests.askedAt, appName: oauthApps.name })
    .from(moveRequests)
    .leftJoin(oauthApps, eq(oauthApps.id, moveRequests.app));
}

export function dropMoveRequest(db: Db, account: string) {
  return db.delete(moveRequests).where(eq(moveRequests.account, account));
}

/** The owner has moved. */
export function dropMoveRequests(db: Db) {
  return db.delete(moveRequests);
}

export function sweepMoveRequests(db: Db, before: UnixMs) {
  return db.delete(moveRequests).where(lt(moveRequests.askedAt, before));
}
