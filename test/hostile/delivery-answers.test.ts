/** M9 to M13: what a peer answers to a delivery, and what that may cost us and the others. */
import { runInDurableObject } from "cloudflare:test";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { DAY, HOUR, MINUTE } from "../../worker/kernel/clock.ts";
import type { UnixMs } from "../../worker/kernel/brand.ts";
import { DueDeliveries } from "../../worker/outbox/due.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { ACTOR, env, Stead } from "../fediverse/stead.ts";

let stead: Stead;

const redelivery = () => env.REDELIVERY.getByName("redelivery");
const rows = (query: string, ...bindings: unknown[]) =>
  runInDurableObject(redelivery(), (_, state) => state.storage.sql.exec(query, ...bindings).toArray());
const hostRow = async (peer: FakePeer) =>
  (await rows("SELECT * FROM hosts WHERE host = ?", peer.host.name))[0] ?? null;
const dueRow = async (peer: FakePeer) =>
  (await rows("SELECT * FROM due WHERE host = ?", peer.host.name))[0] ?? null;
const letters = async () => (await env.DB.prepare("SELECT * FROM dead_letters ORDER BY id").all()).results;

const posts = (host: string) =>
  stead.world.requests.filter(({ method, url }) => method === "POST" && new URL(url).host === host).length;

/** Lets what is due be tried, and whatever follows at once. */
async function round(): Promise<void> {
  for (let n = 0; n < 4; n++) {
    await stead.runAlarms();
    await new Promise((resolve) => setTimeout(resolve, 8));
  }
}

async function startAnew(): Promise<void> {
  stead = await Stead.claimed();
  vi.useFakeTimers({ toFake: ["Date"] });
  vi.spyOn(Math, "random").mockReturnValue(0.5); // no jitter
}
const end = () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
};
const later = (ms: number) => void vi.setSystemTime(Date.now() + ms);
const answers = (peer: FakePeer, status: number, retryAfter?: string) => {
  peer.host.post = () =>
    new Response(null, { status, headers: retryAfter === undefined ? {} : { "retry-after": retryAfter } });
};

describe("the first answer", () => {
  const peers = new Map<string, FakePeer>();
  let now = 0;
  const ofHost = [408, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 526, 527, 530, 599];
  const refusals = [300, 301, 302, 307, 308, 304, 400, 401, 402, 403, 405, 406, 413, 415, 422, 451];
  const waits: [string, string, number][] = [
    ["seconds", "120", 2 * MINUTE],
    ["a date", new Date(Date.now() + 20 * MINUTE).toUTCString(), 20 * MINUTE],
    ["10 years in seconds", "315360000", DAY],
    ["10 years as a date", "Fri, 21 Nov 2036 00:00:00 GMT", DAY],
    ["a number beyond all numbers", "9".repeat(400), MINUTE],
    ["garbage", "soon", MINUTE],
    ["nothing", "", MINUTE],
    ["less than nothing", "-5", MINUTE],
    ["no time at all, which would have us try for ever", "0", MINUTE],
    ["a date in the past", "Sun, 06 Nov 1994 08:49:37 GMT", MINUTE],
  ];
  beforeAll(async () => {
    await startAnew();
    const names = [200, 202, 204, 404, 410, ...ofHost, ...refusals].map((status) => `s${status}`);
    for (const name of [...names, ...waits.map((_, n) => `w${n}`), "thrown"])
      peers.set(name, await stead.peer("alice", `${name}.test`));
    await stead.followedBy(...peers.values());
    for (const [name, peer] of peers) if (name.startsWith("s")) answers(peer, Number(name.slice(1)));
    for (const [n, [, value]] of waits.entries()) answers(peers.get(`w${n}`)!, 503, value);
    peers.get("thrown")!.host.post = () => Promise.reject(new TypeError("connection refused"));
    now = Date.now();
    await stead.publishes("Hello");
  }, 30_000);
  afterAll(end);

  it.each([200, 202, 204])("M9: %i is the end of it", async (status) => {
    const peer = peers.get(`s${status}`)!;
    expect([await hostRow(peer), await dueRow(peer)]).toEqual([null, null]);
  });

  it.each([...ofHost.map((status) => `s${status}`), "thrown"])(
    "M13: %s is the host's trouble: all for it waits a minute",
    async (name) => {
      const peer = peers.get(name)!;
      expect(await hostRow(peer)).toMatchObject({ failures: 1, next_at: now + MINUTE });
      expect(await dueRow(peer)).toMatchObject({ attempts: 1, refusals: 0, gone_at: null });
    },
  );

  it.each(refusals)("M10: %i refuses this one delivery: 8 hours, and the host is well", async (status) => {
    const peer = peers.get(`s${status}`)!;
    expect(await hostRow(peer)).toBeNull();
    expect(await dueRow(peer)).toMatchObject({ attempts: 1, refusals: 1, next_at: now + 8 * HOUR });
  });

  it.each([404, 410])("M11: %i is asked again a day later", async (status) => {
    const peer = peers.get(`s${status}`)!;
    expect(await hostRow(peer)).toBeNull();
    expect(await dueRow(peer)).toMatchObject({ gone_at: now, next_at: now + DAY });
  });

  it.each(waits.map(([name, , wait], n) => [name, n, wait] as const))(
    "M12: Retry-After of %s is kept within a day",
    async (_, n, wait) => {
      const row = await hostRow(peers.get(`w${n}`)!);
      expect(Math.abs(Number(row?.["next_at"]) - now - wait)).toBeLessThanOrEqual(15_000);
    },
  );
});

