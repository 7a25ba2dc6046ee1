/** The owner's filters: words and posts that they do not want to meet. Nobody is told. */
import type { UnixMs } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import type { Filter, FilterAction, FilterContext, FilterKeyword } from "../model/filter.ts";
import { fanoutId } from "../outbox/enqueue.ts";
import type { Statement } from "../store/batch.ts";
import {
  allFilters,
  changeFilters,
  dropEmptyFilter,
  dropFilter,
  dropFilteredPost,
  dropKeyword,
  insertFilter,
  insertFilteredPost,
  insertKeyword,
  updateFilter,
  updateKeyword,
} from "../store/filters.ts";

/** Characters, as Mastodon 4.5. */
const TITLE_MAX = 256;
const KEYWORD_MAX = 512;
/** All of them are held against every post that is shown. */
const FILTERS_MAX = 100;
const KEYWORDS_MAX = 500;
const FILTERED_POSTS_MAX = 1_000;

/** What a filter is, but for its number and what it holds. Undefined: as it was. */
export interface FilterChange {
  readonly title?: string;
  readonly contexts?: readonly FilterContext[];
  readonly action?: FilterAction;
  readonly expiresAt?: UnixMs | null;
}

/** A keyword to add, to change (`id`) or to take away (`id` and `removed`). */
export interface KeywordChange {
  readonly id: number | null;
  readonly keyword: string | null;
  readonly wholeWord: boolean | null;
  readonly removed: boolean;
}

export type Filtered<T = Filter> =
  | { kind: "done"; value: T }
  | { kind: "not-found" }
  | { kind: "invalid"; problem: string };

const NOT_FOUND = { kind: "not-found" } as const;
const invalid = (problem: string) => ({ kind: "invalid", problem }) as const;

/** 2 D1 calls. */
export async function addFilter(
  ctx: Ctx,
  change: FilterChange,
  keywords: readonly KeywordChange[],
): Promise<Filtered> {
  const filters = await allFilters(ctx.db);
  if (filters.length >= FILTERS_MAX) return invalid(`There are ${FILTERS_MAX} filters already`);
  const id = fanoutId(ctx);
  const before: Filter = {
    id,
    title: "",
    contexts: [],
    action: "warn",
    expiresAt: null,
    keywords: [],
    posts: [],
  };
  const after = { ...before, ...change };
  const problem = problemOf(after);
  if (problem !== null) return invalid(problem);
  const { title, contexts, action, expiresAt } = after;
  const row = insertFilter(ctx.db, { id, title, contexts: [...contexts], action, expiresAt });
  return saveKeywords(ctx, filters, after, keywords, [row]);
}

/** What was not given stays. 2 D1 calls. */
export async function changeFilter(
  ctx: Ctx,
  id: number,
  change: FilterChange,
  keywords: readonly KeywordChange[],
): Promise<Filtered> {
  const filters = await allFilters(ctx.db);
  const before = filters.find((one) => one.id === id);
  if (!before) return NOT_FOUND;
  const after = { ...before, ...change };
  const problem = problemOf(after);
  if (problem !== null) return invalid(problem);
  const { title, contexts, action, expiresAt } = after;
  const row = updateFilter(ctx.db, id, { title, contexts: [...contexts], action, expiresAt });
  return saveKeywords(ctx, filters, after, keywords, [row]);
}

/** With all it holds. False: there was none. 2 D1 calls. */
export async function removeFilter(ctx: Ctx, id: number): Promise<boolean> {
  const found = (await allFilters(ctx.db)).some((one) => one.id === id);
  if (found) await save(ctx, [dropFilter(ctx.db, id)]);
  return found;
}

/** The owner's apps are told to ask for them once more. */
async function save(ctx: Ctx, statements: readonly Statement[]): Promise<void> {
  await changeFilters(ctx.db, statements, ctx.clock());
  ctx.ports.streams.emit([{ kind: "filters" }]);
}

function problemOf({ title, contexts }: Filter): string | null {
  if (title.trim() === "") return "Title can't be blank";
  if (title.length > TITLE_MAX) return `Title is too long (maximum is ${TITLE_MAX} characters)`;
  return contexts.length === 0 ? "Context None or invalid context supplied" : null;
}

