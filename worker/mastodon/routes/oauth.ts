/** What an app asks before anybody has let it in, and how it is let in. */
import { registerClient, verifyClient } from "../oauth/apps.ts";
import { serverMetadata, userinfo } from "../oauth/metadata.ts";
import { issueToken, revokeToken } from "../oauth/token.ts";
import type { Route } from "../router.ts";

export const oauthRoutes: readonly Route[] = [
  { method: "POST", path: "/api/v1/apps", scope: "public", handle: registerClient },
  { method: "GET", path: "/api/v1/apps/verify_credentials", scope: "app", handle: verifyClient },
  { method: "POST", path: "/oauth/token", scope: "public", handle: issueToken },
  { method: "POST", path: "/oauth/revoke", scope: "public", handle: revokeToken },
  { method: "GET", path: "/oauth/userinfo", scope: ["profile"], handle: userinfo },
  { method: "POST", path: "/oauth/userinfo", scope: ["profile"], handle: userinfo },
  { method: "GET", path: "/.well-known/oauth-authorization-server", scope: "public", handle: serverMetadata },
];
