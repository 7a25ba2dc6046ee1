/** Accept and Reject of the owner's own Follow. */
import type { UnixMs } from "../kernel/brand.ts";
import { DAY } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { EMPTY_PLAN, planned, task } from "../model/backfill.ts";
import { enqueue, fanoutId } from "../outbox/enqueue.ts";
import { recipientOf } from "../outbox/targets.ts";
import { stepBackfill } from "../peers/backfill.ts";
import { beginBackfill, latestId } from "../store/backfill.ts";
import { runBatch, type Statement } from "../store/batch.ts";
import {
  acceptFollowing,
  dropFollowing,
  findFollowing,
  movedInto,
  type Followed,
  type Following,
} from "../store/following.ts";
import { inheritLists } from "../store/lists.ts";
import { undoFollow } from "../vocab/activities.ts";
import { idOf } from "../vocab/read.ts";
import { applied, appliedAndOwes, ignored, withPeer, type Outcome, type Received } from "./received.ts";

/** Not read again, should they be followed once more. */
const LATEST_READ = 1 * DAY;

/**
 * Believed only from whom we asked, and for what we asked. 2 rows, and the Undo of each account that moved here. What they said last is
 * fetched behind it.
 */
export async function onAccept(ctx: Ctx, received: Received): Promise<Outcome> {
  const asked = await findFollowing(ctx.db, received.peer.id);
  if (!asked || !answers(ctx, received, asked)) return ignored("nothing was asked");
  const { id } = received.peer;
  const moved = asked.replaces === null ? [] : await movedInto(ctx.db, id);
  const leaving = await leave(
    ctx,
    moved.filter(({ peer }) => peer.id !== id),
    id,
  );
  const now = ctx.clock();
  const plan = planned(EMPTY_PLAN, [task("person", received.peer.iri)]);
  const latest = latestId(id);
  await runBatch(
    ctx.db,
    withPeer(ctx.db, received, [
      acceptFollowing(ctx.db, id),
      beginBackfill(ctx.db, latest, plan, now, (now - LATEST_READ) as UnixMs),
      ...leaving,
    ]),
  );
  ctx.ports.background(stepBackfill(ctx, latest));
  return leaving.length > 0 ? appliedAndOwes : applied;
}

/** Also after an Accept: the peer removed the owner from its followers. */
export async function onReject(ctx: Ctx, received: Received): Promise<Outcome> {
  const asked = await findFollowing(ctx.db, received.peer.id);
  if (!asked || !answers(ctx, received, asked)) return ignored("nothing was asked");
  await runBatch(ctx.db, [dropFollowing(ctx.db, received.peer.id)]);
  return applied;
}

/** By the Follow's id, or, when it is embedded, by the pair: Misskey gives it an id of its own. */
function answers(ctx: Ctx, { activity, peer }: Received, asked: Following): boolean {
  if (!activity.object) return activity.objectId === asked.followIri;
  const actor = idOf(activity.object["actor"]);
  const target = idOf(activity.object["object"]);
  if (actor === null && target === null) return activity.objectId === asked.followIri;
  return actor === ctx.stead.actor && target === peer.iri;
}

/** The statements that end Follows of the owner's, an Undo each; `heir` takes their places in the owner's lists. 2 rows each. */
export async function leave(ctx: Ctx, followed: readonly Followed[], heir: number): Promise<Statement[]> {
  const statements: Statement[] = [];
  for (const { following, peer } of followed) {
    const activity = undoFollow(ctx.stead.actor, peer.iri, following.followIri);
    const audience = { toFollowers: false, recipients: [recipientOf(peer, false)] };
    statements.push(
      ...inheritLists(ctx.db, peer.id, heir),
      dropFollowing(ctx.db, peer.id),
      ...(await enqueue(ctx, fanoutId(ctx), activity, audience)),
    );
  }
  return statements;
}
