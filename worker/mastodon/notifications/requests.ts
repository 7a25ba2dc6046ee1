/** People whose notifications are held back until the owner decides on them. A request is known by the person's number. */
import type { Ctx } from "../../kernel/ctx.ts";
import { acceptNotificationsFrom, putAsideNotificationsFrom } from "../../owner/notifications.ts";
import { loadPolicy, requestRows, type RequestRow } from "../../store/notifications.ts";
import { entriesById } from "../../store/timelines.ts";
import { json, refused } from "../answers.ts";
import { toRequest } from "../entities/notification-policy.ts";
import { toStatus } from "../entities/status.ts";
import { linkHeader } from "../links.ts";
import { idIn, loadStatuses, spanIn } from "../pages.ts";
import { Params } from "../params.ts";
import type { GrantedCall } from "../router.ts";
import { holdsBack } from "./policy.ts";
import { searchIn } from "./search.ts";

/** As Mastodon: 40 unless told, 80 at most. */
const LIMIT = { min: 1, max: 80, otherwise: 40 };

/** Those with news first. Pages go by the Link header. At most 3 D1 calls. */
export async function listRequests({ ctx, params, url }: GrantedCall): Promise<Response> {
  const span = { ...spanIn(params), limit: params.number("limit", LIMIT) };
  const found = await requestsFrom(ctx, null, span);
  const rows = span.oldestFirst ? found.toReversed() : found;
  const [first, last] = [rows[0], rows.at(-1)];
  const page =
    first && last
      ? { first: String(first.place), last: String(last.place), more: rows.length === span.limit }
      : null;
  return json(await shown(ctx, rows), 200, linkHeader(ctx, url, page));
}

export async function showRequest({ ctx, path }: GrantedCall): Promise<Response> {
  const [request] = await shown(ctx, await requestOf(ctx, path("id")));
  return request ? json(request) : refused({ kind: "not-found" });
}

async function requestsFrom(ctx: Ctx, peer: number | null, span: ReturnType<typeof spanIn>) {
  if (!holdsBack(await loadPolicy(ctx.db))) return [];
  return requestRows(ctx.db, { ...searchIn(ctx, new Params()), peer, span });
}

async function requestOf(ctx: Ctx, id: string): Promise<RequestRow[]> {
  const peer = idIn(id);
  return peer === null ? [] : requestsFrom(ctx, peer, spanIn(new Params()));
}

async function shown(ctx: Ctx, rows: readonly RequestRow[]) {
  const posts = rows.flatMap(({ post }) => post ?? []);
  const { view, lists } = await loadStatuses(ctx, [{ entries: entriesById(posts, "owner") }], true);
  const statuses = new Map(lists[0]!.map((row) => [row.id, toStatus(ctx, view, row)]));
  return rows.map((row) => toRequest(ctx, row, statuses.get(row.post ?? -1) ?? null));
}

type Verb = (ctx: Ctx, peers: readonly number[]) => Promise<void>;

const one = (verb: Verb) => async (call: GrantedCall) => {
  const [request] = await requestOf(call.ctx, call.path("id"));
  if (!request) return refused({ kind: "not-found" });
  await verb(call.ctx, [request.peer.id]);
  return json({});
};

/** At most, in one call. */
const MANY_MAX = 200;

/** Numbers that are nobody's are passed over. */
const many = (verb: Verb) => async (call: GrantedCall) => {
  const ids = call.params.texts("id").flatMap((id) => idIn(id) ?? []);
  if (ids.length > 0) await verb(call.ctx, ids.slice(0, MANY_MAX));
  return json({});
};

export const acceptRequest = one(acceptNotificationsFrom);
export const dismissRequest = one(putAsideNotificationsFrom);
export const acceptRequests = many(acceptNotificationsFrom);
export const dismissRequests = many(putAsideNotificationsFrom);

/** Whoever was accepted is among the rest at once: nothing is moved. */
export const merged = (): Response => json({ merged: true });
