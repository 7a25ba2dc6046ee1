import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { MINUTE } from "../../worker/kernel/clock.ts";
import { moveOn } from "../../worker/moving/move-on.ts";
import { Listing } from "../fediverse/lists.ts";
import type { Doc } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";

const AS = { "content-type": "application/activity+json" };

describe("the list of who is expected, from what servers show to everybody", () => {
  let list: Listing;
  beforeEach(async () => {
    list = await Listing.begun();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  describe("its followers collection", () => {
    async function collection(pages: readonly Doc[]): Promise<void> {
      const old = await list.stead.peer("me", "old.test");
      pages.forEach((page, n) => {
        const id = n === 0 ? `${old.id}/followers` : `${old.id}/followers?page=${n}`;
        old.publish({ id, ...page });
      });
    }
    const page = (n: number) => `https://old.test/users/me/followers?page=${n}`;

    it("is read in pages of ids or of objects, with signed requests", async () => {
      await collection([
        { type: "OrderedCollection", totalItems: 3, first: page(1) },
        { type: "OrderedCollectionPage", orderedItems: ["https://a.test/users/alice"], next: page(2) },
        {
          type: "OrderedCollectionPage",
          orderedItems: [{ id: "https://b.test/users/bob", type: "Person" }, "https://c.test/u/carol"],
        },
      ]);
      await list.fetchFrom("me@old.test");
      await list.work();
      expect(await list.job()).toMatchObject({ state: "done", found: 3 });
      expect((await list.expected()).map(({ iri }) => iri)).toEqual([
        "https://a.test/users/alice",
        "https://b.test/users/bob",
        "https://c.test/u/carol",
      ]);
      const gets = list.stead.world.requests.filter(({ url }) => url.includes("/users/me"));
      expect(gets.length).toBe(4);
      expect(gets.every(({ headers }) => headers.has("signature"))).toBe(true);
    });

    it("is read where the first page lies in the collection, or there are no pages at all", async () => {
      await collection([
        {
          type: "OrderedCollection",
          first: {
            type: "OrderedCollectionPage",
            orderedItems: ["https://a.test/users/alice"],
            next: page(1),
          },
        },
        { type: "OrderedCollectionPage", orderedItems: ["https://b.test/users/bob"] },
      ]);
      await list.fetchFrom("me@old.test");
      await list.work();
      expect((await list.job()).found).toBe(2);
      await collection([{ type: "Collection", items: ["https://c.test/users/carol"] }]);
      await list.fetchFrom("me@old.test");
      await list.work();
      expect(await list.job()).toMatchObject({ state: "done", found: 1 });
    });

    it("says so when it is hidden", async () => {
      await collection([{ type: "OrderedCollection", totalItems: 500 }]);
      await list.fetchFrom("me@old.test");
      await list.work();
      expect(await list.job()).toMatchObject({
        state: "done",
        found: 0,
        problem: expect.stringContaining("hidden") as string,
      });
    });

    it("comes to its end though the pages go round in circles, or never bring anybody", async () => {
      await collection([
        { type: "OrderedCollection", first: page(1) },
        ...[1, 2, 3, 4, 5].map((n) => ({
          type: "OrderedCollectionPage",
          orderedItems: [`https://a.test/users/u${n}`],
          next: page(n === 5 ? 2 : n + 1),
        })),
      ]);
      await list.fetchFrom("me@old.test");
      await list.work(MINUTE);
      expect(await list.job()).toMatchObject({ state: "done" });
      expect(await list.expected()).toHaveLength(5);
      list.stead.host("old.test").get = (request) => {
        const { searchParams, href } = new URL(request.url);
        const n = Number(searchParams.get("page") ?? 0);
        if (!href.includes("followers")) return null;
        const next = { type: "OrderedCollectionPage", next: page(n + 1) };
        return Response.json(
          { id: href, ...(n === 0 ? { type: "OrderedCollection", first: page(1) } : next) },
          { headers: AS },
        );
      };
      await list.fetchFrom("me@old.test");
      await list.work(5 * MINUTE);
      expect(await list.job()).toMatchObject({ state: "done", found: 0 });
    });
  });

  it("is whole though the mover is cut off before or after any of its writes, because people and place are written together", async () => {
    const old = await list.stead.peer("me", "old.test");
    const page = (n: number) => `${old.id}/followers?page=${n}`;
    old.publish({ id: `${old.id}/followers`, type: "OrderedCollection", first: page(1) });
    for (let n = 1; n <= 6; n++) {
      const next = n < 6 ? { next: page(n + 1) } : {};
      const orderedItems = [`https://a.test/users/u${n}`, `https://b.test/users/u${n}`];
      old.publish({ id: page(n), type: "OrderedCollectionPage", orderedItems, ...next });
    }
    await list.fetchFrom("me@old.test");
    for (let n = 0; n < 120; n++) {
      const ctx = await list.stead.ctx();
      const client = (ctx.db as unknown as { $client: D1Database }).$client;
      const batch = client.batch.bind(client);
      let calls = 0;
      client.batch = async <T>(statements: D1PreparedStatement[]) => {
        const struck = n < 60 && ++calls === 1 + (n % 8);
        if (struck && n % 2 === 0) throw new Error("cut off before");
        const results = await batch<T>(statements);
        if (struck) throw new Error("cut off after");
        return results;
      };
      await moveOn(ctx).catch(() => null);
      client.batch = batch;
      vi.setSystemTime(Date.now() + MINUTE);
    }
    expect(await list.job()).toMatchObject({ state: "done", found: 12 });
    expect(await list.expected()).toHaveLength(12);
    expect(await rows("SELECT host, people FROM expected_hosts ORDER BY host")).toEqual([
      { host: "a.test", people: 6 },
      { host: "b.test", people: 6 },
    ]);
  });

  it("tells what software its servers run, asked once", async () => {
    const nodeInfo = (name: string) => {
      list.stead.host(name).get = (request) => {
        const { pathname } = new URL(request.url);
        if (pathname === "/.well-known/nodeinfo")
          return Response.json({
            links: [{ rel: "http://nodeinfo.diaspora.software/ns/schema/2.0", href: `https://${name}/ni` }],
          });
        return pathname === "/ni"
          ? Response.json({ software: { name: "Mastodon", version: "4.5.0" } })
          : null;
      };
    };
    nodeInfo("a.test");
    list.stead.host("b.test").get = () => {
      throw new TypeError("down");
    };
    await list.upload("a.csv", "alice@a.test\nbob@b.test");
    await list.work();
    await list.work();
    expect(await rows("SELECT host, software FROM expected_hosts ORDER BY host")).toEqual([
      { host: "a.test", software: "mastodon" },
      { host: "b.test", software: "" },
    ]);
    expect(list.stead.world.requests.filter(({ url }) => url.includes("nodeinfo"))).toHaveLength(2);
  });
});
