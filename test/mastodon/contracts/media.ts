/** `MediaAttachment` of a file that is ready: Ice Cubes and Toot! upload again when `url` is null. */
import * as v from "valibot";

import { attachment } from "./status.ts";
import { decimal } from "./values.ts";

const side = v.pipe(v.number(), v.integer(), v.minValue(1));
const size = v.strictObject({
  width: side,
  height: side,
  size: v.pipe(v.string(), v.regex(/^\d+x\d+$/)),
  aspect: v.number(),
});
const from1to1 = v.pipe(v.number(), v.minValue(-1), v.maxValue(1));

const media = v.intersect([
  attachment,
  v.looseObject({
    id: decimal,
    text_url: v.null(),
    remote_url: v.null(),
    meta: v.strictObject({
      focus: v.optional(v.strictObject({ x: from1to1, y: from1to1 })),
      original: v.optional(v.partial(v.strictObject({ ...size.entries, duration: v.number() }))),
      small: v.optional(size),
    }),
  }),
]);

export const mediaContracts = {
  "POST /api/v2/media": media,
  "POST /api/v1/media": media,
  "GET /api/v1/media/:id{[0-9]+}": media,
  "PUT /api/v1/media/:id{[0-9]+}": media,
  "DELETE /api/v1/media/:id{[0-9]+}": v.strictObject({}),
} as const;
