/** What a Follow does, decided without touching anything. */
import type { Iri, UnixMs } from "../kernel/brand.ts";

export interface FollowFacts {
  readonly followIri: string | null;
  readonly receivedAt: UnixMs;
  readonly locked: boolean;
  /** The owner has moved out: nobody new is let in (Mastodon answers the same). */
  readonly moved: boolean;
  readonly blocked: boolean;
  /** The follower's row as it stands. */
  readonly follower: { followIri: string | null } | null;
  /** The request that waits for the owner. */
  readonly requested: { followIri: string | null } | null;
  /** Receipt of the newest Follow or Undo applied. */
  readonly followEventAt: UnixMs;
  /** The id of this Follow was undone, or replaced by a newer one. */
  readonly undone: boolean;
}

export type FollowDecision =
  | { kind: "accept" }
  /** Follows already, now under another id: the newest is the one the Accept names (Mastodon's RefollowWorker). */
  | { kind: "renew" }
  /** The same Follow once more: its Accept may have been lost. */
  | { kind: "repeat" }
  | { kind: "request" }
  | { kind: "reject" }
  | { kind: "ignore"; reason: "blocked" | "undone" | "stale" | "duplicate" };

export function decideFollow(facts: FollowFacts): FollowDecision {
  if (facts.blocked) return { kind: "ignore", reason: "blocked" };
  if (facts.undone) return { kind: "ignore", reason: "undone" };
  if (facts.receivedAt < facts.followEventAt) return { kind: "ignore", reason: "stale" };
  if (facts.follower) {
    const same = facts.followIri === null || facts.followIri === facts.follower.followIri;
    return { kind: same ? "repeat" : "renew" };
  }
  if (facts.moved) return { kind: "reject" };
  if (facts.locked) {
    const same = facts.requested?.followIri === facts.followIri;
    return same ? { kind: "ignore", reason: "duplicate" } : { kind: "request" };
  }
  return { kind: "accept" };
}

/**
 * `https://host/follows/<follower>/<followee>`, on the follower's own host: older Misskeys, Firefish and Sharkey give every Follow of a pair the
 * same id.
 */
export function isPairId(id: string, follower: Iri): boolean {
  const { origin, pathname, search, hash } = new URL(id);
  return (
    origin === new URL(follower).origin && search + hash === "" && /^\/follows\/[^/]+\/[^/]+$/.test(pathname)
  );
}
