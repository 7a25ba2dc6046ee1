/**
 * Answers to questions whose true answer is that there is nothing. Some apps fail where a question is not known (official iOS on Explore).
 * Nothing is answered here that might be otherwise: what is not built is 404.
 */
import { json } from "./answers.ts";

export const none = (): Response => json([]);
export const nothing = (): Response => json({});

/** As Mastodon's defaults. The page to write on has no others to keep yet. */
export function preferences(): Response {
  return json({
    "posting:default:visibility": "public",
    "posting:default:sensitive": false,
    "posting:default:language": null,
    "reading:expand:media": "default",
    "reading:expand:spoilers": false,
    "reading:autoplay:gifs": false,
  });
}

/** No notification is held back, whoever it is from; so none waits to be let through. */
export function notificationPolicy(): Response {
  return json({
    for_not_following: "accept",
    for_not_followers: "accept",
    for_new_accounts: "accept",
    for_private_mentions: "accept",
    for_limited_accounts: "accept",
    summary: { pending_requests_count: 0, pending_notifications_count: 0 },
  });
}

export function notificationPolicyV1(): Response {
  return json({
    filter_not_following: false,
    filter_not_followers: false,
    filter_new_accounts: false,
    filter_private_mentions: false,
    summary: { pending_requests_count: 0, pending_notifications_count: 0 },
  });
}
