/** Notifications with what they are about. */
import type { Ctx } from "../../kernel/ctx.ts";
import { notificationRows, reportsById, type NotificationRow } from "../../store/notifications.ts";
import type { Search } from "../../store/notification-sources.ts";
import { entriesById } from "../../store/timelines.ts";
import { toNotification, toReport, type About } from "../entities/notification.ts";
import { toStatus } from "../entities/status.ts";
import { loadStatuses } from "../pages.ts";
import { searchFor } from "./search.ts";

/** 1 D1 statement, or none where nothing is asked for. */
export async function rowsOf(ctx: Ctx, search: Search): Promise<NotificationRow[]> {
  return search.kinds.size === 0 ? [] : notificationRows(ctx.db, search);
}

/** What each of the rows is about, by its number. A row whose post can not be shown is left out. At most 2 D1 calls. */
export async function aboutOf(ctx: Ctx, rows: readonly NotificationRow[]): Promise<Map<number, About>> {
  const asked = [...new Set(rows.flatMap(({ post }) => post ?? []))];
  const told = rows.flatMap(({ kind, ref }) => (kind === "report" && ref !== null ? [ref] : []));
  if (asked.length === 0 && told.length === 0) return new Map(rows.map(({ id }) => [id, NOTHING]));
  const [{ view, lists }, reports] = await Promise.all([
    loadStatuses(ctx, [{ entries: entriesById(asked, "owner") }], true),
    told.length === 0 ? [] : reportsById(ctx.db, told),
  ]);
  const statuses = new Map(lists[0]!.map((row) => [row.id, toStatus(ctx, view, row)]));
  const found = new Map(reports.map((report) => [report.id, toReport(ctx, view, report)]));
  return new Map(
    rows.flatMap(({ id, kind, post, ref }): [number, About][] => {
      const status = post === null ? null : (statuses.get(post) ?? null);
      if (post !== null && status === null) return [];
      return [[id, { status, report: kind === "report" ? (found.get(ref ?? 0) ?? null) : null }]];
    }),
  );
}

const NOTHING: About = { status: null, report: null };

/**
 * One notification as an app is shown it; null when there is none of this number that is the owner's to see. `filtered` in it says that it is held
 * back: not to be pushed or streamed. 2 D1 calls.
 */
export async function loadNotification(ctx: Ctx, id: number) {
  const rows = await rowsOf(ctx, searchFor(ctx, id));
  const about = await aboutOf(ctx, rows);
  const [row] = rows;
  const known = row && about.get(row.id);
  return row && known ? toNotification(ctx, row, known) : null;
}
