/**
 * Pixelfed 0.12: `app/Transformer/ActivityPub/*`. Its Follow has no id and goes to the shared inbox; the `tag` of an answer is an
 * object whose first member is the mention and the others have numbers for names; content may be null.
 */
import type { Doc } from "../peer.ts";
import { AS, bare, PUBLIC, seconds, type Me, type Ours, type Software } from "./software.ts";

const CONTEXT = [
  "https://w3id.org/security/v1",
  AS,
  {
    Hashtag: "as:Hashtag",
    sensitive: "as:sensitive",
    schema: "http://schema.org/",
    pixelfed: "http://pixelfed.org/ns#",
    commentsEnabled: { "@id": "pixelfed:commentsEnabled", "@type": "schema:Boolean" },
    capabilities: { "@id": "pixelfed:capabilities", "@container": "@set" },
    announce: { "@id": "pixelfed:canAnnounce", "@type": "@id" },
    like: { "@id": "pixelfed:canLike", "@type": "@id" },
    reply: { "@id": "pixelfed:canReply", "@type": "@id" },
    toot: "http://joinmastodon.org/ns#",
    Emoji: "toot:Emoji",
    blurhash: "toot:blurhash",
  },
];

const atom = () => seconds().replace("Z", "+00:00");

export const pixelfed: Software = {
  name: "Pixelfed",
  host: "pixelfed.test",
  actorId: (origin, name) => `${origin}/users/${name}`,
  keyId: (actor) => `${actor}#main-key`,
  inbox: "shared",
  signs: { contentType: 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"' },
  actor,
  follow: (me, object) => ({ "@context": AS, type: "Follow", actor: me.id, object }),
  undoFollow: (me, follow) => {
    const number = me.next();
    return {
      "@context": AS,
      id: `${me.id}#follow/${number}/undo`,
      type: "Undo",
      actor: me.id,
      object: {
        id: `${me.id}#follows/${number}`,
        actor: me.id,
        object: follow["object"],
        type: "Follow",
      },
    };
  },
  accept: (me, follow) => answer(me, "Accept", follow),
  reject: (me, follow) => answer(me, "Reject", follow),
  reply,
  create: (me, note) => ({
    "@context": CONTEXT,
    id: `${note["id"] as string}/activity`,
    type: "Create",
    actor: me.id,
    published: note["published"],
    to: note["to"],
    cc: note["cc"],
    object: note,
  }),
  edit: (me, note) => ({
    "@context": CONTEXT,
    id: `${note["id"] as string}#updates/${me.next()}`,
    type: "Update",
    actor: me.id,
    published: atom(),
    to: note["to"],
    cc: note["cc"],
    object: { ...note, content: "<p>Edited</p>", updated: atom() },
  }),
  remove: (me, note) => ({
    "@context": AS,
    id: `${note["id"] as string}#delete`,
    type: "Delete",
    actor: me.id,
    object: { id: note["id"], type: "Tombstone" },
  }),
  leave: (me) => ({
    "@context": AS,
    id: `${me.id}#delete`,
    type: "Delete",
    actor: me.id,
    to: [PUBLIC],
    object: me.id,
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
  announce: (me, object) => ({
    "@context": AS,
    id: `${me.origin}/p/${me.name}/${me.next()}/activity`,
    type: "Announce",
    actor: me.id,
    to: [PUBLIC],
    cc: [me.id, `${me.id}/followers`],
    published: atom(),
    object,
  }),
  undoAnnounce: (me, announce) => ({
    "@context": AS,
    id: `${(announce["id"] as string).replace(/\/activity$/, "")}/undo`,
    actor: me.id,
    type: "Undo",
    object: bare(announce),
  }),
  move: (me, target) => ({
    "@context": AS,
    id: `${me.id}#moves/${me.next()}`,
    actor: me.id,
    type: "Move",
    object: me.id,
    target,
    to: `${me.id}/followers`,
  }),
};

function answer(me: Me, type: "Accept" | "Reject", follow: Doc): Doc {
  return {
    "@context": AS,
    type,
    id: `${follow["actor"] as string}#${type.toLowerCase()}s/follows/${me.next()}`.replace(
      "https://me.test/actor",
      me.id,
    ),
    actor: me.id,
    object: { type: "Follow", id: follow["id"], actor: follow["actor"], object: me.id },
  };
}

function actor(me: Me): Doc {
  return {
    "@context": ["https://w3id.org/security/v1", AS, { toot: "http://joinmastodon.org/ns#" }],
    id: me.id,
    type: "Person",
    following: `${me.id}/following`,
    followers: `${me.id}/followers`,
    inbox: `${me.id}/inbox`,
    outbox: `${me.id}/outbox`,
    preferredUsername: me.name,
    name: "pix",
    summary: null,
    url: `${me.origin}/${me.name}`,
    manuallyApprovesFollowers: false,
    indexable: false,
    published: "2018-06-01T00:00:00Z",
    publicKey: { id: me.keyId, owner: me.id, publicKeyPem: me.pem },
    icon: { type: "Image", mediaType: "image/jpeg", url: `${me.origin}/storage/avatars/default.jpg` },
    endpoints: { sharedInbox: `${me.origin}/f/inbox` },
  };
}

function reply(me: Me, ours: Ours): Doc {
  const id = `${me.origin}/p/${me.name}/${me.next()}`;
  return {
    id,
    type: "Note",
    summary: null,
    content: "A reply",
    inReplyTo: ours.post,
    published: atom(),
    url: id,
    attributedTo: me.id,
    to: [PUBLIC],
    cc: [`${me.id}/followers`, ours.actor],
    sensitive: false,
    attachment: [
      {
        type: "Image",
        mediaType: "image/jpeg",
        url: `${me.origin}/storage/m/1.jpg`,
        name: "A tree",
        blurhash: "U27d",
        width: 10,
        height: 10,
      },
    ],
    tag: {
      type: "Mention",
      href: ours.actor,
      name: `@${ours.handle}`,
      "0": { type: "Hashtag", href: `${me.origin}/discover/tags/tree`, name: "#tree" },
    },
    commentsEnabled: true,
    capabilities: { announce: PUBLIC, like: PUBLIC, reply: PUBLIC },
    location: null,
  };
}
