/** Follow: load, decide, do; many at once, because a Move brings thousands. */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Ctx, StreamEvent } from "../kernel/ctx.ts";
import { hash52 } from "../kernel/hash52.ts";
import { deliveryInbox, type Peer } from "../model/peer.ts";
import { probeIdIn } from "../model/places.ts";
import { decideFollow, isPairId, type FollowDecision } from "../model/relationship.ts";
import { enqueue, fanoutId } from "../outbox/enqueue.ts";
import { recipientOf } from "../outbox/targets.ts";
import { changes, runBatch, type Statement } from "../store/batch.ts";
import {
  arrive,
  askAccept,
  dropRequest,
  followedAgain,
  followersById,
  inboxesNear,
  remember,
  renew,
  request,
  requestsOf,
  takenBack,
  wasUndone,
  type Arrival,
  type Follower,
  type FollowRequest,
} from "../store/followers.ts";
import { savePeer } from "../store/peers.ts";
import { ownerQuery } from "../store/stead.ts";
import {
  expectedNear,
  isExpected,
  latestWindow,
  wasOpen,
  type ArrivalWindow,
  type ExpectedRow,
} from "../store/windows.ts";
import { answerFollow } from "../vocab/activities.ts";
import { proofOf } from "./proof.ts";
import { applied, appliedAndOwes, ignored, type Outcome, type Received } from "./received.ts";

/** A Follow that a newer one replaced: a late Undo or copy of it changes nothing. */
export const replacedName = (peer: Iri, followIri: string) => `${peer} replaced ${followIri}`;

/** When somebody's newest Undo came that took back nothing new: a Follow without an id that came before it is over. */
export const lastUndo = (peer: Iri) => `${peer} undid`;

/**
 * Follows of different actors. A new follower costs 4 rows; all of them together 2 D1 calls. Outcomes in the order of the Follows.
 */
export async function onFollows(ctx: Ctx, follows: readonly Received[]): Promise<Outcome[]> {
  const facts = await load(ctx, follows);
  const decided = follows.map((received) => ({ received, decision: decide(facts, received) }));
  const arrivals: Arrival[] = [];
  const statements: Statement[] = [];
  /** Of statements that must find the follower still there. */
  const renewed: number[] = [];
  const asks: { follower: number; index: number }[] = [];
  for (const { received, decision } of decided) {
    const follower = facts.followers.get(received.peer.follower ?? -1);
    switch (decision.kind) {
      case "accept":
        arrivals.push(await arrivalOf(received));
        // It waited for the owner, and need not any more.
        if (facts.requested.has(received.peer.id)) statements.push(dropRequest(ctx.db, received.peer.id));
        statements.push(...replacedRequest(ctx, facts, received));
        break;
      case "renew":
        if (follower) statements.push(...(await renewal(ctx, received, follower)));
        break;
      case "repeat":
        if (follower)
          asks.push({
            follower: follower.id,
            index: statements.push(askAccept(ctx.db, follower.id, ctx.clock())) - 1,
          });
        if (mayBeNew(received))
          renewed.push(statements.push(followedAgain(ctx.db, received.peer.id, received.receivedAt)) - 1);
        break;
      case "request":
        statements.push(savePeer(ctx.db, received.peer), request(ctx.db, await requestRow(received)));
        statements.push(...replacedRequest(ctx, facts, received));
        break;
      case "reject":
        statements.push(...(await rejection(ctx, received)));
        break;
      case "ignore":
        break;
    }
  }
  const arriving = arrivals.length > 0 ? arrive(ctx.db, arrivals, facts.inboxes, ctx.clock()) : [];
  const results = await runBatch(ctx.db, [...statements, ...arriving]);
  if (renewed.some((index) => changes(results[index]) === 0))
    throw new Error("a follower left while they followed again: to be decided anew");
  for (const ask of asks) {
    if (changes(results[ask.index]) > 0) await ctx.ports.redelivery.acceptAgain(ask.follower);
  }
  return decided.map(({ decision, received }) => outcomeOf(decision, newsOf(ctx, decision, received)));
}

interface Facts {
  locked: boolean;
  moved: boolean;
  window: ArrivalWindow | undefined;
  expected: ExpectedRow[];
  actor: string;
  origin: string;
  followers: Map<number, Follower>;
  requested: Map<number, FollowRequest>;
  /** When, by what. */
  undone: Map<number, UnixMs>;
  inboxes: Awaited<ReturnType<typeof inboxesNear>>;
}

