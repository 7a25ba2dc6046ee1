/**
 * Fedify writes a single value as a scalar and the Public collection as `as:Public`. Peers differ in what they can read: Pleroma
 * wants arrays, several compare the full IRI. This brings a document into the one shape all of them read.
 */
import { PUBLIC } from "../model/audience.ts";
import { isObject, list, type Json, type JsonObject } from "./read.ts";

/** Always arrays, also with none or one. `alsoKnownAs`: Pixelfed counts it and Pleroma casts it without wrapping. */
const ARRAYS = new Set(["to", "cc", "alsoKnownAs", "tag", "attachment", "assertionMethod"]);

/** A new document; the given one is left as it is. */
export function settle(document: JsonObject): JsonObject {
  const settled: JsonObject = {};
  for (const [name, value] of Object.entries(document)) {
    if (value === undefined) continue;
    if (name === "@context") settled[name] = value;
    else if (ARRAYS.has(name)) settled[name] = list(value).map(inner);
    else settled[name] = inner(value);
  }
  return settled;
}

function inner(value: Json): Json {
  if (value === "as:Public") return PUBLIC;
  if (Array.isArray(value)) return value.map(inner);
  return isObject(value) ? settle(value) : value;
}
