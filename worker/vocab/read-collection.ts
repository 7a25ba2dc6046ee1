/** A collection or a page of one, of posts or of what was done with them: what is on it, and where it goes on. Pure. */
import type { Iri } from "../kernel/brand.ts";
import { embedded, idOf, isObject, list, typesOf, type Json, type JsonObject } from "./read.ts";

export interface Items {
  readonly items: Json[];
  /** Where it goes on; null: nowhere. */
  readonly next: Iri | null;
}

/** The first page may lie in the collection itself (Mastodon's `replies`). */
export function readItems(json: JsonObject): Items {
  const isPage = typesOf(json).some((type) => type.endsWith("Page"));
  const first = isPage ? null : embedded(json["first"]);
  const items = [...itemsOf(json), ...(first ? itemsOf(first) : [])];
  const goesOn = idOf(json["next"]) ?? (first ? idOf(first["next"]) : null);
  // An embedded page that says nothing is one that has to be asked for.
  const begins = isPage || (first && (items.length > 0 || goesOn)) ? null : idOf(json["first"]);
  return { items, next: goesOn ?? begins };
}

const COLLECTIONS = new Set(["Collection", "OrderedCollection", "CollectionPage", "OrderedCollectionPage"]);

export const isCollection = (json: JsonObject): boolean =>
  typesOf(json).some((type) => COLLECTIONS.has(type));

const itemsOf = (json: JsonObject): Json[] => [...list(json["orderedItems"]), ...list(json["items"])];

/** The post in an entry: itself, or what a Create is of. An Announce is somebody else's post, and none here. */
export function postIn(entry: Json | undefined): { iri: Iri; json: JsonObject | null } | null {
  const object = isObject(entry) && isActivity(entry, "Create") ? entry["object"] : entry;
  if (isObject(object) && isActivity(object, "Announce")) return null;
  const iri = idOf(object);
  return iri && { iri, json: embedded(object) };
}

const isActivity = (json: JsonObject, type: string) => typesOf(json).includes(type);
