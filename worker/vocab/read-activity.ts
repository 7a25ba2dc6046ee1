/** An activity as its envelope says it; what is inside is read by those it concerns. */
import type { Iri } from "../kernel/brand.ts";
import { parseIri } from "../kernel/iri.ts";
import { embedded, idOf, typesOf, type JsonObject } from "./read.ts";

const ACTIVITIES = [
  "Follow",
  "Undo",
  "Accept",
  "Reject",
  "Create",
  "Update",
  "Delete",
  "Like",
  "EmojiReact",
  "Announce",
  "Block",
  "Flag",
  "Move",
] as const;

export type ActivityType = (typeof ACTIVITIES)[number];

export interface Activity {
  readonly type: ActivityType;
  /** Null: Pixelfed's Follow has none. */
  readonly id: Iri | null;
  readonly actor: Iri;
  /** Id of the object, embedded or not. */
  readonly objectId: Iri | null;
  /** The object when it is embedded. */
  readonly object: JsonObject | null;
  readonly json: JsonObject;
}

/**
 * The post that an Announce is about. Lemmy's communities announce whole activities: of a Create or an Update it is the post inside, and of
 * anything else (every vote, every deletion) there is none.
 */
export function announcedPost({ object, objectId }: Activity): Iri | null {
  if (!object || object["object"] === undefined) return objectId;
  const wraps = typesOf(object).some((type) => type === "Create" || type === "Update");
  return wraps ? idOf(object["object"]) : null;
}

/** Null: an activity of a kind we have no use for. */
export function readActivity(json: JsonObject, actor: Iri): Activity | null {
  const types = typesOf(json);
  const type = ACTIVITIES.find((known) => types.includes(known));
  if (!type) return null;
  return {
    type,
    id: parseIri(json["id"]),
    actor,
    objectId: idOf(json["object"]),
    object: embedded(json["object"]),
    json,
  };
}
