/** Signing in with the password, and back in with the secret. */
import { eq, lt, sql } from "drizzle-orm";

import { DAY, HOUR, MINUTE } from "../kernel/clock.ts";
import type { Base, Ctx } from "../kernel/ctx.ts";
import { checkPassword, equalSecrets, hashPassword, PASSWORD_MIN } from "../kernel/password.ts";
import { newSecret, secretHash } from "../kernel/secret-token.ts";
import { noteTry, tooMany, type TryLimits } from "../store/attempts.ts";
import { runBatch } from "../store/batch.ts";
import { disconnectAllApps } from "../store/oauth.ts";
import { dropOrphanedSubscriptions } from "../store/push.ts";
import { attempts, sessions } from "../store/schema.ts";
import { loadOwner, updateOwner } from "../store/stead.ts";

/** Wrong tries. */
const TRIES: TryLimits = { fromOne: 5, everywhere: 30 };

export const SESSION_LIFE = 30 * DAY;

export interface Session {
  readonly tokenHash: string;
  readonly authenticatedAt: number;
}

export type SignedIn = { kind: "signed-in"; token: string } | { kind: "wrong" } | { kind: "too-many" };

/** How long a password counts for what could give the owner's followers away. */
const FRESH = 5 * MINUTE;

/** Whether the password was given a moment ago, so that it need not be asked for again. */
export function isFresh(ctx: Ctx, session: Session): boolean {
  return ctx.clock() - session.authenticatedAt < FRESH;
}

/**
 * Asks for the password once more, within a session. Wrong ones count like those at the door: whoever found an open browser shall not
 * guess there. 3 D1 calls.
 */
export async function confirm(ctx: Ctx, session: Session, password: string, from: string) {
  const checked = await checkOwner(ctx, password, from);
  if (checked !== "right") return checked;
  await ctx.db
    .update(sessions)
    .set({ authenticatedAt: ctx.clock() })
    .where(eq(sessions.tokenHash, session.tokenHash));
  return checked;
}

async function checkOwner(ctx: Ctx, password: string, from: string): Promise<"right" | "wrong" | "too-many"> {
  if (await tooMany(ctx, "login", from, TRIES)) return "too-many";
  const { secret } = ctx.settings;
  const owner = await loadOwner(ctx);
  const stored = { hash: owner.passwordHash, salt: owner.passwordSalt, iterations: owner.passwordIterations };
  if (secret && (await checkPassword(secret, password, stored))) return "right";
  await noteTry(ctx, "login", from);
  return "wrong";
}

/** A session's token is 256 random bits; only its hash is kept. */
export async function signIn(ctx: Ctx, password: string, from: string): Promise<SignedIn> {
  const checked = await checkOwner(ctx, password, from);
  if (checked !== "right") return { kind: checked };
  const token = newSecret();
  const now = ctx.clock();
  const tokenHash = await secretHash(token);
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
    .where(eq(sessions.tokenHash, await secretHash(token)));
  return row && row.expiresAt > ctx.clock() ? row : null;
}

export async function signOut(ctx: Ctx, token: string): Promise<void> {
  await ctx.db.delete(sessions).where(eq(sessions.tokenHash, await secretHash(token)));
}

/**
 * Whether this is INSTANCE_SECRET. Wrong ones are counted, and from the sixth in an hour the answer is "too-many"; the right one is
 * always taken: it can not be guessed, and nobody shall lock the owner out by guessing.
 */
export async function checkSecret(base: Base, purpose: "setup" | "recover", given: string, from: string) {
  const { secret } = base.settings;
  if (secret && (await equalSecrets(secret, given))) return "right" as const;
  if (await tooMany(base, purpose, from, TRIES)) return "too-many" as const;
  await noteTry(base, purpose, from);
  return "wrong" as const;
}

/**
 * Sets a new password, and ends every session and every app's token: who took over one may have the other. The caller has checked the
 * secret. Says what is wrong, or null.
 */
export async function recover(ctx: Ctx, password: string): Promise<string | null> {
  const { secret } = ctx.settings;
  if (!secret) throw new Error("a recovery without INSTANCE_SECRET");
  if (password.length < PASSWORD_MIN) return `The password needs at least ${PASSWORD_MIN} characters.`;
  const { hash, salt, iterations } = await hashPassword(secret, password);
  await runBatch(ctx.db, [
    updateOwner(ctx.db, { passwordHash: hash, passwordSalt: salt, passwordIterations: iterations }),
    ctx.db.delete(sessions),
    ...disconnectAllApps(ctx.db),
    dropOrphanedSubscriptions(ctx.db),
    ctx.db.delete(attempts).where(sql`name LIKE 'login:%'`),
  ]);
  await ctx.ports.streams.tokensEnded();
  return null;
}

export function sweepSessions(ctx: Ctx) {
  const hour = Math.floor(ctx.clock() / HOUR);
  return [
    ctx.db.delete(sessions).where(lt(sessions.expiresAt, ctx.clock())),
    ctx.db.delete(attempts).where(lt(attempts.hour, hour)),
  ] as const;
}
