/** Bounds on what a JSON document may be, in one walk without recursion: a parser bomb must not reach anything that recurses. */
import type { Json, JsonObject } from "../vocab/read.ts";

const DEPTH_MAX = 32;
const NODES_MAX = 10_000;
const ARRAY_MAX = 1_000;
const STRING_MAX = 200_000;
const CONTEXTS_MAX = 10;

/** JSON-LD that could give a document a second meaning. Nobody sends it in an activity. */
const TRICKS = ["@graph", "@included", "@reverse", "@nest", "@import"];

/** What is wrong with it, in a few words; null when it is within bounds. */
export function checkShape(document: JsonObject): string | null {
  const contexts = document["@context"];
  if (Array.isArray(contexts) && contexts.length > CONTEXTS_MAX) return "too many contexts";
  const object = document["object"];
  if (typeof object === "number" || typeof object === "boolean") return "the object is no object";
  if (Array.isArray(object) && document["type"] !== "Flag" && object.length !== 1)
    return "more than one object";

  const stack: { value: Json; depth: number }[] = [{ value: document, depth: 1 }];
  let nodes = 0;
  for (let item = stack.pop(); item; item = stack.pop()) {
    const { value, depth } = item;
    if (++nodes > NODES_MAX) return "too many nodes";
    if (typeof value === "string" && value.length > STRING_MAX) return "too long a text";
    if (typeof value !== "object" || value === null) continue;
    if (depth > DEPTH_MAX) return "too deep";
    if (Array.isArray(value) && value.length > ARRAY_MAX) return "too long a list";
    if (!Array.isArray(value) && TRICKS.some((name) => Object.hasOwn(value, name)))
      return "JSON-LD that is not read";
    for (const child of Object.values(value))
      if (child !== undefined) stack.push({ value: child, depth: depth + 1 });
  }
  return null;
}
