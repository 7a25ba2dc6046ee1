/** Followers as everybody may see them: the account's collection (ActivityPub §5.3), whole or in pages. Pure. */
import type { Iri } from "../../kernel/brand.ts";
import { listedActor, type Listed } from "../../model/listed.ts";
import { embedded, idOf, idsOf, typesOf, type JsonObject } from "../../vocab/read.ts";

export interface CollectionPart {
  readonly people: Listed[];
  /** Where it goes on; null: nowhere. */
  readonly next: Iri | null;
}

/** A collection or a page of one: who is on it, and where it goes on. The first page may lie in the collection itself. */
export function readCollection(json: JsonObject): CollectionPart {
  const isPage = typesOf(json).some((type) => type.endsWith("Page"));
  const first = isPage ? null : embedded(json["first"]);
  const inside = first && itemsOf(first).length > 0 ? first : null;
  const iris = [...itemsOf(json), ...(inside ? itemsOf(inside) : [])];
  const begins = isPage ? null : idOf(json["first"]);
  const next = inside ? idOf(inside["next"]) : (idOf(json["next"]) ?? begins);
  return { people: iris.map((iri) => listedActor(iri)), next };
}

function itemsOf(json: JsonObject): Iri[] {
  return [...idsOf(json["orderedItems"]), ...idsOf(json["items"])];
}
