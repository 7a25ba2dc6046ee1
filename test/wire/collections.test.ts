/** ActivityPub §5 and ActivityStreams §5.2: the owner's collections, complete and in pages. */
import { beforeAll, describe, expect, it } from "vitest";

import { deletePost } from "../../worker/owner/delete-post.ts";
import { ACTOR, env, ORIGIN, Stead } from "../fediverse/stead.ts";
import type { Doc } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";

const PEOPLE = 250;

let stead: Stead;
beforeAll(async () => {
  stead = await Stead.claimed();
});

/** `count` peers who follow, and whom the owner follows: half of the latter have not answered yet. */
async function crowd(count: number): Promise<string[]> {
  const numbers = `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${count})`;
  await env.DB.batch(
    [
      `${numbers} INSERT INTO peers (id, iri, inbox, keys, keys_fetched_at, fetched_at, follower)
         SELECT i, 'https://p.test/' || i, 'https://p.test/' || i || '/inbox', '[]', 0, 0, 1000 + i FROM n`,
      `${numbers} INSERT INTO followers (id, peer, inbox, since, proof) SELECT 1000 + i, i, 1, 0, '' FROM n`,
      `UPDATE follower_log SET count = ${count}, last_id = ${count + 1000}`,
      `${numbers} INSERT INTO following (peer, id, follow_iri, state)
         SELECT i, i, 'https://me.test/f/' || i, CASE WHEN i % 2 = 0 THEN 'accepted' ELSE 'requested' END FROM n`,
    ].map((sql) => env.DB.prepare(sql)),
  );
  return Array.from({ length: count }, (_, n) => `https://p.test/${n + 1}`);
}

/** All the items, page by page, each page checked. */
async function walk(path: string): Promise<{ items: (string | Doc)[]; pages: number; total: number }> {
  const collection = await stead.getJson(path);
  expect(collection).toMatchObject({ id: `${ORIGIN}${path}`, type: "OrderedCollection" });
  const items: (string | Doc)[] = [];
  let pages = 0;
  for (let next = collection["first"] as string | undefined; next; pages++) {
    const page: Doc = await stead.getJson(next.slice(ORIGIN.length));
    expect(page).toMatchObject({ id: next, type: "OrderedCollectionPage", partOf: `${ORIGIN}${path}` });
    items.push(...(page["orderedItems"] as string[]));
    next = page["next"] as string | undefined;
    expect(pages).toBeLessThan(100);
  }
  return { items, pages, total: collection["totalItems"] as number };
}

describe("people", () => {
  let everybody: string[];
  beforeAll(async () => {
    everybody = await crowd(PEOPLE);
  });

  it("followers: all of them, each once, newest first, though people come while somebody reads", async () => {
    const { items, pages, total } = await walk("/actor/followers");
    expect(total).toBe(PEOPLE);
    expect(pages).toBe(3);
    expect(items).toEqual(everybody.toReversed());

    const first = await stead.getJson("/actor/followers?page=1");
    await env.DB.batch(
      [
        `INSERT INTO followers (id, peer, inbox, since, proof) VALUES (5000, 1, 1, 0, '')`,
        "UPDATE follower_log SET count = count + 1",
      ].map((sql) => env.DB.prepare(sql)),
    );
    const second = await stead.getJson((first["next"] as string).slice(ORIGIN.length));
    expect([...(first["orderedItems"] as string[]), ...(second["orderedItems"] as string[])]).toEqual(
      everybody.toReversed().slice(0, 200),
    );
    expect((await stead.getJson("/actor/followers"))["totalItems"]).toBe(PEOPLE + 1);
  });

  it("following: those who accepted, and nobody who was only asked", async () => {
    const { items, total } = await walk("/actor/following");
    expect(total).toBe(PEOPLE / 2);
    expect(items).toEqual(everybody.filter((_, n) => n % 2 === 1).toReversed());
  });

  it.each(["?page=x", "?before=-1", "?before=1e9", "?before=99999999999999999999", "?page=1&before="])(
    "nonsense in the query is no error: %s",
    async (query) => {
      const page = await stead.getJson(`/actor/followers${query}`);
      expect(page["type"]).toBe("OrderedCollectionPage");
      expect((page["orderedItems"] as string[]).length).toBe(100);
    },
  );
});

