/** Actor documents as each software serves them: what the stead makes of them, found by handle. */
import { beforeAll, expect, it } from "vitest";

import { knowPeer } from "../../worker/owner/know-peer.ts";
import { Stead } from "../fediverse/stead.ts";
import { cast, member } from "../fediverse/shapes/cast.ts";
import { rows } from "../fediverse/rows.ts";

let stead: Stead;
beforeAll(async () => {
  stead = await Stead.claimed();
});

/** What a document says in a way of its own. */
const own: Record<string, Record<string, unknown>> = {
  Mastodon: {
    name: "Mastodon user",
    summary: "<p>Hello</p>",
    icon: "https://mastodon.test/system/avatar.png",
  },
  GoToSocial: { name: "gts user", url: "https://gts.test/@alice" },
  Misskey: { name: "", summary: "", icon: null, url: "https://misskey.test/@alice" },
  Pleroma: { name: "pleroma :bzh:", summary: "hello <br>there", url: "https://pleroma.test/users/alice" },
  Pixelfed: { summary: "", shared_inbox: "https://pixelfed.test/f/inbox" },
  Threads: { url: "https://www.threads.test/@alice", shared_inbox: "https://threads.test/ap/inbox/" },
  WordPress: {
    inbox: "https://wordpress.test/wp-json/activitypub/1.0/actors/1/inbox",
    url: "https://wordpress.test/author/alice/",
    summary: "<p>I write.</p>\n",
  },
  Ghost: { username: "index", shared_inbox: "https://ghost.test/.ghost/activitypub/inbox" },
  snac: { shared_inbox: null, url: "https://snac.test/alice" },
  Lemmy: { name: "Jean-Luc", url: null, icon: "https://lemmy.test/pictrs/image/ed9ej7.jpg" },
};

it.each(cast.map((software) => [software.name, software] as const))(
  "%s: the owner can find its people by handle, and their keys, inboxes and words are read",
  async (name, software) => {
    const { me, peer } = await member(stead, software);
    const known = await knowPeer(await stead.ctx(), `@alice@${software.host}`);
    expect(known).toMatchObject({ kind: "known", peer: { iri: me.id } });
    const [row] = await rows("SELECT * FROM peers WHERE iri = ?", me.id);
    const { inbox, endpoints } = peer.document as { inbox: string; endpoints?: { sharedInbox: string } };
    expect(row).toMatchObject({
      username: "alice",
      inbox,
      shared_inbox: endpoints?.sharedInbox ?? null,
      rfc9421: 0,
      follower: null,
      ...own[name],
    });
    const keys = JSON.parse(row!["keys"] as string) as { id: string; kind: string }[];
    expect(keys).toMatchObject([{ id: me.keyId, kind: "pem" }]);
  },
);

it("asks WebFinger and the actor once each, and says who asks", () => {
  const { requests } = stead.world;
  expect(requests).toHaveLength(2 * cast.length);
  expect(requests.every((request) => request.headers.get("user-agent")!.startsWith("Fedistead/"))).toBe(true);
  const actors = requests.filter((request) => !request.url.includes("/.well-known/"));
  expect(actors.every((request) => request.headers.has("signature"))).toBe(true);
  expect(
    actors.every((request) => request.headers.get("accept")!.includes("application/activity+json")),
  ).toBe(true);
});
