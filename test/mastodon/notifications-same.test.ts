/** One list and the other: whatever happened, both versions show the same, in pages of any size. */
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { DAY, HOUR } from "../../worker/kernel/clock.ts";
import { forgetCounts } from "../../worker/mastodon/rate-limit.ts";
import { env, ORIGIN, Stead } from "../fediverse/stead.ts";
import { App, type Json, type Reply } from "./client.ts";
import { tokenFor } from "./tokens.ts";

const V1 = "/api/v1/notifications";
const V2 = "/api/v2/notifications";
let stead: Stead;
let app: App;
const START = Date.now() - 2 * DAY;

/** A small generator (mulberry32), so that a failure comes again. */
function random(seed: number): () => number {
  let a = seed;
  return () => {
    a = (a + 0x6d2b79f5) | 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const run = (statements: readonly [string, ...unknown[]][]) =>
  env.DB.batch(statements.map(([text, ...values]) => env.DB.prepare(text).bind(...values)));

const WHO = `INSERT INTO peers (id, iri, inbox, keys, keys_fetched_at, username, fetched_at, blocked_at) VALUES (?, ?, ?, '[]', 0, ?, 0, ?)`;
const person = (id: number, blocked: number | null = null): [string, ...unknown[]] => [
  WHO,
  id,
  `https://h${id}.test/u`,
  `https://h${id}.test/inbox`,
  `u${id}`,
  blocked,
];
const FOLLOWS = `INSERT INTO followers (id, peer, inbox, since, proof) VALUES (?, ?, 1, ?, '')`;
const SAYS = `INSERT INTO posts (id, iri, author, html, visibility, mentions_owner, received_at) VALUES (?, ?, ?, '<p>x</p>', 'public', ?, 0)`;

beforeAll(async () => {
  stead = await Stead.claimed();
  app = new App(stead, { id: "", secret: "" }, await tokenFor(stead, ["read", "write"]));
}, 30_000);
afterAll(async () => {
  await forget();
  await stead.settle();
});

async function forget(): Promise<void> {
  const tables = ["posts", "reactions", "followers", "peers", "arrival_windows", "follow_requests", "mutes"];
  await run([
    ...tables.map((table): [string] => [`DELETE FROM ${table}`]),
    ["UPDATE follower_log SET count = 0, arrived = 0"],
    ["DELETE FROM dismissed_notifications"],
  ]);
}

/** Some of everything, much of it at one time. */
async function happens(seed: number): Promise<void> {
  const next = random(seed);
  const below = (n: number) => Math.floor(next() * n);
  const statements: [string, ...unknown[]][] = [];
  const blocked = 7;
  for (let n = 1; n <= 40; n++) statements.push(person(n, n === blocked ? 1 : null));
  const posts = Array.from({ length: 5 }, (_, n) => (START - n * HOUR) * 1_000);
  posts.forEach((id) => statements.push([SAYS, id, `${ORIGIN}/posts/${id}`, 0, 0]));
  // Things of one kind have a millisecond each, which things of other kinds share.
  const moment = (n: number) => START + below(4) * 7 * HOUR + n;
  for (let n = 0; n < 120; n++) {
    const kind = next() < 0.6 ? "like" : "boost";
    statements.push([
      "INSERT OR IGNORE INTO reactions (post, kind, peer, at) VALUES (?, ?, ?, ?)",
      posts[below(5)],
      kind,
      1 + below(40),
      moment(n),
    ]);
  }
  for (let n = 0; n < 25; n++)
    statements.push([SAYS, moment(n) * 1_000 + 2, `https://h.test/${n}`, 1 + below(40), 1]);
  for (let n = 1; n <= 40; n++) {
    if (n === blocked) continue;
    if (next() < 0.7) statements.push([FOLLOWS, moment(n) * 1_000 + (n % 3), n, START]);
    else statements.push(["INSERT INTO follow_requests VALUES (?, NULL, ?, '')", n, moment(n)]);
  }
  // Two windows, and who came through each; the first of them ended where the second began.
  const [one, two] = [(START + 8 * HOUR) * 1_000, (START + 15 * HOUR) * 1_000];
  const WINDOW = `INSERT INTO arrival_windows (opened_at, closes_at, closed_at, takes, arrived_before, arrived_after, log_before, log_after)
    VALUES (?, ?, ?, 'everybody', 0, 9, ?, ?)`;
  statements.push([WINDOW, one / 1_000, 0, 0, one, two]);
  if (next() < 0.5) statements.push([WINDOW, two / 1_000, 0, 0, two, two + below(7) * HOUR * 1_000]);
  statements.push(["INSERT INTO mutes VALUES (3, 1, 1, NULL)"]);
  await run(statements);
}

const list = (reply: Reply) => reply.body as unknown as Json[];
const nextOf = (reply: Reply): string | null => {
  const next = /<([^>]+)>; rel="next"/.exec(reply.headers.get("link") ?? "")?.[1];
  return next ? next.slice(ORIGIN.length) : null;
};

async function pages(path: string): Promise<Reply[]> {
  const replies: Reply[] = [];
  for (let at: string | null = path; at !== null; at = nextOf(replies.at(-1)!)) {
    forgetCounts();
    replies.push(await app.ask(at));
    if (replies.length > 400) throw new Error("it never ends");
  }
  return replies;
}

const named = (type: unknown, account: unknown, post: unknown) =>
  JSON.stringify([type, account, post ?? null]);
const told = ({ type, account, status }: Json) =>
  named(type, (account as Json)["id"], (status as Json | undefined)?.["id"]);

/** Of each group, everybody: as v1 tells of them. */
async function toldTogether(groups: readonly Json[]): Promise<string[]> {
  const people = await Promise.all(
    groups.map(async ({ group_key, type, status_id, sample_account_ids, notifications_count }) => {
      const key = String(group_key);
      // Who arrived through a window is one, by the first of them.
      const everybody = await pages(`${V2}/${key}/accounts?limit=80`);
      const ids = everybody.flatMap(list).map(({ id }) => String(id));
      const shown = key.startsWith("arrivals") ? ids.slice(-1) : ids;
      // A part of a group of follows may stand on the page before.
      const whole =
        key.startsWith("follow-") || key.startsWith("arrivals") ? notifications_count : ids.length;
      expect([key, notifications_count]).toEqual([key, whole]);
      for (const id of sample_account_ids as string[]) expect(ids).toContain(id);
      return shown.map((id) => named(type, id, status_id));
    }),
  );
  return people.flat();
}

describe("notif.v1==v2 set equality", () => {
  it.each([1, 2, 3])(
    "both versions, in pages of any size, show the same of whatever happened (%d)",
    async (seed) => {
      await forget();
      await happens(seed);
      const whole = (await pages(`${V1}?limit=80`)).flatMap(list);
      const ids = whole.map(({ id }) => Number(id));
      expect(ids).toEqual([...new Set(ids)].toSorted((a, b) => b - a));
      expect(whole.length).toBeGreaterThan(80);
      for (const limit of [3, 20]) {
        const paged = (await pages(`${V1}?limit=${limit}`)).flatMap(list);
        expect([limit, paged.map(({ id }) => Number(id))]).toEqual([limit, ids]);
      }
      for (const limit of [3, 40]) {
        const groups = (await pages(`${V2}?limit=${limit}`)).flatMap(
          ({ body }) => body["notification_groups"] as Json[],
        );
        const keys = new Map(groups.map((group) => [group["group_key"], group]));
        // A group of follows may go on on the next page; every other stands there once.
        const repeated = groups.length - keys.size;
        expect(groups.filter(({ type }) => type === "follow").length).toBeGreaterThan(repeated);
        const all = new Set(await toldTogether([...keys.values()]));
        expect([limit, [...all].toSorted()]).toEqual([limit, whole.map(told).toSorted()]);
        const follows = groups.filter(({ group_key }) => String(group_key).startsWith("follow-"));
        expect(follows.reduce((sum, group) => sum + Number(group["notifications_count"]), 0)).toBe(
          whole.filter(({ group_key }) => String(group_key).startsWith("follow-")).length,
        );
      }
      // The newest of both is the same: whoever compares them for a badge finds nothing unread.
      const [newest] = (await app.ask(`${V2}?limit=1`)).body["notification_groups"] as Json[];
      expect(newest!["most_recent_notification_id"]).toBe(ids[0]);
      forgetCounts();
      for (const { id } of whole.slice(0, 20))
        expect((await app.ask(`${V1}/${String(id)}`)).body).toMatchObject({ id });
    },
    60_000,
  );

  it("upwards from any place, v1 comes to the newest by the same way", async () => {
    const ids = (await pages(`${V1}?limit=80`)).flatMap(list).map(({ id }) => String(id));
    const up: string[] = [];
    for (let at = ids.at(-1)!; ;) {
      const page = list(await app.ask(`${V1}?limit=9&min_id=${at}`)).map(({ id }) => String(id));
      if (page.length === 0) break;
      up.unshift(...page);
      at = page[0]!;
    }
    expect(up).toEqual(ids.slice(0, -1));
  });
});

describe("a Move of 300", () => {
  it("is one notification in both versions, that keeps its number while people arrive, and tells how many", async () => {
    forgetCounts();
    await forget();
    const opened = START;
    await run([
      ...Array.from({ length: 303 }, (_, n) => person(n + 1)),
      [FOLLOWS, (opened - HOUR) * 1_000, 301, 0],
      [
        `INSERT INTO arrival_windows (opened_at, closes_at, takes, arrived_before, log_before) VALUES (?, ?, 'everybody', 1, ?)`,
        opened,
        opened + DAY,
        opened * 1_000,
      ],
      ...Array.from({ length: 300 }, (_, n): [string, ...unknown[]] => [
        FOLLOWS,
        (opened + HOUR + n * 1_000) * 1_000,
        n + 1,
        0,
      ]),
      ["UPDATE follower_log SET arrived = 301"],
    ]);
    const shown = list(await app.ask(V1));
    expect(shown).toMatchObject([{ type: "follow", account: { id: "1" } }, { account: { id: "301" } }]);
    const id = String(shown[0]!["id"]);
    expect(shown[0]!["group_key"]).toBe(`arrivals-${opened}`);
    const [group, alone, ...more] = (await app.ask(V2)).body["notification_groups"] as Json[];
    expect(more).toEqual([]);
    expect(group).toMatchObject({
      type: "follow",
      notifications_count: 300,
      most_recent_notification_id: Number(id),
      sample_account_ids: ["300", "299", "298", "297", "296", "295", "294", "293"],
    });
    expect(alone).toMatchObject({ notifications_count: 1, sample_account_ids: ["301"] });
    const everybody = (await pages(`${V2}/arrivals-${opened}/accounts?limit=80`)).flatMap(list);
    expect(everybody.map((account) => Number(account["id"]))).toEqual(
      Array.from({ length: 300 }, (_, n) => 300 - n),
    );
    await run([
      [FOLLOWS, (opened + 2 * HOUR) * 1_000, 302, 0],
      ["UPDATE follower_log SET arrived = 302"],
      [
        "UPDATE arrival_windows SET closed_at = ?, arrived_after = 302, log_after = ?",
        opened + 3 * HOUR,
        (opened + 2 * HOUR) * 1_000,
      ],
      [FOLLOWS, (opened + 4 * HOUR) * 1_000, 303, 0],
    ]);
    expect(list(await app.ask(V1)).map((one) => String((one["account"] as Json)["id"]))).toEqual([
      "303",
      "1",
      "301",
    ]);
    expect((await app.ask(`${V1}/${id}`)).body).toMatchObject({ id });
    expect((await app.ask(`${V2}/arrivals-${opened}`)).body["notification_groups"]).toMatchObject([
      { notifications_count: 301 },
    ]);
    expect(
      list(await app.ask(`${V1}?max_id=${(opened + 2 * HOUR) * 1_000 - 5}`)).map((one) => one["id"]),
    ).toEqual([id, String((opened - HOUR) * 1_000)]);
    await app.ask(`${V2}/arrivals-${opened}/dismiss`, { method: "POST" });
    expect(list(await app.ask(V1))).toHaveLength(2);
  });
});