async function load(ctx: Ctx, follows: readonly Received[]): Promise<Facts> {
  const { db } = ctx;
  const ids = follows.flatMap(({ activity, peer }) =>
    activity.id
      ? [takenBack(peer.iri, activity.id), replacedName(peer.iri, activity.id)]
      : [lastUndo(peer.iri)],
  );
  const [[owner], rows, requests, undone, inboxes, [window], expected] = await db.batch([
    ownerQuery(db),
    followersById(
      db,
      follows.flatMap(({ peer }) => peer.follower ?? []),
    ),
    requestsOf(
      db,
      follows.map(({ peer }) => peer.id),
    ),
    wasUndone(db, ids),
    inboxesNear(
      db,
      follows.map(({ peer }) => deliveryInbox(peer)),
    ),
    latestWindow(db),
    expectedNear(
      db,
      follows.map(({ peer }) => peer),
    ),
  ]);
  return {
    locked: owner?.locked ?? false,
    moved: owner != null && owner.movedTo !== null,
    window,
    expected,
    actor: ctx.stead.actor,
    origin: ctx.stead.origin,
    followers: new Map(rows.map((row) => [row.id, row])),
    requested: new Map(requests.map((row) => [row.peer, row])),
    undone: new Map(undone.map((row) => [row.key, row.at])),
    inboxes,
  };
}

function decide(
  facts: Facts,
  { activity, peer, receivedAt }: Received,
): FollowDecision | { kind: "ignore"; reason: "not us" } {
  if (activity.objectId !== facts.actor) return { kind: "ignore", reason: "not us" };
  const follower = facts.followers.get(peer.follower ?? -1) ?? null;
  const replaced = activity.id !== null && facts.undone.has(hash52(replacedName(peer.iri, activity.id)));
  return decideFollow({
    followIri: replaced ? (follower?.followIri ?? null) : activity.id,
    receivedAt,
    locked: facts.locked && !isLetIn(facts, peer, receivedAt),
    moved: facts.moved,
    blocked: peer.blockedAt !== null,
    follower,
    requested: facts.requested.get(peer.id) ?? null,
    followEventAt: peer.followEventAt,
    // With the newer Follow taken back, the one it replaced is over as well.
    undone:
      activity.id === null
        ? (facts.undone.get(hash52(lastUndo(peer.iri))) ?? 0) > receivedAt
        : facts.undone.has(hash52(takenBack(peer.iri, activity.id))) || (replaced && !follower),
  });
}

/** While followers of an old account arrive, nobody approves them by hand; a probe stands for one of them. */
function isLetIn({ window, expected, origin }: Facts, peer: Peer, receivedAt: UnixMs): boolean {
  if (!wasOpen(window, receivedAt)) return false;
  return window.takes === "everybody" || isExpected(expected, peer) || probeIdIn(origin, peer.iri) !== null;
}

/** Pixelfed's Follows have no id, and some Misskeys' one for all of a pair: the second after an Undo looks like a copy of the first. */
function mayBeNew({ activity: { id }, peer }: Received): boolean {
  return id === null || isPairId(id, peer.iri);
}

async function arrivalOf(received: Received): Promise<Arrival> {
  const { activity, peer, receivedAt } = received;
  return { peer, followIri: activity.id, receivedAt, proof: await proofOf(received) };
}

/** The request that waits has another id: a late Undo or copy of it speaks of the one before. */
function replacedRequest(ctx: Ctx, facts: Facts, { activity, peer, receivedAt }: Received): Statement[] {
  const before = facts.requested.get(peer.id)?.followIri ?? null;
  if (before === null || before === activity.id) return [];
  return [remember(ctx.db, replacedName(peer.iri, before), receivedAt)];
}

async function renewal(ctx: Ctx, received: Received, follower: Follower): Promise<Statement[]> {
  const replaced =
    follower.followIri === null
      ? []
      : [remember(ctx.db, replacedName(received.peer.iri, follower.followIri), received.receivedAt)];
  return [...renew(ctx.db, received.peer, follower, await arrivalOf(received), ctx.clock()), ...replaced];
}

/** 1 row, and the deliveries' own. */
async function rejection(ctx: Ctx, { activity, peer }: Received): Promise<Statement[]> {
  const id = fanoutId(ctx);
  const { actor } = ctx.stead;
  const answered = { follower: peer.iri, followIri: activity.id };
  const reject = answerFollow("Reject", `${actor}#rejects/${id}`, actor, answered);
  return enqueue(ctx, id, reject, { toFollowers: false, recipients: [recipientOf(peer, false)] });
}

async function requestRow(received: Received) {
  const { activity, peer, receivedAt } = received;
  return { peer: peer.id, followIri: activity.id, receivedAt, proof: await proofOf(received) };
}

type Decided = FollowDecision | { kind: "ignore"; reason: "not us" };

/** Who is new. The stead's own probe is nobody. */
function newsOf(ctx: Ctx, { kind }: Decided, { peer }: Received): StreamEvent[] {
  if (probeIdIn(ctx.stead.origin, peer.iri) !== null) return [];
  if (kind === "accept") return [{ kind: "follow", peer: peer.id }];
  return kind === "request" ? [{ kind: "request", peer: peer.id }] : [];
}

function outcomeOf(decision: Decided, news: readonly StreamEvent[]): Outcome {
  switch (decision.kind) {
    case "accept":
    case "renew":
    case "reject":
      return { ...appliedAndOwes, news };
    case "repeat":
    case "request":
      return { ...applied, news };
    case "ignore":
      return ignored(decision.reason);
  }
}
