/**
 * From places in a stream to what is sent there. The stream `accepts` is the followers' log: each place is a follower who is owed
 * an Accept. Any other stream is a fanout's number: positive places are rows of `inboxes`, place -n is its nth recipient.
 */
import type { Ctx, Place } from "../kernel/ctx.ts";
import { deliveryInbox, type Peer } from "../model/peer.ts";
import { sha256 } from "../signatures/digest.ts";
import { fanoutById, type Fanout } from "../store/fanouts.ts";
import {
  acceptsBetween,
  followersById,
  inboxesBetween,
  inboxesById,
  inboxesNear,
  type Follower,
  type Inbox,
} from "../store/followers.ts";
import { peersById } from "../store/peers.ts";
import { acceptId, answerFollow } from "../vocab/activities.ts";
import type { Range } from "./intervals.ts";
import type { Target } from "./send.ts";

export const ACCEPTS = "accepts";

/** The targets in a range, at most `limit`, in order. 1 D1 batch, or 1 more for the inboxes of a fanout's recipients. */
export async function targetsIn(ctx: Ctx, stream: string, range: Range, limit: number): Promise<Target[]> {
  if (stream === ACCEPTS) {
    const rows = await acceptsBetween(ctx.db, range.after, range.to, limit);
    return Promise.all(rows.map(({ follower, peer }) => acceptTarget(ctx, follower, peer)));
  }
  const [[fanout], rows] = await ctx.db.batch([
    fanoutById(ctx.db, Number(stream)),
    inboxesBetween(ctx.db, Math.max(range.after, 0), range.to, limit),
  ]);
  // A late copy of a message: everybody has had it, or it is noted as due.
  if (!fanout || fanout.doneAt !== null) return [];
  const named = namedPositions(fanout, range);
  const targets = await namedTargets(ctx, fanout, named);
  const shared = fanout.toFollowers ? rows.map((row) => inboxTarget(fanout, row)) : [];
  return [...targets, ...shared].slice(0, limit);
}

/** The targets at single places; those that no longer exist are left out. */
export async function targetsAt(ctx: Ctx, places: readonly Place[]): Promise<Target[]> {
  const byStream = Map.groupBy(places, (place) => place.stream);
  const found = await Promise.all([...byStream].map(([stream, same]) => streamTargets(ctx, stream, same)));
  // A host that refused may have refused the scheme: what is sent again is signed the way everybody reads.
  return found.flat().map((target) => ({ ...target, rfc9421: false }));
}

async function streamTargets(ctx: Ctx, stream: string, places: readonly Place[]): Promise<Target[]> {
  const positions = places.map((place) => place.position);
  if (stream === ACCEPTS) {
    const rows = await followersById(ctx.db, positions);
    const peers = await peersById(
      ctx.db,
      rows.map((row) => row.peer),
    );
    const pairs = rows.flatMap((row) => {
      const peer = peers.get(row.peer);
      return peer ? [{ row, peer }] : [];
    });
    return Promise.all(pairs.map(({ row, peer }) => acceptTarget(ctx, row, peer)));
  }
  const [[fanout], rows] = await ctx.db.batch([
    fanoutById(ctx.db, Number(stream)),
    inboxesById(ctx.db, positions),
  ]);
  if (!fanout) return [];
  const named = await namedTargets(
    ctx,
    fanout,
    positions.filter((position) => position < 0),
  );
  return [...named, ...rows.map((row) => inboxTarget(fanout, row))];
}

/** Accepts go to the personal inbox: GoToSocial answers 422 when one lands elsewhere. */
async function acceptTarget(ctx: Ctx, follower: Follower, peer: Peer): Promise<Target> {
  const { actor } = ctx.stead;
  const answered = { follower: peer.iri, followIri: follower.followIri };
  const body = JSON.stringify(answerFollow("Accept", acceptId(actor, follower.id), actor, answered));
  const { inbox, rfc9421 } = peer;
  return { stream: ACCEPTS, position: follower.id, inbox, rfc9421, body, digest: await sha256(body) };
}

function inboxTarget(fanout: Fanout, row: Inbox): Target {
  const { activity: body, digest } = fanout;
  return { stream: String(fanout.id), position: row.id, inbox: row.url, rfc9421: row.rfc9421, body, digest };
}

function namedPositions(fanout: Fanout, range: Range): number[] {
  return fanout.recipients
    .map((_, n) => -(n + 1))
    .filter((position) => position > range.after && position <= range.to);
}

/** Recipients by name, without those whose inbox gets the followers' copy anyway. */
async function namedTargets(ctx: Ctx, fanout: Fanout, positions: readonly number[]): Promise<Target[]> {
  const named = positions.flatMap((position) => {
    const recipient = fanout.recipients[-position - 1];
    return recipient ? [{ position, ...recipient }] : [];
  });
  if (named.length === 0) return [];
  const shared = fanout.toFollowers
    ? await inboxesNear(
        ctx.db,
        named.map(({ inbox }) => inbox),
      )
    : [];
  const covered = new Set(shared.map((row) => row.url));
  const { activity: body, digest } = fanout;
  return named
    .filter(({ inbox }) => !covered.has(inbox))
    .map(({ position, inbox, rfc9421 }) => ({
      stream: String(fanout.id),
      position,
      inbox,
      rfc9421,
      body,
      digest,
    }));
}

/** Where a person named in a post gets it: the shared inbox for what everybody may see, else their own. */
export function recipientOf(peer: Peer, open: boolean) {
  return { inbox: open ? deliveryInbox(peer) : peer.inbox, rfc9421: peer.rfc9421 };
}
