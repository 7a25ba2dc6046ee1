/**
 * Followers as Mastodon's API tells them: Mastodon, GoToSocial, Pleroma, Akkoma, Pixelfed. Pure: what is asked, and what an answer says.
 * docs.joinmastodon.org/methods/accounts/#followers.
 */
import { parseIri } from "../../kernel/iri.ts";
import { listedActor, listedAddress, type Listed } from "../../model/listed.ts";
import { asText, isObject, type Json } from "../../vocab/read.ts";

export const whoAmI = (origin: string) => `${origin}/api/v1/accounts/verify_credentials`;
export const followersOf = (origin: string, user: string) =>
  `${origin}/api/v1/accounts/${encodeURIComponent(user)}/followers?limit=80`;

export interface Me {
  readonly user: string;
  /** Actor id, where the server tells it. */
  readonly iri: string | null;
  readonly acct: string;
}

/** Null when the answer is no account. */
export function readMe(json: Json): Me | null {
  if (!isObject(json)) return null;
  const { id } = json;
  if ((typeof id !== "string" && typeof id !== "number") || String(id) === "") return null;
  return { user: String(id), iri: actorOf(json), acct: asText(json["acct"]) ?? "" };
}

/** Null when the answer is no list of accounts. An account that names nobody is left out. */
export function readAccounts(json: Json, domain: string): Listed[] | null {
  if (!Array.isArray(json)) return null;
  return json.flatMap((account) => {
    if (!isObject(account)) return [];
    const acct = asText(account["acct"]) ?? "";
    const address = acct === "" || acct.includes("@") ? acct : `${acct}@${domain}`;
    const iri = parseIri(actorOf(account));
    return (iri === null ? listedAddress(address) : listedActor(iri, address)) ?? [];
  });
}

/** `uri` since Mastodon 4.2; Pleroma and Akkoma have it under a name of their own; GoToSocial and Pixelfed have none. */
function actorOf(account: { [name: string]: Json | undefined }): string | null {
  const { pleroma } = account;
  return asText(account["uri"]) ?? (isObject(pleroma) ? asText(pleroma["ap_id"]) : null);
}

/** The page after this one (RFC 8288), on the same server only: the token goes there. Null: there is none. */
export function nextPage(link: string | null, origin: string): string | null {
  for (const [, target = "", parameters = ""] of (link ?? "").matchAll(/<([^<>]*)>([^<]*)/g)) {
    if (target === "" || !/;\s*rel="?next"?/i.test(parameters)) continue;
    const url = URL.parse(target, origin);
    return url?.origin === origin ? url.href : null;
  }
  return null;
}
