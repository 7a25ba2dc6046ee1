import { drizzle } from "drizzle-orm/d1";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { HOUR, SECOND } from "../../worker/kernel/clock.ts";
import type { Ctx } from "../../worker/kernel/ctx.ts";
import { takeFile } from "../../worker/moving/expected.ts";
import { readLedger } from "../../worker/moving/ledger.ts";
import { missingCsv } from "../../worker/moving/missing.ts";
import { matchArrivals } from "../../worker/moving/match-arrivals.ts";
import { moveOn } from "../../worker/moving/move-on.ts";
import { apart } from "../../worker/store/batch.ts";
import { Rig } from "../faults/rig.ts";
import { Listing } from "../fediverse/lists.ts";
import { rows } from "../fediverse/rows.ts";
import { env } from "../fediverse/stead.ts";
import { Browser } from "../web/browser.ts";

/** Rows that go through a database's batches: all of the ledger's do. */
function counted(rows: { read: number; written: number; statements: number }): D1Database {
  const note = ({ meta }: D1Result) => {
    rows.read += meta.rows_read ?? 0;
    rows.written += meta.rows_written ?? 0;
  };
  return new Proxy(env.DB, {
    get(db, name) {
      const value: unknown = Reflect.get(db, name);
      if (typeof value !== "function") return value;
      if (name === "prepare") rows.statements++;
      if (name !== "batch") return value.bind(db) as unknown;
      return async (statements: D1PreparedStatement[]) => {
        const results = await db.batch(statements);
        results.forEach(note);
        return results;
      };
    },
  });
}

const listOf = (people: number, hosts: number) =>
  Array.from({ length: people }, (_, n) => `https://h${n % hosts}.test/users/u${n}`);

/** Those of the list from `from` on, as followers, in rows. */
async function arrive(iris: readonly string[], from: number): Promise<void> {
  const { hash52 } = await import("../../worker/kernel/hash52.ts");
  const rows = iris.map((iri, n) => ({ id: Date.now() * 1_000 + from + n, peer: hash52(iri), iri }));
  const json = JSON.stringify(rows);
  await env.DB.batch([
    env.DB.prepare(
      `INSERT INTO peers (id, iri, inbox, keys, keys_fetched_at, username, fetched_at, follower, follow_event_at)
       SELECT value ->> 'peer', value ->> 'iri', '', '[]', 0, 'x', 0, value ->> 'id', 1 FROM json_each(?)`,
    ).bind(json),
    env.DB.prepare(
      `INSERT INTO followers (id, peer, inbox, since, proof)
       SELECT value ->> 'id', value ->> 'peer', 1, 1, '' FROM json_each(?)`,
    ).bind(json),
    env.DB.prepare("UPDATE follower_log SET count = count + ?1, arrived = arrived + ?1, last_id = ?2").bind(
      rows.length,
      rows.at(-1)!.id,
    ),
  ]);
}

