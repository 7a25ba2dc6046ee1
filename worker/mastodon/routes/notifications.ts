/** Notifications: one by one (v1), told together (v2), and whose the owner wants. Paths without an id come first: a group's key may be any word. */
import { clear, dismiss, dismissGroup, dismissNamed } from "../notifications/dismiss.ts";
import { countUnreadGroups, groupAccounts, listGroups, showGroup } from "../notifications/grouped.ts";
import { countUnread, listNotifications, showNotification } from "../notifications/list.ts";
import { showPolicy, showPolicyV1, updatePolicy, updatePolicyV1 } from "../notifications/policy.ts";
import {
  acceptRequest,
  acceptRequests,
  dismissRequest,
  dismissRequests,
  listRequests,
  merged,
  showRequest,
} from "../notifications/requests.ts";
import type { GrantedCall, Route } from "../router.ts";

type Handle = (call: GrantedCall) => Response | Promise<Response>;

const read = (path: string, handle: Handle): Route => ({
  method: "GET",
  path,
  scope: ["read:notifications"],
  handle,
});

const write = (method: "POST" | "PATCH" | "PUT", path: string, handle: Handle): Route => ({
  method,
  path,
  scope: ["write:notifications"],
  handle,
});

const V1 = "/api/v1/notifications";
const V2 = "/api/v2/notifications";
const ONE = ":id{[0-9]+}";
const KEY = ":id{[a-z0-9-]+}";

export const notificationsRoutes: readonly Route[] = [
  read(V1, listNotifications),
  read(`${V1}/unread_count`, countUnread),
  write("POST", `${V1}/clear`, clear),
  write("POST", `${V1}/dismiss`, dismissNamed),
  read(`${V1}/policy`, showPolicyV1),
  write("PATCH", `${V1}/policy`, updatePolicyV1),
  write("PUT", `${V1}/policy`, updatePolicyV1),
  read(`${V1}/requests`, listRequests),
  read(`${V1}/requests/merged`, merged),
  write("POST", `${V1}/requests/accept`, acceptRequests),
  write("POST", `${V1}/requests/dismiss`, dismissRequests),
  read(`${V1}/requests/${ONE}`, showRequest),
  write("POST", `${V1}/requests/${ONE}/accept`, acceptRequest),
  write("POST", `${V1}/requests/${ONE}/dismiss`, dismissRequest),
  read(`${V1}/${ONE}`, showNotification),
  write("POST", `${V1}/${ONE}/dismiss`, dismiss),
  read(V2, listGroups),
  read(`${V2}/unread_count`, countUnreadGroups),
  read(`${V2}/policy`, showPolicy),
  write("PATCH", `${V2}/policy`, updatePolicy),
  write("PUT", `${V2}/policy`, updatePolicy),
  read(`${V2}/${KEY}`, showGroup),
  read(`${V2}/${KEY}/accounts`, groupAccounts),
  write("POST", `${V2}/${KEY}/dismiss`, dismissGroup),
];
