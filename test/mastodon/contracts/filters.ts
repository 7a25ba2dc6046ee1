/** `Filter`, `V1::Filter` and `FilterResult`: Ice Cubes, Tusky and Android do without none of their fields. */
import * as v from "valibot";

import { dateTime, decimal } from "./values.ts";

const contexts = v.pipe(
  v.array(v.picklist(["home", "notifications", "public", "thread", "account"])),
  v.minLength(1),
);
const keyword = v.strictObject({
  id: decimal,
  keyword: v.pipe(v.string(), v.minLength(1)),
  whole_word: v.boolean(),
});
const filterStatus = v.strictObject({ id: decimal, status_id: decimal });
const head = {
  id: decimal,
  title: v.pipe(v.string(), v.minLength(1)),
  context: contexts,
  expires_at: v.nullable(dateTime),
  filter_action: v.picklist(["warn", "hide", "blur"]),
};
const filter = v.strictObject({ ...head, keywords: v.array(keyword), statuses: v.array(filterStatus) });
const filterV1 = v.strictObject({
  id: decimal,
  phrase: v.pipe(v.string(), v.minLength(1)),
  context: contexts,
  whole_word: v.boolean(),
  expires_at: v.nullable(dateTime),
  irreversible: v.boolean(),
});
const empty = v.strictObject({});

/** One of the two says why. */
export const filterResult = v.pipe(
  v.strictObject({
    filter: v.strictObject(head),
    keyword_matches: v.nullable(v.pipe(v.array(v.string()), v.minLength(1))),
    status_matches: v.nullable(v.pipe(v.array(decimal), v.minLength(1))),
  }),
  v.check(
    ({ keyword_matches, status_matches }) => keyword_matches !== null || status_matches !== null,
    "says why",
  ),
);

export const filtersContracts: Readonly<Record<string, v.GenericSchema>> = {
  "GET /api/v1/filters": v.array(filterV1),
  "POST /api/v1/filters": filterV1,
  "GET /api/v1/filters/:id{[0-9]+}": filterV1,
  "PUT /api/v1/filters/:id{[0-9]+}": filterV1,
  "DELETE /api/v1/filters/:id{[0-9]+}": empty,
  "GET /api/v2/filters": v.array(filter),
  "POST /api/v2/filters": filter,
  "GET /api/v2/filters/:id{[0-9]+}": filter,
  "PUT /api/v2/filters/:id{[0-9]+}": filter,
  "DELETE /api/v2/filters/:id{[0-9]+}": empty,
  "GET /api/v2/filters/:id{[0-9]+}/keywords": v.array(keyword),
  "POST /api/v2/filters/:id{[0-9]+}/keywords": keyword,
  "GET /api/v2/filters/keywords/:id{[0-9]+}": keyword,
  "PUT /api/v2/filters/keywords/:id{[0-9]+}": keyword,
  "DELETE /api/v2/filters/keywords/:id{[0-9]+}": empty,
  "GET /api/v2/filters/:id{[0-9]+}/statuses": v.array(filterStatus),
  "POST /api/v2/filters/:id{[0-9]+}/statuses": filterStatus,
  "GET /api/v2/filters/statuses/:id{[0-9]+}": filterStatus,
  "DELETE /api/v2/filters/statuses/:id{[0-9]+}": empty,
};
