/** Posts that wait for their time. */
import { listScheduled, moveScheduled, removeScheduled, showScheduled } from "../scheduled/scheduled.ts";
import type { Route } from "../router.ts";

const ONE = "/api/v1/scheduled_statuses/:id{[0-9]+}";

export const scheduledRoutes: readonly Route[] = [
  { method: "GET", path: "/api/v1/scheduled_statuses", scope: ["read:statuses"], handle: listScheduled },
  { method: "GET", path: ONE, scope: ["read:statuses"], handle: showScheduled },
  { method: "PUT", path: ONE, scope: ["write:statuses"], handle: moveScheduled },
  { method: "DELETE", path: ONE, scope: ["write:statuses"], handle: removeScheduled },
];