/** The filter with what becomes of its keywords, written with `statements` before. */
async function saveKeywords(
  ctx: Ctx,
  filters: readonly Filter[],
  filter: Filter,
  changes: readonly KeywordChange[],
  statements: Statement[],
): Promise<Filtered> {
  const { db } = ctx;
  const keywords = new Map(filter.keywords.map((keyword) => [keyword.id, keyword]));
  for (const change of changes) {
    const known = change.id === null ? null : keywords.get(change.id);
    if (known === undefined) return NOT_FOUND;
    if (known && change.removed) {
      keywords.delete(known.id);
      statements.push(dropKeyword(db, known.id));
      continue;
    }
    const { id, keyword, wholeWord } = {
      id: known?.id ?? fanoutId(ctx),
      keyword: change.keyword ?? known?.keyword ?? "",
      wholeWord: change.wholeWord ?? known?.wholeWord ?? true,
    };
    if (keyword.trim() === "") return invalid("Keyword can't be blank");
    if (keyword.length > KEYWORD_MAX)
      return invalid(`Keyword is too long (maximum is ${KEYWORD_MAX} characters)`);
    keywords.set(id, { id, keyword, wholeWord });
    statements.push(
      known
        ? updateKeyword(db, id, { keyword, wholeWord })
        : insertKeyword(db, { id, filter: filter.id, keyword, wholeWord }),
    );
  }
  const others = filters.flatMap((one) => (one.id === filter.id ? [] : one.keywords));
  if (others.length + keywords.size > KEYWORDS_MAX)
    return invalid(`There is room for ${KEYWORDS_MAX} keywords`);
  await save(ctx, statements);
  return { kind: "done", value: { ...filter, keywords: [...keywords.values()] } };
}

/** 2 D1 calls. */
export async function addKeyword(
  ctx: Ctx,
  filterId: number,
  keyword: string | null,
  wholeWord: boolean | null,
): Promise<Filtered<FilterKeyword>> {
  const filters = await allFilters(ctx.db);
  const filter = filters.find((one) => one.id === filterId);
  if (!filter) return NOT_FOUND;
  const change = { id: null, keyword, wholeWord, removed: false };
  const saved = await saveKeywords(ctx, filters, filter, [change], []);
  return saved.kind === "done" ? { kind: "done", value: saved.value.keywords.at(-1)! } : saved;
}

/** 2 D1 calls. */
export async function changeKeyword(
  ctx: Ctx,
  id: number,
  keyword: string | null,
  wholeWord: boolean | null,
): Promise<Filtered<FilterKeyword>> {
  const filters = await allFilters(ctx.db);
  const filter = filters.find(({ keywords }) => keywords.some((one) => one.id === id));
  if (!filter) return NOT_FOUND;
  const change = { id, keyword, wholeWord, removed: false };
  const saved = await saveKeywords(ctx, filters, filter, [change], []);
  return saved.kind === "done"
    ? { kind: "done", value: saved.value.keywords.find((one) => one.id === id)! }
    : saved;
}

/** `withFilter`: the filter goes with the last thing in it. False: there was no such keyword. 2 D1 calls. */
export async function removeKeyword(ctx: Ctx, id: number, withFilter: boolean): Promise<boolean> {
  const filters = await allFilters(ctx.db);
  const filter = filters.find(({ keywords }) => keywords.some((one) => one.id === id));
  if (!filter) return false;
  const emptied = withFilter ? [dropEmptyFilter(ctx.db, filter.id)] : [];
  await save(ctx, [dropKeyword(ctx.db, id), ...emptied]);
  return true;
}

/** Twice is once. The post must be here. 3 D1 calls. */
export async function addFilteredPost(ctx: Ctx, filterId: number, post: number) {
  const filter = await filterById(ctx, filterId);
  if (!filter) return NOT_FOUND;
  if (!filter.posts.some((one) => one.post === post)) {
    if (filter.posts.length >= FILTERED_POSTS_MAX)
      return invalid(`A filter has room for ${FILTERED_POSTS_MAX} posts`);
    const row = { id: fanoutId(ctx), filter: filterId, post };
    await save(ctx, [insertFilteredPost(ctx.db, row)]);
  }
  const value = (await filterById(ctx, filterId))?.posts.find((one) => one.post === post);
  return value ? ({ kind: "done", value } as const) : NOT_FOUND;
}

async function filterById(ctx: Ctx, id: number): Promise<Filter | null> {
  return (await allFilters(ctx.db)).find((one) => one.id === id) ?? null;
}

/** False: there was none. 2 D1 calls. */
export async function removeFilteredPost(ctx: Ctx, id: number): Promise<boolean> {
  const found = (await allFilters(ctx.db)).some(({ posts }) => posts.some((one) => one.id === id));
  if (found) await save(ctx, [dropFilteredPost(ctx.db, id)]);
  return found;
}
