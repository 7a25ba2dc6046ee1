/** Filters, version 2 (docs.joinmastodon.org/methods/filters). */
import {
  addFilter,
  addFilteredPost,
  addKeyword,
  changeFilter,
  changeKeyword,
  removeFilter,
  removeFilteredPost,
  removeKeyword,
  type Filtered,
} from "../../owner/filters.ts";
import { allFilters } from "../../store/filters.ts";
import { json, refused } from "../answers.ts";
import { toFilter, toFilterStatus, toKeyword } from "../entities/filter.ts";
import { idIn } from "../pages.ts";
import type { GrantedCall } from "../router.ts";
import { findStatus } from "../statuses.ts";
import { filterIn, keywordsIn } from "./params.ts";

const numberIn = ({ path }: GrantedCall): number => idIn(path("id")) ?? -1;
const notFound = (): Response => refused({ kind: "not-found" });
const gone = (done: boolean): Response => (done ? json({}) : notFound());

export function answered<T>(filtered: Filtered<T>, shown: (value: T) => unknown): Response {
  return filtered.kind === "done" ? json(shown(filtered.value)) : refused(filtered);
}

/** 1 D1 read, as each of those that only read. */
export async function listFilters({ ctx }: GrantedCall): Promise<Response> {
  return json((await allFilters(ctx.db)).map(toFilter));
}

async function filterOf(call: GrantedCall) {
  const id = numberIn(call);
  return (await allFilters(call.ctx.db)).find((filter) => filter.id === id) ?? null;
}

export async function showFilter(call: GrantedCall): Promise<Response> {
  const filter = await filterOf(call);
  return filter ? json(toFilter(filter)) : notFound();
}

export async function createFilter({ ctx, params }: GrantedCall): Promise<Response> {
  const read = filterIn(params, ctx.clock());
  if (read.kind === "invalid") return refused(read);
  return answered(await addFilter(ctx, read.change, keywordsIn(params)), toFilter);
}

export async function updateFilter(call: GrantedCall): Promise<Response> {
  const { ctx, params } = call;
  const read = filterIn(params, ctx.clock());
  if (read.kind === "invalid") return refused(read);
  return answered(await changeFilter(ctx, numberIn(call), read.change, keywordsIn(params)), toFilter);
}

export async function deleteFilter(call: GrantedCall): Promise<Response> {
  return gone(await removeFilter(call.ctx, numberIn(call)));
}

export async function listKeywords(call: GrantedCall): Promise<Response> {
  const filter = await filterOf(call);
  return filter ? json(filter.keywords.map(toKeyword)) : notFound();
}

export async function createKeyword(call: GrantedCall): Promise<Response> {
  const { ctx, params } = call;
  const added = await addKeyword(ctx, numberIn(call), params.text("keyword"), params.flag("whole_word"));
  return answered(added, toKeyword);
}

export async function showKeyword(call: GrantedCall): Promise<Response> {
  const id = numberIn(call);
  const keywords = (await allFilters(call.ctx.db)).flatMap((filter) => filter.keywords);
  const found = keywords.find((keyword) => keyword.id === id);
  return found ? json(toKeyword(found)) : notFound();
}

export async function updateKeyword(call: GrantedCall): Promise<Response> {
  const { ctx, params } = call;
  const changed = await changeKeyword(ctx, numberIn(call), params.text("keyword"), params.flag("whole_word"));
  return answered(changed, toKeyword);
}

export async function deleteKeyword(call: GrantedCall): Promise<Response> {
  return gone(await removeKeyword(call.ctx, numberIn(call), false));
}

export async function listFilterStatuses(call: GrantedCall): Promise<Response> {
  const filter = await filterOf(call);
  return filter ? json(filter.posts.map(toFilterStatus)) : notFound();
}

/** A boost is the post in it. */
export async function createFilterStatus(call: GrantedCall): Promise<Response> {
  const { ctx, params } = call;
  if ((await filterOf(call)) === null) return notFound();
  const found = await findStatus(ctx, params.raw("status_id").trim(), "owner");
  if (!found) return refused({ kind: "invalid", problem: "Status must exist" });
  return answered(await addFilteredPost(ctx, numberIn(call), found.row.post.id), toFilterStatus);
}

export async function showFilterStatus(call: GrantedCall): Promise<Response> {
  const id = numberIn(call);
  const posts = (await allFilters(call.ctx.db)).flatMap((filter) => filter.posts);
  const found = posts.find((post) => post.id === id);
  return found ? json(toFilterStatus(found)) : notFound();
}

export async function deleteFilterStatus(call: GrantedCall): Promise<Response> {
  return gone(await removeFilteredPost(call.ctx, numberIn(call)));
}