describe("a host that stays ill", () => {
  let dead: FakePeer;
  let well: FakePeer;
  beforeEach(async () => {
    await startAnew();
    [dead, well] = [await stead.peer("dora", "dead.test"), await stead.peer("will", "well.test")];
    await stead.followedBy(dead, well);
    stead.world.take();
  });
  afterEach(end);

  it("M13: is left alone for a minute, and then for five", async () => {
    answers(dead, 503);
    await stead.publishes("Hello");
    for (const [n, wait] of [MINUTE, 5 * MINUTE].entries()) {
      expect(await hostRow(dead)).toMatchObject({ failures: n + 1, next_at: Date.now() + wait });
      later(wait - 1);
      await stead.runAlarms();
      expect(posts("dead.test")).toBe(n + 1);
      later(1);
      await round();
      expect(posts("dead.test")).toBe(n + 2);
    }
  });

  it("is given up after a week: a row the owner sees, and the follower is kept", async () => {
    answers(dead, 503);
    await stead.publishes("Hello");
    later(7 * DAY);
    await round();
    expect(await letters()).toMatchObject([
      { reason: "expired", attempts: 2, detail: "answered 503", inbox: "https://dead.test/inbox" },
    ]);
    expect(await dueRow(dead)).toBeNull();
    expect(await stead.followers()).toContain(dead.id);
  });

  it("is probed once a round however much waits for it, delays nobody else, and gets all of it when it is back", async () => {
    answers(dead, 500);
    for (let n = 0; n < 6; n++) await stead.publishes(`post ${n}`);
    expect(posts("dead.test")).toBe(1);
    expect(posts("well.test")).toBe(6);
    later(MINUTE);
    await round();
    expect(posts("dead.test")).toBe(2);
    later(5 * MINUTE);
    answers(dead, 202);
    await round();
    await round();
    expect(dead.received("Create")).toHaveLength(6);
    expect([await hostRow(dead), await dueRow(dead)]).toEqual([null, null]);
  });

  it("does not get the Accept it asks for again a hundred times a minute", async () => {
    later(2 * HOUR);
    answers(dead, 503);
    const again = dead.received("Accept")[0]!["object"] as Record<string, unknown>;
    await stead.deliver(dead, again);
    await round();
    await round();
    expect(posts("dead.test")).toBe(1);
    expect(await hostRow(dead)).toMatchObject({ failures: 1 });
  });

  it("leaves the waiting line when the inbox has moved to another host in the meantime", async () => {
    answers(dead, 503);
    await stead.publishes("Hello");
    await env.DB.prepare(
      "UPDATE inboxes SET url = 'https://moved.test/inbox' WHERE url = 'https://dead.test/inbox'",
    ).run();
    const moved = stead.host("moved.test");
    moved.post = () => new Response(null, { status: 503 });
    later(MINUTE);
    await round();
    await round();
    expect(posts("moved.test")).toBe(1);
    expect(posts("dead.test")).toBe(1);
  });
});

