/** What lies behind an address somewhere else: a post or a profile, fetched once and kept, so that an app has a number for it. */
import type { Iri } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { hostOf } from "../kernel/iri.ts";
import type { Peer } from "../model/peer.ts";
import { fetchDocument } from "../peers/fetch-document.ts";
import { keepOpenPost, Unreachable } from "../peers/fetch-post.ts";
import { runBatch } from "../store/batch.ts";
import { hostBlock } from "../store/notices.ts";
import { freeId, peerFrom, pick, probe, savePeer } from "../store/peers.ts";
import { findPost } from "../store/posts.ts";
import { readActor } from "../vocab/read-actor.ts";
import { readPost } from "../vocab/read-post.ts";

export type Resolved =
  | { kind: "post"; id: number }
  | { kind: "peer"; peer: Peer }
  | { kind: "nothing"; why: string };

const nothing = (why: string): Resolved => ({ kind: "nothing", why });

/**
 * The address of a page will do: its server leads to the document. A post that is not for everybody is not taken. At most 4 signatures and fetches;
 * 2 rows and index entries.
 */
export async function resolveUrl(ctx: Ctx, url: Iri): Promise<Resolved> {
  if ((await hostBlock(ctx.db, hostOf(url))).length > 0) return nothing("its server is blocked");
  const fetched = await fetchDocument(ctx, url);
  switch (fetched.kind) {
    case "gone":
      return nothing("it is gone");
    case "unreachable":
    case "refused":
      return nothing(fetched.detail);
    case "document": {
      const post = readPost(fetched.json, ctx.clock());
      if (!post) return keepActor(ctx, fetched.json);
      const known = await findPost(ctx.db, post.iri);
      const kept = known ?? (await keepOpenPost(ctx, post));
      if (kept instanceof Unreachable) return nothing(kept.detail);
      return kept ? { kind: "post", id: kept.id } : nothing("it is not for everybody");
    }
  }
}

async function keepActor(ctx: Ctx, json: Parameters<typeof readActor>[0]): Promise<Resolved> {
  const document = readActor(json);
  if (!document || document.iri === ctx.stead.actor) return nothing("it is neither a post nor a profile");
  const near = await probe(ctx.db, document.iri);
  const known = pick(near, document.iri);
  if (known) return { kind: "peer", peer: known };
  if (freeId(document.iri, near) === null) return nothing("it has no number left");
  const peer = peerFrom(document, near, ctx.clock());
  await runBatch(ctx.db, [savePeer(ctx.db, peer)]);
  return { kind: "peer", peer };
}
