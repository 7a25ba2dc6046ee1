/** What the owner does not want to meet. */
import {
  createFilter,
  createFilterStatus,
  createKeyword,
  deleteFilter,
  deleteFilterStatus,
  deleteKeyword,
  listFilters,
  listFilterStatuses,
  listKeywords,
  showFilter,
  showFilterStatus,
  showKeyword,
  updateFilter,
  updateKeyword,
} from "../filters/filters.ts";
import {
  createFilterV1,
  deleteFilterV1,
  listFiltersV1,
  showFilterV1,
  updateFilterV1,
} from "../filters/version-1.ts";
import type { GrantedCall, Route } from "../router.ts";

type Handle = (call: GrantedCall) => Promise<Response>;
const ID = ":id{[0-9]+}";
const V1 = "/api/v1/filters";
const V2 = "/api/v2/filters";

const reads = (path: string, handle: Handle): Route => ({
  method: "GET",
  path,
  scope: ["read:filters"],
  handle,
});
const writes = (method: "POST" | "PUT" | "DELETE", path: string, handle: Handle): Route => ({
  method,
  path,
  scope: ["write:filters"],
  handle,
});

export const filtersRoutes: readonly Route[] = [
  reads(V1, listFiltersV1),
  writes("POST", V1, createFilterV1),
  reads(`${V1}/${ID}`, showFilterV1),
  writes("PUT", `${V1}/${ID}`, updateFilterV1),
  writes("DELETE", `${V1}/${ID}`, deleteFilterV1),

  reads(V2, listFilters),
  writes("POST", V2, createFilter),
  reads(`${V2}/${ID}`, showFilter),
  writes("PUT", `${V2}/${ID}`, updateFilter),
  writes("DELETE", `${V2}/${ID}`, deleteFilter),

  reads(`${V2}/${ID}/keywords`, listKeywords),
  writes("POST", `${V2}/${ID}/keywords`, createKeyword),
  reads(`${V2}/keywords/${ID}`, showKeyword),
  writes("PUT", `${V2}/keywords/${ID}`, updateKeyword),
  writes("DELETE", `${V2}/keywords/${ID}`, deleteKeyword),

  reads(`${V2}/${ID}/statuses`, listFilterStatuses),
  writes("POST", `${V2}/${ID}/statuses`, createFilterStatus),
  reads(`${V2}/statuses/${ID}`, showFilterStatus),
  writes("DELETE", `${V2}/statuses/${ID}`, deleteFilterStatus),
];
