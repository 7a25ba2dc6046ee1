/** The owner's lists of people. Nobody is told that they stand in one. */
import type { Ctx } from "../kernel/ctx.ts";
import { fanoutId } from "../outbox/enqueue.ts";
import { runBatch } from "../store/batch.ts";
import {
  allLists,
  candidatesQuery,
  dropList,
  dropMembers,
  findList,
  insertList,
  insertMembers,
  settleHome,
  updateList,
  type List,
} from "../store/lists.ts";

/** As Mastodon: lists, and characters of a title. */
const LISTS_MAX = 50;
const TITLE_MAX = 256;

export type Listing = Omit<List, "id">;

export type Saved =
  | { kind: "done"; list: List }
  | { kind: "not-found" }
  | { kind: "invalid"; problem: string };

function problemOf({ title }: Listing): string | null {
  if (title.trim() === "") return "Title can't be blank";
  return title.length > TITLE_MAX ? `Title is too long (maximum is ${TITLE_MAX} characters)` : null;
}

/** 2 D1 calls, 1 row. */
export async function addList(ctx: Ctx, listing: Listing): Promise<Saved> {
  const problem = problemOf(listing);
  if (problem !== null) return { kind: "invalid", problem };
  if ((await allLists(ctx.db)).length >= LISTS_MAX)
    return { kind: "invalid", problem: `There are ${LISTS_MAX} lists already` };
  const list = { id: fanoutId(ctx), ...listing };
  await runBatch(ctx.db, [insertList(ctx.db, list)]);
  return { kind: "done", list };
}

/** What was not given stays. 2 D1 calls; 1 row, and one for each member when it becomes or ceases to be exclusive. */
export async function changeList(ctx: Ctx, id: number, change: Partial<Listing>): Promise<Saved> {
  const before = await findList(ctx.db, id);
  if (!before) return { kind: "not-found" };
  const list = { ...before, ...change };
  const problem = problemOf(list);
  if (problem !== null) return { kind: "invalid", problem };
  const settled = list.exclusive === before.exclusive ? [] : [settleHome(ctx.db, { list: id })];
  await runBatch(ctx.db, [updateList(ctx.db, list), ...settled]);
  return { kind: "done", list };
}

/** False: there was none. 2 D1 calls; a row for the list and two or three for each member. */
export async function removeList(ctx: Ctx, id: number): Promise<boolean> {
  const list = await findList(ctx.db, id);
  if (!list) return false;
  const settled = list.exclusive ? [settleHome(ctx.db, { list: id }, id)] : [];
  await runBatch(ctx.db, [...settled, dropList(ctx.db, id)]);
  return true;
}

export type Listed = { kind: "done" } | { kind: "not-found" } | { kind: "invalid"; problem: string };

/** All of them or nobody. Who is not followed, or asked to be, does not stand in a list. 3 D1 calls; at most 3 rows each. */
export async function addToList(ctx: Ctx, id: number, people: readonly number[]): Promise<Listed> {
  const list = await findList(ctx.db, id);
  if (!list) return { kind: "not-found" };
  const found = await candidatesQuery(ctx.db, people);
  if (found.length < new Set(people).size) return { kind: "not-found" };
  if (found.some(({ followed }) => followed === 0))
    return { kind: "invalid", problem: "Account must be followed by you to stand in a list" };
  const settled = list.exclusive ? [settleHome(ctx.db, people)] : [];
  await runBatch(ctx.db, [insertMembers(ctx.db, id, people), ...settled]);
  return { kind: "done" };
}

/** Who does not stand in it is passed over. 2 D1 calls. */
export async function removeFromList(ctx: Ctx, id: number, people: readonly number[]): Promise<Listed> {
  const list = await findList(ctx.db, id);
  if (!list) return { kind: "not-found" };
  const settled = list.exclusive ? [settleHome(ctx.db, people)] : [];
  await runBatch(ctx.db, [dropMembers(ctx.db, id, people), ...settled]);
  return { kind: "done" };
}