describe("an inbox that is refused or gone", () => {
  let alice: FakePeer;
  beforeEach(async () => {
    await startAnew();
    alice = await stead.peer("alice");
    await stead.followedBy(alice);
    stead.world.take();
  });
  afterEach(end);

  it("M10: 3 tries within 24 hours, then parked where the owner sees it", async () => {
    answers(alice, 403);
    await stead.publishes("Hello");
    for (const wait of [8 * HOUR, 16 * HOUR]) {
      later(wait - 1);
      await stead.runAlarms();
      later(1);
      await round();
    }
    expect(posts("a.test")).toBe(3);
    expect(await letters()).toMatchObject([{ reason: "refused", attempts: 3, detail: "answered 403" }]);
    later(8 * DAY);
    await round();
    expect(posts("a.test")).toBe(3);
  });

  it("M11: gone twice, a day apart: no more posts, and the follower is kept", async () => {
    answers(alice, 410);
    await stead.publishes("Hello");
    later(DAY - 1);
    await round();
    expect(posts("a.test")).toBe(1);
    later(1);
    await round();
    expect(posts("a.test")).toBe(2);
    expect(await letters()).toMatchObject([{ reason: "gone" }]);
    expect(await stead.followers()).toEqual([alice.id]);
    await stead.publishes("Anybody there?");
    expect(posts("a.test")).toBe(2);
  });

  it("M11: gone once and back the day after is as if nothing had been", async () => {
    answers(alice, 404);
    await stead.publishes("Hello");
    answers(alice, 202);
    later(DAY);
    await round();
    expect(alice.received("Create")).toHaveLength(1);
    expect(await letters()).toEqual([]);
  });

  it("M11: a gone inbox that follows again gets posts again", async () => {
    answers(alice, 410);
    await stead.publishes("Hello");
    later(DAY);
    await round();
    answers(alice, 202);
    await stead.deliver(alice, alice.activity("Follow", { object: ACTOR }));
    await stead.settle();
    await stead.publishes("Welcome back");
    expect(alice.received("Create")).toHaveLength(1);
  });
});

describe("the line of what is due again", () => {
  const NOW = 1_000_000_000 as UnixMs;
  const place = (position: number, host = "dead.test") => ({ stream: "1", position, host, inbox: "" });
  const withLine = <T>(work: (due: DueDeliveries, sql: SqlStorage) => T) =>
    runInDurableObject(redelivery(), (_, state) => {
      const due = new DueDeliveries(state.storage.sql);
      state.storage.sql.exec("DELETE FROM due");
      state.storage.sql.exec("DELETE FROM hosts");
      return work(due, state.storage.sql);
    });
  /** Fails until it is given up; the waits in between, in ms. */
  const waitsOf = (after: number | null, random: number) =>
    withLine((due) => {
      const report = { ...place(1), outcome: { kind: "host-failed", detail: "x", after } as const };
      const waits: number[] = [];
      for (let now = NOW, n = 0; n < 500; n++) {
        const [givenUp] = due.take([report], now, () => random);
        if (givenUp) return { waits, reason: givenUp.reason };
        const next = due.nextAt(now)!;
        waits.push(next - now);
        now = next as UnixMs;
      }
      return { waits, reason: "never" };
    });
  const own = [MINUTE, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 6 * HOUR, 12 * HOUR, ...Array<number>(7).fill(DAY)];

  it.each([0, 0.5, 1])(
    "M13: waits 1 min, 5 min, 30 min, 2 h, 6 h, 12 h, then a day; a week in all (%d)",
    async (random) => {
      const { waits, reason } = await waitsOf(null, random);
      expect(reason).toBe("expired");
      expect(waits.slice(0, 12)).toEqual(
        own
          .slice(0, 12)
          .map((wait) => Math.round(wait * (0.8 + 0.4 * random)))
          .slice(0, waits.length),
      );
      expect(waits.reduce((sum, wait) => sum + wait, 0)).toBeGreaterThanOrEqual(7 * DAY);
    },
  );

  it("M12: a host that asks for a second each time is not asked each second for a week", async () => {
    const { waits, reason } = await waitsOf(1_000, 0.5);
    expect([waits.length, reason]).toEqual([own.length, "expired"]);
  });

  it("M12: a host that asks for a day each time is still given up after a week", async () => {
    const { waits, reason } = await waitsOf(DAY, 0.5);
    expect([waits, reason]).toEqual([Array(7).fill(DAY), "expired"]);
  });

  it("thousands that wait for one dead host do not hide what is due for the living", async () => {
    const ready = await withLine((due, sql) => {
      const failed = { kind: "host-failed", detail: "x", after: null } as const;
      due.take([{ ...place(0), outcome: failed }], NOW, () => 0.5);
      for (let n = 1; n <= 4_100; n++) due.add(place(n), NOW, "waits");
      due.add(place(5_000, "well.test"), NOW, "waits");
      const hosts = (of: number[]) =>
        of.map((id) => sql.exec("SELECT host FROM due WHERE id = ?", id).one()["host"]);
      return [hosts(due.ready(NOW + MINUTE, 200)), hosts(due.ready(NOW + MINUTE, 200))];
    });
    expect(ready).toEqual([["dead.test", "well.test"], []]);
  });
});
