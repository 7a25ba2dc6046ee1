/**
 * GoToSocial 0.20: `internal/typeutils/internaltoas.go` and its tests. A list of one is written as the one; the key is a document
 * of its own, `/main-key`, no fragment; activities without an id of their own kind get `https://host/ULID`; it signs as `hs2019`.
 */
import type { Doc } from "../peer.ts";
import { AS, bare, PUBLIC, seconds, type Me, type Ours, type Software } from "./software.ts";

const CONTEXT = ["https://gotosocial.org/ns", AS, { sensitive: "as:sensitive" }];
const ulid = (me: Me) => `01FF25D5Q0DH7CHD57CT${me.next().padStart(6, "0")}`;

export const gotosocial: Software = {
  name: "GoToSocial",
  host: "gts.test",
  actorId: (origin, name) => `${origin}/users/${name}`,
  keyId: (actor) => `${actor}/main-key`,
  inbox: "personal",
  signs: { algorithm: "hs2019" },
  actor,
  follow: (me, object) => ({
    "@context": AS,
    actor: me.id,
    id: `${me.id}/follow/${ulid(me)}`,
    object,
    to: object,
    type: "Follow",
  }),
  undoFollow: (me, follow) => ({
    "@context": AS,
    actor: me.id,
    id: `${me.origin}/${ulid(me)}`,
    object: bare(follow),
    to: follow["object"],
    type: "Undo",
  }),
  accept: (me, follow) => answer(me, "Accept", follow),
  reject: (me, follow) => answer(me, "Reject", follow),
  reply,
  create: (me, note) => ({
    "@context": CONTEXT,
    actor: me.id,
    cc: note["cc"],
    id: `${note["id"] as string}/activity#Create`,
    object: note,
    published: note["published"],
    to: note["to"],
    type: "Create",
  }),
  edit: (me, note) => ({
    "@context": CONTEXT,
    actor: me.id,
    cc: note["cc"],
    id: `${note["id"] as string}/activity#Update`,
    object: { ...note, content: "<p>Edited</p>", contentMap: { en: "<p>Edited</p>" }, updated: seconds() },
    to: note["to"],
    type: "Update",
  }),
  remove: (me, note) => ({
    "@context": AS,
    actor: me.id,
    cc: [`${me.id}/followers`, "https://me.test/actor"],
    id: `${me.origin}/${ulid(me)}`,
    object: note["id"],
    to: PUBLIC,
    type: "Delete",
  }),
  leave: (me) => ({
    "@context": AS,
    actor: me.id,
    cc: PUBLIC,
    id: `${me.origin}/${ulid(me)}`,
    object: me.id,
    to: `${me.id}/followers`,
    type: "Delete",
  }),
  updateActor: (me, document) => ({
    "@context": document["@context"],
    actor: me.id,
    bcc: `${me.id}/followers`,
    id: `${me.id}#updates/${ulid(me)}`,
    object: bare(document),
    to: PUBLIC,
    type: "Update",
  }),
  like: (me, ours) => ({
    "@context": AS,
    actor: me.id,
    id: `${me.id}/liked/${ulid(me)}`,
    object: ours.post,
    to: ours.actor,
    type: "Like",
  }),
  undoLike: (me, like) => ({
    "@context": AS,
    actor: me.id,
    id: `${me.origin}/${ulid(me)}`,
    object: bare(like),
    to: like["to"],
    type: "Undo",
  }),
  announce: (me, object) => ({
    "@context": AS,
    actor: me.id,
    cc: ["https://me.test/actor", PUBLIC],
    id: `${me.id}/statuses/${ulid(me)}`,
    object,
    published: seconds(),
    to: `${me.id}/followers`,
    type: "Announce",
  }),
  undoAnnounce: (me, announce) => ({
    "@context": AS,
    actor: me.id,
    cc: announce["cc"],
    id: `${me.origin}/${ulid(me)}`,
    object: bare(announce),
    to: announce["to"],
    type: "Undo",
  }),
  block: (me, object) => ({
    "@context": AS,
    actor: me.id,
    id: `${me.id}/blocks/${ulid(me)}`,
    object,
    to: object,
    type: "Block",
  }),
  undoBlock: (me, block) => ({
    "@context": AS,
    actor: me.id,
    id: `${me.origin}/${ulid(me)}`,
    object: bare(block),
    to: block["to"],
    type: "Undo",
  }),
  flag: (me, ours, content) => ({
    "@context": AS,
    actor: me.id,
    content,
    id: `${me.origin}/reports/${ulid(me)}`,
    object: [ours.actor, ours.post],
    type: "Flag",
  }),
  move: (me, target) => ({
    "@context": AS,
    actor: me.id,
    cc: PUBLIC,
    id: `${me.id}/moves/${ulid(me)}`,
    object: me.id,
    target,
    to: `${me.id}/followers`,
    type: "Move",
  }),
};

