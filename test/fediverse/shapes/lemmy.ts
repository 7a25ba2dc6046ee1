/**
 * Lemmy 1.0: `crates/apub/assets/lemmy/*`. Its people follow communities only, so there is no Follow; a comment puts the parent's author in `cc` and
 * in the tags of the Create, not of the Note; a report says its reason in `summary`; communities announce whole activities.
 */
import type { Doc } from "../peer.ts";
import { bare, PUBLIC, type Me, type Ours, type Software } from "./software.ts";

const CONTEXT = ["https://join-lemmy.org/context.json", "https://www.w3.org/ns/activitystreams"];
const community = (me: Me) => `${me.origin}/c/main`;
const id = (me: Me, kind: string) =>
  `${me.origin}/activities/${kind}/1e77d67c-44ac-45ed-bf2a-${me.next().padStart(12, "0")}`;
const now = () => new Date().toISOString().replace("Z", "920Z");

export const lemmy: Software = {
  name: "Lemmy",
  host: "lemmy.test",
  actorId: (origin, name) => `${origin}/u/${name}`,
  keyId: (actor) => `${actor}#main-key`,
  inbox: "shared",
  actor: (me) => actor(me, "Person"),
  accept: (me, follow) => ({
    "@context": CONTEXT,
    actor: me.id,
    to: [follow["actor"]],
    object: bare(follow),
    type: "Accept",
    id: id(me, "accept"),
  }),
  reject: (me, follow) => ({
    "@context": CONTEXT,
    actor: me.id,
    to: [follow["actor"]],
    object: bare(follow),
    type: "Reject",
    id: id(me, "reject"),
  }),
  reply,
  create: (me, note) => ({
    "@context": CONTEXT,
    actor: me.id,
    to: [PUBLIC],
    object: note,
    cc: note["cc"],
    audience: community(me),
    tag: [{ href: "https://me.test/actor", type: "Mention", name: "@me@me.test" }],
    type: "Create",
    id: id(me, "create"),
  }),
  edit: (me, note) => ({
    "@context": CONTEXT,
    actor: me.id,
    to: [PUBLIC],
    object: { ...note, content: "<p>Edited</p>\n", updated: now() },
    cc: note["cc"],
    audience: community(me),
    tag: [],
    type: "Update",
    id: id(me, "update"),
  }),
  remove: (me, note) => ({
    "@context": CONTEXT,
    actor: me.id,
    to: [PUBLIC],
    object: note["id"],
    cc: [community(me)],
    audience: community(me),
    type: "Delete",
    id: id(me, "delete"),
  }),
  leave: (me) => ({
    "@context": CONTEXT,
    actor: me.id,
    to: [PUBLIC],
    object: me.id,
    type: "Delete",
    id: id(me, "delete"),
    removeData: true,
  }),
  like: (me, ours) => ({
    "@context": CONTEXT,
    actor: me.id,
    object: ours.post,
    audience: community(me),
    type: "Like",
    id: id(me, "like"),
  }),
  undoLike: (me, like) => ({
    "@context": CONTEXT,
    actor: me.id,
    object: bare(like),
    audience: community(me),
    type: "Undo",
    id: id(me, "undo"),
  }),
  flag: (me, ours, summary) => ({
    "@context": CONTEXT,
    actor: me.id,
    to: [community(me)],
    audience: community(me),
    object: ours.post,
    summary,
    type: "Flag",
    id: id(me, "flag"),
  }),
};

/** What a community says to its followers: the activity of a member, wrapped in an Announce. */
export function announced(group: Me, activity: Doc): Doc {
  return {
    "@context": CONTEXT,
    actor: group.id,
    to: [PUBLIC],
    object: bare(activity),
    cc: [`${group.id}/followers`],
    type: "Announce",
    id: id(group, "announce"),
  };
}

/** A post in a community. */
export function page(me: Me, group: Me): Doc {
  const number = me.next();
  return {
    type: "Page",
    id: `${me.origin}/post/${number}`,
    attributedTo: me.id,
    to: [group.id, PUBLIC],
    name: "A title",
    cc: [],
    content: "<p>A page</p>\n",
    mediaType: "text/html",
    source: { content: "A page", mediaType: "text/markdown" },
    attachment: [{ type: "Link", href: "https://x.test/picture.png" }],
    sensitive: false,
    language: { identifier: "fr", name: "Français" },
    audience: group.id,
    tag: [{ href: `${me.origin}/post/${number}`, name: "#main", type: "Hashtag" }],
    published: now(),
  };
}

export function actor(me: Me, type: "Person" | "Group"): Doc {
  return {
    "@context": CONTEXT,
    id: me.id,
    type,
    preferredUsername: me.name,
    name: "Jean-Luc",
    summary: "<p>Captain</p>\n",
    source: { content: "Captain", mediaType: "text/markdown" },
    icon: { type: "Image", url: `${me.origin}/pictrs/image/ed9ej7.jpg` },
    matrixUserId: "@picard:matrix.test",
    inbox: `${me.id}/inbox`,
    outbox: `${me.id}/outbox`,
    ...(type === "Group"
      ? {
          followers: `${me.id}/followers`,
          attributedTo: `${me.id}/moderators`,
          postingRestrictedToMods: false,
        }
      : {}),
    endpoints: { sharedInbox: `${me.origin}/inbox` },
    published: "2020-01-17T01:38:22.348392Z",
    updated: "2021-08-13T00:11:15.941990Z",
    publicKey: { id: me.keyId, owner: me.id, publicKeyPem: me.pem },
  };
}

function reply(me: Me, ours: Ours): Doc {
  return {
    type: "Note",
    id: `${me.origin}/comment/${me.next()}`,
    attributedTo: me.id,
    to: [PUBLIC],
    cc: [community(me), ours.actor],
    content: "<p>A reply</p>\n",
    inReplyTo: ours.post,
    mediaType: "text/html",
    source: { content: "A reply", mediaType: "text/markdown" },
    published: now(),
    distinguished: false,
    language: { identifier: "en", name: "English" },
    audience: community(me),
    tag: [{ href: ours.actor, name: `@${ours.handle}`, type: "Mention" }],
    attachment: [],
  };
}
