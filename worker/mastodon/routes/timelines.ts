/** Lists of posts. */
import { everybody, held, home, linked, tagged } from "../timelines.ts";
import type { Route } from "../router.ts";

export const timelinesRoutes: readonly Route[] = [
  { method: "GET", path: "/api/v1/timelines/home", scope: ["read:statuses"], handle: home },
  {
    method: "GET",
    path: "/api/v1/timelines/public",
    scope: { anybody: ["read:statuses"] },
    handle: everybody,
  },
  {
    method: "GET",
    path: "/api/v1/timelines/tag/:hashtag",
    scope: { anybody: ["read:statuses"] },
    handle: tagged,
  },
  {
    method: "GET",
    path: "/api/v1/timelines/link",
    scope: { anybody: ["read:statuses"] },
    handle: linked,
  },
  { method: "GET", path: "/api/v1/bookmarks", scope: ["read:bookmarks"], handle: held("bookmark") },
  { method: "GET", path: "/api/v1/favourites", scope: ["read:favourites"], handle: held("like") },
];
