/**
 * Follower lists in JSON: Pleroma's and Akkoma's (an OrderedCollection of actor ids), Pixelfed's (an array of addresses), Sharkey's (an
 * object with `followers`). Where a person is an object, its plain terms say who it is.
 */
import { parseIri } from "../../kernel/iri.ts";
import { listedActor, listedAddress, readListed, type Listed } from "../../model/listed.ts";
import { asText, isObject, type Json } from "../../vocab/read.ts";
import { quoted, unreadable, type ReadList } from "./read-list.ts";

/** Names under which a list may stand in an object, the surest first. */
const LISTS = ["orderedItems", "followers", "items"];
/** Lists of people who are not in the fediverse: Threads' and Instagram's exports. */
const ELSEWHERE = /^(relationships_|text_post_app_)/;

export function readJsonList(text: string): ReadList {
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch (cause) {
    return unreadable(`This is no whole JSON file${placeIn(text, cause)}. Nothing was taken.`);
  }
  const items = itemsIn(json);
  if (typeof items === "string") return unreadable(items);
  const people: Listed[] = [];
  for (const [n, item] of items.entries()) {
    const person = personIn(item);
    if (person === null) return unreadable(problemWith(item, n + 1));
    people.push(person);
  }
  return { kind: "list", people, note: null };
}

/** The list, or why there is none. */
function itemsIn(json: Json): Json[] | string {
  if (Array.isArray(json)) return json;
  if (!isObject(json)) return "There is no list in this file.";
  if (Object.keys(json).some((name) => ELSEWHERE.test(name))) return NOT_HERE;
  for (const name of LISTS) {
    const list = json[name];
    if (Array.isArray(list)) return list;
  }
  return "There is no list of followers in this file. It has to be an array, or an object with “orderedItems” or “followers”.";
}

const NOT_HERE =
  "These people are on Instagram or Threads: they are not in the fediverse, or not by these names, and no move can bring them.";

function personIn(item: Json): Listed | null {
  if (typeof item === "string") return readListed(item);
  if (!isObject(item)) return null;
  const iri = parseIri(item["uri"]) ?? parseIri(item["id"]) ?? parseIri(item["ap_id"]);
  const { username, host } = item;
  const acct =
    asText(item["acct"]) ??
    (typeof username === "string" && typeof host === "string" ? `${username}@${host}` : null);
  if (iri !== null) return listedActor(iri, acct);
  const url = parseIri(item["url"]);
  return (acct !== null && listedAddress(acct)) || (url === null ? null : readListed(url));
}

function problemWith(item: Json, number: number): string {
  if (isObject(item) && "string_list_data" in item) return NOT_HERE;
  return `Entry ${number} of the list is neither a handle nor the address of an account: ${shown(item)}. Nothing was taken.`;
}

/** Never written out as a whole: it may be as deep as the file is long. */
function shown(item: Json): string {
  if (Array.isArray(item)) return "a list in the list";
  if (isObject(item))
    return `an object with ${Object.keys(item).slice(0, 5).map(quoted).join(", ") || "nothing in it"}`;
  return quoted(String(item));
}

/** V8 shows what is around a mistake: this many characters before it. */
const SHOWN = 10;

/** The line of the mistake, as far as the parser tells; "" when it does not. */
function placeIn(text: string, cause: unknown): string {
  const said = String(cause);
  if (/end of JSON|Unterminated/.test(said)) return ": it breaks off";
  const position = /position (\d+)/.exec(said)?.[1];
  const around = /, (\.\.\.)?"([\s\S]+)"(?:\.\.\.)? is not valid JSON$/.exec(said);
  const shown = around?.[1] === undefined ? -1 : text.indexOf(around[2]!);
  const at = position === undefined ? (shown < 0 ? null : shown + SHOWN) : Number(position);
  return at === null ? "" : `: line ${text.slice(0, at).split("\n").length} is wrong`;
}
