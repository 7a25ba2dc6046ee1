/** `Conversation`: official iOS and Ice Cubes show the first account, so there has to be one. */
import * as v from "valibot";

import { account } from "./account.ts";
import { status } from "./status.ts";
import { decimal } from "./values.ts";

export const conversation = v.strictObject({
  id: decimal,
  unread: v.boolean(),
  accounts: v.pipe(v.array(account), v.minLength(1)),
  last_status: status,
});

const ONE = "/api/v1/conversations/:id{[0-9]+}";

export const conversationsContracts = {
  "GET /api/v1/conversations": v.array(conversation),
  [`DELETE ${ONE}`]: v.strictObject({}),
  [`POST ${ONE}/read`]: conversation,
  [`POST ${ONE}/unread`]: conversation,
  "GET /api/v1/timelines/direct": v.array(status),
} satisfies Record<string, v.GenericSchema>;
