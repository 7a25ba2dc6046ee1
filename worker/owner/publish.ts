/** The owner says something, changes it, or takes it back. */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import { HOUR } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { escapeHtml } from "../kernel/sanitise.ts";
import { reachesFollowers, type Visibility } from "../model/audience.ts";
import { compose, findHashtags, findMentions, type Mentioned } from "../model/compose.ts";
import { handleOf, type Peer } from "../model/peer.ts";
import { places } from "../model/places.ts";
import { idFromTime, OWNER, timeFromId, type Mention, type Post, type PostApp } from "../model/post.ts";
import { enqueue, fanoutId, RECIPIENTS_MAX } from "../outbox/enqueue.ts";
import { recipientOf } from "../outbox/targets.ts";
import { noteAsked, postAskedAs } from "../store/asked-posts.ts";
import { runBatch, type Statement } from "../store/batch.ts";
import { dropVersions, keepVersion } from "../store/earlier-versions.ts";
import { peersByIri } from "../store/peers.ts";
import {
  findPost,
  freePostId,
  insertPost,
  keepPost,
  postById,
  updatePost,
  type NewPost,
} from "../store/posts.ts";
import { loadOwner } from "../store/stead.ts";
import { create, remove, update } from "../vocab/activities.ts";
import { audienceOfPost, noteDocument, tombstone, type OwnPost } from "../vocab/note.ts";
import { resolveMentions } from "./mentions.ts";

export interface Draft {
  readonly text: string;
  readonly summary: string;
  readonly visibility: Visibility;
  readonly language: string | null;
  /** Post that is answered: the number of one that is held here. */
  readonly replyTo: number | null;
  /** A post with a warning is sensitive in any case. */
  readonly sensitive?: boolean;
  /** The app it is written in. */
  readonly app?: PostApp;
  /** Names this wish, whoever repeats it: within an hour it is fulfilled once. */
  readonly wish?: string;
}

export type Published =
  | { kind: "published"; id: number; unresolved: string[] }
  | { kind: "invalid"; problem: string };

/** Mastodon and GoToSocial say the same: who has moved would speak to nobody. */
export const MOVED =
  "You have moved: your followers read you there. Take the redirect away to post here again.";

export const TEXT_MAX = 20_000;
/** Of a content warning, in characters. */
const SUMMARY_MAX = 2_000;
/** Requests that write in one millisecond each take a number in turn: one of them succeeds each time. */
const ID_TRIES = 20;

/**
 * Post, Create and audience are one transaction; the deliveries follow. 2 rows and the post's index entries (1 more for a wish), 1 serialisation.
 * Mentions are looked up first: at most 10 handles, those not found stay plain text and are told.
 */
export async function publish(ctx: Ctx, draft: Draft): Promise<Published> {
  const problem = problemOf(draft);
  if (problem) return { kind: "invalid", problem };
  const fulfilled = await fulfilledBefore(ctx, draft);
  if (fulfilled) return fulfilled;
  if ((await loadOwner(ctx)).movedTo !== null) return { kind: "invalid", problem: MOVED };
  const parent = draft.replyTo === null ? null : await postById(ctx.db, draft.replyTo);
  if (draft.replyTo !== null && !parent)
    return { kind: "invalid", problem: "The post you answer is no longer here." };
  const { mentioned, unresolved } = await resolveMentions(ctx, findMentions(draft.text), parent);
  if (draft.visibility === "direct" && mentioned.size === 0) {
    return { kind: "invalid", problem: "A direct post needs at least one @user@host that can be found." };
  }
  for (let tries = 1; ; tries++) {
    const id = await freePostId(ctx.db, idFromTime(ctx.clock()));
    const own = await ownPost(ctx, id, draft, parent?.iri ?? null, mentioned, null);
    const note = await noteDocument(own);
    const activity = create(ctx.stead.actor, note);
    try {
      await runBatch(ctx.db, [
        ...noteWish(ctx, draft, id),
        insertPost(ctx.db, {
          ...rowOf(ctx, id, draft, own, parent, JSON.stringify(note)),
          app: draft.app ?? null,
        }),
        ...(parent && parent.author !== OWNER ? [keepPost(ctx.db, parent.id)] : []),
        ...(await enqueue(ctx, fanoutId(ctx), activity, await audienceFor(ctx, own))),
      ]);
    } catch (cause) {
      const fulfilledMeanwhile = await fulfilledBefore(ctx, draft);
      if (fulfilledMeanwhile) return fulfilledMeanwhile;
      // Another request took the number between our look and our write: the next one, then.
      if (tries < ID_TRIES && /UNIQUE constraint failed: posts\.(id|iri)/.test(String(cause))) continue;
      throw cause;
    }
    ctx.ports.background(ctx.ports.redelivery.wake());
    return { kind: "published", id, unresolved };
  }
}

const anHourAgo = (ctx: Ctx) => (ctx.clock() - HOUR) as UnixMs;

async function fulfilledBefore(ctx: Ctx, { wish }: Draft): Promise<Published | null> {
  const id = wish === undefined ? null : await postAskedAs(ctx.db, wish, anHourAgo(ctx));
  return id === null ? null : { kind: "published", id, unresolved: [] };
}

function noteWish(ctx: Ctx, { wish }: Draft, id: number): Statement[] {
  return wish === undefined ? [] : noteAsked(ctx.db, wish, id, ctx.clock(), anHourAgo(ctx));
}

