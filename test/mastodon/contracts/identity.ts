/** The stead's own methods, for moving; and what is fetched behind a thread. */
import * as v from "valibot";

import { asyncRefresh } from "./status.ts";
import { address, dateTime } from "./values.ts";

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const line = {
  expected_count: count,
  here_count: count,
  requests_count: count,
  gone_count: count,
  missing_count: count,
  accepted_count: count,
  rescued_count: count,
};
const text = v.nullable(v.string());

const arrivals = v.strictObject({
  followers_count: count,
  arrived_count: count,
  last_arrival_at: v.nullable(dateTime),
  lively: v.boolean(),
  window: v.nullable(
    v.strictObject({
      open: v.boolean(),
      opened_at: dateTime,
      closes_at: dateTime,
      closed_at: v.nullable(dateTime),
      takes: v.picklist(["everybody", "expected"]),
    }),
  ),
  unverified: v.strictObject({
    count,
    hosts: v.array(v.strictObject({ host: v.string(), count, problem: text })),
  }),
  accepts: v.strictObject({ delivered_count: count, retrying_count: count }),
  requests_count: count,
  counted_at: dateTime,
  totals: v.nullable(v.strictObject(line)),
  hosts_count: count,
  hosts: v.array(v.strictObject({ host: v.string(), software: text, problem: text, ...line })),
  software: v.array(v.strictObject({ software: v.string(), hosts_count: count, ...line })),
  failures: v.array(
    v.strictObject({
      host: v.string(),
      what: v.picklist(["accept", "follow"]),
      given_up: v.boolean(),
      detail: v.string(),
      count,
    }),
  ),
});

export const identityContracts = {
  "POST /api/v1/accounts/alias": v.strictObject({ requested: v.array(v.string()), confirm_at: v.string() }),
  "POST /api/v1/accounts/move": v.strictObject({ requested: v.string(), confirm_at: address }),
  "GET /api/v1/fedistead/moves/arrivals": arrivals,
  "GET /api/v1_alpha/async_refreshes/:id": asyncRefresh,
};
