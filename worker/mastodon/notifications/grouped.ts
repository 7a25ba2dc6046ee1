/** Notifications told together (docs.joinmastodon.org/methods/grouped_notifications), from the same rows as those one by one. */
import type { Ctx } from "../../kernel/ctx.ts";
import type { NoticeGroup } from "../../model/notification.ts";
import { OWNER } from "../../model/post.ts";
import { arrivedThrough, type NotificationRow } from "../../store/notifications.ts";
import type { Search } from "../../store/notification-sources.ts";
import { peersById } from "../../store/peers.ts";
import { json, refused } from "../answers.ts";
import { toOwnAccount } from "../entities/account.ts";
import { toNotificationGroup, toPartialAccount } from "../entities/notification-group.ts";
import { toAccount } from "../entities/person.ts";
import type { Status } from "../entities/status.ts";
import { linkHeader } from "../links.ts";
import { loadStatuses, spanIn } from "../pages.ts";
import type { Params } from "../params.ts";
import type { GrantedCall } from "../router.ts";
import { gather, type Gathered, type Group } from "./groups.ts";
import { readKey } from "./group-key.ts";
import { unreadSearch } from "./list.ts";
import { aboutOf, rowsOf } from "./load.ts";
import { groupedIn, searchFor, searchGroup, searchIn } from "./search.ts";

/** Follows stand in one group, so that more rows than groups are read for a page. */
const ROWS_A_GROUP = 2;

async function gathered(
  ctx: Ctx,
  search: Search,
  params: Params,
): Promise<Gathered & { readonly more: boolean }> {
  const grouped = groupedIn(params);
  const span = { ...search.span, limit: search.span.limit * ROWS_A_GROUP };
  const rows = await rowsOf(ctx, { ...search, grouped, span });
  const found = gather(rows, grouped, search.span.limit, span.oldestFirst);
  return { ...found, more: found.left || rows.length === span.limit };
}

/** 3 D1 calls of 5 statements, whatever the page. */
export async function listGroups({ ctx, params, url }: GrantedCall): Promise<Response> {
  const { groups, first, last, more } = await gathered(ctx, searchIn(ctx, params), params);
  const page = first === null ? null : { first: String(first), last: String(last), more };
  return json(await results(ctx, groups, params), 200, linkHeader(ctx, url, page));
}

async function results(ctx: Ctx, groups: readonly Group[], params: Params) {
  const rows = groups.map(({ row }) => row);
  const [about, people] = await Promise.all([
    aboutOf(ctx, rows),
    peersById(
      ctx.db,
      groups.flatMap(({ sample }) => sample),
    ),
  ]);
  const shown = groups.filter(({ row }) => about.has(row.id));
  const accounts = new Map<number, Status["account"]>(
    [...people].map(([id, peer]) => [id, toAccount(ctx, peer)]),
  );
  const own = shown.find(({ row }) => row.peer === null);
  const asked = own && about.get(own.row.id)?.status;
  if (asked) accounts.set(OWNER, asked.account);
  const partly = params.raw("expand_accounts") === "partial_avatars";
  const whole = new Set(shown.flatMap(({ sample }) => (partly ? sample.slice(0, 1) : sample)));
  const others = new Set(shown.flatMap(({ sample }) => sample.filter((id) => !whole.has(id))));
  const statuses = new Map(
    shown.flatMap(({ row }) => about.get(row.id)?.status ?? []).map((one) => [one.id, one]),
  );
  return {
    accounts: [...whole].flatMap((id) => accounts.get(id) ?? []),
    ...(partly
      ? { partial_accounts: [...others].flatMap((id) => accounts.get(id) ?? []).map(toPartialAccount) }
      : {}),
    statuses: [...statuses.values()],
    notification_groups: shown.map((group) => toNotificationGroup(ctx, group, about.get(group.row.id)!)),
  };
}

/** 2 D1 calls. */
export async function countUnreadGroups(call: GrantedCall): Promise<Response> {
  const { groups } = await gathered(call.ctx, await unreadSearch(call), call.params);
  return json({ count: groups.length });
}

/** The group of a key as one; empty: there is none. */
export async function findGroup(ctx: Ctx, key: string): Promise<readonly Group[]> {
  const keyed = readKey(key);
  if (keyed === null) return [];
  const rows = await rowsOf(ctx, searchOf(ctx, keyed));
  const grouped = new Set(keyed.kind === "group" ? [keyed.group.kind] : []);
  return gather(rows, grouped, 1, false).groups;
}

function searchOf(ctx: Ctx, keyed: NonNullable<ReturnType<typeof readKey>>): Search {
  if (keyed.kind === "one") return searchFor(ctx, keyed.id);
  const search = searchGroup(ctx, keyed.group);
  return { ...search, grouped: search.kinds };
}

export async function showGroup({ ctx, path, params }: GrantedCall): Promise<Response> {
  const groups = await findGroup(ctx, path("id"));
  return groups.length === 0 ? refused({ kind: "not-found" }) : json(await results(ctx, groups, params));
}

/** As Mastodon: 40 people unless told, 80 at most. */
const PEOPLE = { min: 1, max: 80, otherwise: 40 };

/** Everybody of a group, the newest first. Pages go by the Link header. 1 D1 call, and 1 more for the owner's own poll. */
export async function groupAccounts({ ctx, path, params, url }: GrantedCall): Promise<Response> {
  const keyed = readKey(path("id"));
  if (keyed === null) return refused({ kind: "not-found" });
  const span = { ...spanIn(params), limit: params.number("limit", PEOPLE) };
  const rows =
    keyed.kind === "one"
      ? placed(await rowsOf(ctx, searchFor(ctx, keyed.id)))
      : await peopleOf(ctx, keyed.group, span);
  if (rows.length === 0 && !["max_id", "min_id", "since_id"].some((name) => params.has(name)))
    return refused({ kind: "not-found" });
  const [first, last] = [rows[0], rows.at(-1)];
  const page =
    first && last
      ? { first: String(first.place), last: String(last.place), more: rows.length === span.limit }
      : null;
  const own = first?.peer === null ? (await loadStatuses(ctx, [], true)).view.own : null;
  return json(
    rows.map(({ peer }) => (peer ? toAccount(ctx, peer) : own && toOwnAccount(ctx, own))),
    200,
    linkHeader(ctx, url, page),
  );
}

/** Null: the owner. */
type Placed = { readonly place: number; readonly peer: NotificationRow["peer"] };

const placed = (rows: readonly NotificationRow[]): Placed[] =>
  rows.map(({ id, peer }) => ({ place: id, peer }));

async function peopleOf(ctx: Ctx, group: NoticeGroup, span: Search["span"]): Promise<Placed[]> {
  if (group.kind !== "arrivals") return placed(await rowsOf(ctx, searchGroup(ctx, group, span)));
  const rows = await arrivedThrough(ctx.db, group.part, span);
  return span.oldestFirst ? rows.toReversed() : rows;
}
