/** Posts, and what the owner does with them. */
import { reactors } from "../account-statuses.ts";
import { bookmark, favourite, pin, reblog, unbookmark, unfavourite, unpin, unreblog } from "../acts.ts";
import { removeStatus, showHistory, showSource, showStatus, showStatuses } from "../statuses.ts";
import { showRefresh, showThread } from "../thread.ts";
import { createStatus, editStatus } from "../write-status.ts";
import type { Route } from "../router.ts";

export const statusesRoutes: readonly Route[] = [
  { method: "POST", path: "/api/v1/statuses", scope: ["write:statuses"], handle: createStatus },
  { method: "GET", path: "/api/v1/statuses", scope: { anybody: ["read:statuses"] }, handle: showStatuses },
  {
    method: "GET",
    path: "/api/v1/statuses/:id{[0-9]+}",
    scope: { anybody: ["read:statuses"] },
    handle: showStatus,
  },
  { method: "PUT", path: "/api/v1/statuses/:id{[0-9]+}", scope: ["write:statuses"], handle: editStatus },
  { method: "DELETE", path: "/api/v1/statuses/:id{[0-9]+}", scope: ["write:statuses"], handle: removeStatus },
  {
    method: "GET",
    path: "/api/v1/statuses/:id{[0-9]+}/context",
    scope: { anybody: ["read:statuses"] },
    handle: showThread,
  },
  { method: "GET", path: "/api/v1_alpha/async_refreshes/:id", scope: ["read"], handle: showRefresh },
  {
    method: "GET",
    path: "/api/v1/statuses/:id{[0-9]+}/history",
    scope: { anybody: ["read:statuses"] },
    handle: showHistory,
  },
  {
    method: "GET",
    path: "/api/v1/statuses/:id{[0-9]+}/source",
    scope: ["read:statuses"],
    handle: showSource,
  },
  {
    method: "GET",
    path: "/api/v1/statuses/:id{[0-9]+}/reblogged_by",
    scope: ["read:accounts"],
    handle: reactors("boost"),
  },
  {
    method: "GET",
    path: "/api/v1/statuses/:id{[0-9]+}/favourited_by",
    scope: ["read:accounts"],
    handle: reactors("like"),
  },
  {
    method: "POST",
    path: "/api/v1/statuses/:id{[0-9]+}/favourite",
    scope: ["write:favourites"],
    handle: favourite,
  },
  {
    method: "POST",
    path: "/api/v1/statuses/:id{[0-9]+}/unfavourite",
    scope: ["write:favourites"],
    handle: unfavourite,
  },
  { method: "POST", path: "/api/v1/statuses/:id{[0-9]+}/reblog", scope: ["write:statuses"], handle: reblog },
  {
    method: "POST",
    path: "/api/v1/statuses/:id{[0-9]+}/unreblog",
    scope: ["write:statuses"],
    handle: unreblog,
  },
  {
    method: "POST",
    path: "/api/v1/statuses/:id{[0-9]+}/bookmark",
    scope: ["write:bookmarks"],
    handle: bookmark,
  },
  {
    method: "POST",
    path: "/api/v1/statuses/:id{[0-9]+}/unbookmark",
    scope: ["write:bookmarks"],
    handle: unbookmark,
  },
  { method: "POST", path: "/api/v1/statuses/:id{[0-9]+}/pin", scope: ["write:accounts"], handle: pin },
  { method: "POST", path: "/api/v1/statuses/:id{[0-9]+}/unpin", scope: ["write:accounts"], handle: unpin },
];
