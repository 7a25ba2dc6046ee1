/** Finding people, posts and hashtags. */
import { search, searchV1 } from "../search/search.ts";
import type { Route } from "../router.ts";

export const searchRoutes: readonly Route[] = [
  { method: "GET", path: "/api/v2/search", scope: { anybody: ["read:search"] }, handle: search },
  { method: "GET", path: "/api/v1/search", scope: { anybody: ["read:search"] }, handle: searchV1 },
];
