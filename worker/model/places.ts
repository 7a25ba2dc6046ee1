/** The stead's own IRIs: permanent choices, none of which holds the handle, so that a handle can be renamed. */
import type { Iri } from "../kernel/brand.ts";

const at = (origin: string, path: string) => `${origin}${path}` as Iri;

export const places = {
  actor: (origin: string) => at(origin, "/actor"),
  inbox: (origin: string) => at(origin, "/actor/inbox"),
  sharedInbox: (origin: string) => at(origin, "/inbox"),
  outbox: (origin: string) => at(origin, "/actor/outbox"),
  followers: (origin: string) => at(origin, "/actor/followers"),
  /** FEP-8fcf: the part of the followers that lives on the server which asks. */
  followersSync: (origin: string) => at(origin, "/actor/followers_synchronization"),
  following: (origin: string) => at(origin, "/actor/following"),
  featured: (origin: string) => at(origin, "/actor/featured"),
  featuredTags: (origin: string) => at(origin, "/actor/tags"),
  liked: (origin: string) => at(origin, "/actor/liked"),
  post: (origin: string, id: number) => at(origin, `/posts/${id}`),
  tag: (origin: string, tag: string) => at(origin, `/tags/${encodeURIComponent(tag.toLowerCase())}`),
  profile: (origin: string, handle: string) => at(origin, `/@${handle}`),
  /** The follower of our own that a preflight sends. */
  probe: (origin: string, id: number) => at(origin, `/probes/${id}`),
  probeInbox: (origin: string, id: number) => at(origin, `/probes/${id}/inbox`),
  image: (origin: string, kind: string, version: string) => at(origin, `/images/${kind}/${version}`),
  remoteMedia: (origin: string, signature: string, encoded: string) =>
    at(origin, `/media/remote/${signature}/${encoded}`),
  media: (origin: string, name: string) => at(origin, `/media/${name}`),
  /** What apps show for an owner without a picture of their own. */
  defaultImage: (origin: string, kind: "avatar" | "header") => at(origin, `/${kind}.png`),
};

/** The number in a probe's id or its inbox; null when it is neither. */
export function probeIdIn(origin: string, iri: string): number | null {
  const match = iri.startsWith(`${origin}/probes/`)
    ? /^(\d{1,16})(\/inbox)?$/.exec(iri.slice(origin.length + 8))
    : null;
  return match ? Number(match[1]) : null;
}

/** The number in one of the stead's post ids; null when it is no post of ours. */
export function postIdIn(origin: string, iri: string): number | null {
  const match = iri.startsWith(`${origin}/posts/`) ? /^\d{1,16}$/.exec(iri.slice(origin.length + 7)) : null;
  return match ? Number(match[0]) : null;
}
