/** The owner's account, and others'. */
import {
  PROFILE_MAX,
  removePicture,
  showAccount,
  updateCredentials,
  verifyCredentials,
} from "../accounts.ts";
import { accountStatuses } from "../account-statuses.ts";
import { saveMarkers, showMarkers } from "../markers.ts";
import { preferences } from "../nothing.ts";
import type { Route } from "../router.ts";

export const accountsRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/api/v1/accounts/verify_credentials",
    scope: ["read:accounts", "profile"],
    handle: verifyCredentials,
  },
  {
    method: "PATCH",
    path: "/api/v1/accounts/update_credentials",
    scope: ["write:accounts"],
    maxBody: PROFILE_MAX,
    handle: updateCredentials,
  },
  {
    method: "DELETE",
    path: "/api/v1/profile/avatar",
    scope: ["write:accounts"],
    handle: removePicture("avatar"),
  },
  {
    method: "DELETE",
    path: "/api/v1/profile/header",
    scope: ["write:accounts"],
    handle: removePicture("header"),
  },
  {
    method: "GET",
    path: "/api/v1/accounts/:id{[0-9]+}",
    scope: { anybody: ["read:accounts"] },
    handle: showAccount,
  },
  {
    method: "GET",
    path: "/api/v1/accounts/:id{[0-9]+}/statuses",
    scope: { anybody: ["read:statuses"] },
    handle: accountStatuses,
  },
  { method: "GET", path: "/api/v1/preferences", scope: ["read:accounts"], handle: preferences },
  { method: "GET", path: "/api/v1/markers", scope: ["read:statuses"], handle: showMarkers },
  { method: "POST", path: "/api/v1/markers", scope: ["write:statuses"], handle: saveMarkers },
];
