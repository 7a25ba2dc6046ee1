/** Mastodon 4.5: `app/serializers/activitypub/*`. Many contexts, embedded Undo, seconds in times, `atomUri` beside each id. */
import type { Doc } from "../peer.ts";
import { AS, bare, PUBLIC, seconds, type Me, type Ours, type Software } from "./software.ts";

const OSTATUS = [
  AS,
  { ostatus: "http://ostatus.org#", atomUri: "ostatus:atomUri", sensitive: "as:sensitive" },
];

export const mastodon: Software = {
  name: "Mastodon",
  host: "mastodon.test",
  actorId: (origin, name) => `${origin}/users/${name}`,
  keyId: (actor) => `${actor}#main-key`,
  inbox: "personal",
  actor,
  follow: (me, object) => ({
    "@context": AS,
    id: `${me.origin}/3f8d1c2a-${me.next()}`,
    type: "Follow",
    actor: me.id,
    object,
  }),
  undoFollow: (me, follow) => ({
    "@context": AS,
    id: `${me.id}#follows/${me.next()}/undo`,
    type: "Undo",
    actor: me.id,
    object: bare(follow),
  }),
  accept: (me, follow) => answer(me, "Accept", follow),
  reject: (me, follow) => answer(me, "Reject", follow),
  reply,
  create: (me, note) => ({
    "@context": OSTATUS,
    id: `${note["id"] as string}/activity`,
    type: "Create",
    actor: me.id,
    published: note["published"],
    to: note["to"],
    cc: note["cc"],
    object: note,
  }),
  edit: (me, note) => ({
    "@context": OSTATUS,
    id: `${note["id"] as string}#updates/${me.next()}`,
    type: "Update",
    actor: me.id,
    published: seconds(),
    to: note["to"],
    cc: note["cc"],
    object: { ...note, content: "<p>Edited</p>", contentMap: { en: "<p>Edited</p>" }, updated: seconds() },
  }),
  remove: (me, note) => ({
    "@context": OSTATUS,
    id: `${note["id"] as string}#delete`,
    type: "Delete",
    actor: me.id,
    to: [PUBLIC],
    object: { id: note["id"], type: "Tombstone", atomUri: note["id"] },
  }),
  leave: (me) => ({
    "@context": AS,
    id: `${me.id}#delete`,
    type: "Delete",
    actor: me.id,
    to: [PUBLIC],
    object: me.id,
  }),
  updateActor: (me, document) => ({
    "@context": document["@context"],
    id: `${me.id}#updates/${me.next()}`,
    type: "Update",
    actor: me.id,
    to: [PUBLIC],
    object: bare(document),
  }),
  like: (me, ours) => ({
    "@context": AS,
    id: `${me.id}#likes/${me.next()}`,
    type: "Like",
    actor: me.id,
    object: ours.post,
  }),
  undoLike: (me, like) => ({
    "@context": AS,
    id: `${like["id"] as string}/undo`,
    type: "Undo",
    actor: me.id,
    object: bare(like),
  }),
  announce: (me, object) => {
    const id = `${me.id}/statuses/${me.next()}/activity`;
    return {
      "@context": OSTATUS,
      id,
      type: "Announce",
      actor: me.id,
      published: seconds(),
      to: [PUBLIC],
      cc: ["https://me.test/actor", `${me.id}/followers`],
      object,
    };
  },
  undoAnnounce: (me, announce) => ({
    "@context": OSTATUS,
    id: `${me.id}#announces/${me.next()}/undo`,
    type: "Undo",
    actor: me.id,
    to: [PUBLIC],
    object: { ...bare(announce), atomUri: announce["id"] },
  }),
  block: (me, object) => ({
    "@context": AS,
    id: `${me.id}#blocks/${me.next()}`,
    type: "Block",
    actor: me.id,
    object,
  }),
  undoBlock: (me, block) => ({
    "@context": AS,
    id: `${block["id"] as string}/undo`,
    type: "Undo",
    actor: me.id,
    object: bare(block),
  }),
  flag: (me, ours, content) => ({
    "@context": AS,
    id: `${me.origin}/ccb4f39a-${me.next()}`,
    type: "Flag",
    actor: me.id,
    content,
    object: [ours.actor, ours.post],
    to: ours.actor,
  }),
  move: (me, target) => ({
    "@context": AS,
    id: `${me.id}#moves/${me.next()}`,
    type: "Move",
    actor: me.id,
    object: me.id,
    target,
  }),
};

