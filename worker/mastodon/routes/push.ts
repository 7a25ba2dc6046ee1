/** Being told while the app is not open. */
import {
  createSubscription,
  removeSubscription,
  showSubscription,
  updateSubscription,
} from "../push/subscriptions.ts";
import type { Route } from "../router.ts";

const SUBSCRIPTION = "/api/v1/push/subscription";

export const pushRoutes: readonly Route[] = [
  { method: "POST", path: SUBSCRIPTION, scope: ["push"], handle: createSubscription },
  { method: "GET", path: SUBSCRIPTION, scope: ["push"], handle: showSubscription },
  { method: "PUT", path: SUBSCRIPTION, scope: ["push"], handle: updateSubscription },
  { method: "DELETE", path: SUBSCRIPTION, scope: ["push"], handle: removeSubscription },
];
