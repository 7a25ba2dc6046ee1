/**
 * A POST to an inbox: guarded, judged, and either applied or kept. A 2xx means that it is durable. No fetch comes before the answer: who
 * is not known yet is answered 202 and verified from the mailroom.
 */
import type { Ctx } from "../kernel/ctx.ts";
import { prove } from "../peers/proven.ts";
import { hostBlock } from "../store/notices.ts";
import { pick, probe, setRfc9421 } from "../store/peers.ts";
import { postByIri } from "../store/posts.ts";
import { followingNear } from "../store/following.ts";
import { idOf } from "../vocab/read.ts";
import { apply, mayFetch } from "./apply.ts";
import { guard } from "./guard.ts";
import { isRelevant } from "./relevance.ts";
import { KEY_FRESH } from "./strangers.ts";

export interface Answer {
  readonly status: 202 | 400 | 401 | 403 | 413 | 415 | 503;
  /** For the log; never sent. */
  readonly reason: string;
  /** Seconds. GoToSocial gives up after four minutes, so we never ask for long. */
  readonly retryAfter?: number;
}

const RETRY_AFTER = 10;

/** `url` is the canonical one the peer signed for. Known sender: 2 D1 calls; unknown: 1, and one to the mailroom. */
export async function receive(ctx: Ctx, request: Request, url: string): Promise<Answer> {
  const guarded = await guard(request, url, ctx.clock());
  if (guarded.kind === "refused") return { status: guarded.status, reason: guarded.reason };
  if (guarded.kind === "unknown-type") return { status: 202, reason: "a kind we have no use for" };
  const { activity, mail, signature } = guarded;

  const answered = activity.object && idOf(activity.object["inReplyTo"]);
  const [near, [block], following, [parent]] = await ctx.db.batch([
    probe(ctx.db, mail.actor),
    hostBlock(ctx.db, mail.host),
    followingNear(ctx.db, mail.actor),
    postByIri(ctx.db, answered ?? mail.actor),
  ]);
  const peer = pick(near, mail.actor);
  if (block) return { status: 403, reason: "blocked host" };
  if (peer?.blockedAt && !["Undo", "Delete", "Block"].includes(activity.type))
    return { status: 403, reason: "blocked" };
  const followed = peer !== null && following.some((row) => row.peer === peer.id);
  if (!isRelevant(activity, ctx.stead, { peer, followed, answersHeld: parent !== undefined })) {
    return { status: 202, reason: "irrelevant" };
  }

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
  const kept = await ctx.ports.mailroom.put(mail);
  return kept === "stored"
    ? { status: 202, reason: "kept" }
    : { status: 503, reason: "the mailroom is full", retryAfter: RETRY_AFTER };
}
