/** Block and Flag: what peers hold against the owner. */
import type { Ctx } from "../kernel/ctx.ts";
import { plainText } from "../kernel/sanitise.ts";
import { idFromTime } from "../model/post.ts";
import { runBatch } from "../store/batch.ts";
import { depart } from "../store/followers.ts";
import { dropFollowing } from "../store/following.ts";
import { saveReport } from "../store/notices.ts";
import { setBlocksUs } from "../store/peers.ts";
import { asText, idsOf } from "../vocab/read.ts";
import { applied, ignored, withPeer, type Outcome, type Received } from "./received.ts";

const REPORT_MAX = 2_000;
const REPORTED_MAX = 50;

/** Who blocks the owner neither follows nor is followed any more. */
export async function onBlock(ctx: Ctx, received: Received): Promise<Outcome> {
  const { activity, peer, receivedAt } = received;
  if (activity.objectId !== ctx.stead.actor) return ignored("not us");
  await runBatch(
    ctx.db,
    withPeer(ctx.db, received, [
      ...depart(ctx.db, peer.id, receivedAt),
      dropFollowing(ctx.db, peer.id),
      setBlocksUs(ctx.db, peer.id, receivedAt),
    ]),
  );
  return applied;
}

/** A report by another server about the owner or their posts: shown to the owner. 1 row. */
export async function onFlag(ctx: Ctx, received: Received): Promise<Outcome> {
  const { activity, peer, receivedAt } = received;
  const { actor, origin } = ctx.stead;
  const objects = idsOf(activity.json["object"]).filter(
    (iri) => iri === actor || iri.startsWith(`${origin}/`),
  );
  if (objects.length === 0) return ignored("not about us");
  // Lemmy says it in `summary`.
  const text = plainText(asText(activity.json["content"] ?? activity.json["summary"]) ?? "", REPORT_MAX);
  const report = { id: idFromTime(receivedAt), peer: peer.id, text, objects: objects.slice(0, REPORTED_MAX) };
  await runBatch(ctx.db, withPeer(ctx.db, received, [saveReport(ctx.db, report)]));
  return applied;
}
