/** Apps make themselves known, and ask whether they still are. */
import { registerApp } from "../../owner/apps.ts";
import { vapidPublicKey } from "../../store/keys.ts";
import { json, refused } from "../answers.ts";
import { toApplication, toCredentialApplication } from "../entities/application.ts";
import type { Call, GrantedCall } from "../router.ts";

const HOUR_SECONDS = 3_600;

/** `redirect_uris` is a text with a line each, or a list (Mastodon 4.3). */
export async function registerClient({ ctx, params, from }: Call): Promise<Response> {
  const registered = await registerApp(
    ctx,
    {
      name: params.raw("client_name"),
      website: params.raw("website"),
      redirectUris: params.texts("redirect_uris").flatMap((text) => text.split(/\s+/).filter(Boolean)),
      scopes: params.texts("scopes").join(" "),
    },
    from,
  );
  switch (registered.kind) {
    case "registered":
      return json(
        toCredentialApplication(registered.app, registered.secret, (await vapidPublicKey(ctx)) ?? ""),
      );
    case "invalid":
      return refused({ kind: "invalid", problem: registered.problem });
    case "too-many":
      return refused({ kind: "too-many", seconds: HOUR_SECONDS });
  }
}

export async function verifyClient({ ctx, bearer }: GrantedCall): Promise<Response> {
  return json(toApplication(bearer.app, (await vapidPublicKey(ctx)) ?? ""));
}
