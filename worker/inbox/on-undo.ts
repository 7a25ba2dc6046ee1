/** Undo of Follow, Like, Announce, EmojiReact and Block. By pair where there is one: Misskey's Undo names another id than its Follow had. */
import type { Ctx } from "../kernel/ctx.ts";
import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Peer } from "../model/peer.ts";
import { isPairId } from "../model/relationship.ts";
import { changes, goneIn, runBatch, type Statement } from "../store/batch.ts";
import { depart, findFollower, findRequest, remember, takenBack, wasUndone } from "../store/followers.ts";
import { setBlocksUs } from "../store/peers.ts";
import { postByIri } from "../store/posts.ts";
import { unreact, unreactByIri } from "../store/reactions.ts";
import { noteDeclined } from "../store/rescue-rounds.ts";
import { idOf, typesOf } from "../vocab/read.ts";
import { lastUndo, replacedName } from "./on-follow.ts";
import { applied, appliedWith, ignored, type Outcome, type Received } from "./received.ts";

/** At most 9 rows. What is undone is remembered for 7 days, should it arrive after its Undo. */
export async function onUndo(ctx: Ctx, received: Received): Promise<Outcome> {
  const { activity, peer, receivedAt } = received;
  const { object, objectId } = activity;
  const type = object ? typesOf(object)[0] : undefined;
  const undoneActor = object && idOf(object["actor"]);
  if (undoneActor && undoneActor !== peer.iri) return ignored("undoes what another did");
  const memory = objectId === null ? [] : [remember(ctx.db, takenBack(peer.iri, objectId), receivedAt)];
  const target = object && idOf(object["object"]);
  switch (type) {
    case "Follow":
      return undoFollow(ctx, received, target);
    case "Like":
    case "EmojiReact":
      return undoReaction(ctx, received, "like", target, memory);
    case "Announce":
      return undoReaction(ctx, received, "boost", target, memory);
    case "Block":
      if (target !== null && target !== ctx.stead.actor) return ignored("not us");
      await runBatch(ctx.db, [...memory, setBlocksUs(ctx.db, peer.id, null)]);
      return applied;
    default:
      return undoById(ctx, received, memory);
  }
}

async function undoFollow(ctx: Ctx, received: Received, target: Iri | null): Promise<Outcome> {
  const { activity, peer, receivedAt } = received;
  if (target !== null && target !== ctx.stead.actor) return ignored("not us");
  const standing = await standingFollow(ctx, peer);
  const named = activity.objectId;
  const exact = named !== null && named === standing?.followIri;
  // Which Follow is meant tells more than when its Undo came: a newer Follow, with another id, may still wait in the mailroom.
  const over = named === null || exact ? "no" : await isOver(ctx, peer, named, standing);
  if (over === "newer stands") return ignored("a newer Follow stands");
  if (over === "taken back") {
    await runBatch(ctx.db, [remember(ctx.db, lastUndo(peer.iri), receivedAt)]);
    return ignored("taken back before");
  }
  const memory = memoryOf(ctx, received, standing);
  // Mastodon says it so of whom our list names and its own does not (FEP-8fcf).
  const declined = noteDeclined(ctx.db, peer.iri, receivedAt);
  const byId = exact && !isPairId(named, peer.iri) && standing.since <= receivedAt;
  const until = byId ? standing.since : receivedAt;
  await runBatch(ctx.db, [...memory, ...depart(ctx.db, peer.id, until), declined]);
  return applied;
}

/** Whether an Undo, late or a copy, speaks of a Follow before the one that stands, or of one that was taken back and nothing stands since. */
async function isOver(
  ctx: Ctx,
  peer: Peer,
  named: Iri,
  standing: Standing | null,
): Promise<"no" | "newer stands" | "taken back"> {
  // Where Follows have no id (Pixelfed), any Undo may mean the one that stands.
  const before = standing?.followIri === null ? [] : [takenBack(peer.iri, named)];
  const over = await wasUndone(ctx.db, [replacedName(peer.iri, named), ...before]);
  if (over.length === 0) return "no";
  return standing ? "newer stands" : "taken back";
}

/** The id of the Follow that stands, or that waits for the owner. */
interface Standing {
  readonly followIri: string | null;
  readonly since: UnixMs;
}

async function standingFollow(ctx: Ctx, peer: Peer): Promise<Standing | null> {
  const follower = peer.follower === null ? null : await findFollower(ctx.db, peer.follower);
  if (follower) return { followIri: follower.followIri, since: peer.followEventAt };
  const request = await findRequest(ctx.db, peer.id);
  return request && { followIri: request.followIri, since: request.receivedAt };
}

/**
 * The ids of what is taken back. Misskey's Undo names another id than its Follow had: a copy of the Follow that comes late would bring the
 * follower back, so both count. But older Misskeys, Firefish and Sharkey give all Follows of a pair one id: where it has taken a Follow back,
 * the next of that id is a new one.
 */
function memoryOf(
  ctx: Ctx,
  { activity, peer, receivedAt }: Received,
  standing: Standing | null,
): Statement[] {
  const ends = standing && standing.since <= receivedAt ? standing.followIri : null;
  const ids = new Set([activity.objectId, ends].filter((id) => id !== null));
  return [...ids]
    .filter((id) => !standing || !isPairId(id, peer.iri))
    .map((id) => remember(ctx.db, takenBack(peer.iri, id), receivedAt));
}

async function undoReaction(
  ctx: Ctx,
  received: Received,
  kind: "like" | "boost",
  target: Iri | null,
  memory: Statement[],
): Promise<Outcome> {
  const { peer, receivedAt, activity } = received;
  const [post] = target === null ? [] : await postByIri(ctx.db, target);
  const statement = post
    ? unreact(ctx.db, post.id, kind, peer.id, receivedAt)
    : unreactByIri(ctx.db, activity.objectId ?? "", peer.id, receivedAt);
  const results = await runBatch(ctx.db, [...memory, statement]);
  return appliedWith({ kind: "deleted", ids: goneIn(results) });
}

/** The id alone: whatever of this peer's has it. */
async function undoById(ctx: Ctx, received: Received, memory: Statement[]): Promise<Outcome> {
  const { peer, receivedAt, activity } = received;
  if (activity.objectId === null) return ignored("names nothing");
  if ((await standingFollow(ctx, peer))?.followIri === activity.objectId)
    return undoFollow(ctx, received, null);
  const statement = unreactByIri(ctx.db, activity.objectId, peer.id, receivedAt);
  const results = await runBatch(ctx.db, [...memory, statement]);
  // Pleroma takes a Block back by its bare id. We keep no ids of Blocks: what undoes nothing else undoes that.
  const nothing = changes(results.at(-1)) === 0;
  if (nothing && peer.blocksUsAt !== null) await runBatch(ctx.db, [setBlocksUs(ctx.db, peer.id, null)]);
  return appliedWith({ kind: "deleted", ids: goneIn(results) });
}
