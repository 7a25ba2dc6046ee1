/** The owner's actor document. */
import type { Iri, SafeHtml, UnixMs } from "../kernel/brand.ts";
import { places } from "../model/places.ts";
import { dateTime, serialise, vocabulary } from "./fedify.ts";
import type { JsonObject } from "./read.ts";

export interface Profile {
  readonly origin: string;
  readonly actor: Iri;
  readonly handle: string;
  readonly handleDomain: string;
  readonly name: string;
  readonly bio: SafeHtml;
  /** `verifiedAt`: since when its link is seen to link back. */
  readonly fields: readonly { name: string; value: SafeHtml; verifiedAt: UnixMs | null }[];
  readonly avatar: { url: string; type: string } | null;
  readonly header: { url: string; type: string } | null;
  readonly locked: boolean;
  readonly aliases: readonly Iri[];
  /** Where the owner has gone; null while they live here. */
  readonly movedTo: Iri | null;
  readonly claimedAt: UnixMs;
  /** The owner's apps fetch other servers' pictures themselves. For our own pages and answers alone. */
  readonly mediaDirect?: boolean;
  /** SPKI PEM of `#main-key`, multibase of `#ed25519-key` (FEP-521a). */
  readonly publicKeys: { pem: string; multibase: string };
}

/**
 * `alsoKnownAs` is always an array and the public key always a PEM under `#main-key`. `webfinger` is FEP-2c59; `toot:` terms are
 * Mastodon's. One serialisation.
 */
export async function actorDocument(profile: Profile): Promise<JsonObject> {
  const { Endpoints, Image, Person, PropertyValue } = await vocabulary();
  const { origin, actor } = profile;
  const image = (picture: { url: string; type: string } | null) =>
    picture && new Image({ url: new URL(picture.url), mediaType: picture.type });
  const person = new Person({
    id: new URL(actor),
    preferredUsername: profile.handle,
    name: profile.name,
    summary: profile.bio,
    url: new URL(places.profile(origin, profile.handle)),
    inbox: new URL(places.inbox(origin)),
    outbox: new URL(places.outbox(origin)),
    followers: new URL(places.followers(origin)),
    following: new URL(places.following(origin)),
    featured: new URL(places.featured(origin)),
    featuredTags: new URL(places.featuredTags(origin)),
    liked: new URL(places.liked(origin)),
    endpoints: new Endpoints({ sharedInbox: new URL(places.sharedInbox(origin)) }),
    manuallyApprovesFollowers: profile.locked,
    discoverable: true,
    indexable: true,
    icon: image(profile.avatar),
    image: image(profile.header),
    attachments: profile.fields.map(({ name, value }) => new PropertyValue({ name, value })),
    aliases: profile.aliases.map((alias) => new URL(alias)),
  });
  const document = await serialise(person);
  return {
    ...document,
    "@context": [
      "https://www.w3.org/ns/activitystreams",
      "https://w3id.org/security/v1",
      "https://w3id.org/security/multikey/v1",
      TERMS,
    ],
    published: dateTime(profile.claimedAt),
    alsoKnownAs: [...profile.aliases],
    ...(profile.movedTo === null ? {} : { movedTo: profile.movedTo }),
    attachment: document["attachment"] ?? [],
    webfinger: `${profile.handle}@${profile.handleDomain}`,
    publicKey: { id: `${actor}#main-key`, owner: actor, publicKeyPem: profile.publicKeys.pem },
    assertionMethod: [
      {
        id: `${actor}#ed25519-key`,
        type: "Multikey",
        controller: actor,
        publicKeyMultibase: profile.publicKeys.multibase,
      },
    ],
  };
}

/** What the two standard contexts lack. */
const TERMS: JsonObject = {
  toot: "http://joinmastodon.org/ns#",
  schema: "http://schema.org#",
  manuallyApprovesFollowers: "as:manuallyApprovesFollowers",
  alsoKnownAs: { "@id": "as:alsoKnownAs", "@type": "@id" },
  movedTo: { "@id": "as:movedTo", "@type": "@id" },
  featured: { "@id": "toot:featured", "@type": "@id" },
  featuredTags: { "@id": "toot:featuredTags", "@type": "@id" },
  discoverable: "toot:discoverable",
  indexable: "toot:indexable",
  PropertyValue: "schema:PropertyValue",
  value: "schema:value",
  webfinger: "https://purl.archive.org/socialweb/webfinger#webfinger",
};
