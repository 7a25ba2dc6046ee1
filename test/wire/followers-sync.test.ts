import { beforeEach, describe, expect, it, vi } from "vitest";

import type { Iri, UnixMs } from "../../worker/kernel/brand.ts";
import { HOUR } from "../../worker/kernel/clock.ts";
import { followersDigest, readSyncHeader } from "../../worker/model/follower-digest.ts";
import { askSync } from "../../worker/moving/repair.ts";
import { runBatch } from "../../worker/store/batch.ts";
import { arrive, depart } from "../../worker/store/followers.ts";
import { peerFrom } from "../../worker/store/peers.ts";
import { signCavage } from "../../worker/signatures/sign.ts";
import { FakePeer, type Doc } from "../fediverse/peer.ts";
import { mend } from "../fediverse/sync.ts";
import { ACTOR, env, Stead } from "../fediverse/stead.ts";

const URL_OF_LIST = `${ACTOR}/followers_synchronization`;

describe("FEP-8fcf, the lists of our followers", () => {
  let stead: Stead;
  beforeEach(async () => {
    stead = await Stead.claimed();
  });

  async function compares(): Promise<void> {
    expect(await askSync(await stead.ctx(), true)).toBe("asked");
    await mend(stead, { settles: false });
  }

  /** Mastodon asks as its instance, whose key no inbox of ours has ever seen. */
  async function instanceOf(name: string): Promise<FakePeer> {
    const peer = await stead.peer(name, name, "/actor");
    peer.document = { ...peer.document, type: "Application" };
    peer.publishDocument();
    return peer;
  }

  async function asks(peer: FakePeer, url = URL_OF_LIST): Promise<Response> {
    const key = { id: peer.keyId, privateKey: peer.pair.privateKey };
    const signed = await signCavage(key, { method: "GET", url, at: Date.now() as UnixMs });
    return stead.fetch(new Request(url, { headers: { accept: "application/activity+json", ...signed } }));
  }

  const items = async (answer: Response) => (await answer.json<Doc>())["orderedItems"] as string[];

  /** Header fields of the request that carried the digest to a host. */
  function headerTo(host: string) {
    const sent = stead.world.requests.filter(
      ({ method, url, headers }) =>
        method === "POST" && new URL(url).host === host && headers.has("collection-synchronization"),
    );
    return sent.map(({ headers, url, body }) => ({
      header: readSyncHeader(headers.get("collection-synchronization")!)!,
      signature: headers.get("signature")!,
      url,
      activity: JSON.parse(body) as Doc,
    }));
  }

  it("tell each server once, under the signature, whom we count of its people: to the shared inbox, or to a personal one", async () => {
    const [ann, ben, cay] = [
      await stead.peer("ann"),
      await stead.peer("ben"),
      await stead.peer("cay", "c.test"),
    ];
    const { endpoints: _, ...alone } = cay.document;
    cay.document = alone;
    cay.publishDocument();
    await stead.followedBy(ann, ben, cay);
    stead.world.take();
    await compares();
    const [toA, toC] = [headerTo("a.test"), headerTo("c.test")];
    expect([toA.length, toC.length]).toEqual([1, 1]);
    expect(toA[0]).toMatchObject({
      url: "https://a.test/inbox",
      header: {
        collection: `${ACTOR}/followers`,
        url: URL_OF_LIST,
        digest: await followersDigest([ann.id, ben.id]),
      },
      activity: { type: "Undo", actor: ACTOR, object: { type: "Like" } },
    });
    expect(toC[0]).toMatchObject({
      url: `${cay.id}/inbox`,
      header: { digest: await followersDigest([cay.id]) },
    });
    expect(toA[0]!.signature).toMatch(/headers="[^"]*collection-synchronization[^"]*"/);
    expect(ann.host.arrived.at(-1)).toMatchObject({ verified: true });
    stead.world.take();
    await mend(stead);
    expect(stead.world.requests).toEqual([]);
  });

  it("show a server all its people on one page and nobody else's, by whoever signs for it", async () => {
    const [ann, ben, cay] = [
      await stead.peer("ann"),
      await stead.peer("ben"),
      await stead.peer("cay", "c.test"),
    ];
    await stead.followedBy(ann, ben, cay);
    await compares();
    const answer = await asks(await instanceOf("a.test"));
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toContain("application/activity+json");
    expect(answer.headers.get("cache-control")).toBe("private, no-store");
    const list = (await answer.json()) as Doc;
    expect(list).toEqual({
      "@context": "https://www.w3.org/ns/activitystreams",
      id: URL_OF_LIST,
      type: "OrderedCollection",
      totalItems: 2,
      orderedItems: [ann.id, ben.id],
    });
    expect(await items(await asks(cay))).toEqual([cay.id]);
    stead.world.assertNothingUnexpected();
  });

  it("count who came since and leave out who left since, so that they are never short and never old", async () => {
    const [ann, ben] = [await stead.peer("ann"), await stead.peer("ben")];
    await stead.followedBy(ann, ben);
    await compares();
    const late = await stead.peer("late");
    await stead.followedBy(late);
    const ctx = await stead.ctx();
    const row = await env.DB.prepare("SELECT id FROM peers WHERE iri = ?")
      .bind(ann.id)
      .first<{ id: number }>();
    await runBatch(ctx.db, [...depart(ctx.db, row!.id, ctx.clock())]);
    const instance = await instanceOf("a.test");
    expect(await items(await asks(instance))).toEqual([ben.id, late.id]);
    // Who left and came back is in both halves, and counts once.
    await stead.followedBy(ann);
    expect((await items(await asks(instance))).toSorted()).toEqual([ann.id, ben.id, late.id].toSorted());
  });

  it("hold more than a thousand people of one server in one answer, whose digest is the one that was sent", async () => {
    const ids = await crowd(1_203, "big.test");
    const instance = await instanceOf("big.test");
    await compares();
    const [sent] = headerTo("big.test");
    const answer = await items(await asks(instance));
    expect(answer).toHaveLength(1_203);
    expect(answer.toSorted()).toEqual(ids.toSorted());
    expect(sent!.header.digest).toBe(await followersDigest(answer));
  });

  it("go by the authority of the ids, port and all, so that no server is shown as another", async () => {
    const [plain, port] = [await crowd(2, "a.test"), await crowd(2, "a.test.evil.test")];
    await compares();
    expect((await items(await asks(await instanceOf("a.test")))).toSorted()).toEqual(plain.toSorted());
    expect((await items(await asks(await instanceOf("a.test.evil.test")))).toSorted()).toEqual(
      port.toSorted(),
    );
  });

  it("are tried again where a server does not answer, and given up where it refuses", async () => {
    const [ann, cay] = [await stead.peer("ann"), await stead.peer("cay", "c.test")];
    await stead.followedBy(ann, cay);
    ann.host.post = () => new Response(null, { status: 502 });
    cay.host.post = () => new Response(null, { status: 403 });
    await compares();
    const lists = async () =>
      (await env.DB.prepare("SELECT host, next_at, problem, sent_at FROM follower_lists ORDER BY host").all())
        .results;
    const now = Date.now();
    expect(await lists()).toEqual([
      { host: "a.test", next_at: expect.any(Number), problem: "answered 502", sent_at: null },
      { host: "c.test", next_at: null, problem: "answered 403", sent_at: null },
    ]);
    vi.setSystemTime(now + 2 * HOUR);
    ann.host.post = () => new Response(null, { status: 202 });
    await mend(stead);
    expect((await lists())[0]).toMatchObject({ next_at: null, problem: null, sent_at: expect.any(Number) });
  });

  /** Followers by the rows that arriving writes. */
  async function crowd(count: number, host: string): Promise<Iri[]> {
    const ctx = await stead.ctx();
    stead.host(host);
    const ids = Array.from({ length: count }, (_, n) => `https://${host}/users/u${n}` as Iri);
    for (let n = 0; n < count; n += 200) {
      const arrivals = ids.slice(n, n + 200).map((iri) => ({
        peer: peerFrom(documentOf(iri, host), [], ctx.clock()),
        followIri: `${iri}#follow`,
        receivedAt: ctx.clock(),
        proof: "",
      }));
      await runBatch(ctx.db, [...arrive(ctx.db, arrivals, [], ctx.clock())]);
    }
    return ids;
  }
});

function documentOf(iri: Iri, host: string) {
  return {
    iri,
    inbox: `${iri}/inbox` as Iri,
    sharedInbox: `https://${host}/inbox` as Iri,
    keys: [],
    username: "u",
    name: "",
    summary: "" as never,
    url: null,
    icon: null,
    outbox: null,
    movedTo: null,
    alsoKnownAs: [],
    locked: false,
  };
}
