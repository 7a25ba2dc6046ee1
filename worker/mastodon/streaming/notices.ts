/** Which notifications came of what happened: found as the list of notifications finds them, so that neither tells what the other does not. */
import { DAY } from "../../kernel/clock.ts";
import type { Ctx, StreamEvent } from "../../kernel/ctx.ts";
import { OWNER } from "../../model/post.ts";
import type { NoticeKind } from "../../model/notification.ts";
import { notificationRows, type NotificationRow } from "../../store/notifications.ts";
import type { Search } from "../../store/notification-sources.ts";
import type { Numbers } from "../../store/streams.ts";
import { toNotification } from "../entities/notification.ts";
import { aboutOf } from "../notifications/load.ts";

/** Of those that are told together so many are looked at; the others are counted. */
const LOOKED_AT = 5;
/** Looked for in one go: a statement each. */
const SEARCHES_MAX = 20;
/** Mail may have waited that long before it was applied. */
const LATE = 4 * DAY;

export interface Notice {
  readonly row: NotificationRow;
  readonly shown: ReturnType<typeof toNotification>;
  /** What it is told together with. */
  readonly fold: string;
  /** How many of those there were at once; on the newest of them alone, else 1. */
  readonly count: number;
}

export interface Notices {
  readonly notices: readonly Notice[];
  /** There are more than were looked at. */
  readonly more: boolean;
}

interface Wanted {
  readonly fold: string;
  readonly search: Search;
  readonly post: number | null;
}

/** In the order in which they happened. At most 3 D1 calls, none where nothing could be a notification. */
export async function noticesOf(
  ctx: Ctx,
  events: readonly StreamEvent[],
  numbers: readonly Numbers[],
): Promise<Notices> {
  const wanted = events.flatMap((event, n) => wantedFor(ctx, event, numbers[n]!) ?? []);
  const folds = Map.groupBy(wanted, ({ fold }) => fold);
  const asked = [...folds.values()].flatMap((those) => those.slice(-LOOKED_AT)).slice(-SEARCHES_MAX);
  if (asked.length === 0) return { notices: [], more: false };
  const [first, ...others] = asked.map(({ search }) => notificationRows(ctx.db, search));
  const found = await ctx.db.batch([first!, ...others]);
  const rows = asked.flatMap(({ post, fold }, n) => {
    const row = found[n]!.find((one) => post === null || one.post === post);
    return row ? [{ row, fold }] : [];
  });
  const about = await aboutOf(
    ctx,
    rows.map(({ row }) => row),
  );
  const notices = rows.flatMap(({ row, fold }) => {
    const known = about.get(row.id);
    return known ? [{ row, fold, shown: toNotification(ctx, row, known), count: 1 }] : [];
  });
  return { notices: counted(notices, folds), more: asked.length < wanted.length };
}

/** The newest of a fold speaks for those that were not looked at. Arrivals are one, however many they are. */
function counted(notices: readonly Notice[], folds: ReadonlyMap<string, readonly Wanted[]>): Notice[] {
  const newest = new Map(notices.map((notice) => [notice.fold, notice]));
  return notices.map((notice) => {
    const { fold, row } = notice;
    if (newest.get(fold) !== notice || row.kind === "arrivals") return notice;
    return { ...notice, count: 1 + Math.max(0, (folds.get(fold)?.length ?? 0) - LOOKED_AT) };
  });
}

function wantedFor(ctx: Ctx, event: StreamEvent, { post, author }: Numbers): Wanted | null {
  switch (event.kind) {
    case "post": {
      if (post === null || author === null || author === OWNER) return null;
      // Their numbers have the thousands of the post's.
      const base = post - (post % 1_000);
      const span = { before: base + 1_000, after: base - 1 };
      return { fold: `post ${post}`, post, search: search(ctx, ["mention", "post"], author, span) };
    }
    case "like":
    case "boost":
      if (post === null || author !== OWNER || event.peer === OWNER) return null;
      return { fold: `${event.kind} ${post}`, post, search: search(ctx, [event.kind], event.peer) };
    case "follow":
      return { fold: "follow", post: null, search: search(ctx, ["follow", "arrivals"], event.peer) };
    case "request":
    case "report":
      return { fold: event.kind, post: null, search: search(ctx, [event.kind], event.peer) };
    case "poll":
      return post === null || author === null
        ? null
        : { fold: `poll ${post}`, post, search: search(ctx, ["poll"], author) };
    case "edited":
    case "deleted":
    case "notifications":
    case "filters":
      return null;
  }
}

function search(
  ctx: Ctx,
  kinds: readonly NoticeKind[],
  peer: number,
  span: { before: number; after: number } | null = null,
): Search {
  const now = ctx.clock();
  const lately = { before: Number.MAX_SAFE_INTEGER, after: (now - LATE) * 1_000 };
  return {
    kinds: new Set(kinds),
    grouped: new Set(),
    peer,
    group: null,
    filtered: "without",
    span: { ...(span ?? lately), oldestFirst: false, limit: 20 },
    now,
  };
}

/** One that was told of before, if it still stands. */
export function searchAgain(
  ctx: Ctx,
  { id, kind, peer }: { id: number; kind: NoticeKind; peer: number },
): Search {
  return search(ctx, [kind], peer, { before: id + 1, after: id - 1 });
}
