/** The owner votes in another's poll. Its author is told: a Note for each option, to them alone, as Mastodon does it. */
import type { Iri } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { choiceProblem, withOwnVotes } from "../model/poll.ts";
import { OWNER } from "../model/post.ts";
import { enqueue, fanoutId } from "../outbox/enqueue.ts";
import { recipientOf } from "../outbox/targets.ts";
import { runBatch, type Statement } from "../store/batch.ts";
import { addOwnVotes, saveOwnVotes } from "../store/polls.ts";
import { vote } from "../vocab/question.ts";
import { MOVED } from "./publish.ts";
import { loadOwner } from "../store/stead.ts";
import { loadReactable, type Reacted } from "./reaction.ts";

const VOTED = "You have already voted on this poll";

/** Options by their places. The same again changes nothing; others are refused. 3 D1 calls; 2 rows an option, and 1 more with its index entry. */
export async function voteIn(ctx: Ctx, postId: number, chosen: readonly number[]): Promise<Reacted> {
  const found = await loadReactable(ctx, postId);
  if (!found?.post.poll) return { kind: "not-found" };
  const { post, author } = found;
  const { poll } = found.post;
  if (post.author === OWNER || !author || !poll) return { kind: "invalid", problem: "This poll is your own" };
  const choices = [...new Set(chosen)].toSorted((a, b) => a - b);
  if (post.ownVotes !== null) return votedBefore(post.ownVotes, choices);
  const problem = choiceProblem(poll, choices, ctx.clock());
  if (problem) return { kind: "invalid", problem };
  if ((await loadOwner(ctx)).movedTo !== null) return { kind: "invalid", problem: MOVED };
  const audience = { toFollowers: false, recipients: [recipientOf(author, false)] };
  const told: Statement[] = [];
  for (const choice of choices) {
    const id = fanoutId(ctx);
    const iri = `${ctx.stead.actor}#votes/${id}` as Iri;
    const { title } = poll.options[choice]!;
    const activity = vote(ctx.stead.actor, iri, author.iri, { post: post.iri, title });
    told.push(...(await enqueue(ctx, id, activity, audience)));
  }
  try {
    await runBatch(ctx.db, [
      addOwnVotes(ctx.db, post.id, choices),
      saveOwnVotes(ctx.db, post.id, withOwnVotes(poll, choices), choices),
      ...told,
    ]);
  } catch (cause) {
    if (!/UNIQUE constraint failed: poll_votes/.test(String(cause))) throw cause;
    const now = await loadReactable(ctx, postId);
    return votedBefore(now?.post.ownVotes ?? [], choices);
  }
  ctx.ports.background(ctx.ports.redelivery.wake());
  return { kind: "done" };
}

function votedBefore(before: readonly number[], choices: readonly number[]): Reacted {
  const same = JSON.stringify(before) === JSON.stringify(choices);
  return same ? { kind: "already" } : { kind: "invalid", problem: VOTED };
}
