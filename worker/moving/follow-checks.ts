/**
 * The owner's own follows, held against what other servers say of them (FEP-8fcf, incoming). Where the FEP would have the local follow removed,
 * ours is asked for once more instead: most often a server lost it in a crash or a rollback, one that gave only a part of its list has lost
 * many people their follows already (Mastodon reads the first page, Ghost served several), and what the owner chose is not for a
 * stranger's list to end. Who truly lets the owner go sends a Reject.
 */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import { DAY, HOUR } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { sameOrigin } from "../kernel/iri.ts";
import { leave } from "../inbox/on-answer.ts";
import { EMPTY_DIGEST, followersDigest } from "../model/follower-digest.ts";
import type { Peer } from "../model/peer.ts";
import { nextOf } from "../model/repair.ts";
import { enqueue, fanoutId } from "../outbox/enqueue.ts";
import { recipientOf } from "../outbox/targets.ts";
import { fetchDocument, type FetchedDocument } from "../peers/fetch-document.ts";
import { runBatch, type Statement } from "../store/batch.ts";
import { dropCheck, dueChecks, nextCheck, saveCheck, type FollowCheck } from "../store/follow-checks.ts";
import { acceptFollowing, askAgain, findFollowing, movedInto, type Following } from "../store/following.ts";
import { peersById } from "../store/peers.ts";
import { follow, undoFollow } from "../vocab/activities.ts";
import { embedded, idOf, idsOf, type JsonObject } from "../vocab/read.ts";
import type { Stepped } from "./step.ts";

/** How long a server that does not answer is asked for its list, every hour. */
const PATIENCE = DAY;
/** A Follow that is not known there is sent again once in this time. */
const REFOLLOW_APART = 30 * DAY;

/** Step: looks into one account at a time. 1 D1 call when nothing is due; else 3 more, at most 3 signatures and 6 fetches. */
export async function followChecks(ctx: Ctx): Promise<Stepped> {
  const now = ctx.clock();
  const [[due], [next]] = await ctx.db.batch([dueChecks(ctx.db, now, 1), nextCheck(ctx.db)]);
  if (!due || !ctx.stead.dataKey) return { idle: true, next: nextOf([next?.nextAt ?? null], now) };
  await runBatch(ctx.db, await lookInto(ctx, due));
  ctx.ports.background(ctx.ports.redelivery.wake());
  return { idle: false, next: null };
}

async function lookInto(ctx: Ctx, check: FollowCheck): Promise<Statement[]> {
  const [follows, peers] = [await findFollowing(ctx.db, check.peer), await peersById(ctx.db, [check.peer])];
  const peer = peers.get(check.peer);
  if (!peer) return [dropCheck(ctx.db, check.peer)];
  const ours = await followersDigest([ctx.stead.actor]);
  if (check.digest === (follows?.state === "accepted" ? ours : EMPTY_DIGEST))
    return [dropCheck(ctx.db, check.peer)];
  const seen = await ourselvesOn(ctx, peer, check);
  const now = ctx.clock();
  if (seen.kind === "later") {
    const again = now - check.notedAt < PATIENCE;
    const nextAt = again ? ((now + HOUR) as UnixMs) : null;
    return [saveCheck(ctx.db, check.peer, { nextAt, outcome: seen.detail })];
  }
  const { outcome, statements, refollowed } = await decide(ctx, peer, follows, check, seen.kind);
  const refollowedAt = refollowed ? now : check.refollowedAt;
  const change = { checkedAt: now, nextAt: null, outcome, refollowedAt };
  return [...statements, saveCheck(ctx.db, check.peer, change)];
}

/** `unclear`: the list is not whole, is not what the header spoke of, or is nobody's to give. */
type Seen = { kind: "listed" | "missing" | "unclear" } | { kind: "later"; detail: string };

