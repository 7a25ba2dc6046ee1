/** Apps, codes and tokens at rest. */
import { and, desc, eq, isNull, lt, sql } from "drizzle-orm";

import type { UnixMs } from "../kernel/brand.ts";
import type { Db } from "../kernel/ctx.ts";
import { oauthApps, oauthCodes, oauthTokens } from "./schema/apps.ts";

export type App = typeof oauthApps.$inferSelect;
export type Code = typeof oauthCodes.$inferSelect;
export type Token = typeof oauthTokens.$inferSelect;

/** 1 row. Throws when the number is taken, which 52 random bits never are. */
export function insertApp(db: Db, app: App) {
  return db.insert(oauthApps).values(app);
}

export async function findApp(db: Db, id: number): Promise<App | null> {
  const [row] = await db.select().from(oauthApps).where(eq(oauthApps.id, id));
  return row ?? null;
}

/** The owner let the app in: its code, and the app is kept from now on. 2 rows. */
export function insertCode(db: Db, code: Code) {
  return [
    db.insert(oauthCodes).values(code),
    db.update(oauthApps).set({ expiresAt: null }).where(eq(oauthApps.id, code.app)),
  ] as const;
}

export async function findCode(db: Db, hash: string): Promise<Code | null> {
  const [row] = await db.select().from(oauthCodes).where(eq(oauthCodes.hash, hash));
  return row ?? null;
}

/** Nobody can use the code any more. */
export function burnCode(db: Db, hash: string, at: UnixMs) {
  return db
    .update(oauthCodes)
    .set({ usedAt: at })
    .where(and(eq(oauthCodes.hash, hash), isNull(oauthCodes.usedAt)));
}

/** Makes a code into a token; of copies that come at once one does, and `changes` of the second result tells. At most 4 rows. */
export function redeemCode(db: Db, code: Code, token: string, now: UnixMs) {
  return [
    db.run(sql`UPDATE oauth_codes SET used_at = ${now}, token_hash = ${token}
        WHERE hash = ${code.hash} AND used_at IS NULL AND expires_at > ${now}`),
    db.run(sql`INSERT INTO oauth_tokens (hash, app, kind, scopes, created_at, used_at)
        SELECT token_hash, app, 'owner', scopes, ${now}, ${now} FROM oauth_codes
        WHERE hash = ${code.hash} AND token_hash = ${token}`),
  ] as const;
}

/** Takes back the token that came of a code. */
export function dropTokenOfCode(db: Db, code: string) {
  return db.run(sql`DELETE FROM oauth_tokens
      WHERE hash = (SELECT token_hash FROM oauth_codes WHERE hash = ${code})`);
}

/** A token for the app itself; of those it keeps the newest `most`. */
export function insertAppToken(db: Db, token: Omit<Token, "kind">, most: number) {
  const newest = sql`(SELECT hash FROM oauth_tokens WHERE app = ${token.app} AND kind = 'app'
    ORDER BY created_at DESC, hash LIMIT ${most})`;
  return [
    db.insert(oauthTokens).values({ ...token, kind: "app" }),
    db.run(sql`DELETE FROM oauth_tokens WHERE app = ${token.app} AND kind = 'app' AND hash NOT IN ${newest}`),
  ] as const;
}

/** A token with its app. */
export async function findToken(db: Db, hash: string): Promise<{ token: Token; app: App } | null> {
  const [row] = await db
    .select({ token: oauthTokens, app: oauthApps })
    .from(oauthTokens)
    .innerJoin(oauthApps, eq(oauthApps.id, oauthTokens.app))
    .where(eq(oauthTokens.hash, hash));
  return row ?? null;
}

/** 1 row. */
export function noteTokenUse(db: Db, hash: string, at: UnixMs) {
  return db.update(oauthTokens).set({ usedAt: at }).where(eq(oauthTokens.hash, hash));
}

export function dropToken(db: Db, hash: string) {
  return db.delete(oauthTokens).where(eq(oauthTokens.hash, hash));
}

/** Apps that can act for the owner, the one used last first, with what any of their tokens may do. */
export function connectedApps(db: Db) {
  return db
    .select({
      app: oauthApps,
      scopes: sql<string>`group_concat(${oauthTokens.scopes}, ' ')`,
      since: sql<UnixMs>`min(${oauthTokens.createdAt})`,
      usedAt: sql<UnixMs>`max(${oauthTokens.usedAt})`,
    })
    .from(oauthTokens)
    .innerJoin(oauthApps, eq(oauthApps.id, oauthTokens.app))
    .where(eq(oauthTokens.kind, "owner"))
    .groupBy(oauthApps.id)
    .orderBy(desc(sql`max(${oauthTokens.usedAt})`));
}

/** Every token and code of an app ends. The app itself stays till `expiresAt`, because apps remember their registration. */
export function disconnectApp(db: Db, app: number, expiresAt: UnixMs) {
  return [
    db.delete(oauthTokens).where(eq(oauthTokens.app, app)),
    db.delete(oauthCodes).where(eq(oauthCodes.app, app)),
    db.update(oauthApps).set({ expiresAt }).where(eq(oauthApps.id, app)),
  ] as const;
}

/** Every token and code there is. */
export function disconnectAllApps(db: Db) {
  return [db.delete(oauthTokens), db.delete(oauthCodes)] as const;
}

/**
 * Sweeps codes that ended before `codes`, and of the apps nobody let in those whose time is over, and those that `most` newer ones have
 * come after; never one registered after `young`.
 */
export function sweepApps(db: Db, now: UnixMs, codes: UnixMs, young: UnixMs, most: number) {
  const newest = sql`(SELECT id FROM oauth_apps WHERE expires_at IS NOT NULL ORDER BY expires_at DESC LIMIT ${most})`;
  return [
    db.delete(oauthCodes).where(lt(oauthCodes.expiresAt, codes)),
    db.run(sql`DELETE FROM oauth_apps WHERE expires_at IS NOT NULL
        AND (expires_at < ${now} OR (created_at < ${young} AND id NOT IN ${newest}))`),
    db.run(sql`DELETE FROM oauth_tokens WHERE app NOT IN (SELECT id FROM oauth_apps)`),
  ] as const;
}
