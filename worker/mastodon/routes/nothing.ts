/** There are none of these: no other people, no staff, no trends, nothing scheduled, muted, filtered or held back. */
import { none, notificationPolicy, notificationPolicyV1 } from "../nothing.ts";
import type { Route } from "../router.ts";

export const nothingRoutes: readonly Route[] = [
  { method: "GET", path: "/api/v1/announcements", scope: ["read"], handle: none },
  { method: "GET", path: "/api/v1/trends", scope: "public", handle: none },
  { method: "GET", path: "/api/v1/trends/tags", scope: "public", handle: none },
  { method: "GET", path: "/api/v1/trends/statuses", scope: "public", handle: none },
  { method: "GET", path: "/api/v1/trends/links", scope: "public", handle: none },
  { method: "GET", path: "/api/v1/suggestions", scope: ["read"], handle: none },
  { method: "GET", path: "/api/v2/suggestions", scope: ["read"], handle: none },
  { method: "GET", path: "/api/v1/followed_tags", scope: ["read:follows"], handle: none },
  { method: "GET", path: "/api/v1/featured_tags", scope: ["read:accounts"], handle: none },
  { method: "GET", path: "/api/v1/endorsements", scope: ["read:accounts"], handle: none },
  { method: "GET", path: "/api/v1/scheduled_statuses", scope: ["read:statuses"], handle: none },
  { method: "GET", path: "/api/v1/mutes", scope: ["read:mutes"], handle: none },
  { method: "GET", path: "/api/v1/lists", scope: ["read:lists"], handle: none },
  { method: "GET", path: "/api/v1/filters", scope: ["read:filters"], handle: none },
  { method: "GET", path: "/api/v2/filters", scope: ["read:filters"], handle: none },
  { method: "GET", path: "/api/v1/notifications/requests", scope: ["read:notifications"], handle: none },
  {
    method: "GET",
    path: "/api/v2/notifications/policy",
    scope: ["read:notifications"],
    handle: notificationPolicy,
  },
  {
    method: "GET",
    path: "/api/v1/notifications/policy",
    scope: ["read:notifications"],
    handle: notificationPolicyV1,
  },
];
