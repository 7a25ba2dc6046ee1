/** `Account` as the strictest of Toot!, Feditext, Ice Cubes, Tusky and the official apps decode it: one field missing loses the whole answer. */
import * as v from "valibot";

import { address, dateTime, decimal } from "./values.ts";

const field = v.looseObject({
  name: v.string(),
  value: v.string(),
  verified_at: v.nullable(dateTime),
});
const count = v.pipe(v.number(), v.integer(), v.minValue(0));

const entries = {
  id: decimal,
  username: v.pipe(v.string(), v.minLength(1)),
  acct: v.pipe(v.string(), v.minLength(1)),
  url: address,
  uri: address,
  display_name: v.string(),
  note: v.string(),
  /** Pictures are never null and never "". */
  avatar: address,
  avatar_static: address,
  header: address,
  header_static: address,
  locked: v.boolean(),
  bot: v.boolean(),
  group: v.boolean(),
  discoverable: v.nullable(v.boolean()),
  created_at: dateTime,
  /** A date alone. */
  last_status_at: v.nullable(v.pipe(v.string(), v.isoDate())),
  statuses_count: count,
  followers_count: count,
  following_count: count,
  fields: v.array(field),
  emojis: v.array(v.unknown()),
};

export const account = v.looseObject(entries);

export const credentialAccount = v.looseObject({
  ...entries,
  source: v.looseObject({
    privacy: v.picklist(["public", "unlisted", "private", "direct"]),
    sensitive: v.boolean(),
    language: v.nullable(v.string()),
    note: v.string(),
    fields: v.array(field),
    follow_requests_count: count,
  }),
  role: v.looseObject({
    id: v.string(),
    name: v.string(),
    permissions: v.pipe(v.string(), v.regex(/^\d+$/)),
    color: v.string(),
    highlighted: v.boolean(),
  }),
});
