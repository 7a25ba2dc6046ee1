/** `Notification` and what belongs to it, as the strictest of Ice Cubes, Phanpy and the official apps decode it. */
import * as v from "valibot";

import { account } from "./account.ts";
import { status } from "./status.ts";
import { address, dateTime, decimal } from "./values.ts";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const type = v.picklist([
  "mention",
  "status",
  "reblog",
  "favourite",
  "follow",
  "follow_request",
  "poll",
  "admin.report",
]);
const ABOUT_A_POST = new Set(["mention", "status", "reblog", "favourite", "poll"]);

const report = v.strictObject({
  id: decimal,
  action_taken: v.boolean(),
  action_taken_at: v.nullable(dateTime),
  category: v.picklist(["spam", "legal", "violation", "other"]),
  comment: v.string(),
  forwarded: v.boolean(),
  created_at: dateTime,
  status_ids: v.array(decimal),
  rule_ids: v.nullable(v.array(decimal)),
  target_account: account,
});

export const notification = v.pipe(
  v.strictObject({
    id: decimal,
    type,
    created_at: dateTime,
    group_key: v.pipe(v.string(), v.regex(/^[a-z]+-[\d-]+$/)),
    account,
    status: v.optional(status),
    report: v.optional(report),
    filtered: v.optional(v.literal(true)),
  }),
  v.check(
    (one) => ABOUT_A_POST.has(one.type) === (one.status !== undefined),
    "a post where there has to be one",
  ),
  v.check(
    (one) => (one.type === "admin.report") === (one.report !== undefined),
    "a report where there has to be one",
  ),
);

const group = v.pipe(
  v.strictObject({
    group_key: v.pipe(v.string(), v.regex(/^[a-z]+-[\d-]+$/)),
    notifications_count: v.pipe(v.number(), v.integer(), v.minValue(1)),
    type,
    // Exact in JavaScript and in Swift's Int.
    most_recent_notification_id: v.pipe(v.number(), v.safeInteger()),
    page_min_id: decimal,
    page_max_id: decimal,
    latest_page_notification_at: dateTime,
    sample_account_ids: v.pipe(v.array(decimal), v.minLength(1), v.maxLength(8)),
    status_id: v.optional(decimal),
    report: v.optional(report),
  }),
  v.check(
    (one) => ABOUT_A_POST.has(one.type) === (one.status_id !== undefined),
    "a post where there has to be one",
  ),
);

const partial = v.strictObject({
  id: decimal,
  acct: v.string(),
  locked: v.boolean(),
  bot: v.boolean(),
  url: address,
  avatar: address,
  avatar_static: address,
});

const grouped = v.pipe(
  v.strictObject({
    accounts: v.array(account),
    partial_accounts: v.optional(v.array(partial)),
    statuses: v.array(status),
    notification_groups: v.array(group),
  }),
  v.check(({ accounts, partial_accounts = [], statuses, notification_groups }) => {
    const people = new Set([...accounts, ...partial_accounts].map(({ id }) => id));
    const posts = new Set(statuses.map(({ id }) => id));
    return notification_groups.every(
      ({ sample_account_ids, status_id }) =>
        sample_account_ids.every((id) => people.has(id)) && (status_id === undefined || posts.has(status_id)),
    );
  }, "everybody and everything that a group names is there"),
);

const summary = v.strictObject({ pending_requests_count: count, pending_notifications_count: count });
const verdict = v.picklist(["accept", "filter", "drop"]);
const policy = v.strictObject({
  for_not_following: verdict,
  for_not_followers: verdict,
  for_new_accounts: verdict,
  for_private_mentions: verdict,
  for_limited_accounts: verdict,
  summary,
});
const policyV1 = v.strictObject({
  filter_not_following: v.boolean(),
  filter_not_followers: v.boolean(),
  filter_new_accounts: v.boolean(),
  filter_private_mentions: v.boolean(),
  summary,
});
const request = v.strictObject({
  id: decimal,
  created_at: dateTime,
  updated_at: dateTime,
  account,
  notifications_count: v.pipe(v.string(), v.regex(/^\d+$/)),
  last_status: v.nullable(status),
});
const unread = v.strictObject({ count });
const empty = v.strictObject({});

export const notificationsContracts = {
  "GET /api/v1/notifications": v.array(notification),
  "GET /api/v1/notifications/unread_count": unread,
  "POST /api/v1/notifications/clear": empty,
  "POST /api/v1/notifications/dismiss": empty,
  "GET /api/v1/notifications/policy": policyV1,
  "PATCH /api/v1/notifications/policy": policyV1,
  "PUT /api/v1/notifications/policy": policyV1,
  "GET /api/v1/notifications/requests": v.array(request),
  "GET /api/v1/notifications/requests/merged": v.strictObject({ merged: v.boolean() }),
  "POST /api/v1/notifications/requests/accept": empty,
  "POST /api/v1/notifications/requests/dismiss": empty,
  "GET /api/v1/notifications/requests/:id{[0-9]+}": request,
  "POST /api/v1/notifications/requests/:id{[0-9]+}/accept": empty,
  "POST /api/v1/notifications/requests/:id{[0-9]+}/dismiss": empty,
  "GET /api/v1/notifications/:id{[0-9]+}": notification,
  "POST /api/v1/notifications/:id{[0-9]+}/dismiss": empty,
  "GET /api/v2/notifications": grouped,
  "GET /api/v2/notifications/unread_count": unread,
  "GET /api/v2/notifications/policy": policy,
  "PATCH /api/v2/notifications/policy": policy,
  "PUT /api/v2/notifications/policy": policy,
  "GET /api/v2/notifications/:id{[a-z0-9-]+}": grouped,
  "GET /api/v2/notifications/:id{[a-z0-9-]+}/accounts": v.array(account),
  "POST /api/v2/notifications/:id{[a-z0-9-]+}/dismiss": empty,
} as const;
