/** An activity as its envelope says it; what is inside is read by those it concerns. */
import type { Iri } from "../kernel/brand.ts";
import { parseIri } from "../kernel/iri.ts";
import { embedded, idOf, typesOf, type JsonObject } from "./read.ts";

export const ACTIVITIES = [
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
