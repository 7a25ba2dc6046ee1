/** Tokens made by the store, where the way an app comes by one is not what is tested. */
import type { UnixMs } from "../../worker/kernel/brand.ts";
import { newSecret, secretHash } from "../../worker/kernel/secret-token.ts";
import type { Scope } from "../../worker/model/scopes.ts";
import { env, type Stead } from "../fediverse/stead.ts";
import { insertApp } from "../../worker/store/oauth.ts";

let apps = 10 ** 15;

/** A token of the owner's with these scopes, of an app of its own. */
export async function tokenFor(stead: Stead, scopes: readonly Scope[]): Promise<string> {
  const ctx = await stead.ctx();
  const now = ctx.clock();
  const id = ++apps;
  await insertApp(ctx.db, {
    id,
    secretHash: "none",
    name: "Made",
    website: null,
    redirectUris: [],
    scopes: scopes.join(" "),
    createdAt: now,
    expiresAt: null as UnixMs | null,
  });
  const token = newSecret();
  await env.DB.prepare("INSERT INTO oauth_tokens VALUES (?, ?, 'owner', ?, ?, ?)")
    .bind(await secretHash(token), id, scopes.join(" "), now, now)
    .run();
  return token;
}
