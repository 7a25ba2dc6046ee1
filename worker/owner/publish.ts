/** The owner says something, changes it, or takes it back. */
import { sql } from "drizzle-orm";

import type { Iri, UnixMs } from "../kernel/brand.ts";
import { HOUR } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { escapeHtml } from "../kernel/sanitise.ts";
import { reachesFollowers, type Visibility } from "../model/audience.ts";
import { compose, findHashtags, findMentions, type Mentioned } from "../model/compose.ts";
import { handleOf, type Peer } from "../model/peer.ts";
import { places } from "../model/places.ts";
import { asksTheSame, newPoll, pollProblem, type Poll, type PollDraft } from "../model/poll.ts";
import { idFromTime, OWNER, timeFromId, type Mention, type Post, type PostApp } from "../model/post.ts";
import { enqueue, fanoutId, RECIPIENTS_MAX } from "../outbox/enqueue.ts";
import { recipientOf } from "../outbox/targets.ts";
import { wantCardOf } from "../peers/fetch-card.ts";
import { noteAsked, postAskedAs } from "../store/asked-posts.ts";
import { runBatch, type Statement } from "../store/batch.ts";
import { continueConversation, leaveConversations } from "../store/conversations.ts";
import { dropVersions, keepVersion } from "../store/earlier-versions.ts";
import { TAKEN } from "../store/media.ts";
import { peersByIri } from "../store/peers.ts";
import { closePoll, dropVotes, openPoll } from "../store/polls.ts";
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
import {
  attaching,
  detachAll,
  NOT_THERE,
  removeReleased,
  withTranscripts,
  type Attached,
  type Attaching,
} from "./attach.ts";
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
  /** Files that were sent before. When a post is edited, those it shows stay unless others are named. */
  readonly attach?: Attaching;
  readonly poll?: PollDraft;
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
 * Post, Create and audience are one transaction, with what is written `besides`; the deliveries follow. 2 rows and the post's index entries (1 more
 * for a wish, 1 for a poll, 1 and 3 index entries for a direct post), 1 serialisation. Mentions are looked up first: at most 10 handles, those not
 * found stay plain text and are told.
 */
