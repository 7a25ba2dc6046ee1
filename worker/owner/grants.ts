/**
 * The owner lets an app in: what the app asks for, the owner's yes, the code that carries it, and the token that comes of the code (RFC 6749
 * §4.1, PKCE as in RFC 7636, and the tightening of RFC 9700).
 */
import type { UnixMs } from "../kernel/brand.ts";
import { toBase64Url } from "../kernel/base64.ts";
import { MINUTE } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { couldBeSecret, newSecret, secretHash } from "../kernel/secret-token.ts";
import { isRegistered } from "../model/redirect-uri.ts";
import { readScopes, within, type Scope } from "../model/scopes.ts";
import { changes, runBatch } from "../store/batch.ts";
import {
  burnCode,
  dropTokenOfCode,
  findCode,
  insertCode,
  redeemCode,
  type App,
  type Code,
} from "../store/oauth.ts";
import { dropOrphanedSubscriptions } from "../store/push.ts";
import { appOf, scopesOf } from "./apps.ts";

/** How long an app has to come for its token. */
const CODE_LIFE = MINUTE;
const STATE_MAX = 4_096;

/** An authorization request as it came; "" for what is missing. */
export interface Asked {
  readonly responseType: string;
  readonly clientId: string;
  readonly redirectUri: string;
  readonly scope: string;
  readonly state: string;
  readonly challenge: string;
  readonly challengeMethod: string;
}

/** What the owner is asked to say yes to. */
export interface Request {
  readonly app: App;
  readonly redirectUri: string;
  readonly scopes: readonly Scope[];
  readonly state: string;
  readonly challenge: string | null;
}

/**
 * Holds a request against what the app registered. Whatever is wrong is told to the owner and never to the redirect URI: anybody may register
 * an app, and a stead shall not send its owner on to where they never agreed to go (RFC 9700 §4.11.2). 1 D1 read.
 */
export async function consider(
  ctx: Ctx,
  asked: Asked,
): Promise<{ kind: "fit"; request: Request } | { kind: "unfit"; problem: string }> {
  const app = await appOf(ctx, asked.clientId);
  if (!app) return unfit("This app is not known here. Remove it from the app, and add it again.");
  if (!isRegistered(app.redirectUris, asked.redirectUri))
    return unfit("The app wants to be answered at an address that it did not register.");
  if (asked.responseType !== "code") return unfit("The app asks for something else than a code.");
  const scopes = readScopes(asked.scope.trim() || "read");
  if (scopes.length === 0 || !within(scopesOf(app), scopes))
    return unfit("The app asks for more than it registered for.");
  if (asked.state.length > STATE_MAX) return unfit("The app sent more along than can be sent back.");
  // RFC 7636 §4.3: a challenge without a method is a plain one, which protects nobody.
  const plain = asked.challenge !== "" && asked.challengeMethod !== "S256";
  if (plain || (asked.challenge === "" && asked.challengeMethod !== "") || !isChallenge(asked.challenge))
    return unfit("The app protects its code in a way that is not safe: it must use S256.");
  const { redirectUri, state, challenge } = asked;
  return { kind: "fit", request: { app, redirectUri, scopes, state, challenge: challenge || null } };
}

const unfit = (problem: string) => ({ kind: "unfit", problem }) as const;
const isChallenge = (text: string): boolean => text === "" || /^[\w-]{43}$/.test(text);

/** The owner said yes: a code that works once, for a minute. 1 D1 call, 2 rows. */
export async function allow(ctx: Ctx, { app, redirectUri, scopes, challenge }: Request): Promise<string> {
  const code = newSecret();
  const row: Code = {
    hash: await secretHash(code),
    app: app.id,
    redirectUri,
    scopes: scopes.join(" "),
    challenge,
    expiresAt: (ctx.clock() + CODE_LIFE) as UnixMs,
    usedAt: null,
    tokenHash: null,
  };
  await runBatch(ctx.db, insertCode(ctx.db, row));
  return code;
}

export interface Redemption {
  readonly code: string;
  readonly redirectUri: string;
  /** "" when none was sent. */
  readonly verifier: string;
}

/** `createdAt` in unix ms. The token is told once. */
export type Issued = { kind: "issued"; token: string; scopes: readonly Scope[]; createdAt: UnixMs };

/**
 * A token for a code, which belongs to this app. A code is used up by the first try, right or wrong; used again, it takes its token with
 * it, because one of the two who had it was a thief (RFC 6749 §4.1.2). 1 D1 read, 1 call.
 */
export async function redeem(
  ctx: Ctx,
  app: App,
  { code: given, redirectUri, verifier }: Redemption,
): Promise<Issued | { kind: "refused" }> {
  const code = couldBeSecret(given) ? await findCode(ctx.db, await secretHash(given)) : null;
  if (!code) return { kind: "refused" };
  const now = ctx.clock();
  const rightful =
    code.app === app.id && code.redirectUri === redirectUri && (await answers(verifier, code.challenge));
  if (rightful && code.usedAt === null && code.expiresAt > now) {
    const token = newSecret();
    const [, inserted] = await runBatch(ctx.db, redeemCode(ctx.db, code, await secretHash(token), now));
    if (changes(inserted) > 0) return { kind: "issued", token, scopes: scopesOf(code), createdAt: now };
  }
  await runBatch(ctx.db, [
    burnCode(ctx.db, code.hash, now),
    dropTokenOfCode(ctx.db, code.hash),
    dropOrphanedSubscriptions(ctx.db),
  ]);
  if (code.tokenHash !== null) await ctx.ports.streams.tokensEnded();
  return { kind: "refused" };
}

/** RFC 7636 §4.6; and none where none was asked for, lest the challenge was taken out on the way (RFC 9700 §2.1.1). */
async function answers(verifier: string, challenge: string | null): Promise<boolean> {
  if (challenge === null) return verifier === "";
  if (!/^[\w.~-]{43,128}$/.test(verifier)) return false;
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  return toBase64Url(digest) === challenge;
}
