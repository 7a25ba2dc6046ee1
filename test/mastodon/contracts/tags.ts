/** `Tag` and `FeaturedTag`: Ice Cubes and Tusky do without none of their fields. */
import * as v from "valibot";

import { address, decimal } from "./values.ts";

const entries = {
  id: decimal,
  name: v.pipe(v.string(), v.minLength(1)),
  url: address,
  history: v.array(v.strictObject({ day: v.string(), uses: v.string(), accounts: v.string() })),
};
const tag = v.strictObject({
  ...entries,
  following: v.optional(v.boolean()),
  featuring: v.optional(v.boolean()),
});
const ownTag = v.strictObject({ ...entries, following: v.boolean(), featuring: v.boolean() });
const featuredTag = v.strictObject({
  id: decimal,
  name: v.pipe(v.string(), v.minLength(1)),
  url: address,
  statuses_count: v.pipe(v.string(), v.regex(/^\d+$/)),
  last_status_at: v.nullable(v.pipe(v.string(), v.isoDate())),
});

export const tagsContracts: Readonly<Record<string, v.GenericSchema>> = {
  "GET /api/v1/tags/:id{[^/]+}": tag,
  "POST /api/v1/tags/:id{[^/]+}/follow": ownTag,
  "POST /api/v1/tags/:id{[^/]+}/unfollow": ownTag,
  "POST /api/v1/tags/:id{[^/]+}/feature": ownTag,
  "POST /api/v1/tags/:id{[^/]+}/unfeature": ownTag,
  "GET /api/v1/followed_tags": v.array(ownTag),
  "GET /api/v1/featured_tags": v.array(featuredTag),
  "POST /api/v1/featured_tags": featuredTag,
  "GET /api/v1/featured_tags/suggestions": v.array(ownTag),
  "DELETE /api/v1/featured_tags/:id{[0-9]+}": v.strictObject({}),
  "GET /api/v1/accounts/:id{[0-9]+}/featured_tags": v.array(featuredTag),
};
