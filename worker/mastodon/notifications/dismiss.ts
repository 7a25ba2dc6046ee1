/** Away with notifications: all, one, or a group. */
import { clearNotifications, dismissNotification, dismissTogether } from "../../owner/notifications.ts";
import { json, refused } from "../answers.ts";
import { idIn } from "../pages.ts";
import type { GrantedCall } from "../router.ts";
import { readKey } from "./group-key.ts";
import { findGroup } from "./grouped.ts";
import { rowsOf } from "./load.ts";
import { searchFor } from "./search.ts";

export async function clear({ ctx }: GrantedCall): Promise<Response> {
  await clearNotifications(ctx);
  return json({});
}

export async function dismiss({ ctx, path }: GrantedCall): Promise<Response> {
  return dismissed(ctx, idIn(path("id")));
}

/** As older apps do it: with the number in the body. Without one there is nothing to do. */
export async function dismissNamed({ ctx, params }: GrantedCall): Promise<Response> {
  return params.has("id") ? dismissed(ctx, idIn(params.raw("id"))) : json({});
}

async function dismissed(ctx: GrantedCall["ctx"], id: number | null): Promise<Response> {
  const [row] = id === null ? [] : await rowsOf(ctx, searchFor(ctx, id));
  if (!row) return refused({ kind: "not-found" });
  await dismissNotification(ctx, row.id);
  return json({});
}

export async function dismissGroup({ ctx, path }: GrantedCall): Promise<Response> {
  const keyed = readKey(path("id"));
  const [group] = await findGroup(ctx, path("id"));
  if (keyed === null || !group) return refused({ kind: "not-found" });
  if (keyed.kind === "one") await dismissNotification(ctx, group.row.id);
  else await dismissTogether(ctx, keyed.group);
  return json({});
}
