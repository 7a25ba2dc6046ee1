/** Notifications one by one (docs.joinmastodon.org/methods/notifications). */
import { countNotifications } from "../../store/notifications.ts";
import { markersQuery } from "../../store/markers.ts";
import type { Search } from "../../store/notification-sources.ts";
import type { Ctx } from "../../kernel/ctx.ts";
import { json, refused } from "../answers.ts";
import { toNotification } from "../entities/notification.ts";
import { linkHeader } from "../links.ts";
import { idIn } from "../pages.ts";
import type { GrantedCall } from "../router.ts";
import { aboutOf, loadNotification, rowsOf } from "./load.ts";
import { searchIn } from "./search.ts";

/** 2 D1 calls of 4 statements, whatever the page. */
export async function listNotifications({ ctx, params, url }: GrantedCall): Promise<Response> {
  const search = searchIn(ctx, params);
  const rows = await rowsOf(ctx, search);
  const about = await aboutOf(ctx, rows);
  const shown = rows.flatMap((row) => {
    const known = about.get(row.id);
    return known ? toNotification(ctx, row, known) : [];
  });
  const [first, last] = [rows[0], rows.at(-1)];
  const page =
    first && last
      ? { first: String(first.id), last: String(last.id), more: rows.length === search.span.limit }
      : null;
  return json(shown, 200, linkHeader(ctx, url, page));
}

/** One that is held back as well. 2 D1 calls. */
export async function showNotification({ ctx, path }: GrantedCall): Promise<Response> {
  const id = idIn(path("id"));
  const found = id === null ? null : await loadNotification(ctx, id);
  return found ? json(found) : refused({ kind: "not-found" });
}

/** As Mastodon: up to 100 are counted unless told, 1,000 at most. */
const COUNTED = { min: 1, max: 1_000, otherwise: 100 };

/** Those that are newer than what the owner has read. */
export async function unreadSearch({ ctx, params }: GrantedCall): Promise<Search> {
  const search = searchIn(ctx, params);
  return { ...search, span: await unreadSpan(ctx, params.number("limit", COUNTED)) };
}

async function unreadSpan(ctx: Ctx, limit: number): Promise<Search["span"]> {
  const [marker] = await markersQuery(ctx.db, ["notifications"]);
  const after = idIn(marker?.lastReadId ?? "") ?? -1;
  return { before: Number.MAX_SAFE_INTEGER, after, oldestFirst: false, limit };
}

/** 2 D1 calls. */
export async function countUnread(call: GrantedCall): Promise<Response> {
  const search = await unreadSearch(call);
  const [row] = search.kinds.size === 0 ? [] : await countNotifications(call.ctx.db, search);
  return json({ count: row?.count ?? 0 });
}
