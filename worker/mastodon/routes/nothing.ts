/** There are none of these: no other people, no staff, no trends. */
import { none } from "../nothing.ts";
import type { Route } from "../router.ts";

export const nothingRoutes: readonly Route[] = [
  { method: "GET", path: "/api/v1/announcements", scope: ["read"], handle: none },
  { method: "GET", path: "/api/v1/trends", scope: "public", handle: none },
  { method: "GET", path: "/api/v1/trends/tags", scope: "public", handle: none },
  { method: "GET", path: "/api/v1/trends/statuses", scope: "public", handle: none },
  { method: "GET", path: "/api/v1/trends/links", scope: "public", handle: none },
  { method: "GET", path: "/api/v1/suggestions", scope: ["read"], handle: none },
  { method: "GET", path: "/api/v2/suggestions", scope: ["read"], handle: none },
  { method: "GET", path: "/api/v1/endorsements", scope: ["read:accounts"], handle: none },
];
