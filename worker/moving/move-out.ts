/** The owner moves out: their followers are sent after them, and the stead goes on saying where they are. */
import type { Iri } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { handleOf } from "../model/peer.ts";
import { places } from "../model/places.ts";
import { enqueue, fanoutId } from "../outbox/enqueue.ts";
import { fetchActor } from "../peers/fetch-actor.ts";
import { lookUp } from "../peers/webfinger.ts";
import { runBatch, type Statement } from "../store/batch.ts";
import { loadOwner, updateOwner, type Owner } from "../store/stead.ts";
import { move } from "../vocab/activities.ts";
import { redrawn } from "./aliases.ts";

export type Destination =
  | { kind: "ready"; actor: Iri; handle: string }
  /** `cure`: what to do at the new account, before anything is said to anybody. */
  | { kind: "not-ready"; problem: string; cure: string };

/**
 * The new account, fetched fresh, and whether followers' servers would believe a Move to it. Misskey looks once and then not for 14 days, so
 * nothing is sent before this is right. 1 signature, at most 5 fetches.
 */
export async function checkDestination(ctx: Ctx, typed: string): Promise<Destination> {
  const found = await lookUp(ctx, typed);
  if (found.kind === "not-found") return notReady(found.detail, "Check the handle of your new account.");
  if (found.actor === ctx.stead.actor)
    return notReady("That is this account.", "Write the handle of the new one.");
  const fetched = await fetchActor(ctx, found.actor);
  if (fetched.kind === "gone")
    return notReady("There is no such account.", "Check the handle of your new account.");
  if (fetched.kind !== "actor")
    return notReady(
      `The account could not be fetched: ${fetched.detail}.`,
      "Try again when its server answers.",
    );
  const { document, peer } = fetched;
  if (document.movedTo !== null)
    return notReady(
      "That account has moved away itself.",
      "Undo its redirect there first: servers refuse to follow an account that has moved.",
    );
  if (!document.alsoKnownAs.includes(ctx.stead.actor)) {
    return notReady(
      `${handleOf(peer)} does not name this account as an alias.`,
      `Add ${ctx.stead.handle}@${ctx.stead.handleDomain} (${ctx.stead.actor}) as an alias there, then try again.`,
    );
  }
  return { kind: "ready", actor: document.iri, handle: handleOf(peer) };
}

export type MovedOut = { kind: "moved"; to: Iri; handle: string } | Exclude<Destination, { kind: "ready" }>;

/**
 * Says so in the actor document, and owes every follower's server the Update and the Move, in one transaction. To the same account once more:
 * both are sent again, which reaches those whose server missed them. 6 rows, 3 serialisations.
 */
export async function moveOut(ctx: Ctx, typed: string): Promise<MovedOut> {
  const destination = await checkDestination(ctx, typed);
  if (destination.kind !== "ready") return destination;
  const { actor, handle } = destination;
  const now = ctx.clock();
  const followers = places.followers(ctx.stead.origin);
  const told = await enqueue(ctx, fanoutId(ctx), move(ctx.stead.actor, actor, followers, now), TO_FOLLOWERS);
  await changeMovedTo(ctx, { movedTo: actor, movedAt: now }, told);
  return { kind: "moved", to: actor, handle };
}

/** Takes the redirect away. Who went stays gone: only a Move of the new account brings them back. False: there was none. */
export async function moveBack(ctx: Ctx): Promise<boolean> {
  if ((await loadOwner(ctx)).movedTo === null) return false;
  await changeMovedTo(ctx, { movedTo: null, movedAt: null }, []);
  return true;
}

const TO_FOLLOWERS = { toFollowers: true, recipients: [] } as const;

async function changeMovedTo(
  ctx: Ctx,
  change: Pick<Owner, "movedTo" | "movedAt">,
  more: readonly Statement[],
): Promise<void> {
  const now = ctx.clock();
  const row = { ...change, updatedAt: now };
  await runBatch(ctx.db, [updateOwner(ctx.db, row), ...(await redrawn(ctx, row, now)), ...more]);
  ctx.ports.background(ctx.ports.redelivery.wake());
}

const notReady = (problem: string, cure: string): Destination & { kind: "not-ready" } => ({
  kind: "not-ready",
  problem,
  cure,
});
