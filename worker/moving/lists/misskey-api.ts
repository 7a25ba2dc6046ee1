/** Followers as Misskey's API tells them: Misskey, Sharkey and their kin. Pure: what is asked, and what an answer says. */
import { parseIri } from "../../kernel/iri.ts";
import { listedActor, listedAddress, type Listed } from "../../model/listed.ts";
import { asText, isObject, type Json } from "../../vocab/read.ts";

const PAGE = 100;

export const whoAmI = (origin: string) => `${origin}/api/i`;
export const followersOf = (origin: string) => `${origin}/api/users/followers`;

export function questionFor(token: string, user: string, until: string | null) {
  return { i: token, userId: user, limit: PAGE, ...(until === null ? {} : { untilId: until }) };
}

/** The account's number; null when the answer is no account. */
export function readMe(json: Json): string | null {
  return isObject(json) ? asText(json["id"]) : null;
}

/** Null when the answer is no list. `next`: what to page on with; null: nobody is left. */
export function readFollowers(
  json: Json,
  origin: string,
  domain: string,
): { people: Listed[]; next: string | null } | null {
  if (!Array.isArray(json)) return null;
  const rows = json.filter(isObject);
  const people = rows.flatMap((row) => {
    const { follower } = row;
    return isObject(follower) ? (personIn(follower, origin, domain) ?? []) : [];
  });
  const last = asText(rows.at(-1)?.["id"]);
  return { people, next: last };
}

/** People of the server itself have no `uri` and no `host`: their actor ids are /users/ID. */
function personIn(
  follower: { [name: string]: Json | undefined },
  origin: string,
  domain: string,
): Listed | null {
  const username = asText(follower["username"]) ?? "";
  const host = asText(follower["host"]);
  const address = `${username}@${host ?? domain}`;
  const id = asText(follower["id"]);
  const iri = parseIri(
    asText(follower["uri"]) ?? (host === null && id !== null ? `${origin}/users/${id}` : null),
  );
  return iri === null ? listedAddress(address) : listedActor(iri, address);
}
