/** An app, as Mastodon's `Application` and `CredentialApplication`. */
import { scopesOf } from "../../owner/apps.ts";
import type { App } from "../../store/oauth.ts";

export function toApplication(app: App) {
  return {
    id: String(app.id),
    name: app.name,
    website: app.website,
    scopes: scopesOf(app),
    redirect_uris: app.redirectUris,
    /** Mastodon's older form; Ice Cubes does without no other. */
    redirect_uri: app.redirectUris.join("\n"),
    /** Web Push is not there: no key, and older apps ask for the field here. */
    vapid_key: "",
  };
}

/** Told once, to who registered it. */
export function toCredentialApplication(app: App, secret: string) {
  const credentials = { client_id: String(app.id), client_secret: secret, client_secret_expires_at: 0 };
  return { ...toApplication(app), ...credentials };
}
