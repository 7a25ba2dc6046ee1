/** `WebPushSubscription`: Tusky reads the id as a number of 32 bits, and Ice Cubes needs the key of the server. */
import * as v from "valibot";

import { address } from "./values.ts";

const point = v.pipe(v.string(), v.regex(/^B[\w-]{86}$/));

const pushSubscription = v.strictObject({
  id: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2_147_483_647)),
  endpoint: address,
  standard: v.boolean(),
  policy: v.picklist(["all", "followed", "follower", "none"]),
  alerts: v.strictObject({
    mention: v.boolean(),
    status: v.boolean(),
    reblog: v.boolean(),
    follow: v.boolean(),
    follow_request: v.boolean(),
    favourite: v.boolean(),
    poll: v.boolean(),
    update: v.boolean(),
    quote: v.boolean(),
    quoted_update: v.boolean(),
    "admin.sign_up": v.boolean(),
    "admin.report": v.boolean(),
  }),
  server_key: point,
});

export const pushContracts = {
  "POST /api/v1/push/subscription": pushSubscription,
  "GET /api/v1/push/subscription": pushSubscription,
  "PUT /api/v1/push/subscription": pushSubscription,
  "DELETE /api/v1/push/subscription": v.strictObject({}),
};

/** What a push says: strict, as Ice Cubes decodes it. */
export const pushed = v.strictObject({
  access_token: v.pipe(v.string(), v.regex(/^[\w-]{43}$/)),
  preferred_locale: v.string(),
  notification_id: v.pipe(v.number(), v.integer(), v.minValue(1)),
  notification_type: v.string(),
  icon: v.string(),
  title: v.pipe(v.string(), v.minLength(1)),
  body: v.string(),
});
