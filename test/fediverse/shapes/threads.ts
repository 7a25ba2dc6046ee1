/**
 * Threads, from documents others received: every id ends in a slash but those of likes, which hang on the actor after one; the page is
 * on another host and `url` a list of Links, the first of which is no web address; times with `+0000`. What its Follow is called is
 * not published: the id is made as that of its likes. It reports, blocks and moves nobody across the border.
 */
import type { Doc } from "../peer.ts";
import { AS, bare, seconds, type Me, type Ours, type Software } from "./software.ts";

const CONTEXT = [
  AS,
  "https://w3id.org/security/v1",
  {
    manuallyApprovesFollowers: "as:manuallyApprovesFollowers",
    sensitive: "as:sensitive",
    toot: "http://joinmastodon.org/ns#",
    discoverable: "toot:discoverable",
    indexable: "toot:indexable",
  },
];

const zoned = () => seconds().replace("Z", "+0000");

export const threads: Software = {
  name: "Threads",
  host: "threads.test",
  actorId: (origin, name) => `${origin}/ap/users/1784140${name.length}00831593087/`,
  keyId: (actor) => `${actor}#main-key`,
  inbox: "shared",
  actor,
  follow: (me, object) => ({
    "@context": AS,
    id: `${me.id}#follows/${me.next()}`,
    type: "Follow",
    actor: me.id,
    object,
  }),
  undoFollow: (me, follow) => ({
    "@context": AS,
    id: `${follow["id"] as string}/undo`,
    type: "Undo",
    actor: me.id,
    object: bare(follow),
  }),
  accept: (me, follow) => ({
    "@context": AS,
    id: `${me.id}#accepts/${me.next()}`,
    type: "Accept",
    actor: me.id,
    object: bare(follow),
  }),
  reply,
  create: (me, note) => ({
    "@context": CONTEXT,
    id: `${note["id"] as string}activity/`,
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
    to: note["to"],
    cc: note["cc"],
    object: { ...note, content: "<p>Edited</p>", updated: zoned() },
  }),
  remove: (me, note) => ({
    "@context": AS,
    id: `${note["id"] as string}#delete`,
    type: "Delete",
    actor: me.id,
    to: ["as:Public"],
    object: { id: note["id"], type: "Tombstone" },
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
};

function actor(me: Me): Doc {
  return {
    "@context": CONTEXT,
    id: me.id,
    type: "Person",
    preferredUsername: me.name,
    name: "Frank",
    summary: "",
    url: `https://www.threads.test/@${me.name}`,
    inbox: `${me.id}inbox/`,
    outbox: `${me.id}outbox/`,
    followers: `${me.id}followers/`,
    following: `${me.id}following/`,
    endpoints: { sharedInbox: `${me.origin}/ap/inbox/` },
    publicKey: { id: me.keyId, owner: me.id, publicKeyPem: me.pem },
    icon: { type: "Image", url: "https://scontent.cdn.test/v/t51/0_n.jpg" },
    manuallyApprovesFollowers: false,
    discoverable: true,
    indexable: false,
    published: "2024-03-21T00:00:00Z",
  };
}

function reply(me: Me, ours: Ours): Doc {
  return {
    id: `${me.id}post/18${me.next()}/`,
    type: "Note",
    attributedTo: me.id,
    content: "<p>A reply</p>",
    published: zoned(),
    inReplyTo: ours.post,
    to: ["as:Public"],
    cc: [`${me.id}followers/`, ours.actor],
    url: [
      { type: "Link", href: "threads://post/C8abcdEFgh", mediaType: "application/x-threads" },
      { type: "Link", href: `https://www.threads.test/@${me.name}/post/C8abcdEFgh`, mediaType: "text/html" },
    ],
    sensitive: false,
    tag: [{ type: "Mention", href: ours.actor, name: `@${ours.handle}` }],
    attachment: [],
  };
}