/** What it costs to watch a move: on the Free plan 5 million rows may be read in a day. */
describe("the budget of the ledger", () => {
  let list: Listing;
  const spent = { read: 0, written: 0, statements: 0 };
  beforeEach(async () => {
    list = await Listing.begun();
    spent.read = spent.written = 0;
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);
  const ctx = async (): Promise<Ctx> => {
    return { ...(await list.stead.ctx()), db: drizzle(apart(counted(spent))) };
  };
  const upload = async (iris: readonly string[]) =>
    takeFile(await ctx(), "list.json", new TextEncoder().encode(JSON.stringify(iris)));

  it("lets a page stand open for an hour while ten thousand arrive, for less than 400,000 rows read", async () => {
    const iris = listOf(10_000, 1_000);
    expect(await upload(iris)).toMatchObject({ kind: "taken", found: 10_000 });
    // A row a person, a row a server, 1 for the job.
    expect(spent.written).toBe(11_001);
    spent.read = spent.written = 0;
    for (let second = 0, here = 0; second < HOUR / SECOND; second += 15) {
      if (here < iris.length && second % 30 === 0) {
        await arrive(iris.slice(here, here + 100), here);
        here += 100;
      }
      const { arrived } = await readLedger(await ctx());
      expect(arrived).toBe(here);
      pass(15 * SECOND);
    }
    const { snapshot } = await readLedger(await ctx());
    expect(snapshot.totals).toMatchObject({ expected: 10_000, here: 10_000, missing: 0 });
    expect(spent.read).toBeLessThan(400_000);
    expect(spent.written).toBeLessThan(60);
  }, 120_000);

  it("leaves two of the five million rows of a day on the Free plan, though a page stands open all day while people arrive", async () => {
    const iris = listOf(4_000, 400);
    await upload(iris);
    await arrive(iris.slice(0, 2_000), 0);
    spent.read = 0;
    for (let n = 0; n < 480; n++) {
      await arrive(iris.slice(2_000 + n, 2_001 + n), 2_000 + n);
      await readLedger(await ctx());
      pass(180 * SECOND);
    }
    expect(spent.read).toBeLessThan(3_000_000);
  }, 120_000);

  it("reads a dozen rows a look once nothing happens any more, but for a new count every ten minutes", async () => {
    await upload(listOf(1_000, 100));
    await readLedger(await ctx());
    pass(60 * SECOND);
    spent.read = 0;
    for (let n = 0; n < 30; n++) {
      await readLedger(await ctx());
      pass(15 * SECOND);
    }
    expect(spent.read).toBeLessThan(30 * 12);
  });

  it("takes a hundred thousand people on five thousand servers, and says who is missing within 45 calls", async () => {
    const iris = listOf(100_000, 5_000);
    const free = await ctx();
    const paid = { ...free, settings: { ...free.settings, plan: "paid" } } as const;
    const list = new TextEncoder().encode(JSON.stringify(iris));
    expect(await takeFile(paid, "list.json", list)).toMatchObject({ kind: "taken", found: 100_000 });
    await arrive(iris.slice(0, 40_000), 0);
    const { snapshot } = await readLedger(await ctx());
    expect(snapshot.totals).toMatchObject({ expected: 100_000, here: 40_000, missing: 60_000 });
    expect([snapshot.hostCount, snapshot.hosts.length]).toEqual([5_000, 50]);
    spent.statements = 0;
    const { body } = new Response(missingCsv(await ctx(), new Map()));
    let lines = 0;
    for await (const chunk of body!) lines += new TextDecoder().decode(chunk).split("\r\n").length - 1;
    expect(lines).toBe(60_001);
    expect(spent.statements).toBeLessThan(45);
  }, 120_000);

  it("recognises newcomers for 7 rows read each, and costs next to nothing when there are none", async () => {
    await upload(listOf(500, 50));
    await arrive(listOf(1_000, 50), 0);
    spent.read = 0;
    for (let n = 0; n < 10; n++) await matchArrivals(await ctx());
    expect(spent.read).toBeLessThan(7 * 1_000);
    spent.read = 0;
    await matchArrivals(await ctx());
    expect(spent.read).toBeLessThan(5);
  });
});

/** 5 signatures and 45 subrequests, as the Free plan gives an alarm, with all other steps before it. */
describe("the budget of a step", () => {
  let rig: Rig;
  let owner: Browser;
  beforeEach(async () => {
    rig = await Rig.made();
    owner = await Browser.signedIn(rig.stead);
  });
  afterEach(() => rig.done());

  async function work(rounds: number): Promise<void> {
    rig.boundary.reset();
    for (let n = 0; n < rounds; n++) {
      const next = await rig.boundary.within("alarm", async () => moveOn(await rig.ctx()));
      await Promise.allSettled(rig.boundary.background.splice(0));
      await rig.run();
      if (next === null) return;
      rig.pass(Math.max(0, next - Date.now()));
    }
  }

  it.each<[string, (n: number, hop: number) => Response | null]>([
    ["that answer", () => null],
    [
      "that send us round in circles",
      (n, hop) => Response.redirect(`https://h${n}.test/x?hop=${hop + 1}`, 302),
    ],
    ["that refuse what we sign", () => new Response(null, { status: 401 })],
    ["that are down", () => new Response(null, { status: 503 })],
  ])("holds while sixty servers are greeted %s", async (_, get) => {
    const lines: string[] = [];
    for (let n = 0; n < 60; n++) {
      const peer = await rig.stead.peer(`p${n}`, `h${n}.test`);
      lines.push(n % 2 ? peer.id : `p${n}@h${n}.test`, `https://h${n}.test/users/other`);
      peer.host.get = (request) => get(n, Number(new URL(request.url).searchParams.get("hop") ?? 0));
    }
    await owner.post("/move/list/file", { file: new File([lines.join("\n")], "list.txt") });
    await owner.post("/move/list/greet");
    await work(120);
    const [state] = await rows<{ body: string }>(
      "SELECT body FROM documents WHERE name = 'expected/greetings'",
    );
    expect(JSON.parse(state!.body)).toMatchObject({ over: true });
    expect(rig.boundary.total("fetches")).toBeGreaterThan(60);
    expect(rig.overspenders()).toEqual([]);
  });

  it("holds while a list is read whose server refuses what we sign", async () => {
    const old = await rig.stead.peer("me", "old.test");
    const page = (n: number) => `${old.id}/followers?page=${n}`;
    old.publish({ id: `${old.id}/followers`, type: "OrderedCollection", first: page(1) });
    for (let n = 1; n <= 30; n++)
      old.publish({
        id: page(n),
        type: "OrderedCollectionPage",
        orderedItems: [`https://a.test/users/u${n}`],
        ...(n < 30 ? { next: page(n + 1) } : {}),
      });
    old.host.get = (request) =>
      request.headers.has("signature") ? new Response(null, { status: 401 }) : null;
    await owner.post("/move/list/fetch", { account: old.id });
    await work(80);
    expect(await rows("SELECT state, found FROM list_jobs")).toEqual([{ state: "done", found: 30 }]);
    expect(rig.overspenders()).toEqual([]);
  });
});
