import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import type { UnixMs } from "../../worker/kernel/brand.ts";
import { hash52 } from "../../worker/kernel/hash52.ts";
import { idFromTime } from "../../worker/model/post.ts";
import { env, Stead } from "../fediverse/stead.ts";
import { Reads } from "./reads.ts";
import { tokenFor } from "./tokens.ts";

/** Conversations, and what was said in each. */
const CONVERSATIONS = 200;
const POSTS = 10;
const SCHEDULED = 300;

describe("the budget of a list", () => {
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
    const iris = Array.from({ length: CONVERSATIONS }, (_, n) => `https://h${n}.test/u`);
    await insert(
      iris.map((iri, n) =>
        env.DB.prepare(
          `INSERT INTO peers (id, iri, inbox, keys, keys_fetched_at, username, fetched_at) VALUES (?, ?, ?, '[]', 0, ?, 0)`,
        ).bind(hash52(iri), iri, `${iri}/inbox`, `u${n}`),
      ),
    );
    const id = (n: number) => idFromTime((start + n * 1_000) as UnixMs);
    const poll = {
      multiple: false,
      options: [{ title: "a", votes: 1 }],
      endsAt: null,
      voters: 1,
      hideTotals: false,
    };
    await insert(
      Array.from({ length: CONVERSATIONS * POSTS }, (_, n) => {
        const whose = iris[n % CONVERSATIONS]!;
        return env.DB.prepare(
          `INSERT INTO posts (id, iri, author, html, visibility, mentions, mentions_owner, conversation, poll, received_at)
            VALUES (?, ?, ?, '<p>x</p>', 'direct', ?, 1, ?, ?, 0)`,
        ).bind(
          id(n),
          `https://h.test/${n}`,
          n % 3 === 0 ? 0 : hash52(whose),
          JSON.stringify([{ iri: whose, handle: `u@h${n}.test`, url: whose }]),
          id(n % CONVERSATIONS),
          JSON.stringify(poll),
        );
      }),
    );
    const last = (n: number) => id(n + CONVERSATIONS * (POSTS - 1));
    await insert(
      iris.map((_, n) =>
        env.DB.prepare("INSERT INTO conversations VALUES (?, ?, 1, 0)").bind(id(n), last(n)),
      ),
    );
    const draft = { text: "x", summary: "", visibility: "public", language: null, replyTo: null };
    await insert(
      Array.from({ length: SCHEDULED }, (_, n) =>
        env.DB.prepare(
          "INSERT INTO scheduled_posts (id, at, next_at, draft, app) VALUES (?, 1, 9e15, ?, 1)",
        ).bind(id(n), JSON.stringify(draft)),
      ),
    );
  }, 60_000);
  afterEach(() => reads?.done());
  afterAll(() => stead.settle());

  it.each([
    ["/api/v1/conversations", 7, 310],
    ["/api/v1/conversations?limit=40", 7, 610],
    [`/api/v1/conversations?max_id=${idFromTime((start + 1_850_000) as UnixMs)}`, 7, 310],
    ["/api/v1/timelines/direct", 5, 180],
    ["/api/v1/scheduled_statuses", 2, 25],
    ["/api/v1/scheduled_statuses?limit=40", 2, 45],
  ])("%s is at most %d statements and %d rows", async (path, statements, most) => {
    const ask = () => stead.fetch(path, { headers: { authorization } });
    await (await ask()).text();
    reads = new Reads();
    const answer = await ask();
    const shown = (await answer.json()) as unknown[];
    reads.done();
    expect(shown).toHaveLength(path.includes("limit=40") ? 40 : 20);
    expect([reads.statements <= statements, reads.statements]).toEqual([true, reads.statements]);
    expect([reads.rows <= most, reads.rows]).toEqual([true, reads.rows]);
  });
});
