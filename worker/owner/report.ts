/** The owner tells another server that somebody there does harm. */
import type { Iri } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import type { Peer } from "../model/peer.ts";
import { enqueue, fanoutId } from "../outbox/enqueue.ts";
import { recipientOf } from "../outbox/targets.ts";
import { runBatch } from "../store/batch.ts";
import { flag } from "../vocab/activities.ts";

/** Of what the owner writes, in characters: as Mastodon. */
export const REPORT_MAX = 1_000;

/** Goes to the server of whom it is about, in the owner's name: nobody else is here to send it. The report's number. 1 row, 1 serialisation. */
export async function reportPeer(
  ctx: Ctx,
  peer: Peer,
  posts: readonly Iri[],
  comment: string,
): Promise<number> {
  const { actor } = ctx.stead;
  const id = fanoutId(ctx);
  const activity = flag(actor, `${actor}#flags/${id}` as Iri, [peer.iri, ...posts], comment);
  const audience = { toFollowers: false, recipients: [recipientOf(peer, false)] };
  await runBatch(ctx.db, await enqueue(ctx, id, activity, audience));
  ctx.ports.background(ctx.ports.redelivery.wake());
  return id;
}
