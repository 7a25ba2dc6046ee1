/** `V2::Instance` and `V1::Instance`: what Ice Cubes, Tusky, Toot!, toot and the official apps can not do without. */
import * as v from "valibot";

import { account } from "./account.ts";
import { address } from "./values.ts";

const int = v.pipe(v.number(), v.integer(), v.minValue(0));
const host = v.pipe(v.string(), v.regex(/^[a-z0-9.-]+$/));
const version = v.pipe(v.string(), v.regex(/^\d\.\d\.\d \(compatible; Fedistead \d+\.\d+\.\d+\)$/));
/** No path: Ice Cubes keeps the host alone. */
const streaming = v.pipe(v.string(), v.regex(/^wss:\/\/[a-z0-9.-]+$/));

const configuration = {
  statuses: v.looseObject({
    max_characters: v.pipe(int, v.minValue(500)),
    max_media_attachments: int,
    characters_reserved_per_url: int,
  }),
  polls: v.looseObject({
    max_options: int,
    max_characters_per_option: int,
    min_expiration: int,
    max_expiration: int,
  }),
  accounts: v.looseObject({ max_featured_tags: int }),
  media_attachments: v.looseObject({
    supported_mime_types: v.array(v.string()),
    image_size_limit: int,
    image_matrix_limit: int,
    video_size_limit: int,
    video_frame_rate_limit: int,
    video_matrix_limit: int,
  }),
};

export const instance = v.looseObject({
  domain: host,
  title: v.string(),
  version,
  source_url: v.string(),
  description: v.string(),
  registrations: v.looseObject({
    enabled: v.boolean(),
    approval_required: v.boolean(),
    message: v.nullable(v.string()),
  }),
  languages: v.array(v.string()),
  thumbnail: v.looseObject({ url: address }),
  contact: v.looseObject({ email: v.string(), account }),
  configuration: v.looseObject({
    ...configuration,
    urls: v.looseObject({ streaming }),
    vapid: v.looseObject({ public_key: v.string() }),
    translation: v.looseObject({ enabled: v.boolean() }),
  }),
  usage: v.looseObject({ users: v.looseObject({ active_month: int }) }),
  rules: v.array(v.looseObject({ id: v.string(), text: v.string() })),
  /** A promise of features: no more than what is built. */
  api_versions: v.strictObject({ mastodon: v.literal(4) }),
});

export const instanceV1 = v.looseObject({
  uri: host,
  title: v.string(),
  short_description: v.string(),
  description: v.string(),
  email: v.string(),
  version,
  urls: v.looseObject({ streaming_api: streaming }),
  stats: v.looseObject({ user_count: int, status_count: int, domain_count: int }),
  thumbnail: address,
  languages: v.array(v.string()),
  registrations: v.boolean(),
  approval_required: v.boolean(),
  invites_enabled: v.boolean(),
  configuration: v.looseObject(configuration),
  contact_account: account,
  rules: v.array(v.unknown()),
});
