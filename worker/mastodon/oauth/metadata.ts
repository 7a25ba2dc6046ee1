/** What an app can learn before it asks: the endpoints (RFC 8414), and who let it in (OpenID's userinfo, as Mastodon 4.4 has it). */
import type { Ctx } from "../../kernel/ctx.ts";
import { places } from "../../model/places.ts";
import { SCOPES } from "../../model/scopes.ts";
import { renderedProfile } from "../../owner/render.ts";
import { documentQuery } from "../../store/documents.ts";
import { json } from "../answers.ts";
import { pictureUrl } from "../entities/account.ts";
import type { Call, GrantedCall } from "../router.ts";

/** The issuer has no slash: it is compared as a string. */
export function serverMetadata({ ctx }: Call): Response {
  const { origin } = ctx.stead;
  const metadata = {
    issuer: origin,
    authorization_endpoint: `${origin}/oauth/authorize`,
    token_endpoint: `${origin}/oauth/token`,
    revocation_endpoint: `${origin}/oauth/revoke`,
    userinfo_endpoint: `${origin}/oauth/userinfo`,
    app_registration_endpoint: `${origin}/api/v1/apps`,
    scopes_supported: SCOPES,
    response_types_supported: ["code"],
    response_modes_supported: ["query"],
    grant_types_supported: ["authorization_code", "client_credentials"],
    token_endpoint_auth_methods_supported: ["client_secret_basic", "client_secret_post"],
    code_challenge_methods_supported: ["S256"],
    service_documentation: "https://docs.joinmastodon.org/",
  };
  return json(metadata, 200, { "cache-control": "no-cache" });
}

/** 1 D1 read. */
export async function userinfo({ ctx }: GrantedCall): Promise<Response> {
  const profile = await ownProfile(ctx);
  const { origin, handle } = ctx.stead;
  return json({
    iss: origin,
    sub: ctx.stead.actor,
    name: profile.name,
    preferred_username: handle,
    profile: places.profile(origin, handle),
    picture: pictureUrl(profile, "avatar"),
  });
}

async function ownProfile(ctx: Ctx) {
  const [document] = await documentQuery(ctx.db, "profile");
  return renderedProfile(document);
}
