/** The stead's own methods, for moving. */
import { askForAliases } from "../aliases.ts";
import { askToMove, showArrivals } from "../identity.ts";
import type { Route } from "../router.ts";

export const identityRoutes: readonly Route[] = [
  { method: "POST", path: "/api/v1/accounts/alias", scope: ["fedistead:identity"], handle: askForAliases },
  { method: "POST", path: "/api/v1/accounts/move", scope: ["fedistead:identity"], handle: askToMove },
  {
    method: "GET",
    path: "/api/v1/fedistead/moves/arrivals",
    scope: ["fedistead:identity"],
    handle: showArrivals,
  },
];
