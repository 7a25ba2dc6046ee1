/** The owner's polls are counted, others' looked at again. */
import type { UnixMs } from "../kernel/brand.ts";
import { HOUR, MINUTE } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { deliveryInbox } from "../model/peer.ts";
import { asksTheSame, isOver, withTally, type Poll } from "../model/poll.ts";
import { OWNER, timeFromId, type Post } from "../model/post.ts";
import { enqueue, fanoutId, RECIPIENTS_MAX } from "../outbox/enqueue.ts";
import { fetchDocument } from "../peers/fetch-document.ts";
import { runBatch } from "../store/batch.ts";
import { postById, updatePost } from "../store/posts.ts";
import {
  closePoll,
  dropVotes,
  duePolls,
  noteCounted,
  saveCounts,
  tallyOf,
  unlessEdited,
  votersOf,
  type OpenPoll,
} from "../store/polls.ts";
import { update } from "../vocab/activities.ts";
import { audienceOfPost, type OwnPost } from "../vocab/note.ts";
import { withCounts } from "../vocab/question.ts";
import type { JsonObject } from "../vocab/read.ts";
import { readPost } from "../vocab/read-post.ts";
import { audienceFor } from "./draft.ts";

/** Polls that one run of cron counts: 5 D1 calls each. */
const POLLS_A_RUN = 4;
/**
 * Between two Updates with new counts. Each is a POST to every follower's server, a poll that many answer would send one every three minutes with
 * Mastodon's pace: the Free plan's day of queue operations would be spent. Who looks at a poll has their server fetch it anyway.
 */
const TOLD_EVERY = HOUR;
/** Others' counts are asked for again after this long, as Mastodon does. */
const STALE = MINUTE;

/** Counts what is due: polls that are over, and those that have new votes. Others are told at the end, and once an hour before. */
export async function countPolls(ctx: Ctx): Promise<void> {
  const now = ctx.clock();
  for (const open of await duePolls(ctx.db, now, POLLS_A_RUN)) {
    try {
      await countPoll(ctx, open, now);
    } catch (cause) {
      ctx.log.error("counting a poll", cause, { post: open.post });
    }
  }
}

/** Counts, document and Update are one transaction: a poll is closed once, and everybody hears how it ended. 5 D1 calls, 3 rows and an index entry. */
async function countPoll(ctx: Ctx, open: OpenPoll, now: UnixMs): Promise<void> {
  const { db } = ctx;
  const post = await postById(db, open.post);
  if (!post?.poll || !post.document) {
    await runBatch(db, [closePoll(db, open.post)]);
    return;
  }
  const poll = withTally(post.poll, await tallyOf(db, post.id));
  const document = withCounts(JSON.parse(post.document) as JsonObject, poll, now);
  const over = isOver(poll, now);
  const tells = over || (!poll.hideTotals && now - open.toldAt >= TOLD_EVERY);
  const nextTold = poll.hideTotals || tells ? open.endsAt : open.toldAt + TOLD_EVERY;
  const counted = noteCounted(
    db,
    post.id,
    tells ? now : open.toldAt,
    Math.min(open.endsAt, nextTold) as UnixMs,
  );
  await runBatch(db, [
    unlessEdited(db, post),
    saveCounts(db, post, poll, JSON.stringify(document)),
    over ? closePoll(db, post.id) : counted,
    ...(tells ? await told(ctx, post, document, now) : []),
  ]);
  if (tells) ctx.ports.background(ctx.ports.redelivery.wake());
  // Of others' polls nothing is told live: their end passes unnoticed, and the notification stands in the list when it is read next.
  ctx.ports.streams.emit([
    { kind: "edited", post: post.id },
    ...(over ? [{ kind: "poll", post: post.id } as const] : []),
  ]);
}

/** Everybody who got the post, and those who voted. */
async function told(ctx: Ctx, post: Post, document: JsonObject, now: UnixMs) {
  const { origin, actor } = ctx.stead;
  const own: OwnPost = { ...post, origin, actor, publishedAt: timeFromId(post.id) };
  const { toFollowers, recipients } = await audienceFor(ctx, own);
  const open = post.visibility === "public" || post.visibility === "quiet";
  const voters = await votersOf(ctx.db, post.id, RECIPIENTS_MAX);
  const voted = voters.map((peer) => ({
    inbox: open ? deliveryInbox(peer) : peer.inbox,
    rfc9421: peer.rfc9421,
  }));
  const activity = update(actor, document, audienceOfPost(own), now);
  return enqueue(ctx, fanoutId(ctx), activity, { toFollowers, recipients: [...recipients, ...voted] });
}

/**
 * The post with its poll as it is now. The owner's own is counted, a read a vote; another's is asked for at its server when what is here is older than a
 * minute and not of after its end: at most 1 signed GET. Where that fails, it is what was known.
 */
export async function freshPoll(ctx: Ctx, post: Post): Promise<{ post: Post; poll: Poll } | null> {
  const { poll } = post;
  if (!poll) return null;
  const now = ctx.clock();
  if (post.author === OWNER) {
    return { post, poll: isOver(poll, now) ? poll : withTally(poll, await tallyOf(ctx.db, post.id)) };
  }
  if (now - post.receivedAt < STALE || isOver(poll, post.receivedAt)) return { post, poll };
  const fetched = await fetchDocument(ctx, post.iri);
  const read = fetched.kind === "document" ? readPost(fetched.json, now) : null;
  if (!read?.poll || read.iri !== post.iri) return { post, poll };
  const same = asksTheSame(poll, read.poll);
  const change = { poll: read.poll, receivedAt: now, ...(same ? {} : { ownVotes: null }) };
  await runBatch(ctx.db, [
    updatePost(ctx.db, post.id, change),
    ...(same ? [] : [dropVotes(ctx.db, post.id)]),
  ]);
  return { post: { ...post, ...change }, poll: read.poll };
}
