/**
 * Who may see a post, and to whom it is addressed. One rule for every reader and one for every delivery, so that no path can
 * forget it.
 */
import type { Iri } from "../kernel/brand.ts";

/** public: everywhere. quiet: public, not in public timelines. followers: accepted followers. direct: the people it names. */
export type Visibility = "public" | "quiet" | "followers" | "direct";

export const VISIBILITIES: readonly Visibility[] = ["public", "quiet", "followers", "direct"];

export const PUBLIC = "https://www.w3.org/ns/activitystreams#Public" as Iri;

/** Forms of the Public collection seen in the wild (ActivityPub §5.6). */
const PUBLIC_FORMS = new Set<string>([PUBLIC, "as:Public", "Public"]);

const isPublic = (iri: string): boolean => PUBLIC_FORMS.has(iri);

export interface Addressing {
  readonly to: Iri[];
  readonly cc: Iri[];
}

/** ActivityPub §5.6 with Mastodon's convention for quiet posts: Public in `cc` instead of `to`. */
export function addressing(visibility: Visibility, followers: Iri, mentioned: readonly Iri[]): Addressing {
  switch (visibility) {
    case "public":
      return { to: [PUBLIC], cc: [followers, ...mentioned] };
    case "quiet":
      return { to: [followers], cc: [PUBLIC, ...mentioned] };
    case "followers":
      return { to: [followers], cc: [...mentioned] };
    case "direct":
      return { to: [...mentioned], cc: [] };
  }
}

/**
 * The visibility of a remote document. What is addressed to somebody's followers counts as `followers`; what names nobody
 * but people is `direct`. In doubt the narrower one.
 */
export function visibilityOf(
  to: readonly string[],
  cc: readonly string[],
  followers: string | null,
): Visibility {
  if (to.some(isPublic)) return "public";
  if (cc.some(isPublic)) return "quiet";
  const everyone = [...to, ...cc];
  const looksLikeFollowers = (iri: string) => iri === followers || /\/followers\/?$/.test(iri);
  return everyone.some(looksLikeFollowers) ? "followers" : "direct";
}

export type Viewer =
  | { kind: "anonymous" }
  | { kind: "owner" }
  /** Proved by a signature. `follower`: accepted, not merely requested. */
  | { kind: "peer"; iri: Iri; follower: boolean; blocked: boolean };

export interface Seen {
  readonly visibility: Visibility;
  readonly mentions: readonly { iri: Iri }[];
}

/** The one rule: whether the viewer may read one of the owner's posts. */
export function canSee(viewer: Viewer, post: Seen): boolean {
  if (viewer.kind === "owner") return true;
  const open = post.visibility === "public" || post.visibility === "quiet";
  if (viewer.kind === "anonymous") return open;
  if (viewer.blocked) return false;
  if (open || post.mentions.some((mention) => mention.iri === viewer.iri)) return true;
  return post.visibility === "followers" && viewer.follower;
}

/** Whether a post is delivered to every accepted follower, beside the people it names. */
export function reachesFollowers(visibility: Visibility): boolean {
  return visibility !== "direct";
}
