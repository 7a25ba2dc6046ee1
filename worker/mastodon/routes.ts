/** Every route there is for apps, and what each needs. Scopes as docs.joinmastodon.org names them for each method. */
import { askForAliases } from "./aliases.ts";
import { PROFILE_MAX, removePicture, showAccount, updateCredentials, verifyCredentials } from "./accounts.ts";
import { accountStatuses, reactors } from "./account-statuses.ts";
import { bookmark, favourite, pin, reblog, unbookmark, unfavourite, unpin, unreblog } from "./acts.ts";
import { extendedDescription, privacyPolicy, showInstance, showInstanceV1 } from "./instance.ts";
import { saveMarkers, showMarkers } from "./markers.ts";
import { none, nothing, notificationPolicy, notificationPolicyV1, preferences } from "./nothing.ts";
import { registerClient, verifyClient } from "./oauth/apps.ts";
import { serverMetadata, userinfo } from "./oauth/metadata.ts";
import { issueToken, revokeToken } from "./oauth/token.ts";
import { router, type Route } from "./router.ts";
import { removeStatus, showContext, showHistory, showSource, showStatus, showStatuses } from "./statuses.ts";
import { everybody, held, home, listTimeline, tagged } from "./timelines.ts";
import { createStatus, editStatus } from "./write-status.ts";

const oauth: readonly Route[] = [
  { method: "POST", path: "/api/v1/apps", scope: "public", handle: registerClient },
  { method: "GET", path: "/api/v1/apps/verify_credentials", scope: "app", handle: verifyClient },
  { method: "POST", path: "/oauth/token", scope: "public", handle: issueToken },
  { method: "POST", path: "/oauth/revoke", scope: "public", handle: revokeToken },
  { method: "GET", path: "/oauth/userinfo", scope: ["profile"], handle: userinfo },
  { method: "POST", path: "/oauth/userinfo", scope: ["profile"], handle: userinfo },
  { method: "GET", path: "/.well-known/oauth-authorization-server", scope: "public", handle: serverMetadata },
];

const instance: readonly Route[] = [
  { method: "GET", path: "/api/v2/instance", scope: "public", handle: showInstance },
  { method: "GET", path: "/api/v1/instance", scope: "public", handle: showInstanceV1 },
  { method: "GET", path: "/api/v1/instance/rules", scope: "public", handle: none },
  {
    method: "GET",
    path: "/api/v1/instance/extended_description",
    scope: "public",
    handle: extendedDescription,
  },
  { method: "GET", path: "/api/v1/instance/privacy_policy", scope: "public", handle: privacyPolicy },
  { method: "GET", path: "/api/v1/instance/translation_languages", scope: "public", handle: nothing },
  { method: "GET", path: "/api/v1/custom_emojis", scope: "public", handle: none },
];

const accounts: readonly Route[] = [
  {
    method: "GET",
    path: "/api/v1/accounts/verify_credentials",
    scope: ["read:accounts", "profile"],
    handle: verifyCredentials,
  },
  {
    method: "PATCH",
    path: "/api/v1/accounts/update_credentials",
    scope: ["write:accounts"],
    maxBody: PROFILE_MAX,
    handle: updateCredentials,
  },
  {
    method: "DELETE",
    path: "/api/v1/profile/avatar",
    scope: ["write:accounts"],
    handle: removePicture("avatar"),
  },
  {
    method: "DELETE",
    path: "/api/v1/profile/header",
    scope: ["write:accounts"],
    handle: removePicture("header"),
  },
  {
    method: "GET",
    path: "/api/v1/accounts/:id{[0-9]+}",
    scope: { anybody: ["read:accounts"] },
    handle: showAccount,
  },
  {
    method: "GET",
    path: "/api/v1/accounts/:id{[0-9]+}/statuses",
    scope: { anybody: ["read:statuses"] },
    handle: accountStatuses,
  },
  {
    method: "POST",
    path: "/api/v1/accounts/alias",
    scope: ["fedistead:identity"],
    handle: askForAliases,
  },
  { method: "GET", path: "/api/v1/preferences", scope: ["read:accounts"], handle: preferences },
  { method: "GET", path: "/api/v1/markers", scope: ["read:statuses"], handle: showMarkers },
  { method: "POST", path: "/api/v1/markers", scope: ["write:statuses"], handle: saveMarkers },
];

