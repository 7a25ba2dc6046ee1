import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { DAY } from "../../worker/kernel/clock.ts";
import { env, Stead } from "../fediverse/stead.ts";
import { Reads } from "./reads.ts";
import { tokenFor } from "./tokens.ts";

/** Of a busy stead: what the owner said and others liked, who named them, and who follows. */
const POSTS = 150;
const LIKES_A_POST = 5;
const MENTIONS = 2_000;
const ALONE = 30_000;
const ARRIVED = 70_000;
const REQUESTS = 3_000;

/** As many rows as asked for, in statements that D1 takes. */
async function insert(n: number, statement: (from: number, to: number) => string): Promise<void> {
  for (let from = 0; from < n; from += 10_000)
    await env.DB.prepare(statement(from, Math.min(n, from + 10_000))).run();
}
const series = (from: number, to: number): string =>
  `WITH RECURSIVE s(n) AS (SELECT ${from} UNION ALL SELECT n + 1 FROM s WHERE n + 1 < ${to})`;

describe("the budget of notifications", () => {
  let stead: Stead;
  let headers: Record<string, string>;
  let reads: Reads | null = null;
  const start = Date.now() - 20 * DAY;

  beforeAll(async () => {
    stead = await Stead.claimed();
    headers = { authorization: `Bearer ${await tokenFor(stead, ["read"])}` };
    await insert(
      ALONE + ARRIVED + REQUESTS,
      (
        from,
        to,
      ) => `${series(from, to)} INSERT INTO peers (id, iri, inbox, keys, keys_fetched_at, username, fetched_at)
        SELECT n + 1, 'https://h' || n || '.test/u', 'https://h' || n || '.test/inbox', '[]', 0, 'u' || n, 0 FROM s`,
    );
    await insert(
      POSTS,
      (from, to) => `${series(from, to)} INSERT INTO posts (id, iri, author, html, visibility, received_at)
        SELECT (${start} + n * 3600000) * 1000, 'https://me.test/posts/' || n, 0, '<p>x</p>', 'public', 0 FROM s`,
    );
    await insert(
      POSTS * LIKES_A_POST,
      (from, to) => `${series(from, to)} INSERT INTO reactions (post, kind, peer, at)
        SELECT (${start} + n % ${POSTS} * 3600000) * 1000, CASE n % 3 WHEN 0 THEN 'boost' ELSE 'like' END, n % 977 + 1,
          ${start} + n % ${POSTS} * 3600000 + n * 1000 FROM s`,
    );
    await insert(
      MENTIONS,
      (
        from,
        to,
      ) => `${series(from, to)} INSERT INTO posts (id, iri, author, html, visibility, mentions_owner, received_at)
        SELECT (${start} + n * 600000) * 1000 + 2, 'https://h.test/' || n, n % 500 + 1, '<p>x</p>', 'public', 1, 0 FROM s`,
    );
    // Most came through a window; the others before and after it.
    await insert(
      ALONE + ARRIVED,
      (from, to) => `${series(from, to)} INSERT INTO followers (id, peer, inbox, since, proof)
        SELECT (${start} + n * 15000) * 1000, n + 1, 1, ${start} + n * 15000, '' FROM s`,
    );
    await env.DB.batch([
      env.DB.prepare(
        `INSERT INTO arrival_windows (opened_at, closes_at, closed_at, takes, arrived_before, arrived_after, log_before, log_after)
          VALUES (?1, ?1, ?1, 'everybody', 0, ?2, ?3, ?4)`,
      ).bind(
        start + (ALONE / 2) * 15_000,
        ARRIVED,
        (start + (ALONE / 2) * 15_000) * 1_000 - 1,
        (start + (ALONE / 2 + ARRIVED) * 15_000) * 1_000 - 1,
      ),
      env.DB.prepare(
        `UPDATE peers SET follower = (${start} + (id - 1) * 15000) * 1000 WHERE id <= ${ALONE + ARRIVED}`,
      ),
    ]);
    await insert(
      REQUESTS,
      (from, to) => `${series(from, to)} INSERT INTO follow_requests (peer, received_at, proof)
        SELECT ${ALONE + ARRIVED} + n + 1, ${start} + n * 500000, '' FROM s`,
    );
  }, 120_000);
  afterEach(() => reads?.done());
  // Nobody of them is owed an Accept.
  afterAll(async () => {
    await env.DB.prepare("DELETE FROM followers").run();
    await stead.settle();
  });

  async function cost(path: string) {
    reads = new Reads();
    const answer = await stead.fetch(path, { headers });
    const text = await answer.text();
    reads.done();
    expect([path, answer.status]).toEqual([path, 200]);
    return { statements: reads.statements, rows: reads.rows, text };
  }

  it.each([
    ["/api/v1/notifications?limit=1", 5, 1_630],
    ["/api/v1/notifications?limit=20", 5, 1_950],
    ["/api/v1/notifications", 5, 2_300],
    ["/api/v1/notifications?limit=80", 5, 2_980],
    ["/api/v1/notifications/unread_count", 3, 3_220],
    ["/api/v1/notifications?types[]=mention&limit=20", 5, 240],
    ["/api/v1/notifications?types[]=follow&limit=20", 2, 400],
    ["/api/v1/notifications?types[]=follow_request&limit=20", 2, 120],
    ["/api/v2/notifications", 6, 3_100],
    ["/api/v2/notifications?limit=80", 6, 4_420],
    ["/api/v2/notifications/policy", 2, 10],
  ])("of %s is %d statements and at most %d rows", async (path, statements, most) => {
    await cost(path);
    const { rows, statements: asked } = await cost(path);
    expect([path, asked <= statements, rows, rows <= most]).toEqual([path, true, rows, true]);
  });

  it("is the same for each page, across the arrival of 70,000", async () => {
    let path = "/api/v1/notifications?types[]=follow&limit=80";
    const window = (start + (ALONE / 2 + ARRIVED) * 15_000) * 1_000;
    path += `&max_id=${window + 30 * 15_000_000}`;
    const { rows, text } = await cost(path);
    const shown = JSON.parse(text) as { group_key: string }[];
    expect(shown).toHaveLength(80);
    expect(shown.filter(({ group_key }) => group_key.startsWith("arrivals"))).toHaveLength(1);
    expect([rows, rows < 1_070]).toEqual([rows, true]);
  });

  it("of a policy that holds most people back is bounded as well", async () => {
    await env.DB.prepare(
      "UPDATE notification_policy SET not_following = 1, not_followers = 1, new_accounts = 1",
    ).run();
    for (const [path, most] of [
      ["/api/v1/notifications?include_filtered=true", 6_260],
      ["/api/v2/notifications/policy", 10_500],
      ["/api/v1/notifications/requests", 10_500],
    ] as const) {
      const { rows } = await cost(path);
      expect([path, rows, rows <= most]).toEqual([path, rows, true]);
    }
    await env.DB.prepare(
      "UPDATE notification_policy SET not_following = 0, not_followers = 0, new_accounts = 0",
    ).run();
  });
});
