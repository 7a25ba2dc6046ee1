/** What the owner does with posts: like them, boost them, pin them; and takes it back. */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Addressing } from "../model/audience.ts";
import { dateTime } from "./fedify.ts";
import type { JsonObject } from "./read.ts";

const AS = "https://www.w3.org/ns/activitystreams";

/** ActivityPub §6.8. To the author alone. */
export function like(actor: Iri, id: Iri, post: Iri, author: Iri): JsonObject {
  return { "@context": AS, id, type: "Like", actor, object: post, to: [author] };
}

/** ActivityPub §6.10. By reference: every server fetches the post from its origin, whatever is embedded. */
export function announce(actor: Iri, id: Iri, post: Iri, { to, cc }: Addressing, at: UnixMs): JsonObject {
  return { "@context": AS, id, type: "Announce", actor, published: dateTime(at), to, cc, object: post };
}

/** ActivityPub §6.10 Undo, with the whole activity embedded: who never saw it can tell what is meant. */
export function undo(id: Iri, activity: JsonObject): JsonObject {
  const { "@context": context = AS, ...object } = activity;
  const { actor, to, cc } = object;
  return {
    "@context": context,
    id: `${id}/undo`,
    type: "Undo",
    actor,
    ...(to === undefined ? {} : { to }),
    ...(cc === undefined ? {} : { cc }),
    object,
  };
}

/** Into or out of what the profile shows first, as Mastodon says it (ActivityPub §6.6, §6.7): a post by its id, or a hashtag. */
export function pinning(
  type: "Add" | "Remove",
  actor: Iri,
  id: Iri,
  object: Iri | JsonObject,
  featured: Iri,
  { to, cc }: Addressing,
): JsonObject {
  const context = typeof object === "string" ? AS : WITH_HASHTAGS;
  return { "@context": context, id, type, actor, to, cc, object, target: featured };
}

/** The standard context lacks the word. */
export const WITH_HASHTAGS: JsonObject[string] = [AS, { Hashtag: "as:Hashtag" }];

/** `name` without the #. */
export const hashtag = (name: string, href: Iri): JsonObject => ({ type: "Hashtag", href, name: `#${name}` });
