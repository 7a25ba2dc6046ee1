/** A token, as Mastodon's `Token`: it never ends by itself, so there is none to refresh it with. */
import type { Issued } from "../../owner/grants.ts";

export function toToken({ token, scopes, createdAt }: Issued) {
  return {
    access_token: token,
    token_type: "Bearer",
    scope: scopes.join(" "),
    /** Unix seconds, whole: official iOS, Ice Cubes and Toot! do without no other. */
    created_at: Math.floor(createdAt / 1_000),
  };
}
