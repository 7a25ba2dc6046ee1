/** Which notifications an app asks for, in Mastodon's words. What it names and we do not know is passed over. */
import type { Ctx } from "../../kernel/ctx.ts";
import { PART, type NoticeGroup, type NoticeKind } from "../../model/notification.ts";
import { OWNER } from "../../model/post.ts";
import type { Search } from "../../store/notification-sources.ts";
import { ownAccountId } from "../entities/account.ts";
import { idIn, spanIn } from "../pages.ts";
import type { Params } from "../params.ts";

/** An app that meets a type it does not know may crash: a reaction with an emoji is a favourite, as for GoToSocial and Hollo. */
export const TYPE_OF = {
  mention: "mention",
  post: "status",
  like: "favourite",
  boost: "reblog",
  follow: "follow",
  arrivals: "follow",
  request: "follow_request",
  poll: "poll",
  report: "admin.report",
} as const satisfies Record<NoticeKind, string>;

const KINDS = Object.keys(TYPE_OF) as NoticeKind[];

const kindsOf = (types: readonly string[]): NoticeKind[] =>
  KINDS.filter((kind) => types.includes(TYPE_OF[kind]));

/** Of every type that was named, or of all; reports only when they are named. */
function kindsIn(params: Params): Set<NoticeKind> {
  const asked = params.texts("types");
  const wanted = asked.length > 0 ? kindsOf(asked) : KINDS.filter((kind) => kind !== "report");
  const excluded = kindsOf(params.texts("exclude_types"));
  return new Set(wanted.filter((kind) => !excluded.includes(kind)));
}

/** As Mastodon: 40 unless told, 80 at most. */
const LIMIT = { min: 1, max: 80, otherwise: 40 };

/** Nobody has this number, so nothing is from them. */
const NOBODY = -1;

/** An account's number as notifications have it: of the owner's own polls 0. */
const senderIn = (ctx: Ctx, id: string): number => (id === ownAccountId(ctx) ? OWNER : (idIn(id) ?? NOBODY));

export function searchIn(ctx: Ctx, params: Params): Search {
  return {
    kinds: kindsIn(params),
    grouped: new Set(),
    peer: params.has("account_id") ? senderIn(ctx, params.raw("account_id")) : null,
    group: null,
    filtered: (params.flag("include_filtered") ?? false) ? "with" : "without",
    span: { ...spanIn(params), limit: params.number("limit", LIMIT) },
    now: ctx.clock(),
  };
}

/** What may be told together. Arrivals always are: they are one. */
export function groupedIn(params: Params): Set<NoticeKind> {
  const groupable: NoticeKind[] = ["like", "boost", "follow"];
  if (!params.has("grouped_types")) return new Set(groupable);
  const named = kindsOf(params.texts("grouped_types"));
  return new Set(groupable.filter((kind) => named.includes(kind)));
}

const NEWEST = Number.MAX_SAFE_INTEGER;

/** The one with this number. */
export function searchFor(ctx: Ctx, id: number): Search {
  return {
    kinds: new Set(KINDS),
    grouped: new Set(),
    peer: null,
    group: null,
    filtered: "with",
    span: { before: id + 1, after: id - 1, oldestFirst: false, limit: 1 },
    now: ctx.clock(),
  };
}

const WHOLE = { before: NEWEST, after: -1, oldestFirst: false, limit: LIMIT.max };

/** Those of a group, within a span. Arrivals are one, whatever the span. */
export function searchGroup(ctx: Ctx, group: NoticeGroup, span: Search["span"] = WHOLE): Search {
  const { kind, part } = group;
  const found = { ...searchFor(ctx, 0), kinds: new Set([kind]), span };
  switch (kind) {
    case "like":
    case "boost":
      return { ...found, group };
    case "follow": {
      const [from, to] = [part * PART * 1_000, (part + 1) * PART * 1_000];
      const within = { before: Math.min(span.before, to), after: Math.max(span.after, from - 1) };
      return { ...found, span: { ...span, ...within } };
    }
    case "arrivals":
      // The first who came after the window was opened.
      return { ...found, span: { before: NEWEST, after: part * 1_000 - 1, oldestFirst: true, limit: 1 } };
  }
}