/** Whether the owner stands on the list. At most 3 fetched documents. */
async function ourselvesOn(ctx: Ctx, peer: Peer, check: FollowCheck): Promise<Seen> {
  const actor = await fetchDocument(ctx, peer.iri);
  if (actor.kind !== "document") return missed(actor);
  // FEP-8fcf: the collection must be the sender's own.
  if (actor.iri !== peer.iri || idOf(actor.json["followers"]) !== check.collection)
    return { kind: "unclear" };
  const list = await fetchDocument(ctx, check.url);
  if (list.kind !== "document") return missed(list);
  if (!sameOrigin(list.iri, peer.iri)) return { kind: "unclear" };
  const page = await pageOf(ctx, list.json, peer);
  if (page.kind !== "page") return page;
  const ids = [...new Set(idsOf(page.json["orderedItems"] ?? page.json["items"]))];
  if (ids.includes(ctx.stead.actor)) return { kind: "listed" };
  const whole = page.json["next"] == null && (await followersDigest(ids)) === check.digest;
  return { kind: whole ? "missing" : "unclear" };
}

/** The list itself, or its first page. */
async function pageOf(
  ctx: Ctx,
  list: JsonObject,
  peer: Peer,
): Promise<{ kind: "page"; json: JsonObject } | Seen> {
  if (list["first"] == null) return { kind: "page", json: list };
  const inside = embedded(list["first"]);
  if (inside) return { kind: "page", json: inside };
  const first = idOf(list["first"]);
  if (!first || !sameOrigin(first, peer.iri)) return { kind: "unclear" };
  const fetched = await fetchDocument(ctx, first);
  return fetched.kind === "document" ? { kind: "page", json: fetched.json } : missed(fetched);
}

function missed(fetched: Exclude<FetchedDocument, { kind: "document" }>): Seen {
  if (fetched.kind === "unreachable") return { kind: "later", detail: "Its server did not answer." };
  return { kind: "unclear" };
}

interface Decided {
  readonly outcome: string;
  readonly statements: Statement[];
  readonly refollowed?: true;
}

async function decide(
  ctx: Ctx,
  peer: Peer,
  follows: Following | null,
  check: FollowCheck,
  seen: "listed" | "missing" | "unclear",
): Promise<Decided> {
  const told = (outcome: string, statements: Statement[] = []): Decided => ({ outcome, statements });
  if (seen === "unclear") return told("Its server's list says nothing sure, so nothing was changed.");
  if (seen === "listed") {
    if (!follows)
      return told("You do not follow them, and their server was told so.", await takeBack(ctx, peer));
    if (follows.state === "accepted") return told("You follow them, on both servers.");
    const moved = follows.replaces === null ? [] : await movedInto(ctx.db, peer.id);
    const leaving = await leave(
      ctx,
      moved.filter((one) => one.peer.id !== peer.id),
      peer.id,
    );
    return told("They had accepted you; the answer had been lost.", [
      acceptFollowing(ctx.db, peer.id),
      ...leaving,
    ]);
  }
  if (follows?.state !== "accepted") return told("Neither server knows of a follow.");
  const lately = check.refollowedAt !== null && ctx.clock() - check.refollowedAt < REFOLLOW_APART;
  if (peer.blocksUsAt !== null || peer.blockedAt !== null || lately)
    return told("Their server does not count you as a follower. You were not asked for again.");
  return {
    outcome: "Their server had lost your follow. It was asked for again.",
    statements: await refollow(ctx, peer),
    refollowed: true,
  };
}

/** Under a new id: Pleroma and others take an id they have seen for done with. 2 rows. */
async function refollow(ctx: Ctx, peer: Peer): Promise<Statement[]> {
  const id = fanoutId(ctx);
  const followIri = `${ctx.stead.origin}/follows/${id}` as Iri;
  const activity = follow(ctx.stead.actor, peer.iri, followIri);
  return [askAgain(ctx.db, peer.id, followIri), ...(await enqueue(ctx, id, activity, toPeer(peer)))];
}

/** Undo of a Follow nobody here knows of: by the pair, since no id of it is known (Mastodon does the same). */
async function takeBack(ctx: Ctx, peer: Peer): Promise<Statement[]> {
  const id = fanoutId(ctx);
  const activity = undoFollow(ctx.stead.actor, peer.iri, `${ctx.stead.origin}/follows/${id}` as Iri);
  return enqueue(ctx, id, activity, toPeer(peer));
}

const toPeer = (peer: Peer) => ({ toFollowers: false, recipients: [recipientOf(peer, false)] });