function answer(me: Me, type: "Accept" | "Reject", follow: Doc): Doc {
  return {
    "@context": AS,
    actor: me.id,
    id: `${me.id}/${type.toLowerCase()}s/${ulid(me)}`,
    object: bare(follow),
    to: follow["actor"],
    type,
  };
}

function actor(me: Me): Doc {
  return {
    "@context": [
      "https://gotosocial.org/ns",
      "https://w3id.org/security/v1",
      AS,
      {
        discoverable: "toot:discoverable",
        featured: { "@id": "toot:featured", "@type": "@id" },
        manuallyApprovesFollowers: "as:manuallyApprovesFollowers",
        toot: "http://joinmastodon.org/ns#",
      },
    ],
    discoverable: true,
    endpoints: { sharedInbox: `${me.origin}/inbox` },
    featured: `${me.id}/collections/featured`,
    followers: `${me.id}/followers`,
    following: `${me.id}/following`,
    hidesCcPublicFromUnauthedWeb: false,
    hidesToPublicFromUnauthedWeb: false,
    icon: { mediaType: "image/jpeg", name: "a goblin", type: "Image", url: `${me.origin}/fileserver/a.jpg` },
    id: me.id,
    inbox: `${me.id}/inbox`,
    manuallyApprovesFollowers: false,
    name: "gts user",
    outbox: `${me.id}/outbox`,
    preferredUsername: me.name,
    publicKey: { id: me.keyId, owner: me.id, publicKeyPem: me.pem },
    published: "2022-05-20T11:09:18Z",
    summary: "<p>hey yo</p>",
    tag: [],
    type: "Person",
    url: `${me.origin}/@${me.name}`,
  };
}

function reply(me: Me, ours: Ours): Doc {
  const number = ulid(me);
  const id = `${me.id}/statuses/${number}`;
  const always = { always: [PUBLIC], approvalRequired: [], automaticApproval: [PUBLIC], manualApproval: [] };
  return {
    attachment: [],
    attributedTo: me.id,
    cc: [`${me.id}/followers`, ours.actor],
    content: "<p>A reply</p>",
    contentMap: { en: "<p>A reply</p>" },
    id,
    inReplyTo: ours.post,
    interactionPolicy: { canAnnounce: always, canLike: always, canReply: always },
    published: seconds().replace("Z", "+00:00"),
    replies: {
      first: {
        id: `${id}/replies?page=true`,
        next: `${id}/replies?page=true&only_other_accounts=false`,
        partOf: `${id}/replies`,
        type: "CollectionPage",
      },
      id: `${id}/replies`,
      type: "Collection",
    },
    sensitive: false,
    summary: "",
    tag: { href: ours.actor, name: `@${ours.handle}`, type: "Mention" },
    to: PUBLIC,
    type: "Note",
    url: `${me.origin}/@${me.name}/statuses/${number}`,
  };
}
