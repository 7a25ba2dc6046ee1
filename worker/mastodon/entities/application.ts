/** An app, as Mastodon's `Application` and `CredentialApplication`. */
import { scopesOf } from "../../owner/apps.ts";
import type { App } from "../../store/oauth.ts";

/** `vapidKey` as in the instance: older apps look for it here. */
export function toApplication(app: App, vapidKey: string) {
  return {
    id: String(app.id),
    name: app.name,
    website: app.website,
    scopes: scopesOf(app),
    redirect_uris: app.redirectUris,
    /** Mastodon's older form; Ice Cubes does without no other. */
    redirect_uri: app.redirectUris.join("\n"),
    vapid_key: vapidKey,
  };
}

/** Told once, to who registered it. */
export function toCredentialApplication(app: App, secret: string, vapidKey: string) {
  const credentials = { client_id: String(app.id), client_secret: secret, client_secret_expires_at: 0 };
  return { ...toApplication(app, vapidKey), ...credentials };
}
