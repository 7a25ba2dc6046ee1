/** Tokens: for a code, for the app itself, and their end. */
import { wrongSecret } from "../../owner/apps.ts";
import { redeem } from "../../owner/grants.ts";
import { issueAppToken, revoke } from "../../owner/tokens.ts";
import { json, oauthError, refused } from "../answers.ts";
import { toToken } from "../entities/token.ts";
import type { Call } from "../router.ts";
import { clientOf, credentialsIn } from "./client.ts";

const HOUR_SECONDS = 3_600;

/** RFC 6749 §4.1.3 and §4.4.2. Every app has a secret, so none is let in without it, whatever else it proves. */
export async function issueToken(call: Call): Promise<Response> {
  const { ctx, params, from } = call;
  const client = await clientOf(call);
  if (client.kind === "too-many") return tooMany();
  if (client.kind === "wrong")
    return oauthError("invalid_client", "The app is not known here, or its secret is wrong.");
  switch (params.raw("grant_type")) {
    case "authorization_code": {
      const redemption = {
        code: params.raw("code"),
        redirectUri: params.raw("redirect_uri"),
        verifier: params.raw("code_verifier"),
      };
      const redeemed = await redeem(ctx, client.app, redemption);
      if (redeemed.kind === "issued") return json(toToken(redeemed));
      const counted = await wrongSecret(ctx, from);
      if (counted.kind === "too-many") return tooMany();
      return oauthError(
        "invalid_grant",
        "The code is wrong, too old or used, or it was sent somewhere else.",
      );
    }
    case "client_credentials": {
      const issued = await issueAppToken(ctx, client.app, params.texts("scope").join(" "), from);
      switch (issued.kind) {
        case "issued":
          return json(toToken(issued));
        case "invalid-scope":
          return oauthError("invalid_scope", "The app did not register for this.");
        case "too-many":
          return tooMany();
      }
    }
    // falls through: every arm above returns
    default:
      return oauthError("unsupported_grant_type", "There is authorization_code, and client_credentials.");
  }
}

const tooMany = (): Response => refused({ kind: "too-many", seconds: HOUR_SECONDS });

/**
 * RFC 7009. Whoever has a token may end it, with or without the app's secret: that only ever takes something away. But who names an app must
 * be that app, and the token its own.
 */
export async function revokeToken(call: Call): Promise<Response> {
  const { ctx, params } = call;
  const named = credentialsIn(call) !== null;
  const client = named ? await clientOf(call) : null;
  if (client?.kind === "too-many") return tooMany();
  const not = () => oauthError("unauthorized_client", "You are not authorized to revoke this token", 403);
  if (client?.kind === "wrong") return not();
  return (await revoke(ctx, params.raw("token"), client?.app.id ?? null)) ? json({}) : not();
}
