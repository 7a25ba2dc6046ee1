/** Old accounts that apps ask the owner to point here. */
import { eq, inArray, lt, sql } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { aliasRequests, oauthApps } from "./schema/apps.ts";

export type AliasRequest = typeof aliasRequests.$inferSelect;

/** However many apps ask. */
const REQUESTS_MAX = 20;

/** 1 row; nothing when it was asked already, or when there are too many. */
export function saveAliasRequest(db: Db, { account, app, askedAt }: AliasRequest) {
  return db.run(sql`INSERT INTO alias_requests (account, app, asked_at) SELECT ${account}, ${app}, ${askedAt}
      WHERE (SELECT count(*) FROM alias_requests) < ${REQUESTS_MAX} ON CONFLICT DO NOTHING`);
}

/** With the names of the apps that ask; null: it is no longer let in. To be batched. */
export function everyAliasRequest(db: Db) {
  return db
    .select({ account: aliasRequests.account, askedAt: aliasRequests.askedAt, appName: oauthApps.name })
    .from(aliasRequests)
    .leftJoin(oauthApps, eq(oauthApps.id, aliasRequests.app));
}

/** By any of the names one account goes by. */
export function dropAliasRequests(db: Db, accounts: readonly string[]) {
  return db.delete(aliasRequests).where(inArray(aliasRequests.account, [...accounts]));
}

export function sweepAliasRequests(db: Db, before: UnixMs) {
  return db.delete(aliasRequests).where(lt(aliasRequests.askedAt, before));
}
