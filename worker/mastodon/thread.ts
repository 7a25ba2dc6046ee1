/**
 * A thread with what is missing of it being fetched, as Mastodon 4.5 does: the answer says so in a header, and the app asks how far it is and
 * then for the thread once more.
 */
import { openThread, lookAtBackfill } from "../owner/backfill.ts";
import type { Backfill } from "../store/backfill.ts";
import { json, refused } from "./answers.ts";
import { idIn } from "./pages.ts";
import type { GrantedCall, OpenCall } from "./router.ts";
import { showContext } from "./statuses.ts";

/** Seconds after which to ask how far it is: Mastodon's own. Each time an app asks, it goes on. */
const RETRY = 3;

/** For the owner alone: a stranger's visit makes us ask nobody. 4 D1 calls more than the thread. */
export async function showThread(call: OpenCall): Promise<Response> {
  const answer = await showContext(call);
  const id = idIn(call.path("id"));
  if (!call.byOwner || id === null || answer.status !== 200) return answer;
  const running = await openThread(call.ctx, id);
  if (running) answer.headers.set("mastodon-async-refresh", refreshHeader(running));
  return answer;
}

/** A dictionary of RFC 9651. */
const refreshHeader = ({ id, found }: Backfill): string =>
  `id="${id}", retry=${RETRY}, result_count=${found}`;

/** How far it is, and it goes on: whoever is waiting for it asks. 1 D1 call. */
export async function showRefresh({ ctx, path }: GrantedCall): Promise<Response> {
  const row = await lookAtBackfill(ctx, path("id"));
  if (!row) return refused({ kind: "not-found" });
  const { id, doneAt, found } = row;
  return json({
    async_refresh: { id, status: doneAt === null ? "running" : "finished", result_count: found },
  });
}
