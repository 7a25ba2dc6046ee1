/** A vote in one of the owner's polls: a Note with a name and nothing else. */
import type { Ctx } from "../kernel/ctx.ts";
import { canSee } from "../model/audience.ts";
import type { Post } from "../model/post.ts";
import { changes, runBatch } from "../store/batch.ts";
import { addVote } from "../store/polls.ts";
import type { Vote } from "../vocab/question.ts";
import { applied, ignored, withPeer, type Outcome, type Received } from "./received.ts";

/** Counted once, while the poll is open; it is no answer, and makes no notification. 1 row, and now and then another. */
export async function onVote(ctx: Ctx, received: Received, post: Post, vote: Vote): Promise<Outcome> {
  const { peer, receivedAt } = received;
  const { poll } = post;
  const viewer = { kind: "peer", iri: peer.iri, follower: peer.follower !== null, blocked: false } as const;
  if (!poll || post.deletedAt !== null || !canSee(viewer, post)) return ignored("no poll for them");
  const named = vote.title.trim();
  const choice = poll.options.findIndex(({ title }) => title === named);
  if (choice < 0) return ignored("no such option");
  const row = { post: post.id, peer: peer.id, choice };
  const results = await runBatch(
    ctx.db,
    withPeer(ctx.db, received, addVote(ctx.db, row, poll.multiple, receivedAt)),
  );
  return changes(results.at(-2)) === 0 ? ignored("too late, or voted before") : applied;
}
