/** L1 to L4: who may read what, on every path at once. */
import { beforeAll, describe, expect, it } from "vitest";

import type { Visibility } from "../../worker/model/audience.ts";
import { blockPeer } from "../../worker/owner/follow.ts";
import { deletePost } from "../../worker/owner/delete-post.ts";
import { findPeer } from "../../worker/store/peers.ts";
import { signCavage } from "../../worker/signatures/sign.ts";
import type { UnixMs } from "../../worker/kernel/brand.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { ACTOR, env, ORIGIN, Stead } from "../fediverse/stead.ts";
import { cavage } from "./forge.ts";
import { refused } from "./refused.ts";

const JSON_TYPE = "application/activity+json";
const SECRET = "xyzzy";

let stead: Stead;
const ids = {} as Record<Visibility | "deleted", number>;
const cast = {} as Record<"follower" | "named" | "pending" | "blocked" | "stranger" | "gone", FakePeer>;
/** What has arrived where, of each post. */
const arrived = {} as Record<Visibility, string[]>;

beforeAll(async () => {
  stead = await Stead.claimed();
  for (const name of ["follower", "named", "pending", "blocked", "stranger", "gone"] as const)
    cast[name] = await stead.peer(name, `${name}.test`);
  await stead.followedBy(cast.follower, cast.blocked, cast.gone);
  const ctx = await stead.ctx();
  await blockPeer(ctx, (await findPeer(ctx.db, cast.blocked.id))!.id);
  const undo = cast.gone.activity("Undo", { object: { type: "Follow", actor: cast.gone.id, object: ACTOR } });
  await stead.deliver(cast.gone, undo);
  await env.DB.prepare("UPDATE owner SET locked = 1").run();
  await stead.deliver(cast.pending, cast.pending.activity("Follow", { object: ACTOR }));
  await stead.settle();
  await env.DB.prepare("UPDATE owner SET locked = 0").run();
  for (const visibility of ["public", "quiet", "followers", "direct"] as const) {
    stead.world.take();
    const text = visibility === "public" || visibility === "quiet" ? "open" : SECRET;
    ids[visibility] = await stead.publishes(`${text} @named@named.test`, { visibility, summary: text });
    arrived[visibility] = stead.world
      .take()
      .filter(({ method }) => method === "POST")
      .map(({ url }) => url)
      .toSorted();
  }
  ids.deleted = await stead.publishes(`${SECRET} gone`, { visibility: "followers" });
  await deletePost(await stead.ctx(), ids.deleted);
  await stead.settle();
}, 20_000);

async function get(path: string, as: FakePeer | null, accept = JSON_TYPE): Promise<Response> {
  const url = `${ORIGIN}${path}`;
  const key = as && { id: as.keyId, privateKey: as.pair.privateKey };
  const signed = key ? await signCavage(key, { method: "GET", url, at: Date.now() as UnixMs }) : {};
  return stead.fetch(path, { headers: { accept, ...signed } });
}

describe("L1, L2, L4: reading a post", () => {
  type Who = keyof typeof cast | "anonymous";
  const rows: [Who, Visibility | "deleted", number][] = [
    ["anonymous", "public", 200],
    ["anonymous", "quiet", 200],
    ["anonymous", "followers", 404],
    ["anonymous", "direct", 404],
    ["anonymous", "deleted", 404],
    ["stranger", "followers", 404],
    ["stranger", "direct", 404],
    ["pending", "followers", 404],
    ["blocked", "followers", 404],
    ["gone", "followers", 404],
    ["follower", "followers", 200],
    ["follower", "direct", 404],
    ["follower", "deleted", 410],
    ["named", "followers", 200],
    ["named", "direct", 200],
    ["pending", "public", 200],
  ];
  it.each(rows)("%s, a %s post: %i, with all that hangs on it", async (who, visibility, status) => {
    const as = who === "anonymous" ? null : cast[who];
    const isPrivate = visibility !== "public" && visibility !== "quiet";
    for (const path of ["", "/replies", "/likes", "/shares"]) {
      const answer = await get(`/posts/${ids[visibility]}${path}`, as);
      const text = await answer.text();
      const seen = {
        path,
        status: answer.status,
        // Nobody in between may keep it.
        kept: answer.status !== 404 && !/no-store/.test(answer.headers.get("cache-control") ?? ""),
        leaks: answer.status !== 200 && text.includes(SECRET),
      };
      const expected = path !== "" && status === 410 ? 200 : status;
      expect(seen).toEqual({ path, status: expected, kept: status !== 404 && !isPrivate, leaks: false });
    }
  });

  it("L1: a follower's signature for another path, an old one, or a forged key opens nothing", async () => {
    const { follower, stranger } = cast;
    const url = `${ORIGIN}/posts/${ids.followers}`;
    const sign = (id: string, by: FakePeer, to: string, at: number) =>
      signCavage({ id, privateKey: by.pair.privateKey }, { method: "GET", url: to, at: at as UnixMs });
    const forged = [
      await sign(follower.keyId, follower, `${ORIGIN}/posts/1`, Date.now()),
      await sign(follower.keyId, follower, `https://other.test/posts/${ids.followers}`, Date.now()),
      await sign(follower.keyId, follower, url, Date.now() - 7_200_000),
      await sign(`${follower.id}#other`, follower, url, Date.now()),
      await sign(follower.keyId, await strangersKey(stranger), url, Date.now()),
    ];
    for (const headers of forged)
      expect((await stead.fetch(url, { headers: { accept: JSON_TYPE, ...headers } })).status).toBe(404);
  });
});

