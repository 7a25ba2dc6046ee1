/** `ScheduledStatus`: Tusky wants a text and a visibility. */
import * as v from "valibot";

import { dateTime, decimal } from "./values.ts";

export const scheduledStatus = v.strictObject({
  id: decimal,
  scheduled_at: dateTime,
  params: v.strictObject({
    text: v.string(),
    spoiler_text: v.string(),
    sensitive: v.nullable(v.boolean()),
    visibility: v.picklist(["public", "unlisted", "private", "direct"]),
    language: v.nullable(v.string()),
    in_reply_to_id: v.nullable(decimal),
    poll: v.nullable(
      v.strictObject({
        options: v.array(v.string()),
        expires_in: v.pipe(v.number(), v.integer()),
        multiple: v.boolean(),
        hide_totals: v.boolean(),
      }),
    ),
    media_ids: v.nullable(v.array(decimal)),
    application_id: v.pipe(v.number(), v.integer()),
    scheduled_at: v.null(),
    idempotency: v.null(),
    with_rate_limit: v.boolean(),
  }),
  media_attachments: v.array(v.looseObject({ id: v.string(), type: v.string() })),
});

const ONE = "/api/v1/scheduled_statuses/:id{[0-9]+}";

export const scheduledContracts = {
  "GET /api/v1/scheduled_statuses": v.array(scheduledStatus),
  [`GET ${ONE}`]: scheduledStatus,
  [`PUT ${ONE}`]: scheduledStatus,
  [`DELETE ${ONE}`]: v.strictObject({}),
} satisfies Record<string, v.GenericSchema>;
