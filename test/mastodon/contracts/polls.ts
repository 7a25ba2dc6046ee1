/** `Poll`, as the strictest of the apps decode it. */
import * as v from "valibot";

import { dateTime, decimal } from "./values.ts";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));

export const poll = v.strictObject({
  id: decimal,
  expires_at: v.nullable(dateTime),
  expired: v.boolean(),
  multiple: v.boolean(),
  votes_count: count,
  voters_count: v.nullable(count),
  options: v.pipe(
    v.array(v.strictObject({ title: v.pipe(v.string(), v.minLength(1)), votes_count: v.nullable(count) })),
    v.minLength(1),
  ),
  emojis: v.array(v.unknown()),
  voted: v.optional(v.boolean()),
  own_votes: v.optional(v.array(count)),
});

export const pollsContracts = {
  "GET /api/v1/polls/:id{[0-9]+}": poll,
  "POST /api/v1/polls/:id{[0-9]+}/votes": poll,
} satisfies Record<string, v.GenericSchema>;
