/** The owner says it in other words. */
import type { UnixMs } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { findMentions } from "../model/compose.ts";
import { asksTheSame, isOver, newPoll, type Poll, type PollDraft } from "../model/poll.ts";
import { timeFromId } from "../model/post.ts";
import { enqueue, fanoutId } from "../outbox/enqueue.ts";
import { wantCardOf } from "../peers/fetch-card.ts";
import { runBatch, type Statement } from "../store/batch.ts";
import { keepVersion } from "../store/earlier-versions.ts";
import { closePoll, countAnew, dropVotes, openPoll } from "../store/polls.ts";
import { findPost, updatePost } from "../store/posts.ts";
import { update } from "../vocab/activities.ts";
import { audienceOfPost, noteDocument } from "../vocab/note.ts";
import { attaching } from "./attach.ts";
import { audienceFor, ownLivePost, ownPost, problemOf, rowOf, type Draft } from "./draft.ts";
import { resolveMentions } from "./mentions.ts";
import type { Published } from "./publish.ts";

/**
 * The post in its new words, to everybody who got the old ones. The audience can not be changed: what was said was heard. A poll that is not spoken
 * of stays, null takes it away; one that asks something else begins anew, as Mastodon has it: its votes are dropped, a row each.
 */
export async function editPost(
  ctx: Ctx,
  id: number,
  change: Pick<Draft, "text" | "summary" | "language" | "sensitive" | "attach"> & { poll?: PollDraft | null },
): Promise<Published> {
  const began = ctx.clock();
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
    ...(asked === undefined ? pollKept(ctx, id, post.poll, began) : pollOpened(ctx, id, poll)),
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

function pollOpened({ db, clock }: Ctx, id: number, poll: Poll | null): Statement[] {
  return [poll?.endsAt ? openPoll(db, id, poll.endsAt, clock()) : closePoll(db, id)];
}

/** Cron may have counted it, and closed it, since it was read. `read`: when the edit began. */
function pollKept({ db }: Ctx, id: number, poll: Poll | null, read: UnixMs): Statement[] {
  return poll?.endsAt && !isOver(poll, read) ? [countAnew(db, id, poll.endsAt, read)] : [];
}
