/**
 * Pleroma 2.7 (and Akkoma): `builder.ex`, `transmogrifier.ex`, `user_view.ex`. Activities in an order of their own; most Undo names a bare
 * id; `actor` beside `attributedTo` in posts; a Follow has `state: pending`; `webfinger` with `acct:`.
 */
import type { Doc } from "../peer.ts";
import { AS, bare, PUBLIC, type Me, type Ours, type Software } from "./software.ts";

const context = (me: Me) => [AS, `${me.origin}/schemas/litepub-0.1.jsonld`, { "@language": "und" }];
const activityId = (me: Me) =>
  `${me.origin}/activities/db61d52b-9c35-486a-bf27-${me.next().padStart(12, "0")}`;
const now = () => new Date().toISOString().replace("Z", "000Z");

export const pleroma: Software = {
  name: "Pleroma",
  host: "pleroma.test",
  actorId: (origin, name) => `${origin}/users/${name}`,
  keyId: (actor) => `${actor}#main-key`,
  inbox: "shared",
  actor,
  follow: (me, object) => ({
    "@context": context(me),
    actor: me.id,
    cc: [],
    id: activityId(me),
    object,
    state: "pending",
    to: [object],
    type: "Follow",
  }),
  undoFollow: (me, follow) => ({
    "@context": context(me),
    actor: me.id,
    id: activityId(me),
    object: bare(follow),
    to: follow["to"],
    type: "Undo",
  }),
  accept: (me, follow) => answer(me, "Accept", follow),
  reject: (me, follow) => answer(me, "Reject", follow),
  reply,
  create: (me, note) => ({
    "@context": context(me),
    actor: me.id,
    cc: note["cc"],
    context: note["context"],
    context_id: 6336544,
    directMessage: false,
    id: activityId(me),
    object: note,
    published: note["published"],
    to: note["to"],
    type: "Create",
  }),
  edit: (me, note) => ({
    "@context": context(me),
    actor: me.id,
    cc: note["cc"],
    id: activityId(me),
    object: {
      ...note,
      content: "<p>Edited</p>",
      updated: now(),
      formerRepresentations: { orderedItems: [note], totalItems: 1, type: "OrderedCollection" },
    },
    to: note["to"],
    type: "Update",
  }),
  remove: (me, note) => ({
    "@context": context(me),
    actor: me.id,
    attachment: [],
    attributedTo: me.id,
    cc: [],
    conversation: null,
    id: activityId(me),
    object: note["id"],
    tag: [],
    to: [`${me.id}/followers`, "https://me.test/actor", PUBLIC],
    type: "Delete",
  }),
  leave: (me) => ({
    "@context": context(me),
    actor: me.id,
    id: activityId(me),
    object: me.id,
    to: [`${me.id}/followers`],
    type: "Delete",
  }),
  updateActor: (me, document) => ({
    "@context": context(me),
    actor: me.id,
    cc: [],
    id: activityId(me),
    object: bare(document),
    to: [PUBLIC, `${me.id}/followers`],
    type: "Update",
  }),
  like: (me, ours) => onPost(me, ours.actor, "Like", ours.post),
  undoLike: undoById,
  react: (me, ours, content) => ({ ...onPost(me, ours.actor, "EmojiReact", ours.post), content }),
  announce: (me, post) => ({ ...onPost(me, "https://me.test/actor", "Announce", post), published: now() }),
  undoAnnounce: undoById,
  block: (me, object) => ({
    "@context": context(me),
    actor: me.id,
    id: activityId(me),
    object,
    to: [object],
    type: "Block",
  }),
  undoBlock: undoById,
  flag: (me, ours, content) => ({
    "@context": context(me),
    actor: me.id,
    cc: [ours.actor],
    content,
    context: `${me.origin}/contexts/${me.next()}`,
    id: activityId(me),
    object: [ours.actor, ours.post],
    state: "open",
    to: [],
    type: "Flag",
  }),
  move: (me, target) => ({
    "@context": context(me),
    actor: me.id,
    id: activityId(me),
    object: me.id,
    target,
    to: [`${me.id}/followers`],
    type: "Move",
  }),
};

function undoById(me: Me, activity: Doc): Doc {
  const { id: object, to, cc } = activity;
  return {
    "@context": context(me),
    actor: me.id,
    cc: cc ?? [],
    id: activityId(me),
    object,
    to,
    type: "Undo",
  };
}

function onPost(me: Me, author: string, type: string, object: string): Doc {
  return {
    "@context": context(me),
    actor: me.id,
    cc: [PUBLIC],
    context: "https://me.test/contexts/1",
    id: activityId(me),
    object,
    to: [`${me.id}/followers`, author],
    type,
  };
}

function answer(me: Me, type: "Accept" | "Reject", follow: Doc): Doc {
  const { actor: follower, object, id } = follow;
  return {
    "@context": context(me),
    actor: me.id,
    cc: [],
    id: activityId(me),
    object: { actor: follower, id, object, type: "Follow" },
    to: [follower],
    type,
  };
}

function actor(me: Me): Doc {
  return {
    "@context": context(me),
    alsoKnownAs: [],
    attachment: [],
    capabilities: { acceptsChatMessages: true },
    discoverable: false,
    endpoints: {
      oauthAuthorizationEndpoint: `${me.origin}/oauth/authorize`,
      oauthTokenEndpoint: `${me.origin}/oauth/token`,
      sharedInbox: `${me.origin}/inbox`,
      uploadMedia: `${me.origin}/api/ap/upload_media`,
    },
    featured: `${me.id}/collections/featured`,
    followers: `${me.id}/followers`,
    following: `${me.id}/following`,
    icon: { type: "Image", url: `${me.origin}/media/avatar.png` },
    id: me.id,
    inbox: `${me.id}/inbox`,
    manuallyApprovesFollowers: false,
    name: "pleroma :bzh:",
    outbox: `${me.id}/outbox`,
    preferredUsername: me.name,
    publicKey: { id: me.keyId, owner: me.id, publicKeyPem: `${me.pem}\n` },
    summary: "hello <br/>there",
    tag: [
      {
        icon: { type: "Image", url: `${me.origin}/emoji/bzh.png` },
        id: `${me.origin}/emoji/bzh.png`,
        name: ":bzh:",
        type: "Emoji",
        updated: "1970-01-01T00:00:00Z",
      },
    ],
    type: "Person",
    url: me.id,
    "vcard:bday": null,
    webfinger: `acct:${me.name}@${me.host}`,
  };
}

function reply(me: Me, ours: Ours): Doc {
  const conversation = `${me.origin}/contexts/f6244742`;
  return {
    actor: me.id,
    attachment: [],
    attributedTo: me.id,
    cc: [`${me.id}/followers`],
    content:
      '<span class="h-card"><a class="u-url mention" data-user="AC" href="https://me.test/actor" rel="ugc">@<span>me</span></a></span> A reply',
    contentMap: { en: "A reply" },
    context: conversation,
    conversation,
    id: `${me.origin}/objects/1a522f2e-${me.next()}`,
    inReplyTo: ours.post,
    published: now(),
    sensitive: null,
    source: { content: "@me@me.test A reply", mediaType: "text/plain" },
    summary: "",
    tag: [{ href: ours.actor, name: `@${ours.handle}`, type: "Mention" }],
    to: [ours.actor, PUBLIC],
    type: "Note",
  };
}
