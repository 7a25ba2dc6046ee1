import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { idFromTime } from "../../worker/model/post.ts";
import type { UnixMs } from "../../worker/kernel/brand.ts";
import { addFilter } from "../../worker/owner/filters.ts";
import { addList, addToList } from "../../worker/owner/lists.ts";
import { followTagNamed } from "../../worker/owner/tags.ts";
import { env, Stead } from "../fediverse/stead.ts";
import { Reads } from "./reads.ts";
import { tokenFor } from "./tokens.ts";

const FOLLOWED = 300;
const POSTS = 3_000;
const BOOSTS = 800;

describe("the budget of lists, filters and hashtags", () => {
  let stead: Stead;
  let authorization: string;
  let reads: Reads | null = null;
  const lists = { few: 0, rare: 0, many: 0 };
  const start = Date.now() - 86_400_000;

  beforeAll(async () => {
    stead = await Stead.claimed();
    authorization = `Bearer ${await tokenFor(stead, ["read", "write"])}`;
    const insert = async (statements: D1PreparedStatement[]) => {
      for (let n = 0; n < statements.length; n += 200) await env.DB.batch(statements.slice(n, n + 200));
    };
    const peers = Array.from({ length: FOLLOWED + 100 }, (_, n) => n + 1);
    await insert(
      peers.map((n) =>
        env.DB.prepare(
          "INSERT INTO peers (id, iri, inbox, keys, keys_fetched_at, username, fetched_at) VALUES (?, ?, ?, '[]', 0, ?, 0)",
        ).bind(n, `https://h${n}.test/u`, `https://h${n}.test/inbox`, `u${n}`),
      ),
    );
    await insert(
      peers
        .slice(0, FOLLOWED)
        .map((n) =>
          env.DB.prepare(
            "INSERT INTO following (peer, id, follow_iri, state) VALUES (?, ?, ?, 'accepted')",
          ).bind(n, n, `https://me.test/follows/${n}`),
        ),
    );
    const id = (n: number) => idFromTime((start + n * 10_000) as UnixMs);
    // The last hundred whom the owner follows say nothing but in the beginning. Every seventh post is a stranger's, with a hashtag.
    const author = (n: number) =>
      n % 7 === 6 ? FOLLOWED + 1 + (n % 100) : (n % (n < 1_000 ? FOLLOWED : FOLLOWED - 100)) + 1;
    await insert(
      Array.from({ length: POSTS }, (_, n) =>
        env.DB.prepare(
          `INSERT INTO posts (id, iri, author, html, visibility, tags, received_at) VALUES (?, ?, ?, '<p>A spider.</p>', 'public', ?, 0)`,
        ).bind(id(n), `https://h.test/${n}`, author(n), n % 7 === 6 ? '["Rivers", "Other"]' : "[]"),
      ),
    );
    await insert(
      Array.from({ length: BOOSTS }, (_, n) =>
        env.DB.prepare("INSERT INTO reactions (post, kind, peer, at, id) VALUES (?, 'boost', ?, 0, ?)").bind(
          id(n * 3),
          (n % FOLLOWED) + 1,
          id(n * 3) + 50_001,
        ),
      ),
    );
    const ctx = await stead.ctx();
    const listing = { title: "L", replies: "list", exclusive: false } as const;
    for (const [name, from, size] of [
      ["few", 0, 10],
      ["rare", 200, 40],
      ["many", 0, 150],
    ] as const) {
      const saved = await addList(ctx, listing);
      if (saved.kind !== "done") throw new Error(saved.kind);
      await addToList(ctx, saved.list.id, peers.slice(from, from + size));
      lists[name] = saved.list.id;
    }
    for (let n = 0; n < 40; n++) {
      const keywords = Array.from({ length: 10 }, (_, k) => `nothing${n}-${k}`).concat(
        n === 0 ? "spider" : [],
      );
      const added = await addFilter(
        ctx,
        { title: `F${n}`, contexts: ["home"] },
        keywords.map((keyword) => ({ id: null, keyword, wholeWord: true, removed: false })),
      );
      expect(added.kind).toBe("done");
    }
  }, 60_000);
  afterEach(() => reads?.done());
  afterAll(() => stead.settle());

  async function cost(path: string) {
    reads = new Reads();
    const answer = await stead.fetch(path, { headers: { authorization } });
    const shown = (await answer.json()) as { id: string; filtered: unknown[] }[];
    reads.done();
    const { statements, rows } = reads;
    return { statements, rows, shown };
  }

  it("of the home page is 4 statements, with filters and with followed hashtags, and no post is missed", async () => {
    await cost("/api/v1/timelines/home");
    const before = await cost("/api/v1/timelines/home");
    expect([before.statements, before.rows <= 290, before.rows]).toEqual([4, true, before.rows]);
    expect(before.shown.every(({ filtered }) => filtered.length === 1)).toBe(true);
    await followTagNamed(await stead.ctx(), "rivers");
    const after = await cost("/api/v1/timelines/home?limit=40");
    expect([after.statements, after.shown.length, after.rows <= 640, after.rows]).toEqual([
      4,
      40,
      true,
      after.rows,
    ]);
    const { results } = await env.DB.prepare("SELECT count(*) AS n FROM tag_entries").all();
    expect(results).toEqual([{ n: 200 }]);
  });

  it.each([
    ["few", 20, 1_000],
    ["few", 40, 1_500],
    ["rare", 20, 2_500],
    ["many", 20, 650],
    ["many", 40, 1_100],
  ] as const)(
    "of the timeline of a list with %s people is 5 statements for %d posts, and at most %d rows",
    async (name, limit, most) => {
      const path = `/api/v1/timelines/list/${lists[name]}?limit=${limit}`;
      const first = await cost(path);
      expect([first.statements, first.shown.length, first.rows <= most, first.rows]).toEqual([
        5,
        limit,
        true,
        first.rows,
      ]);
      const second = await cost(`${path}&max_id=${first.shown.at(-1)!.id}`);
      expect([second.shown.length, second.rows <= most, second.rows]).toEqual([limit, true, second.rows]);
      const ids = [...first.shown, ...second.shown].map(({ id }) => id);
      expect(ids).toEqual([...new Set(ids)].toSorted().toReversed());
    },
  );

  it("of a larger list, what is looked through comes in the order of time, the newest and the oldest first", async () => {
    const members = `SELECT peer FROM list_members WHERE list = ${lists.many}`;
    const all = `SELECT id FROM (SELECT id FROM posts WHERE author IN (${members})
      UNION ALL SELECT id FROM reactions WHERE kind = 'boost' AND peer IN (${members}))`;
    const expected = async (tail: string) => {
      const { results } = await env.DB.prepare(`${all} ${tail}`).all<{ id: number }>();
      return results.map(({ id }) => String(id));
    };
    const path = `/api/v1/timelines/list/${lists.many}?limit=20`;
    const newest = (await cost(path)).shown.map(({ id }) => id);
    expect(newest).toEqual(await expected("ORDER BY id DESC LIMIT 20"));
    const at = String(idFromTime((start + 10_000_000) as UnixMs));
    const older = (await cost(`${path}&max_id=${at}`)).shown.map(({ id }) => id);
    expect(older).toEqual(await expected(`WHERE id < ${at} ORDER BY id DESC LIMIT 20`));
    const above = (await cost(`${path}&min_id=${at}`)).shown.map(({ id }) => id);
    expect(above).toEqual((await expected(`WHERE id > ${at} ORDER BY id LIMIT 20`)).toReversed());
  });

  it("of the timeline of a hashtag is 4 statements, and as much is read as fills the page, in the order of time", async () => {
    const path = "/api/v1/timelines/tag/rivers?limit=20";
    const newest = await cost(path);
    expect([newest.statements, newest.rows <= 600, newest.rows]).toEqual([4, true, newest.rows]);
    const all = (tail: string) =>
      env.DB.prepare(`SELECT id FROM posts WHERE tags <> '[]' ${tail} LIMIT 20`).all<{ id: number }>();
    const { results } = await all("ORDER BY id DESC");
    expect(newest.shown.map(({ id }) => id)).toEqual(results.map(({ id }) => String(id)));
    const at = newest.shown.at(-1)!.id;
    const { results: older } = await all(`AND id < ${at} ORDER BY id DESC`);
    const next = await cost(`${path}&max_id=${at}`);
    expect(next.shown.map(({ id }) => id)).toEqual(older.map(({ id }) => String(id)));
    const above = await cost(`${path}&min_id=${older.at(-1)!.id}`);
    expect(above.shown.map(({ id }) => id)).toEqual([at, ...older.slice(0, -1).map(({ id }) => String(id))]);
  });

  it.each([
    ["/api/v1/lists", 2, 5],
    ["/api/v2/filters", 2, 3],
    ["/api/v1/filters", 2, 3],
    ["/api/v1/followed_tags", 3, 5],
    ["/api/v1/tags/rivers", 3, 4],
    ["/api/v1/featured_tags", 3, 3],
    ["/api/v1/accounts/7/lists", 3, 12],
  ])("of %s is %d statements and at most %d rows", async (path, statements, most) => {
    const asked = await cost(path);
    expect([asked.statements, asked.rows <= most, asked.rows]).toEqual([statements, true, asked.rows]);
  });

  it("of a page of a list's people is 3 statements and 2 rows a person", async () => {
    const { statements, rows, shown } = await cost(`/api/v1/lists/${lists.many}/accounts`);
    expect([statements, shown.length, rows <= 83, rows]).toEqual([3, 40, true, rows]);
  });
});
