/** The peers of the bench: actors by number, on a few hundred hosts, with a few RSA-2048 keys between them. */
import type { JsonObject } from "../../worker/vocab/read.ts";

const HOSTS = 300;
export const KEYS = 8;

export function actorIri(n: number): string {
  return `https://h${n % HOSTS}.example.org/users/u${n}`;
}

export function numberOf(iri: string): number {
  return Number(/\/u(\d+)$/.exec(iri)?.[1]);
}

/** In the shape of Mastodon's. `pems`: one for each of `KEYS`. */
export function actorDocument(n: number, pems: readonly string[]): JsonObject {
  const iri = actorIri(n);
  const { origin } = new URL(iri);
  return {
    "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
    id: iri,
    type: "Person",
    following: `${iri}/following`,
    followers: `${iri}/followers`,
    inbox: `${iri}/inbox`,
    outbox: `${iri}/outbox`,
    preferredUsername: `u${n}`,
    name: `Person ${n}`,
    summary: `<p>I am number ${n}, and I write about <a href="${origin}/tags/gardens" rel="tag">#gardens</a>.</p>`,
    url: `${origin}/@u${n}`,
    manuallyApprovesFollowers: false,
    discoverable: true,
    published: "2022-11-05T00:00:00Z",
    publicKey: { id: `${iri}#main-key`, owner: iri, publicKeyPem: pems[n % KEYS]! },
    endpoints: { sharedInbox: `${origin}/inbox` },
    icon: { type: "Image", mediaType: "image/png", url: `${origin}/avatars/u${n}.png` },
  };
}
