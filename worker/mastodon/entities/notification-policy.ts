/** Whose notifications are held back, as Mastodon's `NotificationPolicy` of today (v2) and of 4.3's betas (v1), and `NotificationRequest`. */
import type { Ctx } from "../../kernel/ctx.ts";
import { POLICY_PARTS, type Policy } from "../../model/notification-policy.ts";
import type { RequestRow } from "../../store/notifications.ts";
import { timestamp } from "../answers.ts";
import { toAccount } from "./person.ts";
import type { Status } from "./status.ts";

/** How many people wait to be let through, and with how many notifications. */
export interface HeldBack {
  readonly people: number;
  readonly notifications: number;
}

export const V2_NAMES = {
  notFollowing: "for_not_following",
  notFollowers: "for_not_followers",
  newAccounts: "for_new_accounts",
  privateMentions: "for_private_mentions",
  limitedAccounts: "for_limited_accounts",
} as const satisfies Record<keyof Policy, string>;

/** Yes and no: the older form knows neither limited accounts nor what is dropped. */
export const V1_NAMES = {
  notFollowing: "filter_not_following",
  notFollowers: "filter_not_followers",
  newAccounts: "filter_new_accounts",
  privateMentions: "filter_private_mentions",
} as const satisfies Partial<Record<keyof Policy, string>>;

export const V1_PARTS = Object.keys(V1_NAMES) as (keyof typeof V1_NAMES)[];

export function toPolicy(policy: Policy, held: HeldBack) {
  return {
    ...Object.fromEntries(POLICY_PARTS.map((part) => [V2_NAMES[part], policy[part]])),
    summary: toSummary(held),
  };
}

export function toPolicyV1(policy: Policy, held: HeldBack) {
  return {
    ...Object.fromEntries(V1_PARTS.map((part) => [V1_NAMES[part], policy[part] !== "accept"])),
    summary: toSummary(held),
  };
}

const toSummary = ({ people, notifications }: HeldBack) => ({
  pending_requests_count: people,
  pending_notifications_count: notifications,
});

/** Known by the number of the person. */
export function toRequest(ctx: Ctx, row: RequestRow, lastStatus: Status | null) {
  return {
    id: String(row.peer.id),
    created_at: timestamp(row.since),
    updated_at: timestamp(row.until),
    account: toAccount(ctx, row.peer),
    /** Text, as Mastodon writes it. */
    notifications_count: String(row.count),
    last_status: lastStatus,
  };
}