/** The post in its new words, to everybody who got the old ones. The audience can not be changed: what was said was heard. */
export async function editPost(
  ctx: Ctx,
  id: number,
  change: Pick<Draft, "text" | "summary" | "language" | "sensitive">,
): Promise<Published> {
  const post = await ownLivePost(ctx, id);
  if (!post) return { kind: "invalid", problem: "This post is no longer here." };
  const sensitive = change.sensitive ?? (post.sensitive && post.summary === "");
  const draft: Draft = { ...change, sensitive, visibility: post.visibility, replyTo: post.replyTo };
  const problem = problemOf(draft);
  if (problem) return { kind: "invalid", problem };
  const parent = post.replyToIri === null ? null : await findPost(ctx.db, post.replyToIri);
  const { mentioned, unresolved } = await resolveMentions(ctx, findMentions(draft.text), parent);
  const now = ctx.clock();
  const own = await ownPost(ctx, id, draft, post.replyToIri, mentioned, now);
  const note = await noteDocument(own);
  const activity = update(ctx.stead.actor, note, audienceOfPost(own), now);
  // Who was named before and is no longer hears of the change too.
  const audience = await audienceFor(ctx, own, post.mentions);
  const since = post.editedAt ?? timeFromId(id);
  const { html, summary } = post;
  await runBatch(ctx.db, [
    keepVersion(ctx.db, { post: id, at: since, html, summary, sensitive: post.sensitive }),
    updatePost(ctx.db, id, rowOf(ctx, id, draft, own, parent, JSON.stringify(note))),
    ...(await enqueue(ctx, fanoutId(ctx), activity, audience)),
  ]);
  ctx.ports.background(ctx.ports.redelivery.wake());
  return { kind: "published", id, unresolved };
}

/** Leaves a Tombstone, and tells everybody who got the post. False: there was nothing to delete. */
export async function deletePost(ctx: Ctx, id: number): Promise<boolean> {
  const post = await ownLivePost(ctx, id);
  if (!post) return false;
  const now = ctx.clock();
  const own: OwnPost = { ...post, ...steadOf(ctx), publishedAt: timeFromId(id) };
  const document = tombstone(post.iri, now);
  const activity = remove(ctx.stead.actor, document, audienceOfPost(own));
  const emptied = {
    html: escapeHtml(""),
    source: null,
    summary: "",
    tags: [],
    deletedAt: now,
    document: JSON.stringify(document),
    pinnedAt: null,
  };
  await runBatch(ctx.db, [
    updatePost(ctx.db, id, emptied),
    dropVersions(ctx.db, id),
    ...(await enqueue(ctx, fanoutId(ctx), activity, await audienceFor(ctx, own))),
  ]);
  ctx.ports.background(ctx.ports.redelivery.wake());
  return true;
}

async function ownLivePost(ctx: Ctx, id: number): Promise<Post | null> {
  const post = await postById(ctx.db, id);
  return post && post.author === OWNER && post.deletedAt === null ? post : null;
}

function problemOf(draft: Draft): string | null {
  if (draft.text.trim() === "") return "There is nothing to say yet.";
  if (draft.text.length > TEXT_MAX) return `A post takes at most ${TEXT_MAX} characters.`;
  if (draft.summary.length > SUMMARY_MAX) return `A content warning takes at most ${SUMMARY_MAX} characters.`;
  return null;
}

const steadOf = (ctx: Ctx) => ({ origin: ctx.stead.origin, actor: ctx.stead.actor });

async function ownPost(
  ctx: Ctx,
  id: number,
  draft: Draft,
  replyToIri: Iri | null,
  mentioned: ReadonlyMap<string, Peer>,
  editedAt: UnixMs | null,
): Promise<OwnPost> {
  const { origin } = ctx.stead;
  const iri = places.post(origin, id);
  const known = new Map(
    [...mentioned].map(([handle, peer]): [string, Mentioned] => {
      return [handle, { handle, iri: peer.iri, url: peer.url ?? peer.iri }];
    }),
  );
  return {
    ...steadOf(ctx),
    iri,
    url: iri,
    title: null,
    html: compose(draft.text, { mentions: known, tagUrl: (tag) => places.tag(origin, tag) }),
    summary: draft.summary.trim(),
    sensitive: draft.sensitive === true || draft.summary.trim() !== "",
    language: draft.language,
    visibility: draft.visibility,
    replyToIri,
    mentions: uniqueMentions(mentioned),
    tags: findHashtags(draft.text),
    attachments: [],
    publishedAt: timeFromId(id),
    editedAt,
  };
}

function uniqueMentions(mentioned: ReadonlyMap<string, Peer>): Mention[] {
  const byIri = new Map([...mentioned.values()].map((peer) => [peer.iri, peer]));
  return [...byIri.values()].map((peer) => ({
    iri: peer.iri,
    handle: handleOf(peer),
    url: peer.url ?? peer.iri,
  }));
}

function rowOf(
  ctx: Ctx,
  id: number,
  draft: Draft,
  own: OwnPost,
  parent: Post | null,
  document: string,
): NewPost {
  const { origin: _o, actor: _a, publishedAt: _p, ...content } = own;
  return {
    ...content,
    id,
    author: OWNER,
    source: draft.text,
    replyTo: parent?.id ?? null,
    mentionsOwner: false,
    kept: true,
    receivedAt: ctx.clock(),
    document,
  };
}

/** The one delivery list: followers where the post reaches them, and the people it names. */
async function audienceFor(ctx: Ctx, post: OwnPost, besides: readonly Mention[] = []) {
  const people = [...new Set([...post.mentions, ...besides].map((mention) => mention.iri))].slice(
    0,
    RECIPIENTS_MAX,
  );
  const peers = await peersByIri(ctx.db, people);
  const open = post.visibility === "public" || post.visibility === "quiet";
  return {
    toFollowers: reachesFollowers(post.visibility),
    recipients: [...peers.values()].map((peer) => recipientOf(peer, open)),
  };
}
