/** From handles in a text to the people they name. */
import type { Ctx } from "../kernel/ctx.ts";
import { OWNER, type Post } from "../model/post.ts";
import { handleOf, type Peer } from "../model/peer.ts";
import { peersById } from "../store/peers.ts";
import { knowPeer } from "./know-peer.ts";

/** Handles looked up for one post; on the Free plan no more than may be signed for. */
const HANDLES_MAX = 10;

/**
 * Looks up handles, and adds the author of the post that is answered, who must hear of it named or not. At most 10 look-ups (5 on the Free plan) in
 * parallel; a handle that is not found is named in `unresolved`.
 */
export async function resolveMentions(ctx: Ctx, handles: readonly string[], parent: Post | null) {
  const limit = Math.min(HANDLES_MAX, ctx.settings.signatures);
  const wanted = handles.slice(0, limit);
  const found = await Promise.all(wanted.map((handle) => knowPeer(ctx, handle)));
  const mentioned = new Map<string, Peer>();
  const unresolved = handles.slice(limit);
  for (const [n, handle] of wanted.entries()) {
    const result = found[n]!;
    if (result.kind === "known") mentioned.set(handle, result.peer);
    else unresolved.push(handle);
  }
  if (parent && parent.author !== OWNER) {
    const author = (await peersById(ctx.db, [parent.author])).get(parent.author);
    const there = author && [...mentioned.values()].some((peer) => peer.iri === author.iri);
    if (author && !there) mentioned.set(handleOf(author), author);
  }
  return { mentioned, unresolved };
}
