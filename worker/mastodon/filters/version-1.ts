/**
 * Filters, version 1, as older apps know them: each keyword is one. They are made as filters with one keyword, and those of filters with several
 * may be changed in what is the keyword's own only, as Mastodon has it.
 */
import type { Filter } from "../../model/filter.ts";
import { addFilter, changeFilter, removeKeyword, type FilterChange } from "../../owner/filters.ts";
import { allFilters } from "../../store/filters.ts";
import { json, refused } from "../answers.ts";
import { toFilterV1 } from "../entities/filter.ts";
import { idIn } from "../pages.ts";
import type { GrantedCall } from "../router.ts";
import { answered } from "./filters.ts";
import { termsIn, type ReadFilter } from "./params.ts";

const notFound = (): Response => refused({ kind: "not-found" });

/** 1 D1 read, as the next. */
export async function listFiltersV1({ ctx }: GrantedCall): Promise<Response> {
  const filters = await allFilters(ctx.db);
  return json(filters.flatMap((filter) => filter.keywords.map((keyword) => toFilterV1(filter, keyword))));
}

export async function showFilterV1(call: GrantedCall): Promise<Response> {
  const found = await keywordOf(call);
  return found ? json(toFilterV1(found.filter, found.keyword)) : notFound();
}

async function keywordOf({ ctx, path }: GrantedCall) {
  const id = idIn(path("id"));
  for (const filter of await allFilters(ctx.db)) {
    const keyword = filter.keywords.find((one) => one.id === id);
    if (keyword) return { filter, keyword };
  }
  return null;
}

function changeIn({ ctx, params }: GrantedCall): ReadFilter {
  const terms = termsIn(params, ctx.clock());
  if (terms.kind === "invalid") return terms;
  const [phrase, irreversible] = [params.text("phrase"), params.flag("irreversible")];
  const change: FilterChange = {
    ...terms.change,
    ...(phrase === null ? {} : { title: phrase }),
    ...(irreversible === null ? {} : { action: irreversible ? "hide" : "warn" }),
  };
  return { kind: "change", change };
}

export async function createFilterV1(call: GrantedCall): Promise<Response> {
  const { ctx, params } = call;
  const read = changeIn(call);
  if (read.kind === "invalid") return refused(read);
  const keyword = { keyword: params.text("phrase"), wholeWord: params.flag("whole_word") };
  const added = await addFilter(ctx, read.change, [{ ...keyword, id: null, removed: false }]);
  return answered(added, (filter) => toFilterV1(filter, filter.keywords[0]!));
}

export async function updateFilterV1(call: GrantedCall): Promise<Response> {
  const { ctx, params } = call;
  const [read, found] = [changeIn(call), await keywordOf(call)];
  if (!found) return notFound();
  if (read.kind === "invalid") return refused(read);
  const { filter, keyword } = found;
  if (filter.keywords.length > 1 && changes(filter, read.change))
    return refused({
      kind: "invalid",
      problem: "This filter has several keywords: change it with an app that knows such filters",
    });
  const { id } = keyword;
  const change = { id, keyword: params.text("phrase"), wholeWord: params.flag("whole_word"), removed: false };
  const saved = await changeFilter(ctx, filter.id, read.change, [change]);
  return answered(saved, (after) =>
    toFilterV1(
      after,
      after.keywords.find((one) => one.id === id)!,
    ),
  );
}

const changes = (filter: Filter, change: FilterChange): boolean =>
  JSON.stringify({ ...filter, ...change }) !== JSON.stringify(filter);

/** The filter goes with its last keyword: older apps could never find it again. */
export async function deleteFilterV1({ ctx, path }: GrantedCall): Promise<Response> {
  return (await removeKeyword(ctx, idIn(path("id")) ?? -1, true)) ? json({}) : notFound();
}
