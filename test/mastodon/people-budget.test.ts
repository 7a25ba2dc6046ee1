import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { env, Stead } from "../fediverse/stead.ts";
import { rows } from "../fediverse/rows.ts";
import { Reads } from "./reads.ts";
import { tokenFor } from "./tokens.ts";

type Run = (this: unknown) => Promise<D1Result>;

/** Whom the owner has to do with: the first 400 are followed, the next 3,000 follow, 300 of others are muted, 300 blocked, 2,000 wait. */
const FOLLOWED = 400;
const FOLLOWERS = 3_000;
const POSTS = 6_000;

describe("the budget of people and of a search", () => {
  let stead: Stead;
  let authorization: string;
  let reads: Reads | null = null;

  beforeAll(async () => {
    stead = await Stead.claimed();
    authorization = `Bearer ${await tokenFor(stead, ["read"])}`;
    const n = (many: number) =>
      `WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${many})`;
    await rows(`INSERT INTO peers (id, iri, inbox, keys, keys_fetched_at, username, name, fetched_at, blocked_at)
      ${n(7_000)} SELECT i, 'https://h' || i || '.test/u', 'https://h' || i || '.test/inbox', '[]', 0, 'u' || i, 'Name', 0,
        CASE WHEN i BETWEEN 4001 AND 4300 THEN i END FROM n`);
    await rows(`INSERT INTO following (peer, id, follow_iri, state)
      ${n(FOLLOWED)} SELECT i, i, 'https://me.test/follows/' || i, 'accepted' FROM n`);
    await rows(`INSERT INTO followers (id, peer, inbox, since, proof)
      ${n(FOLLOWERS)} SELECT i, i + ${FOLLOWED}, 1, 0, '' FROM n`);
    await rows(
      `INSERT INTO mutes (peer, id, notifications, expires_at) ${n(300)} SELECT 4500 + i, i, 1, NULL FROM n`,
    );
    await rows(
      `INSERT INTO follow_requests (peer, received_at, proof) ${n(2_000)} SELECT 5000 + i, 1, '' FROM n`,
    );
    await rows(`INSERT INTO blocked_hosts (host, at) ${n(500)} SELECT 'b' || i || '.test', 0 FROM n`);
    await rows(`INSERT INTO posts (id, iri, author, html, visibility, tags, received_at)
      ${n(POSTS)} SELECT i * 1000000, 'https://h.test/' || i, CASE WHEN i % 3 = 0 THEN 0 ELSE i % 700 + 1 END,
        '<p>word' || (i % 50) || ' here</p>', 'public', CASE WHEN i % 5 = 0 THEN '["tag' || (i % 7) || '"]' ELSE '[]' END, 0 FROM n`);
  }, 60_000);
  afterEach(() => reads?.done());
  // The followers were put there: no Accept is owed to them.
  afterAll(async () => {
    await rows("DELETE FROM followers");
  });

  async function cost(path: string) {
    // Once before: the owner's numbers are counted now and then.
    await stead.fetch(path, { headers: { authorization } });
    reads = new Reads();
    const prototype = Object.getPrototypeOf(env.DB.prepare("SELECT 1")) as Record<string, Run>;
    const all = prototype["all"]!;
    const plain = { statements: 0, rows: 0 };
    // What is asked without Drizzle's columns.
    prototype["all"] = async function (this: unknown) {
      const result = await all.call(this);
      plain.statements++;
      plain.rows += result.meta.rows_read;
      return result;
    };
    const answer = await stead.fetch(path, { headers: { authorization } });
    prototype["all"] = all;
    await answer.text();
    reads.done();
    return {
      status: answer.status,
      statements: reads.statements + plain.statements,
      rows: reads.rows + plain.rows,
    };
  }

  it.each([
    ["/api/v1/accounts/relationships?id[]=1&id[]=500&id[]=4001&id[]=4501&id[]=5001", 2, 40],
    [
      `/api/v1/accounts/relationships?${Array.from({ length: 40 }, (_, i) => `id[]=${i + 1}`).join("&")}`,
      2,
      290,
    ],
    ["/api/v1/blocks", 2, 45],
    ["/api/v1/mutes", 2, 85],
    ["/api/v1/follow_requests", 2, 85],
    ["/api/v1/domain_blocks", 2, 105],
    ["/api/v1/accounts/OWN/followers", 2, 85],
    ["/api/v1/accounts/OWN/followers?max_id=50", 2, 85],
    ["/api/v1/accounts/OWN/following", 2, 850],
    ["/api/v1/accounts/1/followers", 7, 4_500],
    ["/api/v1/accounts?id[]=1&id[]=2", 2, 10],
    ["/api/v1/accounts/search?q=u12", 3, 2_700],
    ["/api/v1/accounts/search?q=u12&following=true", 3, 1_300],
    ["/api/v1/accounts/lookup?acct=u5@h5.test", 5, 2_700],
    ["/api/v1/instance/peers", 2, 3_300],
    ["/api/v1/instance/activity", 1, 5],
    ["/api/v2/search?q=word7", 8, 8_300],
    ["/api/v2/search?q=nowhere+at+all", 7, 5_700],
    ["/api/v2/search?q=%23tag", 7, 2_900],
    ["/api/v2/search?q=https://h.test/9", 7, 2_700],
    ["/api/v1/timelines/home", 4, 400],
    ["/api/v1/timelines/public?remote=true", 5, 250],
    ["/api/v2/search?q=https://h.test/nowhere", 7, 4_700],
  ])("of %s is %d statements and at most %d rows", async (path, most, mostRows) => {
    const me = String(
      (await (await stead.fetch("/api/v1/accounts/lookup?acct=me")).json<{ id: string }>()).id,
    );
    const { status, statements, rows: read } = await cost(path.replace("OWN", me));
    expect([status, statements <= most, read, read <= mostRows]).toEqual([200, true, read, true]);
  });
});
