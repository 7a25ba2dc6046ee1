/** Signing in with the password, and back in with the secret. */
import { and, eq, lt, sql } from "drizzle-orm";

import { toBase64, toBase64Url } from "../kernel/base64.ts";
import { DAY, HOUR } from "../kernel/clock.ts";
import type { Base, Ctx } from "../kernel/ctx.ts";
import { checkPassword, equalSecrets, hashPassword, PASSWORD_MIN } from "../kernel/password.ts";
import { runBatch } from "../store/batch.ts";
import { attempts, sessions } from "../store/schema.ts";
import { loadOwner, updateOwner } from "../store/stead.ts";

/** Wrong tries in an hour, from one address and from everywhere. */
const TRIES = 5;
const TRIES_EVERYWHERE = 30;

export const SESSION_LIFE = 30 * DAY;

export interface Session {
  readonly tokenHash: string;
  readonly authenticatedAt: number;
}

export type SignedIn = { kind: "signed-in"; token: string } | { kind: "wrong" } | { kind: "too-many" };

/** A session's token is 256 random bits; only its hash is kept. */
export async function signIn(ctx: Ctx, password: string, from: string): Promise<SignedIn> {
  if (await tooMany(ctx, "login", from)) return { kind: "too-many" };
  const { secret } = ctx.settings;
  const owner = await loadOwner(ctx);
  const stored = { hash: owner.passwordHash, salt: owner.passwordSalt, iterations: owner.passwordIterations };
  if (!secret || !(await checkPassword(secret, password, stored))) {
    await noteTry(ctx, "login", from);
    return { kind: "wrong" };
  }
  const token = toBase64Url(crypto.getRandomValues(new Uint8Array(32)));
  const now = ctx.clock();
  const tokenHash = await hashToken(token);
  await ctx.db
    .insert(sessions)
    .values({ tokenHash, authenticatedAt: now, expiresAt: (now + SESSION_LIFE) as typeof now });
  return { kind: "signed-in", token };
}

/** The session behind a cookie; null when there is none that lives. 1 D1 read. */
export async function findSession(ctx: Ctx, token: string): Promise<Session | null> {
  const [row] = await ctx.db
    .select()
    .from(sessions)
    .where(eq(sessions.tokenHash, await hashToken(token)));
  return row && row.expiresAt > ctx.clock() ? row : null;
}

export async function signOut(ctx: Ctx, token: string): Promise<void> {
  await ctx.db.delete(sessions).where(eq(sessions.tokenHash, await hashToken(token)));
}

/**
 * Whether this is INSTANCE_SECRET. Wrong ones are counted, and from the sixth in an hour the answer is "too-many"; the right one is
 * always taken: it can not be guessed, and nobody shall lock the owner out by guessing.
 */
export async function checkSecret(base: Base, purpose: "setup" | "recover", given: string, from: string) {
  const { secret } = base.settings;
  if (secret && (await equalSecrets(secret, given))) return "right" as const;
  if (await tooMany(base, purpose, from)) return "too-many" as const;
  await noteTry(base, purpose, from);
  return "wrong" as const;
}

/** Sets a new password and ends every session. The caller has checked the secret. Says what is wrong, or null. */
export async function recover(ctx: Ctx, password: string): Promise<string | null> {
  const { secret } = ctx.settings;
  if (!secret) throw new Error("a recovery without INSTANCE_SECRET");
  if (password.length < PASSWORD_MIN) return `The password needs at least ${PASSWORD_MIN} characters.`;
  const { hash, salt, iterations } = await hashPassword(secret, password);
  await runBatch(ctx.db, [
    updateOwner(ctx.db, { passwordHash: hash, passwordSalt: salt, passwordIterations: iterations }),
    ctx.db.delete(sessions),
    ctx.db.delete(attempts).where(sql`name LIKE 'login:%'`),
  ]);
  return null;
}

export function sweepSessions(ctx: Ctx) {
  const hour = Math.floor(ctx.clock() / HOUR);
  return [
    ctx.db.delete(sessions).where(lt(sessions.expiresAt, ctx.clock())),
    ctx.db.delete(attempts).where(lt(attempts.hour, hour)),
  ] as const;
}

async function tooMany(base: Base, purpose: string, from: string): Promise<boolean> {
  const hour = Math.floor(base.clock() / HOUR);
  const rows = await base.db
    .select()
    .from(attempts)
    .where(and(sql`name IN (${`${purpose}:${from}`}, ${`${purpose}:*`})`, eq(attempts.hour, hour)));
  return rows.some((row) => row.count >= (row.name === `${purpose}:*` ? TRIES_EVERYWHERE : TRIES));
}

/** 2 rows; past the limits nothing is counted any more, so guessing can not eat the day's rows. */
async function noteTry(base: Base, purpose: string, from: string): Promise<void> {
  const hour = Math.floor(base.clock() / HOUR);
  const note = (name: string) =>
    base.db
      .insert(attempts)
      .values({ name, hour, count: 1 })
      .onConflictDoUpdate({
        target: attempts.name,
        set: { hour, count: sql`CASE WHEN hour = ${hour} THEN count + 1 ELSE 1 END` },
      });
  await runBatch(base.db, [note(`${purpose}:${from}`), note(`${purpose}:*`)]);
}

async function hashToken(token: string): Promise<string> {
  return toBase64(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(token)));
}