/** A peer whose key is not the follower's: the cast shares a few. */
async function strangersKey(peer: FakePeer): Promise<FakePeer> {
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: "SHA-256",
  };
  peer.pair = (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
  return peer;
}

describe("no byte of a private post is in any answer to somebody unknown", () => {
  const paths = () => [
    "/",
    "/@me",
    "/@me/",
    "/@me.rss",
    "/feed",
    "/actor",
    "/actor/outbox",
    "/actor/outbox?page=1",
    `/actor/outbox?before=${ids.direct + 1}`,
    "/actor/followers",
    "/actor/followers?page=1",
    "/actor/following",
    "/actor/featured",
    "/actor/liked",
    "/nodeinfo/2.1",
    "/.well-known/webfinger?resource=acct:me@me.test",
    `/search?q=${SECRET.slice(0, 3)}`,
    "/tags/x",
    ...Object.values(ids).flatMap((id) =>
      ["", "/", ".json", "/replies", "/likes", "/shares", "/embed", "#create", "?x"].map(
        (end) => `/posts/${id}${end}`,
      ),
    ),
  ];
  it.each([JSON_TYPE, "text/html", "application/json", "*/*", `text/html, ${JSON_TYPE}`, ""])(
    "asked for `%s`",
    async (accept) => {
      for (const path of paths()) {
        const answer = await stead.fetch(path, { headers: { accept } });
        const text = `${await answer.text()} ${JSON.stringify([...answer.headers])}`;
        const seen = { path, leaks: text.includes(SECRET), fails: answer.status >= 500 };
        expect(seen).toEqual({ path, leaks: false, fails: false });
      }
    },
  );

  it("nor is it told whom a public post's neighbours are: the outbox has the open ones only", async () => {
    const page = await stead.getJson("/actor/outbox?page=1");
    expect(page["orderedItems"]).toHaveLength(2);
  });
});

describe("L3: delivering a post", () => {
  const followers = "https://follower.test/inbox";
  it("public and quiet posts go to followers' hosts and to those they name", () => {
    expect(arrived.public).toEqual([followers, "https://named.test/inbox"]);
    expect(arrived.quiet).toEqual([followers, "https://named.test/inbox"]);
  });
  it("a followers-only post goes to hosts of accepted followers, and to the inbox of whom it names", () => {
    expect(arrived.followers).toEqual([followers, "https://named.test/users/named/inbox"]);
  });
  it("a direct post goes to its people and nobody else", () => {
    expect(arrived.direct).toEqual(["https://named.test/users/named/inbox"]);
  });
});

describe("what others do with a private post", () => {
  it.each(["Like", "Announce", "EmojiReact"])(
    "an %s by somebody who may not see it is no row and no hint",
    async (type) => {
      const { stranger } = cast;
      const one = await stead.peer(`liker${type}`, "liker.test");
      const object = `${ORIGIN}/posts/${ids.followers}`;
      await refused(stead, await cavage(one, one.activity(type, { object, content: "x" })), 202, {
        outbound: 1,
      });
      expect(stranger.host.arrived).toEqual([]);
    },
  );

  it("an answer to it that is public does not show it", async () => {
    const note = cast.follower.note({ inReplyTo: `${ORIGIN}/posts/${ids.followers}` });
    await stead.deliver(cast.follower, cast.follower.activity("Create", { object: note }));
    await stead.settle();
    const page = await stead.fetch(`/posts/${ids.followers}/replies`, { headers: { accept: JSON_TYPE } });
    expect(page.status).toBe(404);
  });
});
