import { beforeEach, describe, expect, it } from "vitest";

import type { UnixMs } from "../../worker/kernel/brand.ts";
import { EMPTY_DIGEST, followersDigest } from "../../worker/model/follower-digest.ts";
import { takeFile } from "../../worker/moving/expected.ts";
import { askRescue, askSync } from "../../worker/moving/repair.ts";
import { blockHost } from "../../worker/owner/blocks.ts";
import { signCavage } from "../../worker/signatures/sign.ts";
import { readList } from "../../worker/store/follower-lists.ts";
import { updateOwner } from "../../worker/store/stead.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { deliverClaiming, listUrl, mend, servesList } from "../fediverse/sync.ts";
import { ACTOR, env, Stead } from "../fediverse/stead.ts";
import { ownerFollows } from "./cast.ts";
import { refused } from "./refused.ts";

const LIST = `${ACTOR}/followers_synchronization`;

let stead: Stead;
beforeEach(async () => {
  stead = await Stead.claimed();
});

describe("E20: our followers' list, asked for by those it is not for", () => {
  let ann: FakePeer;
  beforeEach(async () => {
    ann = await stead.peer("ann");
    await stead.followedBy(ann);
    await askSync(await stead.ctx(), true);
    await mend(stead);
    stead.world.take();
  });

  async function signedBy(peer: FakePeer, change: { keyId?: string; url?: string; at?: number } = {}) {
    const key = { id: change.keyId ?? peer.keyId, privateKey: peer.pair.privateKey };
    const at = (change.at ?? Date.now()) as UnixMs;
    const headers = await signCavage(key, { method: "GET", url: change.url ?? LIST, at });
    return () => stead.fetch(new Request(LIST, { headers }));
  }

  it("is not shown without a signature", async () => {
    await refused(stead, () => stead.fetch(LIST), 401);
  });

  it("is not shown to a server that has no follower here, whose key is not even fetched", async () => {
    await refused(stead, await signedBy(await stead.peer("mallory", "evil.test")), 404);
  });

  it("is not shown to who signs in the name of that server's people with a key of their own", async () => {
    const mallory = await stead.peer("mallory-x", "evil.test");
    const forged = await signedBy(mallory, { keyId: ann.keyId });
    const answer = await forged();
    expect(answer.status).toBe(401);
    expect(await answer.text()).not.toContain(ann.id);
    // The key may have been changed since: its actor is looked at once more.
    expect(stead.world.take().map(({ url }) => url)).toEqual([ann.id]);
  });

  it("fetches no more than ten keys an hour for all who claim to be of one server", async () => {
    const mallory = await stead.peer("mallory", "evil.test");
    for (let n = 0; n < 15; n++) {
      const answer = await (await signedBy(mallory, { keyId: `https://a.test/users/x${n}#main-key` }))();
      expect([401, 503]).toContain(answer.status);
    }
    expect(stead.world.take()).toHaveLength(10);
  });

  it("is not even read for who has proven nothing: with thousands of newcomers that would cost the day's rows", async () => {
    await env.DB.prepare(
      `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2001)
       INSERT INTO followers (id, peer, inbox, since, proof)
       SELECT (SELECT last_id FROM follower_log) + i, (SELECT id FROM peers LIMIT 1), 1, 1, '' FROM n`,
    ).run();
    const mallory = await stead.peer("mallory-x", "evil.test");
    expect((await (await signedBy(mallory, { keyId: ann.keyId }))()).status).toBe(401);
    expect((await (await signedBy(ann))()).status).toBe(503);
  });

  it("is not shown for a signature of another address, or of yesterday", async () => {
    const elsewhere = await (await signedBy(ann, { url: `${ACTOR}/followers` }))();
    expect([elsewhere.status, (await elsewhere.text()).includes(ann.id)]).toEqual([401, false]);
    await refused(stead, await signedBy(ann, { at: Date.now() - 86_400_000 }), 401);
  });
});

describe("E20: our followers' list, and those whom a rescue reached", () => {
  let ann: FakePeer;
  beforeEach(async () => {
    ann = await stead.peer("ann");
    await stead.followedBy(await stead.peer("bob"));
    await takeFile(await stead.ctx(), "list", new TextEncoder().encode(ann.id));
    await askRescue(await stead.ctx());
    await mend(stead);
    expect(ann.received("Accept")).toHaveLength(1);
  });

  const helped = async () => (await readList((await stead.ctx()).db, "a.test")) as { helped?: number[] };
  const compares = async () => {
    await askSync(await stead.ctx(), true);
    await mend(stead);
  };

  it("names them, until their Follow waits for the owner: nobody is let in past them", async () => {
    await compares();
    expect((await helped()).helped).toHaveLength(1);
    const ctx = await stead.ctx();
    await ctx.db.batch([updateOwner(ctx.db, { locked: true })]);
    await stead.deliver(ann, ann.activity("Follow", { object: ACTOR }));
    await stead.settle();
    expect(await env.DB.prepare("SELECT peer FROM follow_requests").all()).toMatchObject({
      results: [expect.anything()],
    });
    expect((await helped()).helped).toEqual([]);
    expect(await stead.followers()).toHaveLength(1);
  });

  it("makes nobody of a server that the owner blocks a follower, and names none of them", async () => {
    await blockHost(await stead.ctx(), "a.test");
    await compares();
    expect((await helped()).helped).toEqual([]);
  });
});

