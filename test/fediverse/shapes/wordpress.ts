/**
 * WordPress with the ActivityPub plugin 5 to 7: `includes/model`, `includes/transformer`, the outbox's tests. Ids are query strings
 * (`/?author=1`, `/?c=148`, `/?post_type=ap_outbox&p=351`); inboxes lie under the REST path; answers are comments; PHP writes slashes with a
 * backslash.
 */
import type { Doc } from "../peer.ts";
import { AS, bare, PUBLIC, seconds, type Me, type Ours, type Software } from "./software.ts";

const CONTEXT = [
  AS,
  "https://w3id.org/security/v1",
  "https://purl.archive.org/socialweb/webfinger",
  {
    schema: "http://schema.org#",
    toot: "http://joinmastodon.org/ns#",
    lemmy: "https://join-lemmy.org/ns#",
    litepub: "http://litepub.social/ns#",
    manuallyApprovesFollowers: "as:manuallyApprovesFollowers",
    PropertyValue: "schema:PropertyValue",
    value: "schema:value",
    Hashtag: "as:Hashtag",
    featured: { "@id": "toot:featured", "@type": "@id" },
    discoverable: "toot:discoverable",
    indexable: "toot:indexable",
  },
];

const rest = (me: Me) => `${me.origin}/wp-json/activitypub/1.0/actors/1`;
const outboxId = (me: Me) => `${me.origin}/?post_type=ap_outbox&p=${me.next()}`;
const activity = (me: Me, type: string, object: unknown, fields: Doc = {}): Doc => ({
  "@context": CONTEXT,
  id: outboxId(me),
  type,
  actor: me.id,
  ...fields,
  object,
});

export const wordpress: Software = {
  name: "WordPress",
  host: "wordpress.test",
  actorId: (origin, name) => `${origin}/?author=${name.length}`,
  keyId: (actor) => `${actor}#main-key`,
  inbox: "personal",
  signs: { escapeSlashes: true },
  actor,
  follow: (me, object) => activity(me, "Follow", object, { to: [object] }),
  undoFollow: (me, follow) => activity(me, "Undo", bare(follow), { to: follow["to"] }),
  accept: (me, follow) => ({
    "@context": CONTEXT,
    id: `${me.id}#follow-me.test-${me.next()}`,
    type: "Accept",
    actor: me.id,
    to: [follow["actor"]],
    object: bare(follow),
  }),
  reject: (me, follow) => activity(me, "Reject", bare(follow), { to: [follow["actor"]] }),
  reply,
  create: (me, note) => activity(me, "Create", note, { to: note["to"], cc: note["cc"] }),
  edit: (me, note) => {
    const object = {
      ...note,
      content: "<p>Edited</p>",
      contentMap: { "en-US": "<p>Edited</p>" },
      updated: seconds(),
    };
    return activity(me, "Update", object, { to: note["to"], cc: note["cc"], updated: seconds() });
  },
  remove: (me, note) =>
    activity(me, "Delete", { id: note["id"], type: "Tombstone", formerType: "Note" }, { to: [PUBLIC] }),
  leave: (me) => activity(me, "Delete", me.id, { to: [PUBLIC] }),
  updateActor: (me, document) => activity(me, "Update", bare(document), { to: [PUBLIC] }),
  like: (me, ours) => activity(me, "Like", ours.post, { to: [ours.actor] }),
  undoLike: (me, like) => activity(me, "Undo", bare(like), { to: like["to"] }),
  announce: (me, post) => activity(me, "Announce", post, { to: [PUBLIC], cc: [`${rest(me)}/followers`] }),
  undoAnnounce: (me, announce) => activity(me, "Undo", bare(announce), { to: announce["to"] }),
  move: (me, target) => activity(me, "Move", me.id, { origin: me.id, target, to: [PUBLIC] }),
};

function actor(me: Me): Doc {
  return {
    "@context": CONTEXT,
    id: me.id,
    type: "Person",
    attachment: [
      {
        type: "PropertyValue",
        name: "Blog",
        value:
          '<p><a rel="me" title="https://wordpress.test/" href="https://wordpress.test/">wordpress.test</a></p>',
      },
      { type: "Link", name: "Blog", href: `${me.origin}/`, rel: ["me"] },
    ],
    name: "Matthias",
    icon: { type: "Image", url: "https://secure.gravatar.test/avatar/a2?s=120&#038;d=mm&#038;r=g" },
    published: "2014-02-10T15:23:08Z",
    summary: "<p>I write.</p>\n",
    tag: [],
    url: `${me.origin}/author/${me.name}/`,
    inbox: `${rest(me)}/inbox`,
    outbox: `${rest(me)}/outbox`,
    following: `${rest(me)}/following`,
    followers: `${rest(me)}/followers`,
    streams: [],
    preferredUsername: me.name,
    endpoints: { sharedInbox: `${me.origin}/wp-json/activitypub/1.0/inbox` },
    publicKey: { id: me.keyId, owner: me.id, publicKeyPem: me.pem },
    manuallyApprovesFollowers: false,
    featured: `${rest(me)}/collections/featured`,
    discoverable: true,
    indexable: true,
    webfinger: `${me.name}@${me.host}`,
  };
}

function reply(me: Me, ours: Ours): Doc {
  const id = `${me.origin}/?c=${me.next()}`;
  const content = '<p><a class="u-mention mention" href="https://me.test/@me">@me</a> A reply</p>';
  return {
    id,
    type: "Note",
    attributedTo: me.id,
    content,
    contentMap: { "en-US": content },
    inReplyTo: ours.post,
    published: seconds(),
    tag: [{ type: "Mention", href: ours.actor, name: `@${ours.handle}` }],
    url: id,
    to: [PUBLIC, `${rest(me)}/followers`],
    cc: [ours.actor],
    mediaType: "text/html",
  };
}
