/** A poll as Mastodon's `Poll`. It has the number of its post. */
import type { UnixMs } from "../../kernel/brand.ts";
import { isOver, type Poll } from "../../model/poll.ts";
import { OWNER } from "../../model/post.ts";
import { timestamp } from "../answers.ts";

interface Asked {
  readonly id: number;
  readonly author: number;
  readonly ownVotes: number[] | null;
}

/** In an own poll the owner counts as having voted, as Mastodon has it, so that apps show the counts. Others are told nothing of the owner's votes. */
export function toPoll(post: Asked, poll: Poll, now: UnixMs, byOwner: boolean) {
  const expired = isOver(poll, now);
  const told = expired || !poll.hideTotals;
  const mine = post.author === OWNER;
  return {
    id: String(post.id),
    expires_at: poll.endsAt === null ? null : timestamp(poll.endsAt),
    expired,
    multiple: poll.multiple,
    votes_count: poll.options.reduce((sum, { votes }) => sum + (votes ?? 0), 0),
    voters_count: poll.voters,
    options: poll.options.map(({ title, votes }) => ({ title, votes_count: told ? votes : null })),
    emojis: [],
    ...(byOwner ? { voted: mine || post.ownVotes !== null, own_votes: post.ownVotes ?? [] } : {}),
  };
}
