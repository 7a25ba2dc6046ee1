/** Accounts that apps ask the owner to point here, or to move to. */
import { and, eq, inArray, lt, sql } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { identityRequests, oauthApps } from "./schema/apps.ts";

type Kind = (typeof identityRequests.$inferSelect)["kind"];

/** However many apps ask. */
const REQUESTS_MAX = { alias: 20, move: 5 } as const;

/** 1 row; nothing when it was asked already, or when there are too many. */
export function saveIdentityRequest(
  db: Db,
  { kind, account, app, askedAt }: typeof identityRequests.$inferSelect,
) {
  return db.run(sql`INSERT INTO identity_requests (kind, account, app, asked_at) SELECT ${kind}, ${account}, ${app}, ${askedAt}
      WHERE (SELECT count(*) FROM identity_requests WHERE kind = ${kind}) < ${REQUESTS_MAX[kind]} ON CONFLICT DO NOTHING`);
}

/** With the names of the apps that ask; null: it is no longer let in. To be batched. */
export function identityRequestsOf(db: Db, kind: Kind) {
  const { account, askedAt, app } = identityRequests;
  return db
    .select({ account, askedAt, appName: oauthApps.name })
    .from(identityRequests)
    .leftJoin(oauthApps, eq(oauthApps.id, app))
    .where(eq(identityRequests.kind, kind));
}

export type IdentityRequest = Awaited<ReturnType<typeof identityRequestsOf>>[number];

/** By any of the names one account goes by; none: all of them. */
export function dropIdentityRequests(db: Db, kind: Kind, accounts: readonly string[] | null) {
  const named = accounts === null ? sql`1` : inArray(identityRequests.account, [...accounts]);
  return db.delete(identityRequests).where(and(eq(identityRequests.kind, kind), named));
}

export function sweepIdentityRequests(db: Db, before: UnixMs) {
  return db.delete(identityRequests).where(lt(identityRequests.askedAt, before));
}
