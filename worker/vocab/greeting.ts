import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { JsonObject } from "./read.ts";

/**
 * Something that says nothing: takes back a Like that never was, of no post. Any signed POST but an Update or a Delete makes Mastodon forget
 * that it held our name for dead. That it changes nothing was read in Mastodon (no such status), GoToSocial (undoLike: no entries), Misskey
 * (no such note). The ids are on our own origin, and their document is the actor's.
 */
export function greeting(actor: Iri, at: UnixMs): JsonObject {
  const id = `${actor}#greetings/${at}`;
  return {
    "@context": "https://www.w3.org/ns/activitystreams",
    id,
    type: "Undo",
    actor,
    object: { id: `${id}/like`, type: "Like", actor, object: actor },
  };
}
