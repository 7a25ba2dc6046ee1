/**
 * A POST to an inbox: guarded, judged, and either applied or kept. A 2xx means that it is durable. No fetch comes before the answer: who
 * is not known yet is answered 202 and verified from the mailroom.
 */
import type { Ctx, Kept, Mail } from "../kernel/ctx.ts";
import { hostOf } from "../kernel/iri.ts";
import { isRunningProbe } from "../peers/own-probe.ts";
import { prove } from "../peers/proven.ts";
import { hostBlock } from "../store/notices.ts";
import { pick, probe, setRfc9421 } from "../store/peers.ts";
import { postByIri } from "../store/posts.ts";
import { followedAmong } from "../store/followed-tags.ts";
import { followingNear } from "../store/following.ts";
import { idOf } from "../vocab/read.ts";
import type { Activity } from "../vocab/read-activity.ts";
import { tagsOf } from "../vocab/read-post.ts";
import { apply, mayFetch } from "./apply.ts";
import { guard } from "./guard.ts";
import { BY_CONVERSATION, isRelevant, type Known } from "./relevance.ts";
import { KEY_FRESH } from "./strangers.ts";

export interface Answer {
  readonly status: 202 | 400 | 401 | 403 | 413 | 415 | 503;
  /** For the log; never sent. */
  readonly reason: string;
  /** Seconds. GoToSocial gives up after four minutes, so we never ask for long. */
  readonly retryAfter?: number;
}

const RETRY_AFTER = 10;

/**
 * `url` is the canonical one the peer signed for. Known sender: 2 D1 calls; unknown: 1, and one to the mailroom. A Follow asks the mailroom
 * first, and of a stranger nothing else.
 */
export async function receive(ctx: Ctx, request: Request, url: string): Promise<Answer> {
  const guarded = await guard(request, url, ctx.clock());
  if (guarded.kind === "refused") return { status: guarded.status, reason: guarded.reason };
  if (guarded.kind === "unused") return { status: 202, reason: guarded.reason };
  const { activity, mail, signature } = guarded;
  if (mail.host === hostOf(ctx.stead.actor) && !(await isRunningProbe(ctx, mail.actor)))
    return { status: 401, reason: "in our own name" };

  // Who moves brings thousands at once, nearly all of them strangers: the mailroom looks for many of them in one read.
  if (activity.type === "Follow" && activity.objectId === ctx.stead.actor) {
    const kept = await ctx.ports.mailroom.put(mail, "strangers");
    if (kept !== "known") return keptAs(kept);
  }
  const { block, ...known } = await lookUp(ctx, activity, mail);
  const { peer } = known;
  if (block) return { status: 403, reason: "blocked host" };
  if (peer?.blockedAt && !["Undo", "Delete", "Block", "Move"].includes(activity.type))
    return { status: 403, reason: "blocked" };
  if (!isRelevant(activity, ctx.stead, known)) return { status: 202, reason: "irrelevant" };

  if (peer) {
    const proof = await prove(peer, signature);
    const settled = ctx.clock() - peer.keysFetchedAt < KEY_FRESH;
    if (proof !== "proven" && settled) return { status: 401, reason: `signature: ${proof}` };
    if (proof === "proven" && !mayFetch(activity)) {
      if (signature.scheme === "rfc9421" && !peer.rfc9421) await setRfc9421(ctx.db, peer.id);
      const outcome = await apply(ctx, { activity, peer, fetched: null, receivedAt: mail.receivedAt, mail });
      return { status: 202, reason: outcome.kind === "ignored" ? outcome.reason : outcome.kind };
    }
  }
  return keptAs(await ctx.ports.mailroom.put(mail, "anybody"));
}

function keptAs(kept: Kept): Answer {
  return kept === "stored"
    ? { status: 202, reason: "kept" }
    : { status: 503, reason: "the mailroom is full", retryAfter: RETRY_AFTER };
}

/** All that the judgement needs, in 1 D1 call. A deleted stranger is the most frequent of all, and asks half as much. */
async function lookUp({ db }: Ctx, activity: Activity, mail: Mail): Promise<Known & { block: boolean }> {
  const { actor, host } = mail;
  if (!BY_CONVERSATION.has(activity.type)) {
    const [near, blocks] = await db.batch([probe(db, actor), hostBlock(db, host)]);
    const peer = pick(near, actor);
    const block = blocks.length > 0;
    return { peer, followed: false, answersHeld: false, tagFollowed: false, block };
  }
  const answered = activity.object && idOf(activity.object["inReplyTo"]);
  const tags = activity.type === "Create" && activity.object ? tagsOf(activity.object) : [];
  const [near, blocks, following, parents, followedTags] = await db.batch([
    probe(db, actor),
    hostBlock(db, host),
    followingNear(db, actor),
    postByIri(db, answered ?? actor),
    followedAmong(db, tags),
  ]);
  const peer = pick(near, actor);
  const followed = peer !== null && following.some((row) => row.peer === peer.id);
  return {
    peer,
    followed,
    answersHeld: parents.length > 0,
    tagFollowed: followedTags.length > 0,
    block: blocks.length > 0,
  };
}
