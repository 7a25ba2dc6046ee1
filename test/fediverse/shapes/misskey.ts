/**
 * Misskey 2025 (and Sharkey): `ApRendererService.ts`. Ids that a renderer forgot are random ones; the Undo of a Follow names
 * another id than the Follow had; a reaction is a Like that says its emoji; renotes have the id of a note.
 */
import type { Doc } from "../peer.ts";
import { AS, bare, PUBLIC, type Me, type Ours, type Software } from "./software.ts";

const CONTEXT = [
  AS,
  "https://w3id.org/security/v1",
  {
    Key: "sec:Key",
    manuallyApprovesFollowers: "as:manuallyApprovesFollowers",
    sensitive: "as:sensitive",
    Hashtag: "as:Hashtag",
    quoteUrl: "as:quoteUrl",
    toot: "http://joinmastodon.org/ns#",
    Emoji: "toot:Emoji",
    featured: "toot:featured",
    discoverable: "toot:discoverable",
    schema: "http://schema.org#",
    PropertyValue: "schema:PropertyValue",
    value: "schema:value",
    misskey: "https://misskey-hub.net/ns#",
    _misskey_content: "misskey:_misskey_content",
    _misskey_quote: "misskey:_misskey_quote",
    _misskey_reaction: "misskey:_misskey_reaction",
    _misskey_votes: "misskey:_misskey_votes",
    _misskey_summary: "misskey:_misskey_summary",
    isCat: "misskey:isCat",
    vcard: "http://www.w3.org/2006/vcard/ns#",
  },
];

const now = () => new Date().toISOString();
/** What `addContext` gives to an activity that has no id. */
const random = (me: Me) => `${me.origin}/75149198-2f45-46e4-930a-${me.next().padStart(12, "0")}`;
const undo = (me: Me, object: Doc): Doc => ({
  "@context": CONTEXT,
  type: "Undo",
  id: `${object["id"] as string}/undo`,
  actor: me.id,
  object,
  published: now(),
});

export const misskey: Software = {
  name: "Misskey",
  host: "misskey.test",
  actorId: (origin, name) => `${origin}/users/9a${name}`,
  keyId: (actor) => `${actor}#main-key`,
  inbox: "personal",
  actor,
  follow: (me, object) => ({
    "@context": CONTEXT,
    id: `${me.origin}/follows/9req${me.next()}`,
    type: "Follow",
    actor: me.id,
    object,
  }),
  undoFollow: (me, follow) =>
    undo(me, { ...bare(follow), id: `${me.origin}/follows/9a${me.name}/9zpeer${me.next()}` }),
  accept: (me, follow) => ({
    "@context": CONTEXT,
    type: "Accept",
    id: random(me),
    actor: me.id,
    object: bare(follow),
  }),
  reject: (me, follow) => ({
    "@context": CONTEXT,
    type: "Reject",
    id: random(me),
    actor: me.id,
    object: bare(follow),
  }),
  reply,
  create: (me, note) => ({
    "@context": CONTEXT,
    id: `${note["id"] as string}/activity`,
    actor: me.id,
    type: "Create",
    published: note["published"],
    object: note,
    to: note["to"],
    cc: note["cc"],
  }),
  edit: (me, note) => ({
    "@context": CONTEXT,
    id: `${me.id}#updates/${me.next()}`,
    actor: me.id,
    type: "Update",
    to: [PUBLIC],
    object: { ...note, content: "<p>Edited</p>", _misskey_content: "Edited", updated: now() },
    published: now(),
  }),
  remove: (me, note) => ({
    "@context": CONTEXT,
    type: "Delete",
    id: random(me),
    actor: me.id,
    object: { id: note["id"], type: "Tombstone" },
    published: now(),
  }),
  leave: (me) => ({
    "@context": CONTEXT,
    type: "Delete",
    id: random(me),
    actor: me.id,
    object: me.id,
    published: now(),
  }),
  updateActor: (me, document) => ({
    "@context": CONTEXT,
    id: `${me.id}#updates/${me.next()}`,
    actor: me.id,
    type: "Update",
    to: [PUBLIC],
    object: bare(document),
    published: now(),
  }),
  like: (me, ours) => reaction(me, ours, "❤"),
  undoLike: (me, like) => undo(me, bare(like)),
  react: reaction,
  announce: (me, object) => ({
    "@context": CONTEXT,
    id: `${me.origin}/notes/9r${me.next()}/activity`,
    actor: me.id,
    type: "Announce",
    published: now(),
    to: [PUBLIC],
    cc: [`${me.id}/followers`],
    object,
  }),
  undoAnnounce: (me, announce) => undo(me, bare(announce)),
  block: (me, object) => ({
    "@context": CONTEXT,
    type: "Block",
    id: `${me.origin}/blocks/9b${me.next()}`,
    actor: me.id,
    object,
  }),
  undoBlock: (me, block) => undo(me, bare(block)),
  flag: (me, ours, content) => ({
    "@context": CONTEXT,
    type: "Flag",
    id: random(me),
    actor: me.id,
    content,
    object: ours.actor,
  }),
  move: (me, target) => ({
    "@context": CONTEXT,
    id: `${me.origin}/moves/9a${me.name}/9d${me.next()}`,
    actor: me.id,
    type: "Move",
    object: me.id,
    target,
  }),
};

function reaction(me: Me, ours: Ours, emoji: string): Doc {
  return {
    "@context": CONTEXT,
    type: "Like",
    id: `${me.origin}/likes/9l${me.next()}`,
    actor: me.id,
    object: ours.post,
    content: emoji,
    _misskey_reaction: emoji,
  };
}

function actor(me: Me): Doc {
  return {
    "@context": CONTEXT,
    type: "Person",
    id: me.id,
    inbox: `${me.id}/inbox`,
    outbox: `${me.id}/outbox`,
    followers: `${me.id}/followers`,
    following: `${me.id}/following`,
    featured: `${me.id}/collections/featured`,
    sharedInbox: `${me.origin}/inbox`,
    endpoints: { sharedInbox: `${me.origin}/inbox` },
    url: `${me.origin}/@${me.name}`,
    preferredUsername: me.name,
    name: null,
    summary: null,
    _misskey_summary: null,
    icon: null,
    image: null,
    tag: [],
    manuallyApprovesFollowers: false,
    discoverable: true,
    publicKey: { id: me.keyId, type: "Key", owner: me.id, publicKeyPem: me.pem },
    isCat: true,
    "vcard:Address": "Night City",
  };
}

function reply(me: Me, ours: Ours): Doc {
  return {
    id: `${me.origin}/notes/9n${me.next()}`,
    type: "Note",
    attributedTo: me.id,
    content: '<p><a href="https://me.test/@me" class="u-url mention">@me@me.test</a> A reply</p>',
    _misskey_content: "@me@me.test A reply",
    source: { content: "@me@me.test A reply", mediaType: "text/x.misskeymarkdown" },
    published: now(),
    to: [PUBLIC],
    cc: [`${me.id}/followers`, ours.actor],
    inReplyTo: ours.post,
    attachment: [],
    sensitive: false,
    tag: [{ type: "Mention", href: ours.actor, name: `@${ours.handle}` }],
  };
}
