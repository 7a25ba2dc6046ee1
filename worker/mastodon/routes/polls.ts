/** Polls, beside the posts they stand in. */
import { showPoll, vote } from "../polls/polls.ts";
import type { Route } from "../router.ts";

export const pollsRoutes: readonly Route[] = [
  {
    method: "GET",
    path: "/api/v1/polls/:id{[0-9]+}",
    scope: { anybody: ["read:statuses"] },
    handle: showPoll,
  },
  { method: "POST", path: "/api/v1/polls/:id{[0-9]+}/votes", scope: ["write:statuses"], handle: vote },
];
