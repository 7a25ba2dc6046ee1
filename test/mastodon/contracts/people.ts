/** People and how they stand to the owner, as Ice Cubes, Tusky and the official apps decode it. */
import * as v from "valibot";

import { account } from "./account.ts";
import { status } from "./status.ts";
import { address, dateTime, decimal } from "./values.ts";

/** Ice Cubes and official iOS lose the whole answer for one of them that is missing or null. */
const relationship = v.strictObject({
  id: decimal,
  following: v.boolean(),
  showing_reblogs: v.boolean(),
  notifying: v.boolean(),
  languages: v.nullable(v.pipe(v.array(v.string()), v.minLength(1))),
  followed_by: v.boolean(),
  blocking: v.boolean(),
  blocked_by: v.boolean(),
  muting: v.boolean(),
  muting_notifications: v.boolean(),
  muting_expires_at: v.nullable(dateTime),
  requested: v.boolean(),
  requested_by: v.boolean(),
  domain_blocking: v.boolean(),
  endorsed: v.boolean(),
  note: v.string(),
});

const accounts = v.array(account);
const none = v.strictTuple([]);
const numeral = v.pipe(v.string(), v.regex(/^\d+$/));

/** `Report`: Tusky and Android read the account in it. */
const report = v.strictObject({
  id: decimal,
  action_taken: v.boolean(),
  action_taken_at: v.nullable(dateTime),
  category: v.picklist(["spam", "legal", "violation", "other"]),
  comment: v.string(),
  forwarded: v.boolean(),
  created_at: dateTime,
  status_ids: v.array(decimal),
  rule_ids: v.nullable(v.array(v.string())),
  target_account: account,
});

const found = { accounts, statuses: v.array(status) };
const tag = v.strictObject({
  id: decimal,
  name: v.pipe(v.string(), v.minLength(1)),
  url: address,
  history: v.strictTuple([]),
  following: v.boolean(),
  featuring: v.boolean(),
});

export const PEOPLE: Readonly<Record<string, v.GenericSchema>> = {
  "GET /api/v1/accounts": accounts,
  "GET /api/v1/accounts/relationships": v.array(relationship),
  "GET /api/v1/accounts/lookup": account,
  "GET /api/v1/accounts/search": accounts,
  "GET /api/v1/accounts/familiar_followers": v.array(v.strictObject({ id: decimal, accounts })),
  "GET /api/v1/accounts/:id{[0-9]+}/followers": accounts,
  "GET /api/v1/accounts/:id{[0-9]+}/following": accounts,
  "GET /api/v1/accounts/:id{[0-9]+}/endorsements": none,
  "POST /api/v1/accounts/:id{[0-9]+}/follow": relationship,
  "POST /api/v1/accounts/:id{[0-9]+}/unfollow": relationship,
  "POST /api/v1/accounts/:id{[0-9]+}/block": relationship,
  "POST /api/v1/accounts/:id{[0-9]+}/unblock": relationship,
  "POST /api/v1/accounts/:id{[0-9]+}/mute": relationship,
  "POST /api/v1/accounts/:id{[0-9]+}/unmute": relationship,
  "POST /api/v1/accounts/:id{[0-9]+}/note": relationship,
  "POST /api/v1/accounts/:id{[0-9]+}/remove_from_followers": relationship,
  "GET /api/v1/blocks": accounts,
  "GET /api/v1/mutes": v.array(
    v.intersect([account, v.looseObject({ mute_expires_at: v.nullable(dateTime) })]),
  ),
  "GET /api/v1/follow_requests": accounts,
  "POST /api/v1/follow_requests/:id{[0-9]+}/authorize": relationship,
  "POST /api/v1/follow_requests/:id{[0-9]+}/reject": relationship,
  "GET /api/v1/domain_blocks": v.array(v.string()),
  "POST /api/v1/domain_blocks": v.strictObject({}),
  "DELETE /api/v1/domain_blocks": v.strictObject({}),
  "POST /api/v1/reports": report,
  "POST /api/v1/statuses/:id{[0-9]+}/mute": status,
  "POST /api/v1/statuses/:id{[0-9]+}/unmute": status,
  "GET /api/v1/directory": accounts,
  "GET /api/v1/instance/peers": v.array(v.string()),
  "GET /api/v1/instance/domain_blocks": v.array(
    v.strictObject({
      domain: v.string(),
      digest: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
      severity: v.picklist(["silence", "suspend"]),
      comment: v.nullable(v.string()),
    }),
  ),
  "GET /api/v1/instance/activity": v.array(
    v.strictObject({ week: numeral, statuses: numeral, logins: numeral, registrations: numeral }),
  ),
  "GET /api/v2/search": v.strictObject({ ...found, hashtags: v.array(tag) }),
  "GET /api/v1/search": v.strictObject({ ...found, hashtags: v.array(v.string()) }),
};
