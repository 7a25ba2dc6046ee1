/** What was said between the owner and a few others. */
import type { Iri } from "../../kernel/brand.ts";
import type { Ctx } from "../../kernel/ctx.ts";
import { dropConversation, markConversation } from "../../owner/conversations.ts";
import {
  conversationById,
  conversationsIn,
  directEntries,
  type Conversation,
} from "../../store/conversations.ts";
import { peersByIri } from "../../store/peers.ts";
import type { StatusRow } from "../../store/statuses.ts";
import { entriesById } from "../../store/timelines.ts";
import { json, refused } from "../answers.ts";
import { toConversation } from "../entities/conversation.ts";
import { linkHeader } from "../links.ts";
import { idIn, loadStatuses, page, spanIn } from "../pages.ts";
import type { GrantedCall } from "../router.ts";

/** People of one conversation that are shown. */
const PEOPLE_MAX = 20;

/** The one with the newest post first; pages go by the number of that post. 3 D1 calls of at most 5 statements, whatever the page. */
export async function listConversations({ ctx, params, url }: GrantedCall): Promise<Response> {
  const span = spanIn(params);
  const found = await conversationsIn(ctx.db, span);
  const rows = span.oldestFirst ? found.toReversed() : found;
  const [first, last] = [rows[0], rows.at(-1)];
  const shown =
    first && last
      ? { first: String(first.last), last: String(last.last), more: rows.length === span.limit }
      : null;
  return json(await shownAs(ctx, rows), 200, linkHeader(ctx, url, shown));
}

export async function shownAs(ctx: Ctx, rows: readonly Conversation[]) {
  if (rows.length === 0) return [];
  const newest = entriesById(
    rows.map(({ last }) => last),
    "owner",
  );
  const { view, lists } = await loadStatuses(ctx, [{ entries: newest }], true);
  const posts = new Map(lists[0]!.map((row) => [row.post.id, row]));
  const named = new Map(lists[0]!.map((row) => [row.post.id, othersIn(ctx, row)]));
  const peers = await peersByIri(ctx.db, [...named.values()].flat());
  return rows.flatMap((row) => {
    const post = posts.get(row.last);
    if (!post) return [];
    const people = named.get(row.last)!.flatMap((iri) => peers.get(iri) ?? []);
    return toConversation(ctx, view, row, post, people);
  });
}

/** Who said the last word, and whom they named, but the owner. */
function othersIn(ctx: Ctx, { post, author }: StatusRow): Iri[] {
  const all = [...(author ? [author.iri] : []), ...post.mentions.map(({ iri }) => iri)];
  return [...new Set(all)].filter((iri) => iri !== ctx.stead.actor).slice(0, PEOPLE_MAX);
}

export const mark = (unread: boolean) => async (call: GrantedCall) => {
  const { ctx, path } = call;
  const id = idIn(path("id"));
  if (id === null || !(await markConversation(ctx, id, unread))) return refused({ kind: "not-found" });
  const row = await conversationById(ctx.db, id);
  const [shown] = row ? await shownAs(ctx, [row]) : [];
  return shown ? json(shown) : refused({ kind: "not-found" });
};

export async function removeConversation({ ctx, path }: GrantedCall): Promise<Response> {
  const id = idIn(path("id"));
  const dropped = id !== null && (await dropConversation(ctx, id));
  return dropped ? json({}) : refused({ kind: "not-found" });
}

/** Every direct post by itself, as older apps ask for them (Mastodon.py). 1 D1 call. */
export function directTimeline(call: GrantedCall): Promise<Response> {
  const span = spanIn(call.params);
  return page(call, directEntries(span), span, true);
}
