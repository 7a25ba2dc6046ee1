/**
 * What others did that concerns the owner, and the numbers it is known by. No notification is a row of its own: its number is made of what it was
 * read off, so that it is always the same and can be found again.
 */
import type { UnixMs } from "../kernel/brand.ts";
import { HOUR } from "../kernel/clock.ts";

/** `post`: by somebody whose every post the owner wants to hear of. `arrivals`: all who followed through one arrival window. */
export type NoticeKind =
  | "mention"
  | "post"
  | "like"
  | "boost"
  | "follow"
  | "arrivals"
  | "request"
  | "poll"
  | "report";

/** What is told together. */
export type GroupKind = "like" | "boost" | "follow" | "arrivals";

/**
 * The last three digits of a notification's number, after its time in unix ms. Each kind has its own, so that no two kinds ever share a number; what
 * is in a range, is spread over it by what it was read off. Follows have the ids of their rows, which begin at 0 in each ms.
 */
export const DIGITS = {
  /** Mentions and posts: half the digits of the post's id, which are even. */
  post: { from: 500, count: 100 },
  reaction: { from: 600, count: 250 },
  request: { from: 850, count: 100 },
  report: { from: 950, count: 10 },
  poll: { from: 960, count: 40 },
} as const;

/** A prime: what is left of a number divided by it says enough of the number, and is small enough to reckon with. */
export const SPREAD = 1_000_003;

/** Where a notification stands in the database, or what of an event will stand there. */
export type NoticeSource =
  /** posts.id of the mention, or of the post by somebody the owner wants to hear of. */
  | { readonly kind: "mention" | "post"; readonly post: number }
  /** The row of `reactions`; `at` is the receipt. */
  | { readonly kind: "like" | "boost"; readonly post: number; readonly peer: number; readonly at: UnixMs }
  /** followers.id. Of arrivals the first of the window. */
  | { readonly kind: "follow" | "arrivals"; readonly follower: number }
  /** The row of `follow_requests`; `at` is the receipt. */
  | { readonly kind: "request"; readonly peer: number; readonly at: UnixMs }
  /** reports.id */
  | { readonly kind: "report"; readonly report: number }
  /** posts.id of the poll, and its end. */
  | { readonly kind: "poll"; readonly post: number; readonly at: UnixMs };

/**
 * The number of a notification: `unix ms * 1000 + n`, in the order of time, below 2^53 until 2255. Of two likes or two requests that came in one and
 * the same millisecond 1 in 250, or 1 in 100, share a number: to keep them apart for ever would need a row each.
 */
export function noticeId(source: NoticeSource): number {
  switch (source.kind) {
    case "mention":
    case "post": {
      const { from, count } = DIGITS.post;
      const n = source.post % 1_000;
      return source.post - n + from + (Math.floor(n / 2) % count);
    }
    case "like":
    case "boost": {
      const { from, count } = DIGITS.reaction;
      const spread = (source.post % SPREAD) + (source.peer % SPREAD) * 7 + (source.kind === "boost" ? 1 : 0);
      return source.at * 1_000 + from + (spread % count);
    }
    case "follow":
    case "arrivals":
      return source.follower;
    case "request":
      return source.at * 1_000 + DIGITS.request.from + (source.peer % DIGITS.request.count);
    case "report": {
      const n = source.report % 1_000;
      return source.report - n + DIGITS.report.from + (n % DIGITS.report.count);
    }
    case "poll":
      return source.at * 1_000 + DIGITS.poll.from + ((source.post % SPREAD) % DIGITS.poll.count);
  }
}

/** Likes and boosts of one post, and follows, are told together when they fall into the same part of a day. Mastodon's span. */
export const PART = 12 * HOUR;

/** `part`: unix ms / PART; of arrivals when their window was opened, in unix ms. `post` is 0 where there is none. */
export interface NoticeGroup {
  readonly kind: GroupKind;
  readonly post: number;
  readonly part: number;
}

/** The group of a notification; null: it stands alone. */
export function groupOf(notice: {
  kind: NoticeKind;
  at: number;
  post: number | null;
  ref: number | null;
}): NoticeGroup | null {
  const { kind, at, post, ref } = notice;
  switch (kind) {
    case "like":
    case "boost":
      return { kind, post: post ?? 0, part: Math.floor(at / PART) };
    case "follow":
      return { kind, post: 0, part: Math.floor(at / PART) };
    case "arrivals":
      return { kind, post: 0, part: ref ?? 0 };
    case "mention":
    case "post":
    case "request":
    case "poll":
    case "report":
      return null;
  }
}
