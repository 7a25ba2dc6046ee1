/** What one account said, and who liked or boosted a post. */
import { OWNER } from "../model/post.ts";
import { peerById } from "../store/peers.ts";
import { whoReacted } from "../store/reactions.ts";
import { accountEntries, pinnedEntries } from "../store/timelines.ts";
import { json, refused } from "./answers.ts";
import { loadOwnAccount, ownAccountId, toOwnAccount } from "./entities/account.ts";
import { toAccount } from "./entities/person.ts";
import { toStatus } from "./entities/status.ts";
import { linkHeader } from "./links.ts";
import { idIn, loadStatuses, page, spanIn } from "./pages.ts";
import type { GrantedCall, OpenCall } from "./router.ts";
import { findStatus } from "./statuses.ts";

/** Of the owner, and for the owner of anybody whose posts are held here. 2 D1 calls. */
export async function accountStatuses(call: OpenCall): Promise<Response> {
  const { ctx, path, params, byOwner } = call;
  const mine = path("id") === ownAccountId(ctx);
  const peer = mine || !byOwner ? null : await peerById(ctx.db, idIn(path("id")));
  if (!mine && !peer) return refused({ kind: "not-found" });
  const looker = byOwner ? "owner" : "anybody";
  const flag = (name: string) => params.flag(name) ?? false;
  const span = spanIn(params);
  // What others have pinned is not told to us.
  if (flag("pinned")) return mine ? pinned(call) : json([]);
  const entries = accountEntries(
    {
      author: peer?.id ?? OWNER,
      looker,
      onlyMedia: flag("only_media"),
      withAnswers: !flag("exclude_replies"),
      withBoosts: !flag("exclude_reblogs"),
      tag: params.text("tagged")?.replace(/^#/, "") || null,
    },
    span,
  );
  return page(call, entries, span, byOwner);
}

/** All of them: there is no other page. 1 D1 call. */
async function pinned({ ctx, byOwner }: OpenCall): Promise<Response> {
  const entries = pinnedEntries(byOwner ? "owner" : "anybody");
  const { view, lists } = await loadStatuses(ctx, [{ entries }], byOwner);
  return json(lists[0]!.map((row) => toStatus(ctx, view, row)));
}

/** As Mastodon: 40 people unless told, 80 at most. */
const PEOPLE = { min: 1, max: 80, otherwise: 40 };

/** For the owner alone: others are told how many they are. Pages go by the Link header. 3 D1 calls. */
export const reactors = (kind: "like" | "boost") => async (call: GrantedCall) => {
  const { ctx, path, params, url } = call;
  const found = await findStatus(ctx, path("id"), "owner");
  if (!found) return refused({ kind: "not-found" });
  const limit = params.number("limit", PEOPLE);
  const rows = await whoReacted(ctx.db, found.row.post.id, kind, spanIn(params), limit);
  const me = rows.some(({ peer }) => peer === OWNER) ? toOwnAccount(ctx, await loadOwnAccount(ctx)) : null;
  const accounts = rows.flatMap(({ peer, account }) => {
    if (peer === OWNER) return me ?? [];
    return account ? toAccount(ctx, account) : [];
  });
  const [first, last] = [rows[0], rows.at(-1)];
  const shown =
    first && last
      ? { first: String(first.peer), last: String(last.peer), more: rows.length === limit }
      : null;
  return json(accounts, 200, linkHeader(ctx, url, shown));
};
