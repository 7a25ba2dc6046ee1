/** Whether a Move is believed, and what the owner does then. */
import type { Iri } from "../kernel/brand.ts";

export interface MoveFacts {
  readonly actor: Iri;
  readonly object: Iri | null;
  readonly target: Iri | null;
  readonly self: Iri;
  /** How the owner stands to the mover. */
  readonly mover: "followed" | "blocked";
  /** The owner wants nothing from the target's host. */
  readonly hostBlocked: boolean;
}

/** The target, fetched fresh; null when it could not be had. */
export type MoveTarget = {
  readonly iri: Iri;
  readonly alsoKnownAs: readonly Iri[];
  readonly movedTo: Iri | null;
  /** The owner blocks it. */
  readonly blocked: boolean;
  readonly blocksUs: boolean;
  /** The owner follows it or has asked to. */
  readonly followed: boolean;
} | null;

export type MoveDecision =
  | { kind: "follow-along" }
  /** The owner's block goes along with whom it was meant for. */
  | { kind: "block-along" }
  | { kind: "ignore"; reason: string };

/** What is wrong with a Move before its target is looked at; null: it is worth a look. */
export function cannotBelieve({ actor, object, target, self, hostBlocked }: MoveFacts): string | null {
  if (object !== actor) return "the object is not the actor";
  if (target === null || target === actor || target === self) return "no usable target";
  return hostBlocked ? "the target's host is blocked" : null;
}

/**
 * Mastodon's and GoToSocial's checks together: the mover speaks for itself, and the target agrees and has not moved on. The old
 * account need not say `movedTo`: snac's never does. As with Mastodon, a block does not go along to an account that the owner follows.
 */
export function decideMove(facts: MoveFacts, fetched: MoveTarget): MoveDecision {
  const wrong = cannotBelieve(facts);
  if (wrong !== null) return ignore(wrong);
  if (!fetched) return ignore("the target could not be fetched");
  if (fetched.iri !== facts.target) return ignore("the target is another actor");
  if (!fetched.alsoKnownAs.includes(facts.actor))
    return ignore("the target does not name the actor as its alias");
  if (fetched.movedTo !== null) return ignore("the target has moved itself");
  if (fetched.blocked) return ignore("the owner blocks the target");
  if (facts.mover === "blocked")
    return fetched.followed ? ignore("the owner follows the target") : { kind: "block-along" };
  return fetched.blocksUs ? ignore("the target blocks the owner") : { kind: "follow-along" };
}

const ignore = (reason: string): MoveDecision => ({ kind: "ignore", reason });
