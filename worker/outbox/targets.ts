/**
 * From places in a stream to what is sent there. A log is a stream whose places are rows that are owed an Accept: of `accepts` the followers,
 * of `rescues` the rescues. Any other stream is a fanout's number: positive places are rows of `inboxes`, place -n is its nth recipient.
 */
import type { Ctx, Place } from "../kernel/ctx.ts";
import { deliveryInbox, type Peer } from "../model/peer.ts";
import { sha256 } from "../signatures/digest.ts";
import { fanoutById, readPage, type Fanout, type SharedInbox } from "../store/fanouts.ts";
import { acceptsBetween, acceptsOf, type AcceptOwed } from "../store/accepts.ts";
import { inboxesById, inboxesNear } from "../store/followers.ts";
import { rescuesBetween, rescuesById, stillOwed, type Rescue } from "../store/rescues.ts";
import { acceptId, answerFollow } from "../vocab/activities.ts";
import { stretchOf } from "./accept-stretch.ts";
import type { Range } from "./intervals.ts";
import type { Target } from "./send.ts";

export const ACCEPTS = "accepts";
export const RESCUES = "rescues";

const isAccepts = (stream: string) => stream === ACCEPTS || stretchOf(stream) !== null;
export const isLog = (stream: string) => isAccepts(stream) || stream === RESCUES;

/** What is to be sent in a range, as far as `to`: the limit may end it before the range does. */
export interface Found {
  readonly targets: Target[];
  readonly to: number;
}

/** The targets in a range, at most `limit`, in order. 1 D1 batch, and 1 more for rescues or for a fanout's recipients. */
export async function targetsIn(ctx: Ctx, stream: string, range: Range, limit: number): Promise<Found> {
  const { after, to } = range;
  if (isAccepts(stream)) {
    const rows = await acceptsBetween(ctx.db, after, to, limit);
    const targets = await Promise.all(rows.map((owed) => acceptTarget(ctx, stream, owed)));
    return { targets, to: rows[limit - 1]?.id ?? to };
  }
  if (stream === RESCUES) {
    const rows = await rescuesBetween(ctx.db, after, to, limit);
    return { targets: await rescueTargets(ctx, rows), to: rows[limit - 1]?.id ?? to };
  }
  const { fanout, inboxes } = await readPage(ctx.db, Number(stream), Math.max(after, 0), to, limit);
  // A late copy of a message: everybody has had it, or it is noted as due.
  if (!fanout || fanout.doneAt !== null) return { targets: [], to };
  const named = await namedTargets(ctx, fanout, namedPositions(fanout, range));
  const shared = fanout.toFollowers ? inboxes.map((row) => inboxTarget(fanout, row)) : [];
  const targets = [...named, ...shared].slice(0, limit);
  return { targets, to: targets[limit - 1]?.position ?? to };
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
  if (isAccepts(stream)) {
    const rows = await acceptsOf(ctx.db, positions);
    return Promise.all(rows.map((owed) => acceptTarget(ctx, stream, owed)));
  }
  if (stream === RESCUES) return rescueTargets(ctx, await rescuesById(ctx.db, positions));
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
async function acceptTarget(ctx: Ctx, stream: string, owed: AcceptOwed): Promise<Target> {
  const { actor } = ctx.stead;
  const { id, inbox, rfc9421 } = owed;
  const body = JSON.stringify(answerFollow("Accept", acceptId(actor, id), actor, owed));
  return { stream, position: id, inbox, rfc9421, body, digest: await sha256(body) };
}

/**
 * A Follow that we never saw is answered as if we had: Mastodon, Misskey and GoToSocial match an Accept by follower and followed. The Follow's
 * id is made up on our own host, because GoToSocial reads no Follow without one. Weeks may lie between the debt and this: see `stillOwed`.
 */
async function rescueTargets(ctx: Ctx, rows: readonly Rescue[]): Promise<Target[]> {
  const { actor, origin } = ctx.stead;
  const owed = await stillOwed(ctx.db, rows);
  const missing = rows.filter(({ id }) => owed.has(id));
  return Promise.all(
    missing.map(async ({ id, iri, inbox, rfc9421 }) => {
      const answered = { follower: iri, followIri: `${origin}/rescues/${id}` };
      const body = JSON.stringify(answerFollow("Accept", `${actor}#accepts/rescues/${id}`, actor, answered));
      return { stream: RESCUES, position: id, inbox, rfc9421, body, digest: await sha256(body) };
    }),
  );
}

function inboxTarget(fanout: Fanout, row: SharedInbox): Target {
  const { activity: body, digest } = fanout;
  return { stream: String(fanout.id), position: row.id, inbox: row.url, rfc9421: row.rfc9421, body, digest };
}

/** In order: the last one of a page that is full is as far as the page goes. */
function namedPositions(fanout: Fanout, range: Range): number[] {
  return fanout.recipients
    .map((_, n) => -(n + 1))
    .filter((position) => position > range.after && position <= range.to)
    .toSorted((a, b) => a - b);
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
