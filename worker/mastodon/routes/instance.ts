/** What is told of the stead itself. */
import { extendedDescription, privacyPolicy, showInstance, showInstanceV1 } from "../instance.ts";
import { none, nothing } from "../nothing.ts";
import type { Route } from "../router.ts";

export const instanceRoutes: readonly Route[] = [
  { method: "GET", path: "/api/v2/instance", scope: "public", handle: showInstance },
  { method: "GET", path: "/api/v1/instance", scope: "public", handle: showInstanceV1 },
  { method: "GET", path: "/api/v1/instance/rules", scope: "public", handle: none },
  {
    method: "GET",
    path: "/api/v1/instance/extended_description",
    scope: "public",
    handle: extendedDescription,
  },
  { method: "GET", path: "/api/v1/instance/privacy_policy", scope: "public", handle: privacyPolicy },
  { method: "GET", path: "/api/v1/instance/translation_languages", scope: "public", handle: nothing },
  { method: "GET", path: "/api/v1/custom_emojis", scope: "public", handle: none },
];
