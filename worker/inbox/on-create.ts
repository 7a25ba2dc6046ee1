/** Create and Update of posts, and what belongs to the owner's conversations. */
import type { Iri } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { sameOrigin } from "../kernel/iri.ts";
import { firstLink } from "../model/first-link.ts";
import { postIdIn } from "../model/places.ts";
import { asksTheSame } from "../model/poll.ts";
import { idFromTime, OWNER, type Post } from "../model/post.ts";
import { wantCardOf } from "../peers/fetch-card.ts";
import { fetchDocument } from "../peers/fetch-document.ts";
import { fetchPost, postRow, Unreachable } from "../peers/fetch-post.ts";
import { changes, runBatch } from "../store/batch.ts";
import { joinConversation } from "../store/conversations.ts";
import { findFollowing } from "../store/following.ts";
import { enterTagged, followedAmong } from "../store/followed-tags.ts";
import { takenBack, wasUndone } from "../store/followers.ts";
import { findPost, joinAnswer, savePost } from "../store/posts.ts";
import { dropVotes } from "../store/polls.ts";
import { readVote } from "../vocab/question.ts";
import type { JsonObject } from "../vocab/read.ts";
import { readPost, type RemotePost } from "../vocab/read-post.ts";
import { applied, ignored, withPeer, type Outcome, type Received } from "./received.ts";
import { onVote } from "./on-vote.ts";

/** How far up a conversation is fetched, one signed GET a step. */
const ANCESTORS_MAX = 5;

/**
 * A post is kept when the owner follows its author or a hashtag of it, is named in it, or takes part in the conversation. It must be the author's own, on
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
  const vote = readVote(fetched);
  if (vote && postIdIn(ctx.stead.origin, vote.post) !== null)
    return parent && parent.author === OWNER
      ? onVote(ctx, received, parent, vote)
      : ignored("no poll of ours");
  const names = namesOwner(ctx, post) || (parent !== null && parent.author === OWNER);
  const known = activity.type === "Update" ? await findPost(ctx.db, post.iri) : null;
  const related = names || follows?.state === "accepted" || takesPart(parent) || known !== null;
  if (!related && !(await isAboutFollowed(ctx, post))) return ignored("unrelated");
  const row = postRow(post, { author: peer.id, receivedAt, parent, names });
  // What the owner voted counts no more in a poll that asks something else.
  const asksElse = known?.ownVotes && !asksTheSame(known.poll, post.poll) ? known : null;
  const saved = savePost(ctx.db, asksElse ? { ...row, ownVotes: null } : row, idFromTime(post.publishedAt));
  const besides = [
    ...(asksElse ? [dropVotes(ctx.db, asksElse.id)] : []),
    ...(names && post.visibility === "direct" ? joinConversation(ctx.db, post.iri) : []),
    ...enterTagged(ctx.db, row, known !== null),
  ];
  const results = await runBatch(ctx.db, withPeer(ctx.db, received, [saved, ...besides]));
  if (changes(results.at(-1 - besides.length)) === 0) return ignored("an older version");
  if (names && post.replyToIri && !parent)
    ctx.ports.background(fetchAncestors(ctx, post.iri, post.replyToIri));
  // What strangers link to is looked at when the owner opens it.
  if (follows?.state === "accepted" && (firstLink(post) !== null || known))
    ctx.ports.background(wantCardOf(ctx, post.iri));
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

/** Said to everybody, with a hashtag that the owner follows. 1 D1 read, and none without a hashtag. */
async function isAboutFollowed(ctx: Ctx, { visibility, tags }: RemotePost): Promise<boolean> {
  if (visibility !== "public" || tags.length === 0) return false;
  return (await followedAmong(ctx.db, tags)).length > 0;
}

function takesPart(parent: Post | null): boolean {
  return parent !== null && (parent.author === OWNER || parent.mentionsOwner);
}

async function fetchObject(ctx: Ctx, iri: Iri | null): Promise<JsonObject | Unreachable | null> {
  if (iri === null) return null;
  const fetched = await fetchDocument(ctx, iri);
  if (fetched.kind === "document") return fetched.json;
  return fetched.kind === "unreachable" ? new Unreachable(fetched.detail) : null;
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
