/** ActivityPub §7.5: Follow, and its Accept, as each peer software sends and wants them. */
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { HOUR } from "../../worker/kernel/clock.ts";
import { ACTOR, ORIGIN, Stead } from "../fediverse/stead.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { member, thatSend } from "../fediverse/shapes/cast.ts";
import { bare } from "../fediverse/shapes/software.ts";
import { rows } from "../fediverse/rows.ts";

function accepts(peer: FakePeer) {
  return peer.host.arrived.filter(({ activity }) => activity["type"] === "Accept");
}

describe("a Follow as each software sends it", () => {
  let stead: Stead;
  beforeAll(async () => {
    stead = await Stead.claimed();
  });

  it.each(thatSend("follow", "undoFollow"))(
    "%s: is taken, and the Accept with the whole Follow goes to the personal inbox, because GoToSocial and Threads want it so",
    async (_, software) => {
      const { peer, me, send } = await member(stead, software);
      const follow = software.follow(me, ACTOR);
      expect((await send(follow)).status).toBe(202);
      await stead.settle();

      expect(await stead.followers()).toContain(me.id);
      const [accept, ...more] = accepts(peer);
      expect(more).toEqual([]);
      expect(accept!.verified).toBe(true);
      expect(accept!.path).toBe(new URL(peer.document["inbox"] as string).pathname);
      const id = follow["id"] === undefined ? {} : { id: follow["id"] };
      expect(accept!.activity).toEqual({
        "@context": "https://www.w3.org/ns/activitystreams",
        id: expect.stringMatching(/^https:\/\/me\.test\/actor#accepts\/\d+$/),
        type: "Accept",
        actor: ACTOR,
        to: [me.id],
        object: { ...id, type: "Follow", actor: me.id, object: ACTOR },
      });
    },
  );

  it("a post reaches each of their servers once, at the inbox it shares if it has one (§7.1.3)", async () => {
    const id = await stead.publishes("Hello all");
    for (const [, software] of thatSend("follow")) {
      const { peer } = await member(stead, software);
      const { inbox, endpoints } = peer.document as { inbox: string; endpoints?: { sharedInbox?: string } };
      const creates = peer.host.arrived.filter(({ activity }) => activity["type"] === "Create");
      expect(creates).toMatchObject([
        {
          path: new URL(endpoints?.sharedInbox ?? inbox).pathname,
          verified: true,
          activity: { object: { id: `${ORIGIN}/posts/${id}` } },
        },
      ]);
    }
  });

  it.each(thatSend("follow", "undoFollow"))(
    "%s: its Undo is matched, whatever id it names",
    async (_, software) => {
      const { me, send } = await member(stead, software);
      const follow = software.follow(me, ACTOR);
      await send(follow);
      await stead.settle();
      expect((await send(software.undoFollow(me, follow))).status).toBe(202);
      await stead.settle();
      expect(await stead.followers()).not.toContain(me.id);
      const [peer] = await rows("SELECT follower FROM peers WHERE iri = ?", me.id);
      expect(peer).toEqual({ follower: null });
    },
  );

  it("knows each host's actor by one signed GET with a User-Agent: GoToSocial answers 401 and 418 without", () => {
    const gets = stead.world.requests.filter((request) => request.method === "GET");
    expect(gets.length).toBeGreaterThan(8);
    expect(new Set(gets.map((get) => get.url)).size).toBe(gets.length);
    expect(
      gets.every((get) => get.headers.get("signature")!.startsWith('keyId="https://me.test/actor#main-key"')),
    ).toBe(true);
    expect(stead.world.requests.every((one) => one.headers.get("user-agent")!.startsWith("Fedistead/"))).toBe(
      true,
    );
    stead.world.assertNothingUnexpected();
  });
});

describe("a Follow", () => {
  let stead: Stead;
  let alice: FakePeer;
  let hosts = 0;
  beforeAll(async () => {
    stead = await Stead.claimed();
  });
  beforeEach(async () => {
    alice = await stead.peer("alice", `a${++hosts}.test`);
    stead.world.take();
  });
  afterEach(() => void vi.useRealTimers());

  /** Alice's rows as a follower. */
  const standing = () =>
    rows(
      `SELECT follow_iri AS followIri, refs FROM followers JOIN inboxes ON inboxes.id = followers.inbox
       WHERE peer = (SELECT id FROM peers WHERE iri = ?)`,
      alice.id,
    );
  const follow = (fields: Doc = {}) => alice.activity("Follow", { object: ACTOR, ...fields });

  it.each([
    ["the personal inbox", { inbox: `${ACTOR}/inbox` }],
    ["the personal inbox with a slash", { inbox: `${ACTOR}/inbox/` }],
    ["the shared inbox", { inbox: `${ORIGIN}/inbox` }],
    ["the shared inbox with a slash", { inbox: `${ORIGIN}/inbox/` }],
    [
      "ld+json with its profile",
      { contentType: 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"' },
    ],
    ["activity+json with a charset", { contentType: "application/activity+json; charset=utf-8" }],
    ["draft-cavage hs2019", { algorithm: "hs2019" }],
    ["RFC 9421", { scheme: "rfc9421" }],
  ] as const)("is taken by way of %s", async (_, options) => {
    expect((await stead.deliver(alice, follow(), options)).status).toBe(202);
    await stead.settle();
    expect(await stead.followers()).toContain(alice.id);
  });

  it.each([
    ["the object embedded", { object: { id: ACTOR, type: "Person", preferredUsername: "me" } }],
    ["the object in a list of one", { object: [ACTOR] }],
    ["the actor embedded", "actor"],
    [
      "more readers in to and cc",
      { to: [ACTOR, "https://www.w3.org/ns/activitystreams#Public"], cc: "https://x.test/y" },
    ],
    ["a list of types", { type: ["Follow"] }],
    ["no id", { id: undefined }],
    [
      "contexts of its own",
      { "@context": ["https://www.w3.org/ns/activitystreams", { x: "https://x.test/#" }] },
    ],
  ])("is taken with %s", async (_, fields) => {
    const shape = typeof fields === "string" ? { actor: { id: alice.id, type: "Person" } } : fields;
    expect((await stead.deliver(alice, follow(shape))).status).toBe(202);
    await stead.settle();
    expect(await stead.followers()).toContain(alice.id);
    expect(accepts(alice)[0]!.activity["object"]).toMatchObject({ actor: alice.id, object: ACTOR });
  });

  it("of somebody else is not ours", async () => {
    const other = follow({ object: `${ORIGIN}/somebody` });
    expect((await stead.deliver(alice, other)).status).toBe(202);
    await stead.settle();
    expect(await stead.followers()).not.toContain(alice.id);
    expect(stead.world.requests).toEqual([]);
  });

  it("is answered by draft-cavage unless its sender has signed with RFC 9421: snac takes that with a 202 and drops it", async () => {
    const bob = await stead.peer("bob", `b${hosts}.test`);
    await stead.deliver(alice, follow());
    await stead.deliver(bob, bob.activity("Follow", { object: ACTOR }), { scheme: "rfc9421" });
    await stead.settle();
    const posts = stead.world.requests.filter((request) => request.method === "POST");
    const [toAlice, toBob] = [alice.host.name, bob.host.name].map((host) =>
      posts.find((post) => new URL(post.url).host === host)!,
    );
    expect(toAlice!.headers.get("signature")).toContain('keyId="https://me.test/actor#main-key"');
    expect(toAlice!.headers.has("signature-input")).toBe(false);
    expect(toBob!.headers.get("signature-input")).toContain('keyid="https://me.test/actor#main-key"');
    expect([alice, bob].map((peer) => accepts(peer).map((accept) => accept.verified))).toEqual([
      [true],
      [true],
    ]);
  });

  it("that comes again is answered again with the same Accept, at most hourly, and never twice before the first has arrived", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const first = follow();
    alice.host.post = () => new Response(null, { status: 503 });
    await stead.deliver(alice, first);
    await stead.settle();
    vi.setSystemTime(Date.now() + 2 * HOUR);
    expect((await stead.deliver(alice, first)).status).toBe(202);
    alice.host.post = () => new Response(null, { status: 202 });
    await stead.runAlarms();
    await vi.waitFor(() => expect(accepts(alice)).toHaveLength(1));

    await stead.deliver(alice, first);
    await stead.settle();
    expect(accepts(alice)).toHaveLength(1);
    vi.setSystemTime(Date.now() + HOUR + 1_000);
    await stead.deliver(alice, first);
    await stead.runAlarms();
    await vi.waitFor(() => expect(accepts(alice)).toHaveLength(2));
    expect(accepts(alice)[1]!.activity).toEqual(accepts(alice)[0]!.activity);
    expect(await standing()).toEqual([{ followIri: first["id"], refs: 1 }]);
  });

  it("under a new id renews the old one: the Accept names the newest (Mastodon's RefollowWorker)", async () => {
    const [first, second] = [follow(), follow()];
    await stead.deliver(alice, first);
    await stead.settle();
    await stead.deliver(alice, second);
    await stead.settle();
    expect(accepts(alice).map(({ activity }) => (activity["object"] as Doc)["id"])).toEqual([
      first["id"],
      second["id"],
    ]);
    expect(new Set(accepts(alice).map(({ activity }) => activity["id"])).size).toBe(2);
    expect(await stead.followers()).toContain(alice.id);
    // What comes late of the first changes nothing.
    await stead.deliver(alice, first);
    await stead.deliver(alice, alice.activity("Undo", { object: bare(first) }));
    await stead.settle();
    expect(await stead.followers()).toContain(alice.id);
    expect(await standing()).toEqual([{ followIri: second["id"], refs: 1 }]);
  });

  it("whose Undo came first is not taken: Mastodon may bring the Follow three days late", async () => {
    const late = follow();
    await stead.deliver(alice, alice.activity("Undo", { object: bare(late) }));
    await stead.settle();
    expect((await stead.deliver(alice, late)).status).toBe(202);
    await stead.settle();
    expect(await stead.followers()).not.toContain(alice.id);
    expect(accepts(alice)).toEqual([]);
  });

  it("after an Undo is a new one, in the order of receipt", async () => {
    const [first, second] = [follow(), follow()];
    await stead.deliver(alice, first);
    await stead.deliver(alice, alice.activity("Undo", { object: bare(first) }));
    await stead.deliver(alice, second);
    await stead.settle();
    expect(await stead.followers()).toContain(alice.id);
    expect(accepts(alice).at(-1)!.activity["object"]).toMatchObject({ id: second["id"] });
    expect(await standing()).toEqual([{ followIri: second["id"], refs: 1 }]);
  });

  it("is undone by its bare id, too", async () => {
    await stead.followedBy(alice);
    const [row] = await standing();
    await stead.deliver(alice, alice.activity("Undo", { object: row!["followIri"] }));
    expect(await stead.followers()).not.toContain(alice.id);
  });
});
