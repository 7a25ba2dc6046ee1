/** Which contract the answer to a route has to keep. A new route without one fails every test that asks it. */
import * as v from "valibot";

import { account, credentialAccount } from "./account.ts";
import { conversationsContracts } from "./conversations.ts";
import { filtersContracts } from "./filters.ts";
import { identityContracts } from "./identity.ts";
import { mediaContracts } from "./media.ts";
import { instance, instanceV1 } from "./instance.ts";
import { listsContracts } from "./lists.ts";
import { notificationsContracts } from "./notifications.ts";
import { application, credentialApplication, serverMetadata, token, userinfo } from "./oauth.ts";
import { PEOPLE } from "./people.ts";
import { pollsContracts } from "./polls.ts";
import { pushContracts } from "./push.ts";
import { scheduledContracts, scheduledStatus } from "./scheduled.ts";
import { context, source, status, statusEdit } from "./status.ts";
import { tagsContracts } from "./tags.ts";
import { dateTime } from "./values.ts";

const none = v.strictTuple([]);
const text = v.strictObject({ updated_at: dateTime, content: v.string() });
const marker = v.strictObject({
  last_read_id: v.pipe(v.string(), v.regex(/^\d+$/)),
  version: v.pipe(v.number(), v.integer()),
  updated_at: dateTime,
});
const markers = v.strictObject({ home: v.optional(marker), notifications: v.optional(marker) });
const preferences = v.looseObject({
  "posting:default:visibility": v.picklist(["public", "unlisted", "private", "direct"]),
  "posting:default:sensitive": v.boolean(),
  "posting:default:language": v.nullable(v.string()),
  "reading:expand:media": v.picklist(["default", "show_all", "hide_all"]),
  "reading:expand:spoilers": v.boolean(),
});

const CONTRACTS: Readonly<Record<string, v.GenericSchema>> = {
  ...mediaContracts,
  "POST /api/v1/apps": credentialApplication,
  "GET /api/v1/apps/verify_credentials": application,
  "POST /oauth/token": token,
  "POST /oauth/revoke": v.strictObject({}),
  "GET /oauth/userinfo": userinfo,
  "POST /oauth/userinfo": userinfo,
  "GET /.well-known/oauth-authorization-server": serverMetadata,
  "GET /api/v2/instance": instance,
  "GET /api/v1/instance": instanceV1,
  "GET /api/v1/instance/rules": none,
  "GET /api/v1/instance/extended_description": text,
  "GET /api/v1/instance/privacy_policy": text,
  "GET /api/v1/instance/translation_languages": v.strictObject({}),
  "GET /api/v1/custom_emojis": none,
  "GET /api/v1/accounts/verify_credentials": credentialAccount,
  "PATCH /api/v1/accounts/update_credentials": credentialAccount,
  "DELETE /api/v1/profile/avatar": credentialAccount,
  "DELETE /api/v1/profile/header": credentialAccount,
  "GET /api/v1/accounts/:id{[0-9]+}": account,
  "GET /api/v1/accounts/:id{[0-9]+}/statuses": v.array(status),
  "POST /api/v1/statuses": v.union([status, scheduledStatus]),
  "GET /api/v1/statuses": v.array(status),
  "GET /api/v1/statuses/:id{[0-9]+}": status,
  "PUT /api/v1/statuses/:id{[0-9]+}": status,
  "DELETE /api/v1/statuses/:id{[0-9]+}": status,
  "GET /api/v1/statuses/:id{[0-9]+}/context": context,
  "GET /api/v1/statuses/:id{[0-9]+}/history": v.array(statusEdit),
  "GET /api/v1/statuses/:id{[0-9]+}/source": source,
  "GET /api/v1/statuses/:id{[0-9]+}/reblogged_by": v.array(account),
  "GET /api/v1/statuses/:id{[0-9]+}/favourited_by": v.array(account),
  "POST /api/v1/statuses/:id{[0-9]+}/favourite": status,
  "POST /api/v1/statuses/:id{[0-9]+}/unfavourite": status,
  "POST /api/v1/statuses/:id{[0-9]+}/reblog": status,
  "POST /api/v1/statuses/:id{[0-9]+}/unreblog": status,
  "POST /api/v1/statuses/:id{[0-9]+}/bookmark": status,
  "POST /api/v1/statuses/:id{[0-9]+}/unbookmark": status,
  "POST /api/v1/statuses/:id{[0-9]+}/pin": status,
  "POST /api/v1/statuses/:id{[0-9]+}/unpin": status,
  "GET /api/v1/timelines/home": v.array(status),
  "GET /api/v1/timelines/public": v.array(status),
  "GET /api/v1/timelines/tag/:hashtag": v.array(status),
  "GET /api/v1/timelines/link": v.array(status),
  "GET /api/v1/bookmarks": v.array(status),
  "GET /api/v1/favourites": v.array(status),
  ...identityContracts,
  "GET /api/v1/preferences": preferences,
  "GET /api/v1/markers": markers,
  "POST /api/v1/markers": markers,
  ...PEOPLE,
  ...pollsContracts,
  ...scheduledContracts,
  ...conversationsContracts,
  "GET /api/v1/announcements": none,
  "GET /api/v1/trends": none,
  "GET /api/v1/trends/tags": none,
  "GET /api/v1/trends/statuses": none,
  "GET /api/v1/trends/links": none,
  "GET /api/v1/suggestions": none,
  "GET /api/v2/suggestions": none,
  "GET /api/v1/endorsements": none,
  ...listsContracts,
  ...filtersContracts,
  ...tagsContracts,
  ...notificationsContracts,
  ...pushContracts,
};

/** Routes with nothing but letters in them come first: `:id` would take `verify_credentials` as well. */
const patterns = Object.entries(CONTRACTS)
  .sort(([a], [b]) => Number(a.includes(":id")) - Number(b.includes(":id")))
  .map(([route, schema]) => {
    const source = route.replaceAll(/[.]/g, "\\.").replaceAll(/:\w+(\{[^}]*\})?/g, "[^/]+");
    return { route, schema, pattern: new RegExp(`^${source}/?$`) };
  });

/** The contract of an answer; null when no route was asked that there is. */
export function contractOf(method: string, pathname: string): v.GenericSchema | null {
  const asked = `${method === "HEAD" ? "GET" : method} ${pathname}`;
  return patterns.find(({ pattern }) => pattern.test(asked))?.schema ?? null;
}

/** Routes that have a contract, as the table writes them. */
export const contracted: readonly string[] = Object.keys(CONTRACTS);
