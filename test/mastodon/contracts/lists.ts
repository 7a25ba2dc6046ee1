/** `List`, and what stands in one. */
import * as v from "valibot";

import { account } from "./account.ts";
import { status } from "./status.ts";
import { decimal } from "./values.ts";

const list = v.strictObject({
  id: decimal,
  title: v.pipe(v.string(), v.minLength(1)),
  replies_policy: v.picklist(["none", "list", "followed"]),
  exclusive: v.boolean(),
});
const empty = v.strictObject({});

export const listsContracts: Readonly<Record<string, v.GenericSchema>> = {
  "GET /api/v1/lists": v.array(list),
  "POST /api/v1/lists": list,
  "GET /api/v1/lists/:id{[0-9]+}": list,
  "PUT /api/v1/lists/:id{[0-9]+}": list,
  "DELETE /api/v1/lists/:id{[0-9]+}": empty,
  "GET /api/v1/lists/:id{[0-9]+}/accounts": v.array(account),
  "POST /api/v1/lists/:id{[0-9]+}/accounts": empty,
  "DELETE /api/v1/lists/:id{[0-9]+}/accounts": empty,
  "GET /api/v1/accounts/:id{[0-9]+}/lists": v.array(list),
  "GET /api/v1/timelines/list/:id{[0-9]+}": v.array(status),
};
