/** A page of a list of posts: which part is asked for, and the answer. */
import type { Ctx } from "../kernel/ctx.ts";
import { documentsQuery } from "../store/documents.ts";
import { filtersIn } from "../store/filters.ts";
import { NO_NUMBERS, ownNumbersQuery } from "../store/numbers.ts";
import { renderedProfile } from "../owner/render.ts";
import { statusesOf, type Entries, type StatusRow } from "../store/statuses.ts";
import type { Span } from "../store/timelines.ts";
import { json } from "./answers.ts";
import { toStatus } from "./entities/status.ts";
import type { View } from "./entities/view.ts";
import { linkHeader } from "./links.ts";
import { rememberedNumbers, rememberNumbers } from "./own-numbers.ts";
import type { Params } from "./params.ts";
import type { Call } from "./router.ts";

/** As Mastodon: 20 posts unless told, 40 at most. */
const LIMIT = { min: 1, max: 40, otherwise: 20 };

/** Above every id. */
const NEWEST = Number.MAX_SAFE_INTEGER;

const limitIn = (params: Params): number => params.number("limit", LIMIT);

/** A number as apps name one, or null. */
export function idIn(text: string): number | null {
  const id = /^\d{1,16}$/.test(text) ? Number(text) : null;
  return id === null || id > NEWEST ? null : id;
}

/** What is no number bounds nothing. `min_id` asks for those right above it, `since_id` for the newest. */
export function spanIn(params: Params, below = -1): Span {
  const [max, min, since] = ["max_id", "min_id", "since_id"].map((name) => idIn(params.raw(name)));
  return {
    before: max ?? NEWEST,
    after: min ?? since ?? below,
    oldestFirst: min !== null && min !== undefined,
    limit: limitIn(params),
  };
}

interface List {
  readonly entries: Entries;
  readonly oldestFirst?: boolean;
}

interface Loaded {
  readonly view: View;
  readonly lists: StatusRow[][];
}

/** One D1 call; a statement a list, one for the owner's profile and filters, and now and then one for the owner's numbers. */
export async function loadStatuses(ctx: Ctx, lists: readonly List[], byOwner: boolean): Promise<Loaded> {
  const { db, stead } = ctx;
  const now = ctx.clock();
  const known = rememberedNumbers(stead, now);
  const [documents, numbers, ...rows] = await db.batch([
    documentsQuery(db, ["profile", "filters"]),
    ownNumbersQuery(db).limit(known ? 0 : 1),
    ...lists.map(({ entries, oldestFirst }) => statusesOf(db, entries, oldestFirst)),
  ]);
  const counted = known ?? numbers[0] ?? NO_NUMBERS;
  if (!known) rememberNumbers(stead, counted, now);
  const named = (name: string) => documents.find((document) => document.name === name);
  const own = { profile: renderedProfile(named("profile")), numbers: counted };
  const filters = byOwner ? filtersIn(named("filters")) : [];
  return { view: { own, byOwner, filters, now }, lists: rows };
}

/** One page, newest first, with the links to the next and to what is newer. 1 D1 call. */
export async function page(call: Call, entries: Entries, span: Span, byOwner: boolean): Promise<Response> {
  const { ctx, url } = call;
  const { view, lists } = await loadStatuses(ctx, [{ entries, oldestFirst: span.oldestFirst }], byOwner);
  const rows = span.oldestFirst ? lists[0]!.toReversed() : lists[0]!;
  const [first, last] = [rows[0], rows.at(-1)];
  const shown =
    first && last
      ? { first: String(first.place), last: String(last.place), more: rows.length === span.limit }
      : null;
  return json(
    rows.map((row) => toStatus(ctx, view, row)),
    200,
    linkHeader(ctx, url, shown),
  );
}
