/** Single posts: shown, with what they answer and what answers them, with their words and with their history. */
import { OWNER, timeFromId, type Post } from "../model/post.ts";
import { deletePost } from "../owner/delete-post.ts";
import { unboostPost } from "../owner/boost.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { wantCard } from "../peers/fetch-card.ts";
import { versionsOf } from "../store/earlier-versions.ts";
import { postById } from "../store/posts.ts";
import type { StatusRow } from "../store/statuses.ts";
import { ancestorEntries, descendantEntries, entriesById, type Looker } from "../store/timelines.ts";
import { json, refused } from "./answers.ts";
import { toEdit, toSource, toStatus } from "./entities/status.ts";
import type { View } from "./entities/view.ts";
import { idIn, loadStatuses } from "./pages.ts";
import type { GrantedCall, OpenCall } from "./router.ts";

const MANY_MAX = 40;

const lookerOf = ({ byOwner }: OpenCall): Looker => (byOwner ? "owner" : "anybody");

export interface Found {
  readonly row: StatusRow;
  readonly view: View;
}

/** The post or boost that apps call by this number. 1 D1 call. */
export async function findStatus(ctx: Ctx, id: string, looker: Looker): Promise<Found | null> {
  const number = idIn(id);
  if (number === null) return null;
  const { view, lists } = await loadStatuses(
    ctx,
    [{ entries: entriesById([number], looker) }],
    looker === "owner",
  );
  const [row] = lists[0]!;
  return row ? { row, view } : null;
}

/** 1 D1 call. */
export async function showStatus(call: OpenCall): Promise<Response> {
  const { ctx, path } = call;
  const found = await findStatus(ctx, path("id"), lookerOf(call));
  if (!found) return refused({ kind: "not-found" });
  // Who opens a post may have to wait for what its link leads to; nobody else makes us ask.
  if (call.byOwner && !found.row.card?.card) ctx.ports.background(wantCard(ctx, found.row.post));
  return json(toStatus(ctx, found.view, found.row));
}

/** Those of the ids that there are, in their order; at most 40. 1 D1 call. */
export async function showStatuses(call: OpenCall): Promise<Response> {
  const { ctx, params, byOwner } = call;
  const ids = [...params.texts("id")].flatMap((id) => idIn(id) ?? []).slice(0, MANY_MAX);
  const { view, lists } = await loadStatuses(ctx, [{ entries: entriesById(ids, lookerOf(call)) }], byOwner);
  const byId = new Map(lists[0]!.map((row) => [row.id, row]));
  const rows = [...new Set(ids)].flatMap((id) => byId.get(id) ?? []);
  return json(rows.map((row) => toStatus(ctx, view, row)));
}

/** 2 D1 calls. */
export async function showContext(call: OpenCall): Promise<Response> {
  const { ctx, path, byOwner } = call;
  const looker = lookerOf(call);
  const found = await findStatus(ctx, path("id"), looker);
  if (!found) return refused({ kind: "not-found" });
  const { id } = found.row.post;
  const { view, lists } = await loadStatuses(
    ctx,
    [
      { entries: ancestorEntries(id, looker), oldestFirst: true },
      { entries: descendantEntries(id, looker), oldestFirst: true },
    ],
    byOwner,
  );
  const [ancestors, descendants] = lists.map((rows) => rows.map((row) => toStatus(ctx, view, row)));
  return json({ ancestors, descendants });
}

/** Of the owner's own posts alone: others' words as they were typed are not known. */
export async function showSource({ ctx, path }: GrantedCall): Promise<Response> {
  const post = await ownPost(ctx, path("id"));
  return post ? json(toSource(post)) : refused({ kind: "not-found" });
}

/** Every version of an own post, oldest first; of others' the one that is held here. 2 D1 calls. */
export async function showHistory(call: OpenCall): Promise<Response> {
  const { ctx, path } = call;
  const found = await findStatus(ctx, path("id"), lookerOf(call));
  if (!found) return refused({ kind: "not-found" });
  const { post } = found.row;
  const status = toStatus(ctx, found.view, found.row);
  const options = post.poll && post.poll.options.map(({ title }) => title);
  const now = { ...post, at: post.editedAt ?? timeFromId(post.id), poll: options };
  const versions = [...(await versionsOf(ctx.db, post.id)), now];
  return json(versions.map((version) => toEdit(ctx, found.view, status, version)));
}

/** The answer holds the words as they were typed, so that an app can offer them to be written anew. An own boost is taken back. */
export async function removeStatus({ ctx, path }: GrantedCall): Promise<Response> {
  const found = await findStatus(ctx, path("id"), "owner");
  if (!found) return refused({ kind: "not-found" });
  const { row, view } = found;
  const status = toStatus(ctx, view, row);
  if (row.by === OWNER) {
    await unboostPost(ctx, row.post.id);
    return json(status);
  }
  const post = row.by === null ? await ownPost(ctx, path("id")) : null;
  if (!post || !(await deletePost(ctx, post.id))) return refused({ kind: "not-found" });
  return json({ ...status, ...toSource(post) });
}

export async function ownPost(ctx: Ctx, id: string): Promise<Post | null> {
  const number = idIn(id);
  const post = number === null ? null : await postById(ctx.db, number);
  return post && post.author === OWNER && post.deletedAt === null ? post : null;
}
