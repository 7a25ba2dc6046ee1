/** What an app wants to be told of while it is not open, as Mastodon's `WebPushSubscription`. */
import type { Subscription } from "../../store/push.ts";

/** Types that an app may ask for. There are none of the admin's here but reports, and asking for them does no harm. */
export const ALERTS = [
  "mention",
  "status",
  "reblog",
  "follow",
  "follow_request",
  "favourite",
  "poll",
  "update",
  "quote",
  "quoted_update",
  "admin.sign_up",
  "admin.report",
] as const;

export function toPushSubscription(row: Subscription, serverKey: string) {
  return {
    /** A number, unlike every other id: Mastodon sends one, and Tusky reads nothing else. */
    id: row.id,
    endpoint: row.endpoint,
    standard: row.standard,
    policy: row.policy,
    alerts: Object.fromEntries(ALERTS.map((alert) => [alert, row.alerts.includes(alert)])),
    server_key: serverKey,
  };
}
