/** `PreviewCard`, as the strictest of Ice Cubes, Tusky and the official apps decode it: text is never missing, and addresses are "" or good. */
import * as v from "valibot";

import { account } from "./account.ts";
import { address, dateTime } from "./values.ts";

const size = v.pipe(v.number(), v.integer(), v.minValue(0));
const addressOrNone = v.union([v.literal(""), address]);

export const card = v.strictObject({
  url: v.pipe(v.string(), v.url()),
  title: v.pipe(v.string(), v.minLength(1)),
  description: v.string(),
  language: v.nullable(v.string()),
  type: v.picklist(["link", "photo", "video", "rich"]),
  authors: v.array(v.strictObject({ name: v.string(), url: addressOrNone, account: v.nullable(account) })),
  author_name: v.string(),
  author_url: addressOrNone,
  provider_name: v.string(),
  provider_url: addressOrNone,
  html: v.string(),
  width: size,
  height: size,
  image: v.nullable(address),
  image_description: v.string(),
  embed_url: addressOrNone,
  blurhash: v.nullable(v.string()),
  published_at: v.nullable(dateTime),
});