export async function publish(
  ctx: Ctx,
  draft: Draft,
  besides: readonly Statement[] = [],
): Promise<Published> {
  const problem = problemOf(draft);
  if (problem) return { kind: "invalid", problem };
  const fulfilled = await fulfilledBefore(ctx, draft);
  if (fulfilled) return fulfilled;
  if ((await loadOwner(ctx)).movedTo !== null) return { kind: "invalid", problem: MOVED };
  const parent = draft.replyTo === null ? null : await postById(ctx.db, draft.replyTo);
  if (draft.replyTo !== null && !parent)
    return { kind: "invalid", problem: "The post you answer is no longer here." };
  const { mentioned, unresolved } = await resolveMentions(ctx, findMentions(draft.text), parent);
  // Without a name it is a note to oneself, as apps have it; a name that nobody answers to is a slip.
  if (draft.visibility === "direct" && mentioned.size === 0 && unresolved.length > 0)
    return { kind: "invalid", problem: `Nobody is found under @${unresolved.join(", @")}.` };
  const attached = await attaching(ctx, draft.attach);
  if (attached.kind === "invalid") return attached;
  for (let tries = 1; ; tries++) {
    const now = ctx.clock();
    const id = await freePostId(ctx.db, idFromTime(now));
    const poll = draft.poll ? newPoll(draft.poll, now) : null;
    const own = await ownPost(ctx, id, { ...draft, poll, attached }, parent?.iri ?? null, mentioned, null);
    const conversation = draft.visibility === "direct" ? (parent?.conversation ?? id) : null;
    const note = await noteDocument(own);
    const activity = create(ctx.stead.actor, note);
    try {
      await runBatch(ctx.db, [
        ...noteWish(ctx, draft, id),
        insertPost(ctx.db, {
          ...rowOf(ctx, id, draft, own, parent, JSON.stringify(note)),
          app: draft.app ?? null,
          conversation,
        }),
        ...attached.statements(id),
        ...(poll?.endsAt ? [openPoll(ctx.db, id, poll.endsAt, now)] : []),
        ...(conversation === null ? [] : [continueConversation(ctx.db, conversation, id)]),
        ...(parent && parent.author !== OWNER ? [keepPost(ctx.db, parent.id)] : []),
        ...(await enqueue(ctx, fanoutId(ctx), activity, await audienceFor(ctx, own))),
        ...besides,
      ]);
    } catch (cause) {
      const fulfilledMeanwhile = await fulfilledBefore(ctx, draft);
      if (fulfilledMeanwhile) return fulfilledMeanwhile;
      // Another request took the number between our look and our write: the next one, then.
      if (tries < ID_TRIES && /UNIQUE constraint failed: posts\.(id|iri)/.test(String(cause))) continue;
      if (TAKEN.test(String(cause))) return { kind: "invalid", problem: NOT_THERE };
      throw cause;
    }
    ctx.ports.background(ctx.ports.redelivery.wake());
    ctx.ports.streams.emit([{ kind: "post", post: id }]);
    ctx.ports.background(wantCardOf(ctx, id));
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

/**
 * The post in its new words, to everybody who got the old ones. The audience can not be changed: what was said was heard. A poll that is not spoken
 * of stays, null takes it away; one that asks something else begins anew, as Mastodon has it: its votes are dropped, a row each.
 */
export async function editPost(
  ctx: Ctx,
  id: number,
  change: Pick<Draft, "text" | "summary" | "language" | "sensitive" | "attach"> & { poll?: PollDraft | null },
): Promise<Published> {
  const post = await ownLivePost(ctx, id);
  if (!post) return { kind: "invalid", problem: "This post is no longer here." };
  const sensitive = change.sensitive ?? (post.sensitive && post.summary === "");
  const { poll: asked, ...words } = change;
  const shown = post.attachments.flatMap(({ media }) => media ?? []);
  const draft: Draft = {
    attach: { media: shown },
    ...words,
    sensitive,
    visibility: post.visibility,
    replyTo: post.replyTo,
    ...(asked ? { poll: asked } : {}),
  };
  const problem = problemOf(draft);
  if (problem) return { kind: "invalid", problem };
  const parent = post.replyToIri === null ? null : await findPost(ctx.db, post.replyToIri);
  const { mentioned, unresolved } = await resolveMentions(ctx, findMentions(draft.text), parent);
  const now = ctx.clock();
  const poll = asked === undefined ? post.poll : changedPoll(post.poll, asked, now);
  const attached = await attaching(ctx, draft.attach, id, post.attachments);
  if (attached.kind === "invalid") return attached;
  const own = await ownPost(ctx, id, { ...draft, poll, attached }, post.replyToIri, mentioned, now);
  const note = await noteDocument(own);
  const activity = update(ctx.stead.actor, note, audienceOfPost(own), now);
  // Who was named before and is no longer hears of the change too.
  const audience = await audienceFor(ctx, own, post.mentions);
  const since = post.editedAt ?? timeFromId(id);
  const { html, summary, attachments } = post;
  const options = post.poll && post.poll.options.map(({ title }) => title);
  await runBatch(ctx.db, [
    keepVersion(ctx.db, {
      post: id,
      at: since,
      html,
      summary,
      sensitive: post.sensitive,
      attachments,
      poll: options,
    }),
    ...(asksTheSame(post.poll, poll) ? [] : [dropVotes(ctx.db, id)]),
    ...attached.statements(id),
    ...pollOpened(ctx, id, asked === undefined ? undefined : poll),
    updatePost(ctx.db, id, rowOf(ctx, id, draft, own, parent, JSON.stringify(note))),
    ...(await enqueue(ctx, fanoutId(ctx), activity, audience)),
  ]);
  ctx.ports.background(ctx.ports.redelivery.wake());
  ctx.ports.streams.emit([{ kind: "edited", post: id }]);
  ctx.ports.background(wantCardOf(ctx, id));
  return { kind: "published", id, unresolved };
}

/** What was voted counts on where the same is asked. */
function changedPoll(before: Poll | null, asked: PollDraft | null, now: UnixMs): Poll | null {
  const poll = asked && newPoll(asked, now);
  if (!poll || !before || !asksTheSame(before, poll)) return poll;
  return { ...poll, options: before.options, voters: before.voters };
}

/** Undefined: it stays as it is. */
function pollOpened({ db, clock }: Ctx, id: number, poll: Poll | null | undefined): Statement[] {
  if (poll === undefined) return [];
  return [poll?.endsAt ? openPoll(db, id, poll.endsAt, clock()) : closePoll(db, id)];
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
    attachments: [],
    deletedAt: now,
    document: JSON.stringify(document),
    pinnedAt: null,
    poll: null,
  };
  await runBatch(ctx.db, [
    ...(post.conversation === null ? [] : leaveConversations(ctx.db, sql`p.id = ${id}`)),
    ...(post.poll === null ? [] : [closePoll(ctx.db, id), dropVotes(ctx.db, id)]),
    updatePost(ctx.db, id, emptied),
    dropVersions(ctx.db, id),
    ...detachAll(ctx, post.attachments),
    ...(await enqueue(ctx, fanoutId(ctx), activity, await audienceFor(ctx, own))),
  ]);
  ctx.ports.background(ctx.ports.redelivery.wake());
  removeReleased(ctx, post.attachments);
  ctx.ports.streams.emit([{ kind: "deleted", ids: [id] }]);
  return true;
}

async function ownLivePost(ctx: Ctx, id: number): Promise<Post | null> {
  const post = await postById(ctx.db, id);
  return post && post.author === OWNER && post.deletedAt === null ? post : null;
}

/** What keeps a draft from being published; null: nothing that could be known before. */
export function problemOf(draft: Draft): string | null {
  if (draft.text.trim() === "" && !draft.attach?.media.length) return "There is nothing to say yet.";
  if (draft.text.length > TEXT_MAX) return `A post takes at most ${TEXT_MAX} characters.`;
  if (draft.summary.length > SUMMARY_MAX) return `A content warning takes at most ${SUMMARY_MAX} characters.`;
  return draft.poll ? pollProblem(draft.poll) : null;
}

const steadOf = (ctx: Ctx) => ({ origin: ctx.stead.origin, actor: ctx.stead.actor });

/** What a draft becomes before it is put together. */
interface Made {
  readonly poll: Poll | null;
  readonly attached: Extract<Attached, { kind: "attached" }>;
}

async function ownPost(
  ctx: Ctx,
  id: number,
  draft: Omit<Draft, "poll"> & Made,
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
    html: withTranscripts(
      compose(draft.text, { mentions: known, tagUrl: (tag) => places.tag(origin, tag) }),
      draft.attached,
    ),
    summary: draft.summary.trim(),
    sensitive: draft.sensitive === true || draft.summary.trim() !== "",
    language: draft.language,
    visibility: draft.visibility,
    replyToIri,
    mentions: uniqueMentions(mentioned),
    tags: findHashtags(draft.text),
    attachments: draft.attached.attachments,
    poll: draft.poll,
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
export async function audienceFor(ctx: Ctx, post: OwnPost, besides: readonly Mention[] = []) {
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
