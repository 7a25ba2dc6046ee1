/** Create and Update of posts, and what belongs to the owner's conversations. */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { sameOrigin } from "../kernel/iri.ts";
import { postIdIn } from "../model/places.ts";
import { idFromTime, OWNER, type Post } from "../model/post.ts";
import { fetchActor } from "../peers/fetch-actor.ts";
import { fetchDocument } from "../peers/fetch-document.ts";
import { changes, runBatch } from "../store/batch.ts";
import { findFollowing } from "../store/following.ts";
import { takenBack, wasUndone } from "../store/followers.ts";
import { findPeer, savePeer } from "../store/peers.ts";
import { findPost, joinAnswer, savePost, type NewPost } from "../store/posts.ts";
import type { JsonObject } from "../vocab/read.ts";
import { readPost, type RemotePost } from "../vocab/read-post.ts";
import { applied, ignored, withPeer, type Outcome, type Received } from "./received.ts";

/** How far up a conversation is fetched, one signed GET a step. */
const ANCESTORS_MAX = 5;

/**
 * A post is kept when the owner follows its author, is named in it, or takes part in the conversation. It must be the author's own, on
 * the author's origin. One that comes as a bare id (activitypub-bot) is fetched there. 1 row and its index entries.
 */
export async function onCreate(ctx: Ctx, received: Received): Promise<Outcome> {
  const { activity, peer, receivedAt } = received;
  // Nobody's server is asked for what could not be the sender's own.
  const own = activity.objectId !== null && sameOrigin(activity.objectId, peer.iri);
  if (!own) return ignored("not the actor's own post");
  const fetched = activity.object ?? (await fetchObject(ctx, activity.objectId));
  if (fetched instanceof Unreachable) return { kind: "later", detail: fetched.detail };
  const post = fetched && readPost(fetched, receivedAt);
  if (!post) return ignored("no post");
  if (post.author !== peer.iri || !sameOrigin(post.iri, peer.iri)) return ignored("not the actor's own post");
  const [parent, follows, undone] = [
    post.replyToIri && (await findPost(ctx.db, post.replyToIri)),
    await findFollowing(ctx.db, peer.id),
    await wasUndone(ctx.db, [takenBack(peer.iri, post.iri)]),
  ];
  if (undone.length > 0) return ignored("deleted already");
  const names = namesOwner(ctx, post) || (parent !== null && parent.author === OWNER);
  const known = activity.type === "Update" && (await findPost(ctx.db, post.iri)) !== null;
  if (!names && follows?.state !== "accepted" && !takesPart(parent) && !known) return ignored("unrelated");
  const row = rowOf(post, peer.id, receivedAt, parent, names);
  const results = await runBatch(
    ctx.db,
    withPeer(ctx.db, received, [savePost(ctx.db, row, idFromTime(post.publishedAt))]),
  );
  if (changes(results.at(-1)) === 0) return ignored("an older version");
  if (names && post.replyToIri && !parent)
    ctx.ports.background(fetchAncestors(ctx, post.iri, post.replyToIri));
  return applied;
}

/** The owner is in the audience, in the tags, or answered. */
function namesOwner(ctx: Ctx, post: RemotePost): boolean {
  const { actor, origin } = ctx.stead;
  return (
    post.audience.includes(actor) ||
    post.mentions.some((mention) => mention.iri === actor) ||
    (post.replyToIri !== null && postIdIn(origin, post.replyToIri) !== null)
  );
}

function takesPart(parent: Post | null): boolean {
  return parent !== null && (parent.author === OWNER || parent.mentionsOwner);
}

/** The origin did not answer: worth another try. */
export class Unreachable {
  readonly detail: string;
  constructor(detail: string) {
    this.detail = detail;
  }
}

async function fetchObject(ctx: Ctx, iri: Iri | null): Promise<JsonObject | Unreachable | null> {
  if (iri === null) return null;
  const fetched = await fetchDocument(ctx, iri);
  if (fetched.kind === "document") return fetched.json;
  return fetched.kind === "unreachable" ? new Unreachable(fetched.detail) : null;
}

function rowOf(
  post: RemotePost,
  author: number,
  receivedAt: UnixMs,
  parent: Post | null,
  names: boolean,
): Omit<NewPost, "id"> {
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

/**
 * A post of a third person, from its origin and nowhere else: what a boost or an answer points at. Stores the author too. Null when it
 * is not to be had. At most 2 signatures and fetches.
 */
export async function fetchPost(ctx: Ctx, iri: Iri): Promise<Post | Unreachable | null> {
  const known = await findPost(ctx.db, iri);
  if (known) return known;
  const fetched = await fetchDocument(ctx, iri);
  if (fetched.kind === "unreachable") return new Unreachable(fetched.detail);
  const post = fetched.kind === "document" ? readPost(fetched.json, ctx.clock()) : null;
  if (!post || !sameOrigin(post.iri, post.author)) return null;
  if (post.visibility !== "public" && post.visibility !== "quiet") return null;
  const author = await findPeer(ctx.db, post.author);
  const fresh = author ? null : await fetchActor(ctx, post.author);
  if (fresh?.kind === "unreachable") return new Unreachable(fresh.detail);
  const peer = author ?? (fresh?.kind === "actor" ? fresh.peer : null);
  if (!peer) return null;
  const parent = post.replyToIri && (await findPost(ctx.db, post.replyToIri));
  const row = rowOf(post, peer.id, ctx.clock(), parent, false);
  const save = savePost(ctx.db, row, idFromTime(post.publishedAt));
  await runBatch(ctx.db, fresh ? [savePeer(ctx.db, peer), save] : [save]);
  return findPost(ctx.db, post.iri);
}

/** What the conversation was about before the owner was named in it, joined to the answers it got. Best effort: the page shows what there is. */
async function fetchAncestors(ctx: Ctx, answer: Iri, iri: Iri): Promise<void> {
  let [below, next]: [Iri, Iri | null] = [answer, iri];
  for (let n = 0; next && n < ANCESTORS_MAX && ctx.meter.signatures + 2 <= ctx.settings.signatures; n++) {
    const post: Post | Unreachable | null = await fetchPost(ctx, next);
    if (!post || post instanceof Unreachable) return;
    await runBatch(ctx.db, [joinAnswer(ctx.db, below, post.id)]);
    [below, next] = [post.iri, post.replyToIri];
  }
}
