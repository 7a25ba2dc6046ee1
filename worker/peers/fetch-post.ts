/** A remote post, fetched from its origin and kept. */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { sameOrigin } from "../kernel/iri.ts";
import { idFromTime, type Post } from "../model/post.ts";
import { runBatch } from "../store/batch.ts";
import { enterTagged } from "../store/followed-tags.ts";
import { findPeer, savePeer } from "../store/peers.ts";
import { findPost, savePost, type NewPost } from "../store/posts.ts";
import { readPost, type RemotePost } from "../vocab/read-post.ts";
import { fetchActor } from "./fetch-actor.ts";
import { fetchDocument } from "./fetch-document.ts";

/** What one post may take: its document and its author's, each signed once more when its id is elsewhere. */
export const POST_SIGNATURES = 4;

/** The origin did not answer: worth another try. */
export class Unreachable {
  readonly detail: string;
  constructor(detail: string) {
    this.detail = detail;
  }
}

/**
 * A post of a third person, from its origin and nowhere else: what a boost or an answer points at. Stores the author too. Null when it
 * is not to be had. At most 2 signatures and fetches, and 2 more when ids are elsewhere than what names them says.
 */
export async function fetchPost(ctx: Ctx, iri: Iri): Promise<Post | Unreachable | null> {
  const known = await findPost(ctx.db, iri);
  if (known) return known;
  const fetched = await fetchDocument(ctx, iri);
  if (fetched.kind === "unreachable") return new Unreachable(fetched.detail);
  const post = fetched.kind === "document" ? readPost(fetched.json, ctx.clock()) : null;
  return post && keepOpenPost(ctx, post);
}

/**
 * Keeps what its origin said, when it is its author's own and for everybody. Null when it is not, or its author is not to be had. The
 * post must come from its origin. 1 signature and fetch when the author is new here.
 */
export async function keepOpenPost(ctx: Ctx, post: RemotePost): Promise<Post | Unreachable | null> {
  if (!sameOrigin(post.iri, post.author)) return null;
  if (post.visibility !== "public" && post.visibility !== "quiet") return null;
  const author = await findPeer(ctx.db, post.author);
  const fresh = author ? null : await fetchActor(ctx, post.author);
  if (fresh?.kind === "unreachable") return new Unreachable(fresh.detail);
  const peer = author ?? (fresh?.kind === "actor" ? fresh.peer : null);
  if (!peer) return null;
  const parent = post.replyToIri && (await findPost(ctx.db, post.replyToIri));
  const row = postRow(post, { author: peer.id, receivedAt: ctx.clock(), parent, names: false });
  const save = savePost(ctx.db, row, idFromTime(post.publishedAt));
  const saved = [save, ...enterTagged(ctx.db, row, false)];
  await runBatch(ctx.db, fresh ? [savePeer(ctx.db, peer), ...saved] : saved);
  return findPost(ctx.db, post.iri);
}

interface Held {
  /** peers.id */
  readonly author: number;
  readonly receivedAt: UnixMs;
  /** What it answers, when that is held. */
  readonly parent: Post | null;
  /** It names the owner, or answers them. */
  readonly names: boolean;
}

/** A remote post as a row. */
export function postRow(post: RemotePost, { author, receivedAt, parent, names }: Held): Omit<NewPost, "id"> {
  const { author: _a, audience: _to, publishedAt: _p, ...content } = post;
  return {
    ...content,
    author,
    replyTo: parent?.id ?? null,
    mentionsOwner: names,
    kept: false,
    receivedAt,
    source: null,
    document: null,
  };
}