describe("the outbox", () => {
  const open: number[] = [];
  beforeAll(async () => {
    // Nobody else is to be delivered to.
    await env.DB.batch(
      ["DELETE FROM followers WHERE inbox = 1", "DELETE FROM following"].map((sql) => env.DB.prepare(sql)),
    );
    const alice = await stead.peer("alice");
    await stead.deliver(alice, alice.activity("Follow", { object: ACTOR }));
    await stead.settle();
    open.push(await stead.publishes("The first"));
    const text = "@alice@a.test hello";
    await stead.publishes("For followers", { visibility: "followers" });
    await stead.publishes(text, { visibility: "direct" });
    open.push(await stead.publishes("Quiet", { visibility: "quiet" }));
    await deletePost(await stead.ctx(), await stead.publishes("Gone"));
    await stead.settle();
    const [{ document } = { document: "" }] = await rows<{ document: string }>(
      "SELECT document FROM posts WHERE id = ?",
      open[0],
    );
    // Forty more, written as the first one was.
    for (let n = 1; n <= 40; n++) {
      const id = open[0]! + n * 1_000_000_000;
      const copy = document.replaceAll(String(open[0]), String(id));
      await env.DB.prepare(
        "INSERT INTO posts (id, iri, author, html, visibility, received_at, document) VALUES (?, ?, 0, '', 'public', 0, ?)",
      )
        .bind(id, `${ORIGIN}/posts/${id}`, copy)
        .run();
      open.push(id);
    }
  });

  it("has each open post once, newest first, and nothing that is not for everyone", async () => {
    const { items, total } = await walk("/actor/outbox");
    expect(total).toBe(open.length);
    const ids = items.map((item) => ((item as Doc)["object"] as Doc)["id"]);
    const newestFirst = open.toSorted((a, b) => b - a).map((id) => `${ORIGIN}/posts/${id}`);
    expect(ids).toEqual(newestFirst);
    expect(JSON.stringify(items)).not.toMatch(/For followers|hello|Gone/);
  });

  it("holds the activities as they were delivered", async () => {
    const { items } = await walk("/actor/outbox");
    const [delivered] = stead.host("a.test").arrived.filter(({ activity }) => activity["type"] === "Create");
    const { "@context": _, ...bare } = delivered!.activity;
    expect(items).toContainEqual(bare);
  });
});

describe("the rest", () => {
  it.each(["/actor/featured", "/actor/liked"])(
    "%s is there and empty: peers ask it right after the actor",
    async (path) => {
      expect(await stead.getJson(path)).toEqual({
        "@context": "https://www.w3.org/ns/activitystreams",
        id: `${ORIGIN}${path}`,
        type: "OrderedCollection",
        totalItems: 0,
        orderedItems: [],
      });
    },
  );

  it("replies, likes and shares of a post count and list what is open", async () => {
    const post = await stead.publishes("Talk to me");
    const bob = await stead.peer("bob", "b.test");
    const inReplyTo = `${ORIGIN}/posts/${post}`;
    const [openly, secretly] = [bob.note({ inReplyTo }), bob.note({ inReplyTo, to: [ACTOR], cc: [] })];
    for (const object of [openly, secretly]) await stead.deliver(bob, bob.activity("Create", { object }));
    await stead.deliver(bob, bob.activity("Like", { object: inReplyTo }));
    await stead.deliver(bob, bob.activity("Announce", { object: inReplyTo }));
    await stead.settle();
    const of = (kind: string) => stead.getJson(`/posts/${post}/${kind}`);
    expect(await of("replies")).toEqual({
      "@context": "https://www.w3.org/ns/activitystreams",
      id: `${inReplyTo}/replies`,
      type: "Collection",
      totalItems: 1,
      items: [openly["id"]],
    });
    expect(await of("likes")).toMatchObject({ type: "Collection", totalItems: 1 });
    expect(await of("shares")).toMatchObject({ type: "Collection", totalItems: 1 });
    expect(JSON.stringify([await of("likes"), await of("shares")])).not.toContain(bob.id);
  });

  it("of a post that is not for everyone are not there, and neither is the post", async () => {
    const post = await stead.publishes("For followers", { visibility: "followers" });
    for (const path of ["", "/replies", "/likes", "/shares"]) {
      const answer = await stead.fetch(`/posts/${post}${path}`, {
        headers: { accept: "application/activity+json" },
      });
      expect(answer.status).toBe(404);
    }
  });

  it.each(["/actor/followers", "/actor/outbox", "/actor/following", "/actor/featured", "/actor/tags"])(
    "%s is fresh for everybody and of the right type",
    async (path) => {
      const answer = await stead.fetch(path, { headers: { accept: "application/activity+json" } });
      expect(answer.headers.get("content-type")).toBe("application/activity+json; charset=utf-8");
      expect(answer.headers.get("cache-control")).toBe("no-cache");
    },
  );
});
