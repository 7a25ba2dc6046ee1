/** The owner says something. */
import type { UnixMs } from "../kernel/brand.ts";
import { HOUR } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { findMentions } from "../model/compose.ts";
import { newPoll } from "../model/poll.ts";
import { idFromTime, OWNER } from "../model/post.ts";
import { enqueue, fanoutId } from "../outbox/enqueue.ts";
import { wantCardOf } from "../peers/fetch-card.ts";
import { noteAsked, postAskedAs } from "../store/asked-posts.ts";
import { runBatch, type Statement } from "../store/batch.ts";
import { continueConversation } from "../store/conversations.ts";
import { TAKEN } from "../store/media.ts";
import { openPoll } from "../store/polls.ts";
import { freePostId, insertPost, keepPost, postById } from "../store/posts.ts";
import { loadOwner } from "../store/stead.ts";
import { create } from "../vocab/activities.ts";
import { noteDocument } from "../vocab/note.ts";
import { attaching, NOT_THERE } from "./attach.ts";
import { audienceFor, ownPost, problemOf, rowOf, type Draft } from "./draft.ts";
import { resolveMentions } from "./mentions.ts";

export type Published =
  | { kind: "published"; id: number; unresolved: string[] }
  | { kind: "invalid"; problem: string };

/** Mastodon and GoToSocial say the same: who has moved would speak to nobody. */
export const MOVED =
  "You have moved: your followers read you there. Take the redirect away to post here again.";

/** Requests that write in one millisecond each take a number in turn: one of them succeeds each time. */
const ID_TRIES = 20;

/**
 * Post, Create and audience are one transaction, with what is written `besides`; the deliveries follow. 2 rows and the post's index entries (1 more
 * for a wish, 1 and an index entry for a poll, 1 and 3 index entries for a direct post), 1 serialisation. Mentions are looked up first: at most 10 handles, those not
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
