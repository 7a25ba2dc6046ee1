/** What comes over a socket: the payload is a string, and of most events JSON of what the API shows. */
import * as v from "valibot";

import { conversation } from "./conversations.ts";
import { notification } from "./notifications.ts";
import { status } from "./status.ts";
import { decimal } from "./values.ts";

const channel = v.pipe(v.array(v.string()), v.minLength(1), v.maxLength(2));
const json = (schema: v.GenericSchema) =>
  v.pipe(
    v.string(),
    v.transform((text): unknown => JSON.parse(text)),
    schema,
  );

export const streamed = v.variant("event", [
  v.strictObject({ stream: channel, event: v.literal("update"), payload: json(status) }),
  v.strictObject({ stream: channel, event: v.literal("status.update"), payload: json(status) }),
  v.strictObject({ stream: channel, event: v.literal("delete"), payload: decimal }),
  v.strictObject({ stream: channel, event: v.literal("notification"), payload: json(notification) }),
  v.strictObject({ stream: channel, event: v.literal("conversation"), payload: json(conversation) }),
  v.strictObject({ stream: channel, event: v.literal("filters_changed"), payload: v.string() }),
  v.strictObject({ stream: channel, event: v.literal("notifications_merged"), payload: v.string() }),
]);

export const streamError = v.strictObject({ error: v.string(), status: v.number() });
