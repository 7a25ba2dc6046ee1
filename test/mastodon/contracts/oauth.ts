/** Apps, tokens, and what an app learns of the server (RFC 8414). */
import * as v from "valibot";

import { address, decimal } from "./values.ts";

const secret = v.pipe(v.string(), v.regex(/^[\w-]{43}$/));

const entries = {
  id: decimal,
  name: v.string(),
  website: v.nullable(address),
  scopes: v.array(v.string()),
  redirect_uris: v.array(v.string()),
  redirect_uri: v.string(),
  vapid_key: v.string(),
};

export const application = v.strictObject(entries);

export const credentialApplication = v.strictObject({
  ...entries,
  client_id: v.string(),
  client_secret: secret,
  client_secret_expires_at: v.literal(0),
});

/** Fit to be the name of a WebSocket's subprotocol: no `:`, `=` or `/`. */
export const token = v.strictObject({
  access_token: secret,
  token_type: v.literal("Bearer"),
  scope: v.string(),
  created_at: v.pipe(v.number(), v.integer(), v.minValue(1_600_000_000), v.maxValue(9_999_999_999)),
});

export const serverMetadata = v.looseObject({
  issuer: address,
  authorization_endpoint: address,
  token_endpoint: address,
  revocation_endpoint: address,
  userinfo_endpoint: address,
  app_registration_endpoint: address,
  scopes_supported: v.array(v.string()),
  response_types_supported: v.tuple([v.literal("code")]),
  grant_types_supported: v.array(v.string()),
  token_endpoint_auth_methods_supported: v.array(v.string()),
  code_challenge_methods_supported: v.tuple([v.literal("S256")]),
});

export const userinfo = v.strictObject({
  iss: address,
  sub: address,
  name: v.string(),
  preferred_username: v.string(),
  profile: address,
  picture: address,
});

export const error = v.looseObject({ error: v.pipe(v.string(), v.minLength(1)) });
