/** A page of notifications as groups. */
import { groupOf, type NoticeKind } from "../../model/notification.ts";
import { OWNER } from "../../model/post.ts";
import type { NotificationRow } from "../../store/notifications.ts";
import { SAMPLE } from "../../store/notification-sources.ts";
import { keyOf } from "./group-key.ts";

export interface Group {
  readonly key: string;
  /** The newest of them. */
  readonly row: NotificationRow;
  /** The oldest on this page. */
  readonly oldest: number;
  readonly count: number;
  /** The newest people: peers.id; 0: the owner. */
  readonly sample: readonly number[];
}

export interface Gathered {
  /** Newest first. */
  readonly groups: readonly Group[];
  /** Numbers of the newest and the oldest row that a group was made of; null: there are none. */
  readonly first: number | null;
  readonly last: number | null;
  /** Rows were left for another page. */
  readonly left: boolean;
}

/**
 * Groups out of rows, newest first, at most `limit`. Likes and boosts come as groups already; a follow joins the one of its part of the day. Where the
 * page ends within a group of follows, the rest of them stand under the same key on the next page, as with Mastodon.
 */
export function gather(
  rows: readonly NotificationRow[],
  grouped: ReadonlySet<NoticeKind>,
  limit: number,
  oldestFirst: boolean,
): Gathered {
  const groups = new Map<string, NotificationRow[]>();
  const taken: number[] = [];
  for (const row of oldestFirst ? rows.toReversed() : rows) {
    const together = grouped.has(row.kind) || row.kind === "arrivals";
    const key = keyOf(together ? groupOf({ ...row, at: row.at }) : null, row.id);
    const members = groups.get(key);
    if (!members && groups.size === limit) break;
    groups.set(key, [...(members ?? []), row]);
    taken.push(row.id);
  }
  const made = [...groups].map(([key, members]) => groupWith(key, members));
  return {
    groups: made.toSorted((a, b) => b.row.id - a.row.id),
    first: taken.length === 0 ? null : Math.max(...taken),
    last: taken.length === 0 ? null : Math.min(...taken),
    left: taken.length < rows.length,
  };
}

function groupWith(key: string, members: readonly NotificationRow[]): Group {
  const sorted = members.toSorted((a, b) => b.id - a.id);
  const row = sorted[0]!;
  const sample = row.sample === null ? sorted.map(({ peer }) => peer?.id ?? OWNER) : peersIn(row.sample);
  return {
    key,
    row,
    oldest: sorted.at(-1)!.id,
    count: sorted.reduce((sum, { count }) => sum + count, 0),
    sample: sample.slice(0, SAMPLE),
  };
}

/** The newest first. */
function peersIn(sample: string): number[] {
  const members = (JSON.parse(sample) as string[]).map((member) => member.split(" ").map(Number));
  return members.toSorted(([a = 0], [b = 0]) => b - a).map(([, peer = 0]) => peer);
}