describe("E21: a header that would have us ask or do what we should not", () => {
  let bob: FakePeer;
  let ours: string;
  beforeEach(async () => {
    bob = await stead.peer("bob", "b.test");
    await ownerFollows(stead, bob);
    ours = await followersDigest([ACTOR]);
  });

  const state = async () =>
    (await env.DB.prepare("SELECT state FROM following").all<{ state: string }>()).results.map(
      (row) => row.state,
    );
  const checks = async () => (await env.DB.prepare("SELECT * FROM follow_checks").all()).results;

  async function nothingComesOf(answer: Response): Promise<void> {
    expect(answer.status).toBe(202);
    await stead.settle();
    expect(await checks()).toEqual([]);
    await mend(stead);
    expect(stead.world.take()).toEqual([]);
    expect(await state()).toEqual(["accepted"]);
    stead.world.assertNothingUnexpected();
  }

  it.each([
    ["a list on another server", { url: "https://victim.test/users/v/followers_synchronization" }],
    ["a list on another port", { url: "https://b.test:8443/list" }],
    ["a list without TLS", { url: "http://b.test/list" }],
    ["a list on our own host", { url: `${ACTOR}/followers_synchronization` }],
    ["another server's collection", { collection: "https://victim.test/users/v/followers" }],
  ])("does not go for %s", async (_, claim) => {
    await nothingComesOf(await deliverClaiming(stead, bob, { digest: EMPTY_DIGEST, ...claim }));
  });

  it("believes no header that the signature does not cover, under either scheme", async () => {
    for (const header of ["not", "rfc9421"] as const)
      await nothingComesOf(
        await deliverClaiming(stead, bob, { digest: EMPTY_DIGEST }, undefined, { header }),
      );
  });

  it("asks nobody when the digest is what we count ourselves", async () => {
    await nothingComesOf(await deliverClaiming(stead, bob, { digest: ours }));
  });

  it("asks no stranger for a list of people it knows nothing of", async () => {
    const eve = await stead.peer("eve", "e.test");
    await stead.followedBy(eve);
    stead.world.take();
    await nothingComesOf(await deliverClaiming(stead, eve, { digest: "ab".repeat(32) }));
  });

  it("changes nothing for a collection that is not the sender's own, though on its server", async () => {
    servesList(bob, []);
    const collection = `${bob.host.origin}/users/somebody/followers`;
    await deliverClaiming(stead, bob, { digest: EMPTY_DIGEST, collection });
    await mend(stead);
    expect(stead.world.take().map(({ url }) => url)).toEqual([bob.id]);
    expect(await state()).toEqual(["accepted"]);
  });

  it.each([
    ["is only the first page of more", { next: "https://b.test/more" }, EMPTY_DIGEST],
    ["is not the list that the header spoke of", {}, "cd".repeat(32)],
    ["redirects to another server", "redirect", EMPTY_DIGEST],
    ["is not there", "gone", EMPTY_DIGEST],
    ["is of another kind", { orderedItems: undefined, items: "nobody" }, "ef".repeat(32)],
  ])("leaves the owner's follow alone when the list %s", async (_, how, digest) => {
    servesList(bob, [], typeof how === "string" ? {} : how);
    if (how === "gone") bob.host.documents.delete(new URL(listUrl(bob)).pathname);
    if (how === "redirect") {
      const other = await stead.peer("other", "o.test");
      servesList(other, []);
      bob.host.get = (request) =>
        request.url === listUrl(bob) ? Response.redirect(listUrl(other), 302) : null;
    }
    await deliverClaiming(stead, bob, { digest });
    await mend(stead);
    expect(await state()).toEqual(["accepted"]);
    expect(bob.received("Follow")).toHaveLength(1);
    stead.world.assertNothingUnexpected();
  });

  it("looks into the same claim once a day and into new ones hourly, however often they are made", async () => {
    servesList(bob, [ACTOR]);
    for (let n = 0; n < 5; n++) await deliverClaiming(stead, bob, { digest: EMPTY_DIGEST });
    await mend(stead);
    expect(stead.world.take().map(({ url }) => url)).toEqual([bob.id, listUrl(bob)]);
    await deliverClaiming(stead, bob, { digest: EMPTY_DIGEST });
    await deliverClaiming(stead, bob, { digest: "01".repeat(32) });
    await mend(stead);
    expect(stead.world.take()).toEqual([]);
  });
});
