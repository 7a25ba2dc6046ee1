/** What the people of a list said and boosted. */
import { listEntries } from "../../store/list-entries.ts";
import { listWithSize } from "../../store/lists.ts";
import { refused } from "../answers.ts";
import { page, spanIn } from "../pages.ts";
import type { GrantedCall } from "../router.ts";
import { numberIn } from "./lists.ts";

/** 2 D1 calls. */
export async function listTimeline(call: GrantedCall): Promise<Response> {
  const list = await listWithSize(call.ctx.db, numberIn(call));
  if (!list) return refused({ kind: "not-found" });
  const span = spanIn(call.params);
  return page(call, listEntries(list, span, call.ctx.clock()), span, true);
}