function answer(me: Me, type: "Accept" | "Reject", follow: Doc): Doc {
  const kind = `${type.toLowerCase()}s`;
  return {
    "@context": AS,
    id: `${me.id}#${kind}/follows/${me.next()}`,
    type,
    actor: me.id,
    object: bare(follow),
  };
}

function actor(me: Me): Doc {
  return {
    "@context": [
      AS,
      "https://w3id.org/security/v1",
      {
        manuallyApprovesFollowers: "as:manuallyApprovesFollowers",
        toot: "http://joinmastodon.org/ns#",
        featured: { "@id": "toot:featured", "@type": "@id" },
        alsoKnownAs: { "@id": "as:alsoKnownAs", "@type": "@id" },
        movedTo: { "@id": "as:movedTo", "@type": "@id" },
        schema: "http://schema.org#",
        PropertyValue: "schema:PropertyValue",
        value: "schema:value",
        discoverable: "toot:discoverable",
        suspended: "toot:suspended",
        memorial: "toot:memorial",
        indexable: "toot:indexable",
        attributionDomains: { "@id": "toot:attributionDomains", "@type": "@id" },
        focalPoint: { "@container": "@list", "@id": "toot:focalPoint" },
      },
    ],
    id: me.id,
    type: "Person",
    following: `${me.id}/following`,
    followers: `${me.id}/followers`,
    inbox: `${me.id}/inbox`,
    outbox: `${me.id}/outbox`,
    featured: `${me.id}/collections/featured`,
    featuredTags: `${me.id}/collections/tags`,
    preferredUsername: me.name,
    name: "Mastodon user",
    summary: "<p>Hello</p>",
    url: `${me.origin}/@${me.name}`,
    manuallyApprovesFollowers: false,
    discoverable: true,
    indexable: false,
    published: "2022-10-03T00:00:00Z",
    memorial: false,
    webfinger: `${me.name}@${me.host}`,
    publicKey: { id: me.keyId, owner: me.id, publicKeyPem: me.pem },
    tag: [],
    attachment: [{ type: "PropertyValue", name: "Web", value: '<a href="https://x.test">x.test</a>' }],
    endpoints: { sharedInbox: `${me.origin}/inbox` },
    icon: { type: "Image", mediaType: "image/png", url: `${me.origin}/system/avatar.png` },
  };
}

function reply(me: Me, ours: Ours): Doc {
  const number = me.next();
  const id = `${me.id}/statuses/${number}`;
  const content =
    '<p><span class="h-card" translate="no"><a href="https://me.test/@me" class="u-url mention">@<span>me</span></a></span> A reply</p>';
  return {
    id,
    type: "Note",
    summary: null,
    inReplyTo: ours.post,
    published: seconds(),
    url: `${me.origin}/@${me.name}/${number}`,
    attributedTo: me.id,
    to: [PUBLIC],
    cc: [`${me.id}/followers`, ours.actor],
    sensitive: false,
    atomUri: id,
    inReplyToAtomUri: ours.post,
    conversation: `tag:${me.host},2026-11-22:objectId=${number}:objectType=Conversation`,
    content,
    contentMap: { en: content },
    interactionPolicy: { canQuote: { automaticApproval: [PUBLIC] } },
    attachment: [],
    tag: [{ type: "Mention", href: ours.actor, name: `@${ours.handle}` }],
    replies: {
      id: `${id}/replies`,
      type: "Collection",
      first: {
        type: "CollectionPage",
        next: `${id}/replies?only_other_accounts=true&page=true`,
        partOf: `${id}/replies`,
        items: [],
      },
    },
    likes: { id: `${id}/likes`, type: "Collection", totalItems: 0 },
    shares: { id: `${id}/shares`, type: "Collection", totalItems: 0 },
  };
}
