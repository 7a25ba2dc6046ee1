/** Tokens: whom one lets in, and how it ends. */
import type { UnixMs } from "../kernel/brand.ts";
import { HOUR } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { couldBeSecret, newSecret, secretHash } from "../kernel/secret-token.ts";
import { readScopes, within, type Scope } from "../model/scopes.ts";
import { noteTry, tooMany, type TryLimits } from "../store/attempts.ts";
import { runBatch } from "../store/batch.ts";
import { dropToken, findToken, insertAppToken, noteTokenUse, type App } from "../store/oauth.ts";
import { scopesOf } from "./apps.ts";
import { dropOrphanedSubscriptions } from "../store/push.ts";
import type { Issued } from "./grants.ts";

/** Who is asking, as their token says. */
export interface Bearer {
  /** Names the token where it itself must not stand. */
  readonly hash: string;
  /** `app`: nobody let it in; it may do what anybody may. */
  readonly kind: "owner" | "app";
  readonly app: App;
  readonly scopes: readonly Scope[];
}

/** The bearer of a token that works; null for any other. At most 1 D1 read, and 1 row once an hour, after the answer. */
export async function bearerOf(ctx: Ctx, token: string): Promise<Bearer | null> {
  const found = couldBeSecret(token) ? await findToken(ctx.db, await secretHash(token)) : null;
  if (!found) return null;
  const { token: row, app } = found;
  const now = ctx.clock();
  if (now - row.usedAt >= HOUR) {
    const hour = (now - (now % HOUR)) as UnixMs;
    ctx.ports.background(runBatch(ctx.db, [noteTokenUse(ctx.db, row.hash, hour)]));
  }
  return { hash: row.hash, kind: row.kind, app, scopes: scopesOf(row) };
}

/** Ends a token of that app's. False: it is another's, and nothing ended. A token nobody has counts as ended (RFC 7009 §2.2). */
export async function revoke(ctx: Ctx, token: string, by: number | null): Promise<boolean> {
  const found = couldBeSecret(token) ? await findToken(ctx.db, await secretHash(token)) : null;
  if (!found) return true;
  if (by !== null && found.app.id !== by) return false;
  await runBatch(ctx.db, [dropToken(ctx.db, found.token.hash), dropOrphanedSubscriptions(ctx.db)]);
  await ctx.ports.streams.tokensEnded();
  return true;
}

/** In an hour: whoever registered an app can ask for any number, and each is a row. */
const APP_TOKENS: TryLimits = { fromOne: 60, everywhere: 200 };
/** How many of an app work at a time; the official apps ask for one before each sign-in. */
const APP_TOKENS_KEPT = 4;

/** A token for the app itself (RFC 6749 §4.4): it proves that the app is registered, and opens nothing of the owner's. */
export async function issueAppToken(
  ctx: Ctx,
  app: App,
  scope: string,
  from: string,
): Promise<Issued | { kind: "invalid-scope" } | { kind: "too-many" }> {
  const scopes = readScopes(scope.trim() || "read");
  if (scopes.length === 0 || !within(scopesOf(app), scopes)) return { kind: "invalid-scope" };
  if (await tooMany(ctx, "app-token", from, APP_TOKENS)) return { kind: "too-many" };
  await noteTry(ctx, "app-token", from);
  const token = newSecret();
  const now = ctx.clock();
  const row = {
    hash: await secretHash(token),
    app: app.id,
    scopes: scopes.join(" "),
    createdAt: now,
    usedAt: now,
  };
  await runBatch(ctx.db, insertAppToken(ctx.db, row, APP_TOKENS_KEPT));
  return { kind: "issued", token, scopes, createdAt: now };
}
