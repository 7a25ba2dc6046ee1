import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { hash52 } from "../../worker/kernel/hash52.ts";
import { idFromTime } from "../../worker/model/post.ts";
import type { UnixMs } from "../../worker/kernel/brand.ts";
import { env, Stead } from "../fediverse/stead.ts";
import { Reads } from "./reads.ts";
import { tokenFor } from "./tokens.ts";

/** Whom the owner follows, what each of them said, and how much of it others boosted. */
const FOLLOWED = 300;
const POSTS = 2_000;
const BOOSTS = 600;
/** Every fiftieth post has it. */
const LINK = "https://news.test/1";

describe("the budget of a timeline", () => {
  let stead: Stead;
  let authorization: string;
  let reads: Reads | null = null;
  const start = Date.now() - 86_400_000;

  beforeAll(async () => {
    stead = await Stead.claimed();
    authorization = `Bearer ${await tokenFor(stead, ["read"])}`;
    const insert = async (statements: D1PreparedStatement[]) => {
      for (let n = 0; n < statements.length; n += 200) await env.DB.batch(statements.slice(n, n + 200));
    };
    const peers = Array.from({ length: FOLLOWED + 100 }, (_, n) => n + 1);
    await insert(
      peers.map((n) =>
        env.DB.prepare(
          `INSERT INTO peers (id, iri, inbox, keys, keys_fetched_at, username, fetched_at) VALUES (?, ?, ?, '[]', 0, ?, 0)`,
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
    // Every seventh is by somebody who is not followed: somebody boosted it. Every fourth answers the one before.
    await insert(
      Array.from({ length: POSTS }, (_, n) =>
        env.DB.prepare(
          `INSERT INTO posts (id, iri, author, html, visibility, reply_to, reply_to_iri, received_at) VALUES (?, ?, ?, '<p>x</p>', 'public', ?, ?, 0)`,
        ).bind(
          id(n),
          `https://h.test/${n}`,
          n % 7 === 6 ? FOLLOWED + 1 + (n % 100) : (n % FOLLOWED) + 1,
          n % 4 === 3 ? id(n - 1) : null,
          n % 4 === 3 ? `https://h.test/${n - 1}` : null,
        ),
      ),
    );
    await insert([
      env.DB.prepare("INSERT INTO cards (id, url, asked_at, tries) VALUES (?, ?, 0, 1)").bind(
        hash52(LINK),
        LINK,
      ),
      env.DB.prepare("UPDATE posts SET card = ? WHERE id / 10000000 % 50 = 0").bind(hash52(LINK)),
    ]);
    // What the owner likes and bookmarked lies among what others boosted.
    await insert(
      Array.from({ length: 100 }, (_, n) =>
        env.DB.prepare("INSERT INTO reactions (post, kind, peer, at, id) VALUES (?, ?, 0, 0, ?)").bind(
          id(n),
          n % 2 === 0 ? "like" : "bookmark",
          id(n) + 1,
        ),
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
  }, 60_000);
  afterEach(() => reads?.done());
  afterAll(() => stead.settle());

  async function cost(path: string) {
    reads = new Reads();
    const answer = await stead.fetch(path, { headers: { authorization } });
    const shown = (await answer.json()) as { id: string }[];
    reads.done();
    return {
      statements: reads.statements,
      rows: reads.rows,
      shown: shown.length,
      last: shown.at(-1)?.id ?? "",
    };
  }

  it("of the home page is 4 statements and at most 175 rows, whatever the page", async () => {
    await cost("/api/v1/timelines/home");
    for (let n = 0, page = ""; n < 30; n++) {
      const { statements, rows, shown, last } = await cost(`/api/v1/timelines/home?${page}`);
      expect([page, statements, shown]).toEqual([page, 4, 20]);
      expect([page, rows, rows <= 175]).toEqual([page, rows, true]);
      page = `max_id=${last}`;
    }
  });

  it.each([
    ["/api/v1/timelines/home?limit=40", 245],
    ["/api/v1/timelines/public?remote=true", 145],
    ["/api/v1/accounts/1/statuses?exclude_reblogs=true", 50],
    ["/api/v1/favourites", 185],
    ["/api/v1/bookmarks", 135],
  ])("of %s is at most %d rows", async (path, most) => {
    const { statements, rows, shown } = await cost(path);
    expect([statements <= 5, shown > 0, rows, rows <= most]).toEqual([true, true, rows, true]);
  });

  it.each([
    ["what is said about a link", `/api/v1/timelines/link?url=${encodeURIComponent(LINK)}`, 4, 1_150],
    ["what one account said and boosted", "/api/v1/accounts/1/statuses", 5, 65],
    ["who boosted a post", "/api/v1/statuses/FIRST/reblogged_by", 5, 25],
    ["who likes a post", "/api/v1/statuses/FIRST/favourited_by", 9, 330],
    ["the versions of a post", "/api/v1/statuses/FIRST/history", 5, 20],
    ["posts by their numbers", "/api/v1/statuses?id[]=FIRST", 4, 20],
  ])(
    "of %s is a fixed number of statements, and no more rows than now",
    async (_, path, statements, most) => {
      const asked = await cost(path.replace("FIRST", String(idFromTime(start as UnixMs))));
      expect([asked.statements, asked.shown > 0, asked.rows, asked.rows <= most]).toEqual([
        statements,
        true,
        asked.rows,
        true,
      ]);
    },
  );
});
