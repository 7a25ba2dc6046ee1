/** From what the owner typed to a post, its row, and who gets it. */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { reachesFollowers, type Visibility } from "../model/audience.ts";
import { compose, findHashtags, type Mentioned } from "../model/compose.ts";
import { handleOf, type Peer } from "../model/peer.ts";
import { places } from "../model/places.ts";
import { pollProblem, type Poll, type PollDraft } from "../model/poll.ts";
import { OWNER, timeFromId, type Mention, type Post, type PostApp } from "../model/post.ts";
import { RECIPIENTS_MAX } from "../outbox/enqueue.ts";
import { recipientOf } from "../outbox/targets.ts";
import { peersByIri } from "../store/peers.ts";
import { postById, type NewPost } from "../store/posts.ts";
import { type OwnPost } from "../vocab/note.ts";
import { withTranscripts, type Attached, type Attaching } from "./attach.ts";

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

export const TEXT_MAX = 20_000;

/** Of a content warning, in characters. */
const SUMMARY_MAX = 2_000;

/** What keeps a draft from being published; null: nothing that could be known before. */
export function problemOf(draft: Draft): string | null {
  if (draft.text.trim() === "" && !draft.attach?.media.length) return "There is nothing to say yet.";
  if (draft.text.length > TEXT_MAX) return `A post takes at most ${TEXT_MAX} characters.`;
  if (draft.summary.length > SUMMARY_MAX) return `A content warning takes at most ${SUMMARY_MAX} characters.`;
  return draft.poll ? pollProblem(draft.poll) : null;
}

export const steadOf = (ctx: Ctx) => ({ origin: ctx.stead.origin, actor: ctx.stead.actor });

export async function ownLivePost(ctx: Ctx, id: number): Promise<Post | null> {
  const post = await postById(ctx.db, id);
  return post && post.author === OWNER && post.deletedAt === null ? post : null;
}

/** What a draft becomes before it is put together. */
interface Made {
  readonly poll: Poll | null;
  readonly attached: Extract<Attached, { kind: "attached" }>;
}

export async function ownPost(
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

export function rowOf(
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
