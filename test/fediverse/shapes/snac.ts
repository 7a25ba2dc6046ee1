/**
 * snac 2.8x: `activitypub.c`. One plain context, ids made of the thing they speak of, no shared inbox unless asked for, `to` as one text.
 * It neither blocks nor reports across servers.
 */
import type { Doc } from "../peer.ts";
import { AS, bare, PUBLIC, seconds, type Me, type Ours, type Software } from "./software.ts";

/** Microseconds and a dot, as snac numbers things. */
const tid = (me: Me) => `1763787600.${me.next().padStart(6, "0")}`;

export const snac: Software = {
  name: "snac",
  host: "snac.test",
  actorId: (origin, name) => `${origin}/${name}`,
  keyId: (actor) => `${actor}#main-key`,
  inbox: "personal",
  actor,
  follow: (me, object) => ({
    "@context": AS,
    type: "Follow",
    id: `${me.id}/d/${tid(me)}/Follow`,
    actor: me.id,
    object,
  }),
  undoFollow: undo,
  accept: (me, follow) => ({
    "@context": AS,
    type: "Accept",
    id: `${me.id}/d/${tid(me)}/Accept`,
    actor: me.id,
    object: follow,
    to: follow["actor"],
  }),
  reply,
  create: (me, note) => ({
    "@context": AS,
    type: "Create",
    id: `${note["id"] as string}/Create`,
    actor: me.id,
    published: note["published"],
    object: note,
    attributedTo: me.id,
    cc: note["cc"],
    to: note["to"],
  }),
  edit: (me, note) => ({
    "@context": AS,
    type: "Update",
    id: `${note["id"] as string}/Update_${tid(me)}`,
    actor: me.id,
    published: seconds(),
    object: { ...note, content: "<p>Edited</p>", sourceContent: "Edited", updated: seconds() },
    to: note["to"],
    cc: note["cc"],
  }),
  remove: (me, note) => remove(me, note["id"] as string),
  leave: (me) => remove(me, me.id),
  updateActor: (me, document) => ({
    "@context": AS,
    type: "Update",
    id: `${me.id}/Update_${tid(me)}`,
    actor: me.id,
    published: seconds(),
    object: document,
    to: PUBLIC,
    cc: ["https://me.test/actor"],
  }),
  like: (me, ours) => admiration(me, "Like", "l", ours.post),
  undoLike: undo,
  react: (me, ours, content) => ({ ...admiration(me, "EmojiReact", "e", ours.post), content, tag: [] }),
  announce: (me, post) => admiration(me, "Announce", "a", post),
  undoAnnounce: undo,
  move: (me, target) => ({
    "@context": AS,
    type: "Move",
    id: `${me.id}/d/${tid(me)}/Move`,
    actor: me.id,
    object: me.id,
    target,
  }),
};

function admiration(me: Me, type: string, letter: string, object: string): Doc {
  return {
    "@context": AS,
    type,
    id: `${me.id}/${letter}/0123456789abcdef${me.next().padStart(16, "0")}`,
    actor: me.id,
    published: seconds(),
    object,
    to: [PUBLIC, "https://me.test/actor"],
  };
}

function undo(me: Me, activity: Doc): Doc {
  const { published: _, ...object } = activity;
  return {
    "@context": AS,
    type: "Undo",
    id: `${activity["id"] as string}/Undo_${tid(me)}`,
    actor: me.id,
    published: seconds(),
    object: bare(object),
    to: activity["to"] ?? activity["object"],
  };
}

function remove(me: Me, id: string): Doc {
  return {
    "@context": AS,
    type: "Delete",
    id: `${id}/Delete_${tid(me)}`,
    actor: me.id,
    published: seconds(),
    object: { type: "Tombstone", id },
    to: [PUBLIC],
  };
}

function actor(me: Me): Doc {
  return {
    "@context": [AS, "https://w3id.org/security/v1"],
    type: "Person",
    id: me.id,
    url: me.id,
    name: "snac user",
    preferredUsername: me.name,
    published: "2022-09-20T09:21:00Z",
    summary: "<p>hi</p>",
    tag: [],
    inbox: `${me.id}/inbox`,
    outbox: `${me.id}/outbox`,
    followers: `${me.id}/followers`,
    following: `${me.id}/following`,
    featured: `${me.id}/featured`,
    icon: { type: "Image", mediaType: "image/png", url: `${me.origin}/susie.png` },
    publicKey: { id: me.keyId, owner: me.id, publicKeyPem: me.pem },
    manuallyApprovesFollowers: false,
    webfinger: `${me.name}@${me.host}`,
  };
}

function reply(me: Me, ours: Ours): Doc {
  const id = `${me.id}/p/${tid(me)}`;
  return {
    "@context": AS,
    type: "Note",
    id,
    published: seconds(),
    attributedTo: me.id,
    summary: "",
    content: "<p>A reply</p>",
    context: `${id}#ctxt`,
    url: id,
    to: [PUBLIC, ours.actor],
    cc: [`${me.id}/followers`],
    inReplyTo: ours.post,
    tag: [{ type: "Mention", href: ours.actor, name: `@${ours.handle}` }],
    sourceContent: "A reply",
    replies: {
      id: `${id}/r`,
      type: "Collection",
      first: { type: "CollectionPage", id: `${id}/rp`, partOf: `${id}/r`, next: `${id}/rp` },
    },
  };
}
