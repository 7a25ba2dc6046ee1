/** `Status` and what belongs to it, as the strictest of Ice Cubes, Tusky, Toot!, Moshidon and the official apps decode it. */
import * as v from "valibot";

import { account } from "./account.ts";
import { card } from "./card.ts";
import { filterResult } from "./filters.ts";
import { poll } from "./polls.ts";
import { address, dateTime, decimal } from "./values.ts";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

/** An id may be longer than a number that JavaScript can hold. */
export const attachment = v.looseObject({
  id: v.pipe(v.string(), v.regex(/^\d{1,20}$/)),
  type: v.picklist(["image", "gifv", "video", "audio", "unknown"]),
  url: address,
  preview_url: v.nullable(address),
  remote_url: v.nullable(address),
  description: v.nullable(v.string()),
  blurhash: v.nullable(v.string()),
  meta: v.looseObject({}),
});

/** Moshidon fails on a mention without an address. */
const mention = v.strictObject({
  id: decimal,
  username: v.pipe(v.string(), v.minLength(1)),
  acct: v.pipe(v.string(), v.minLength(1)),
  url: address,
});

const tag = v.strictObject({ name: v.pipe(v.string(), v.minLength(1)), url: address });

const entries = {
  id: decimal,
  uri: address,
  url: address,
  created_at: dateTime,
  edited_at: v.nullable(dateTime),
  account,
  content: v.string(),
  visibility: v.picklist(["public", "unlisted", "private", "direct"]),
  sensitive: v.boolean(),
  spoiler_text: v.string(),
  language: v.nullable(v.string()),
  in_reply_to_id: v.nullable(decimal),
  in_reply_to_account_id: v.nullable(decimal),
  media_attachments: v.array(attachment),
  mentions: v.array(mention),
  tags: v.array(tag),
  emojis: v.array(v.unknown()),
  card: v.nullable(card),
  poll: v.nullable(poll),
  application: v.nullable(v.strictObject({ name: v.string(), website: v.nullable(address) })),
  replies_count: count,
  reblogs_count: count,
  favourites_count: count,
  favourited: v.boolean(),
  reblogged: v.boolean(),
  bookmarked: v.boolean(),
  muted: v.boolean(),
  pinned: v.boolean(),
  filtered: v.array(filterResult),
};

const boosted = v.looseObject({ ...entries, reblog: v.null() });

/** Ivory crashes on a boost that has the id of the post in it. */
export const status = v.pipe(
  v.looseObject({ ...entries, reblog: v.nullable(boosted) }),
  v.check(({ id, reblog }) => reblog === null || reblog.id !== id, "a boost has the id of its post"),
);

/** Async refreshes are Mastodon's of 4.4 and later. */
export const asyncRefresh = v.strictObject({
  async_refresh: v.strictObject({
    id: v.string(),
    status: v.picklist(["running", "finished"]),
    result_count: v.nullable(count),
  }),
});

export const context = v.strictObject({ ancestors: v.array(status), descendants: v.array(status) });

export const source = v.strictObject({ id: decimal, text: v.string(), spoiler_text: v.string() });

export const statusEdit = v.strictObject({
  content: v.string(),
  spoiler_text: v.string(),
  sensitive: v.boolean(),
  created_at: dateTime,
  account,
  media_attachments: v.array(attachment),
  emojis: v.array(v.unknown()),
  poll: v.optional(v.strictObject({ options: v.array(v.strictObject({ title: v.string() })) })),
});
