/** One person of a follower list, as every source of such lists is read. */
import type { Iri } from "../kernel/brand.ts";
import { hash52 } from "../kernel/hash52.ts";
import { hostOf, parseIri } from "../kernel/iri.ts";

export interface Listed {
  readonly iri: Iri | null;
  /** user@host, lower case. */
  readonly address: string | null;
  /** Lower case: of the actor id where it is known, else of the address. */
  readonly host: string;
}

/** Characters of the part before the @. Mastodon takes 30 of its own, and whatever others have. */
const USER_MAX = 128;
const USER = /^[^\s@/\\:;,"'<>()[\]|]+$/u;
/** A name with a dot in it, or what local federation uses. */
const HOST = /^(([a-z0-9_-]+\.)+[a-z0-9-]+|localhost)(:\d{1,5})?$/;

/** The person whose actor id this is. */
export function listedActor(iri: Iri, address: string | null = null): Listed {
  return { iri, address: address === null ? null : addressOf(address), host: hostOf(iri) };
}

/** The person of this address; null when it is none. `@user@host`, `user@host` and `acct:user@host` are the same. */
export function listedAddress(text: string): Listed | null {
  const address = addressOf(text);
  return address === null ? null : { iri: null, address, host: address.slice(address.lastIndexOf("@") + 1) };
}

/**
 * A person as files name them: an address, an actor id or the address of a profile page. Null when it is none of these. A page at
 * `/@user` is read as the address it shows: almost nowhere is it the actor's id, and the address finds them either way.
 */
export function readListed(text: string): Listed | null {
  const trimmed = text.trim();
  const iri = parseIri(trimmed);
  if (iri === null) return listedAddress(trimmed);
  const user = /^https?:\/\/[^/]+\/@([^/@?#]+)\/?$/.exec(iri)?.[1];
  return (user !== undefined && listedAddress(`${user}@${hostOf(iri)}`)) || listedActor(iri);
}

/** The number of its row: what the peer's number is or would be, or one made of the address until the id is known. */
export function expectedId(person: Pick<Listed, "iri" | "address">): number {
  return person.iri === null ? addressId(person.address ?? "") : hash52(person.iri);
}

export const addressId = (address: string): number => hash52(`acct:${address}`);

function addressOf(text: string): string | null {
  const match = /^(?:acct:)?@?([^@]+)@([^@]+)$/i.exec(text.trim());
  const [, user = "", typed = ""] = match ?? [];
  if (user.length > USER_MAX || !USER.test(user) || /[/\\?#\s]/.test(typed)) return null;
  const host = HOST.test(typed) ? typed : (URL.parse(`https://${typed}/`)?.host ?? "");
  return HOST.test(host) ? `${user.toLowerCase()}@${host}` : null;
}
