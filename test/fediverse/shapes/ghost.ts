/**
 * Ghost 6 (on Fedify): `src/helpers/activitypub/activity.ts`, `src/http/api/*`. The short `as:Public`, single values unlisted, one actor a site, the Follow
 * inside an Undo has no id, and a Linked Data signature that nobody needs.
 */
import type { Doc } from "../peer.ts";
import { AS, bare, type Me, type Ours, type Software } from "./software.ts";

const CONTEXT = [
  "https://w3id.org/identity/v1",
  AS,
  "https://w3id.org/security/v1",
  "https://w3id.org/security/data-integrity/v1",
  {
    toot: "http://joinmastodon.org/ns#",
    sensitive: "as:sensitive",
    Emoji: "toot:Emoji",
    Hashtag: "as:Hashtag",
    quoteUrl: "as:quoteUrl",
  },
];

const at = (me: Me, kind: string) =>
  `${me.origin}/.ghost/activitypub/${kind}/0c1e2d4f-aaaa-4bbb-8ccc-${me.next().padStart(12, "0")}`;
const followers = (me: Me) => `${me.origin}/.ghost/activitypub/followers/index`;
const now = () => new Date().toISOString();

function activity(me: Me, type: string, object: unknown, fields: Doc = {}): Doc {
  return {
    "@context": CONTEXT,
    id: at(me, type.toLowerCase()),
    type,
    ...fields,
    actor: me.id,
    object,
    signature: {
      type: "RsaSignature2017",
      creator: me.keyId,
      created: now(),
      signatureValue: "Kn1/UkAQGJVaXBfWLAHcnwHg8YMAUqlEaBuYLazAG+pz5hqivsyrBmPV186Xzr==",
    },
  };
}

export const ghost: Software = {
  name: "Ghost",
  host: "ghost.test",
  actorId: (origin) => `${origin}/.ghost/activitypub/users/index`,
  keyId: (actor) => `${actor}#main-key`,
  inbox: "personal",
  actor,
  follow: (me, object) => activity(me, "Follow", object),
  undoFollow: (me, follow) =>
    activity(me, "Undo", { type: "Follow", actor: me.id, object: follow["object"] }),
  accept: (me, follow) => activity(me, "Accept", bare(follow), { to: follow["actor"] }),
  reject: (me, follow) => activity(me, "Reject", bare(follow), { to: follow["actor"] }),
  reply,
  create: (me, note) => activity(me, "Create", note, { to: "as:Public", cc: note["cc"] }),
  edit: (me, note) =>
    activity(
      me,
      "Update",
      { ...note, content: "<p>Edited</p>", updated: now() },
      { to: "as:Public", cc: note["cc"] },
    ),
  remove: (me, note) => activity(me, "Delete", note["id"], { to: "as:Public", cc: `${followers(me)}` }),
  updateActor: (me, document) =>
    activity(me, "Update", bare(document), { to: "as:Public", cc: followers(me) }),
  like: (me, ours) => activity(me, "Like", ours.post, { to: "as:Public", cc: followers(me) }),
  undoLike: (me, like) => {
    const { signature: _, ...inner } = bare(like);
    return activity(me, "Undo", inner, { to: "as:Public", cc: followers(me) });
  },
  announce: (me, post) => activity(me, "Announce", post, { to: "as:Public", cc: followers(me) }),
  undoAnnounce: (me, announce) => {
    const { signature: _, ...inner } = bare(announce);
    return activity(me, "Undo", inner, { to: "as:Public", cc: followers(me) });
  },
};

function actor(me: Me): Doc {
  const base = `${me.origin}/.ghost/activitypub`;
  return {
    "@context": [
      AS,
      "https://w3id.org/security/v1",
      "https://w3id.org/security/data-integrity/v1",
      "https://www.w3.org/ns/did/v1",
      "https://w3id.org/security/multikey/v1",
      { toot: "http://joinmastodon.org/ns#", misskey: "https://misskey-hub.net/ns#" },
    ],
    id: me.id,
    type: "Person",
    inbox: `${base}/inbox/index`,
    outbox: `${base}/outbox/index`,
    followers: `${base}/followers/index`,
    following: `${base}/following/index`,
    liked: `${base}/liked/index`,
    endpoints: { type: "as:Endpoints", sharedInbox: `${base}/inbox` },
    name: "A Ghost site",
    preferredUsername: "index",
    publicKey: { id: me.keyId, type: "CryptographicKey", owner: me.id, publicKeyPem: me.pem },
    summary: "Thoughts",
    url: `${me.origin}/`,
    icon: { type: "Image", url: `${me.origin}/content/images/icon.png` },
  };
}

function reply(me: Me, ours: Ours): Doc {
  return {
    id: at(me, "note"),
    type: "Note",
    attributedTo: me.id,
    content: "<p>A reply</p>",
    inReplyTo: ours.post,
    published: now(),
    tag: { type: "Mention", href: ours.actor, name: `@${ours.handle}` },
    to: "as:Public",
    cc: [followers(me), ours.actor],
  };
}
