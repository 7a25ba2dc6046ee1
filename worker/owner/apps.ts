/** Apps that want to act for the owner: how they make themselves known, prove who they are, and are shown the door. */
import type { UnixMs } from "../kernel/brand.ts";
import { DAY } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { cleanText } from "../kernel/html-text.ts";
import { safeHref } from "../kernel/link-host.ts";
import { equalSecrets } from "../kernel/password.ts";
import { couldBeSecret, newSecret, secretHash } from "../kernel/secret-token.ts";
import { isRedirectUri } from "../model/redirect-uri.ts";
import { readScopes, type Scope } from "../model/scopes.ts";
import { noteTry, tooMany, type TryLimits } from "../store/attempts.ts";
import { runBatch } from "../store/batch.ts";
import { connectedApps, disconnectApp, findApp, insertApp, sweepApps, type App } from "../store/oauth.ts";
import { dropOrphanedSubscriptions, pushStates, type PushState } from "../store/push.ts";

/**
 * Registrations in an hour. Mastodon lets one address register 5 in 10 minutes. All together: at most 2,400 apps and 7,200 rows a day, so
 * that strangers can not use up the database.
 */
const REGISTRATIONS: TryLimits = { fromOne: 30, everywhere: 100 };
/** Wrong secrets in an hour, and no more rows than they cost. */
const WRONG_SECRETS: TryLimits = { fromOne: 30, everywhere: 200 };

/** How long an app is kept that nobody let in. Elk goes on with the same registration for a week. */
const UNUSED_KEPT = 8 * DAY;
/** Of those, how many are kept beyond the day on which they registered. */
const UNUSED_MOST = 500;
/** How long a code can still be seen to be used twice. */
const CODES_KEPT = DAY;

/** As Mastodon limits them, in characters. */
const NAME_MAX = 60;
const URIS_MAX = 2_000;
const WEBSITE_MAX = 2_000;

export interface Registration {
  readonly name: string;
  readonly website: string;
  readonly redirectUris: readonly string[];
  /** Spaces between; "read" when empty. */
  readonly scopes: string;
}

export type Registered =
  | { kind: "registered"; app: App; secret: string }
  | { kind: "invalid"; problem: string }
  | { kind: "too-many" };

/**
 * Anybody may register an app: it can do nothing until the owner lets it in. The secret is told once and kept as a hash. `from`: the network
 * that asks. 1 D1 read, then 2 calls and 3 rows.
 */
export async function registerApp(ctx: Ctx, asked: Registration, from: string): Promise<Registered> {
  const name = cleanText(asked.name).replaceAll(/\s+/g, " ").trim();
  const uris = [...new Set(asked.redirectUris)];
  const scopes = readScopes(asked.scopes.trim() || "read");
  if (name === "") return invalid("Client name can't be blank");
  if (name.length > NAME_MAX) return invalid(`Client name is too long (maximum is ${NAME_MAX} characters)`);
  if (uris.length === 0) return invalid("Redirect URI can't be blank");
  if (uris.join(" ").length > URIS_MAX) return invalid("Redirect URI is too long");
  if (!uris.every(isRedirectUri)) return invalid("Redirect URI is forbidden by the server");
  if (scopes.length === 0) return invalid("Scopes doesn't match configured on the server");
  if (await tooMany(ctx, "apps", from, REGISTRATIONS)) return { kind: "too-many" };
  await noteTry(ctx, "apps", from);
  const now = ctx.clock();
  const secret = newSecret();
  const app: App = {
    id: newAppId(),
    secretHash: await secretHash(secret),
    name,
    website: asked.website.length > WEBSITE_MAX ? null : safeHref(asked.website),
    redirectUris: uris,
    scopes: scopes.join(" "),
    createdAt: now,
    expiresAt: (now + UNUSED_KEPT) as UnixMs,
  };
  await insertApp(ctx.db, app);
  return { kind: "registered", app, secret };
}

const invalid = (problem: string): Registered => ({ kind: "invalid", problem });

const ID_MIN = 10 ** 15;

/** 16 digits, exact in JavaScript and SQLite; random, so that the number of an app that is gone never comes again. */
function newAppId(): number {
  const [high = 0, low = 0] = crypto.getRandomValues(new Uint32Array(2));
  return ID_MIN + ((high * 2 ** 21 + (low >>> 11)) % (2 ** 52 - ID_MIN));
}

/** The app a client_id names; null when there is none. At most 1 D1 read. */
export async function appOf(ctx: Ctx, clientId: string): Promise<App | null> {
  return /^\d{16}$/.test(clientId) ? findApp(ctx.db, Number(clientId)) : null;
}

export const scopesOf = (row: { readonly scopes: string }): Scope[] => readScopes(row.scopes);

export type Authenticated = { kind: "app"; app: App } | { kind: "wrong" } | { kind: "too-many" };

/**
 * Which app this is, by its secret. Wrong ones are counted; the right one is always taken: it can not be guessed, and nobody shall
 * lock an app out by guessing. 1 D1 read; 2 more calls when it is wrong.
 */
export async function authenticateApp(
  ctx: Ctx,
  clientId: string,
  secret: string,
  from: string,
): Promise<Authenticated> {
  const app = couldBeSecret(secret) ? await appOf(ctx, clientId) : null;
  if (app && (await equalSecrets(app.secretHash, await secretHash(secret)))) return { kind: "app", app };
  return wrongSecret(ctx, from);
}

/** Counts something wrong that an app sent: a secret, a code. */
export async function wrongSecret(ctx: Ctx, from: string): Promise<{ kind: "wrong" } | { kind: "too-many" }> {
  if (await tooMany(ctx, "oauth", from, WRONG_SECRETS)) return { kind: "too-many" };
  await noteTry(ctx, "oauth", from);
  return { kind: "wrong" };
}

export interface ConnectedApp {
  readonly app: App;
  readonly scopes: readonly Scope[];
  readonly since: UnixMs;
  /** Exact to the hour. */
  readonly usedAt: UnixMs;
  /** How it is pushed to; one for each of its tokens that asked for it. */
  readonly pushes: readonly PushState[];
}

/** The apps that can act for the owner, the one used last first. 2 D1 reads. */
export async function appsOfOwner(ctx: Ctx): Promise<ConnectedApp[]> {
  const [rows, pushes] = await Promise.all([connectedApps(ctx.db), pushStates(ctx.db)]);
  return rows.map((row) => ({
    ...row,
    scopes: scopesOf(row),
    pushes: pushes.filter(({ app }) => app === row.app.id),
  }));
}

/** Ends every token and code of an app, at once, with its streams and pushes. Nothing, when there is no such app. */
export async function disconnect(ctx: Ctx, app: number): Promise<void> {
  const until = (ctx.clock() + UNUSED_KEPT) as UnixMs;
  await runBatch(ctx.db, [...disconnectApp(ctx.db, app, until), dropOrphanedSubscriptions(ctx.db)]);
  await ctx.ports.streams.tokensEnded();
}

export function sweepUnusedApps(ctx: Ctx) {
  const now = ctx.clock();
  return [
    ...sweepApps(ctx.db, now, (now - CODES_KEPT) as UnixMs, (now - DAY) as UnixMs, UNUSED_MOST),
    dropOrphanedSubscriptions(ctx.db),
  ];
}