const statuses: readonly Route[] = [
  { method: "POST", path: "/api/v1/statuses", scope: ["write:statuses"], handle: createStatus },
  { method: "GET", path: "/api/v1/statuses", scope: { anybody: ["read:statuses"] }, handle: showStatuses },
  {
    method: "GET",
    path: "/api/v1/statuses/:id{[0-9]+}",
    scope: { anybody: ["read:statuses"] },
    handle: showStatus,
  },
  { method: "PUT", path: "/api/v1/statuses/:id{[0-9]+}", scope: ["write:statuses"], handle: editStatus },
  { method: "DELETE", path: "/api/v1/statuses/:id{[0-9]+}", scope: ["write:statuses"], handle: removeStatus },
  {
    method: "GET",
    path: "/api/v1/statuses/:id{[0-9]+}/context",
    scope: { anybody: ["read:statuses"] },
    handle: showContext,
  },
  {
    method: "GET",
    path: "/api/v1/statuses/:id{[0-9]+}/history",
    scope: { anybody: ["read:statuses"] },
    handle: showHistory,
  },
  {
    method: "GET",
    path: "/api/v1/statuses/:id{[0-9]+}/source",
    scope: ["read:statuses"],
    handle: showSource,
  },
  {
    method: "GET",
    path: "/api/v1/statuses/:id{[0-9]+}/reblogged_by",
    scope: ["read:accounts"],
    handle: reactors("boost"),
  },
  {
    method: "GET",
    path: "/api/v1/statuses/:id{[0-9]+}/favourited_by",
    scope: ["read:accounts"],
    handle: reactors("like"),
  },
  {
    method: "POST",
    path: "/api/v1/statuses/:id{[0-9]+}/favourite",
    scope: ["write:favourites"],
    handle: favourite,
  },
  {
    method: "POST",
    path: "/api/v1/statuses/:id{[0-9]+}/unfavourite",
    scope: ["write:favourites"],
    handle: unfavourite,
  },
  { method: "POST", path: "/api/v1/statuses/:id{[0-9]+}/reblog", scope: ["write:statuses"], handle: reblog },
  {
    method: "POST",
    path: "/api/v1/statuses/:id{[0-9]+}/unreblog",
    scope: ["write:statuses"],
    handle: unreblog,
  },
  {
    method: "POST",
    path: "/api/v1/statuses/:id{[0-9]+}/bookmark",
    scope: ["write:bookmarks"],
    handle: bookmark,
  },
  {
    method: "POST",
    path: "/api/v1/statuses/:id{[0-9]+}/unbookmark",
    scope: ["write:bookmarks"],
    handle: unbookmark,
  },
  { method: "POST", path: "/api/v1/statuses/:id{[0-9]+}/pin", scope: ["write:accounts"], handle: pin },
  { method: "POST", path: "/api/v1/statuses/:id{[0-9]+}/unpin", scope: ["write:accounts"], handle: unpin },
];

const timelines: readonly Route[] = [
  { method: "GET", path: "/api/v1/timelines/home", scope: ["read:statuses"], handle: home },
  {
    method: "GET",
    path: "/api/v1/timelines/public",
    scope: { anybody: ["read:statuses"] },
    handle: everybody,
  },
  {
    method: "GET",
    path: "/api/v1/timelines/tag/:hashtag",
    scope: { anybody: ["read:statuses"] },
    handle: tagged,
  },
  { method: "GET", path: "/api/v1/timelines/list/:id{[0-9]+}", scope: ["read:lists"], handle: listTimeline },
  { method: "GET", path: "/api/v1/bookmarks", scope: ["read:bookmarks"], handle: held("bookmark") },
  { method: "GET", path: "/api/v1/favourites", scope: ["read:favourites"], handle: held("like") },
];

/** There are none of these: no other people, no staff, no trends, nothing scheduled, muted, filtered or held back. */
const empty: readonly Route[] = [
  { method: "GET", path: "/api/v1/announcements", scope: ["read"], handle: none },
  { method: "GET", path: "/api/v1/trends", scope: "public", handle: none },
  { method: "GET", path: "/api/v1/trends/tags", scope: "public", handle: none },
  { method: "GET", path: "/api/v1/trends/statuses", scope: "public", handle: none },
  { method: "GET", path: "/api/v1/trends/links", scope: "public", handle: none },
  { method: "GET", path: "/api/v1/suggestions", scope: ["read"], handle: none },
  { method: "GET", path: "/api/v2/suggestions", scope: ["read"], handle: none },
  { method: "GET", path: "/api/v1/followed_tags", scope: ["read:follows"], handle: none },
  { method: "GET", path: "/api/v1/featured_tags", scope: ["read:accounts"], handle: none },
  { method: "GET", path: "/api/v1/endorsements", scope: ["read:accounts"], handle: none },
  { method: "GET", path: "/api/v1/scheduled_statuses", scope: ["read:statuses"], handle: none },
  { method: "GET", path: "/api/v1/mutes", scope: ["read:mutes"], handle: none },
  { method: "GET", path: "/api/v1/lists", scope: ["read:lists"], handle: none },
  { method: "GET", path: "/api/v1/filters", scope: ["read:filters"], handle: none },
  { method: "GET", path: "/api/v2/filters", scope: ["read:filters"], handle: none },
  { method: "GET", path: "/api/v1/notifications/requests", scope: ["read:notifications"], handle: none },
  {
    method: "GET",
    path: "/api/v2/notifications/policy",
    scope: ["read:notifications"],
    handle: notificationPolicy,
  },
  {
    method: "GET",
    path: "/api/v1/notifications/policy",
    scope: ["read:notifications"],
    handle: notificationPolicyV1,
  },
];

export const routes: readonly Route[] = [
  ...oauth,
  ...instance,
  ...accounts,
  ...statuses,
  ...timelines,
  ...empty,
];

export const mastodon = router(routes);
