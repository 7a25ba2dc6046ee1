/** Whether the Move of somebody we follow is believed. */
import type { Iri } from "../kernel/brand.ts";

export interface MoveFacts {
  readonly actor: Iri;
  readonly object: Iri | null;
  readonly target: Iri | null;
  readonly self: Iri;
  /** The target's document, fetched fresh; null when it could not be had. */
  readonly fetched: { iri: Iri; alsoKnownAs: readonly Iri[]; movedTo: Iri | null } | null;
}

export type MoveDecision = { kind: "follow-along" } | { kind: "ignore"; reason: string };

/** Mastodon's and GoToSocial's checks together: the mover speaks for itself, and the target agrees and has not moved on. */
export function decideMove(facts: MoveFacts): MoveDecision {
  const { actor, object, target, fetched } = facts;
  if (object !== actor) return ignore("the object is not the actor");
  if (target === null || target === actor || target === facts.self) return ignore("no usable target");
  if (!fetched) return ignore("the target could not be fetched");
  if (fetched.iri !== target) return ignore("the target is another actor");
  if (!fetched.alsoKnownAs.includes(actor)) return ignore("the target does not name the actor as its alias");
  if (fetched.movedTo !== null) return ignore("the target has moved itself");
  return { kind: "follow-along" };
}

const ignore = (reason: string): MoveDecision => ({ kind: "ignore", reason });
