/** Lists of people. */
import { createList, deleteList, listLists, listsOfAccount, showList, updateList } from "../lists/lists.ts";
import { addMembers, listMembers, removeMembers } from "../lists/members.ts";
import { listTimeline } from "../lists/timeline.ts";
import type { Route } from "../router.ts";

export const listsRoutes: readonly Route[] = [
  { method: "GET", path: "/api/v1/lists", scope: ["read:lists"], handle: listLists },
  { method: "POST", path: "/api/v1/lists", scope: ["write:lists"], handle: createList },
  { method: "GET", path: "/api/v1/lists/:id{[0-9]+}", scope: ["read:lists"], handle: showList },
  { method: "PUT", path: "/api/v1/lists/:id{[0-9]+}", scope: ["write:lists"], handle: updateList },
  { method: "DELETE", path: "/api/v1/lists/:id{[0-9]+}", scope: ["write:lists"], handle: deleteList },
  { method: "GET", path: "/api/v1/lists/:id{[0-9]+}/accounts", scope: ["read:lists"], handle: listMembers },
  { method: "POST", path: "/api/v1/lists/:id{[0-9]+}/accounts", scope: ["write:lists"], handle: addMembers },
  {
    method: "DELETE",
    path: "/api/v1/lists/:id{[0-9]+}/accounts",
    scope: ["write:lists"],
    handle: removeMembers,
  },
  {
    method: "GET",
    path: "/api/v1/accounts/:id{[0-9]+}/lists",
    scope: ["read:lists"],
    handle: listsOfAccount,
  },
  { method: "GET", path: "/api/v1/timelines/list/:id{[0-9]+}", scope: ["read:lists"], handle: listTimeline },
];
