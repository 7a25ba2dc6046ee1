/** M1 to M7 and M17: the database, the queue and our own messages fail, and nothing is lost, doubled or held up by it. */
import { afterEach, beforeAll, describe, expect, it, vi } from "vitest";

import type { Message } from "../../worker/kernel/ctx.ts";
import { DAY } from "../../worker/kernel/clock.ts";
import { consume, DEAD_LETTERS } from "../../worker/queues.ts";
import { deliver } from "../../worker/outbox/deliver.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { ACTOR, env, Stead } from "../fediverse/stead.ts";
import { stillServes } from "./refused.ts";

let stead: Stead;
let number = 0;
beforeAll(async () => {
  stead = await Stead.claimed();
});
afterEach(() => vi.useRealTimers());

const newcomer = () => stead.peer("alice", `m${++number}.test`);
const followOf = (peer: FakePeer) => peer.activity("Follow", { object: ACTOR });
const follows = async (peer: FakePeer) => (await stead.followers()).filter((iri) => iri === peer.id).length;
const posts = (host: string) =>
  stead.world.requests.filter(({ method, url }) => method === "POST" && new URL(url).host === host).length;
const letters = async () => (await env.DB.prepare("SELECT * FROM dead_letters").all()).results;

type Method = (this: unknown, ...args: unknown[]) => Promise<unknown>;

/** Makes the nth call of a method fail, before it took effect or after. Returns how to end that. */
function failing(target: object, name: string, nth: number, moment: "before" | "after", message: string) {
  const prototype = Object.getPrototypeOf(target) as Record<string, Method>;
  const original = prototype[name]!;
  let calls = 0;
  const state = { struck: false };
  prototype[name] = async function (...args) {
    if (++calls !== nth) return original.apply(this, args);
    state.struck = true;
    if (moment === "after") await original.apply(this, args);
    throw new Error(message);
  };
  return { state, end: () => void (prototype[name] = original) };
}

describe("the database fails while a Follow comes in", () => {
  const moments = ["before", "after"] as const;
  const rows = [1, 2, 3, 4].flatMap((nth) => moments.map((moment) => [nth, moment] as const));

  it.each(rows)(
    "M1, M2, M17: call %i, %s it took effect: 503, and sent again it is one follower and one Accept id",
    async (nth, moment) => {
      const alice = await newcomer();
      await stead.followedBy(alice);
      await stead.deliver(
        alice,
        alice.activity("Undo", { object: { type: "Follow", actor: alice.id, object: ACTOR } }),
      );
      alice.host.arrived.length = 0;
      const follow = followOf(alice);
      const fault = failing(env.DB, "batch", nth, moment, "D1_ERROR: Network connection lost.");
      const first = await stead.deliver(alice, follow).finally(fault.end);
      expect(fault.state.struck).toBe(true);
      expect(first.status).toBe(503);
      expect(Number(first.headers.get("retry-after"))).toBeLessThanOrEqual(10);
      expect(await first.text()).not.toContain("D1");
      expect(await follows(alice)).toBe(nth === 4 && moment === "after" ? 1 : 0);
      expect((await stead.deliver(alice, follow)).status).toBe(202);
      await stead.settle();
      expect(await follows(alice)).toBe(1);
      expect(new Set(alice.received("Accept").map(({ id }) => id)).size).toBe(1);
    },
  );

  it("M2: a mailroom that can not write says 503, and what it said 202 to is there", async () => {
    const alice = await newcomer();
    const follow = followOf(alice);
    const { Spool } = await import("../../worker/objects/spool.ts");
    const add = vi.spyOn(Spool.prototype, "add").mockImplementationOnce(() => {
      throw new Error("SQLITE_FULL");
    });
    expect((await stead.deliver(alice, follow)).status).toBe(503);
    add.mockRestore();
    expect((await stead.deliver(alice, follow)).status).toBe(202);
    await stead.settle();
    expect(await follows(alice)).toBe(1);
  });

  it("mail that can never be applied is tried again by itself, and keeps nobody else's from being applied", async () => {
    const evil = await newcomer();
    const honest = [await newcomer(), await newcomer(), await newcomer()];
    await env.DB.prepare(
      `CREATE TRIGGER poison BEFORE INSERT ON followers WHEN NEW.follow_iri LIKE '%${evil.host.name}%'
         BEGIN SELECT raise(ABORT, 'poison'); END`,
    ).run();
    for (const peer of [evil, ...honest])
      expect((await stead.deliver(peer, followOf(peer))).status).toBe(202);
    await stead.settle();
    expect(await Promise.all(honest.map(follows))).toEqual([1, 1, 1]);
    await stillServes(stead);
    await env.DB.prepare("DROP TRIGGER poison").run();
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(Date.now() + 60_000);
    await stead.settle();
    expect(await follows(evil)).toBe(1);
  });
});

describe("the queue fails", () => {
  it.each(["before", "after"] as const)(
    "M3: a send that fails %s it took effect is made up for by the sweep",
    async (moment) => {
      const alice = await newcomer();
      await stead.followedBy(alice);
      const fault = failing(env.DELIVERIES, "sendBatch", 1, moment, "queue is overloaded");
      await stead
        .publishes("Hello")
        .catch(() => "the send that is left to the background")
        .finally(fault.end);
      expect(fault.state.struck).toBe(true);
      await stead.settle();
      expect(alice.received("Create")).toHaveLength(1);
    },
  );

  it("M4: a message five times at once, and once more after all is done, is one POST", async () => {
    const alice = await newcomer();
    await stead.followedBy(alice);
    stead.world.take();
    await stead.publishes("Once");
    const stream = String(await env.DB.prepare("SELECT max(id) AS id FROM fanouts").first("id"));
    const message: Message = { v: 1, kind: "deliver", stream, after: -1_000, to: Number.MAX_SAFE_INTEGER };
    for (let n = 0; n < 5; n++) await deliver(await stead.ctx(), message);
    const to = await env.DB.prepare("SELECT max(id) AS id FROM followers").first<number>("id");
    const accepts: Message = { ...message, stream: "accepts", to: to! };
    await Promise.all(Array.from({ length: 5 }, async () => deliver(await stead.ctx(), accepts)));
    expect(posts(alice.host.name)).toBe(1);
  });
});

describe("messages that can not be worked on", () => {
  const batchOf = (queue: string, bodies: readonly unknown[]) => {
    const said: string[] = bodies.map(() => "");
    const messages = bodies.map((body, n) => ({
      id: `message ${++number}`,
      body,
      attempts: 1,
      timestamp: new Date(),
      ack: () => void (said[n] = "ack"),
      retry: () => void (said[n] = "retry"),
    }));
    const batch = {
      queue,
      messages,
      ackAll: () => {},
      retryAll: () => {},
    } as unknown as MessageBatch<unknown>;
    return { batch, said };
  };
  const work: Promise<unknown>[] = [];
  const run = async (queue: string, bodies: readonly unknown[]) => {
    const { batch, said } = batchOf(queue, bodies);
    await consume(batch, env, (promise) => work.push(promise));
    await Promise.all(work);
    return said;
  };
  const good: Message = { v: 1, kind: "deliver", stream: "1", after: 0, to: 1 };

  it("M6: of 50 the one that throws is tried again, and no other", async () => {
    const bodies = Array.from({ length: 50 }, (_, n) => (n === 17 ? { v: 2 } : good));
    const said = await run("fedistead-deliveries", bodies);
    expect(said.flatMap((word, n) => (word === "retry" ? n : []))).toEqual([17]);
    expect(said.filter((word) => word === "ack")).toHaveLength(49);
  });

  const poison: [string, unknown][] = [
    ["nothing", null],
    ["a text", "{"],
    ["a list", [good]],
    ["another version", { ...good, v: 2 }],
    ["another kind", { ...good, kind: "explode" }],
    ["no stream", { ...good, stream: undefined }],
    ["a stream that is no text", { ...good, stream: { a: 1 } }],
    ["places that are no numbers", { ...good, after: "0", to: null }],
    ["places beyond all numbers", { ...good, to: 1e300 }],
    ["due numbers that are none", { v: 1, kind: "again", due: ["1"] }],
  ];
  it.each(poison)("M7: %s is tried again, and then a row that the owner sees", async (_, body) => {
    expect(await run("fedistead-deliveries", [body, good])).toEqual(["retry", "ack"]);
    const before = (await letters()).length;
    expect(await run(DEAD_LETTERS, [body])).toEqual(["ack"]);
    const after = await letters();
    expect(after).toHaveLength(before + 1);
    expect(after.at(-1)).toMatchObject({ stream: "queue" });
  });

  it.each<[string, Message]>([
    ["a fanout that is not there", { ...good, stream: "4503599627370495" }],
    ["a stream that is no number", { ...good, stream: "nonsense" }],
    ["a range that ends before it begins", { ...good, stream: "accepts", after: 9, to: 1 }],
    ["due numbers that are settled", { v: 1, kind: "again", due: [1, 2, 9e15] }],
  ])("M7: %s is done with: nothing is owed there", async (_, body) => {
    stead.world.take();
    expect(await run("fedistead-deliveries", [body])).toEqual(["ack"]);
    expect(stead.world.take()).toEqual([]);
    await stead.settle();
    await stillServes(stead);
  });
});

describe("mail whose sender can not be verified", () => {
  it("is a row that the owner sees after three days, and waits no longer", async () => {
    const alice = await newcomer();
    alice.host.get = () => new Response(null, { status: 500 });
    vi.useFakeTimers({ toFake: ["Date"] });
    expect((await stead.deliver(alice, followOf(alice))).status).toBe(202);
    await stead.runAlarms();
    vi.setSystemTime(Date.now() + 3 * DAY - 1);
    await stead.runAlarms();
    const rows = () => env.DB.prepare("SELECT * FROM unverified_mail WHERE actor = ?").bind(alice.id).all();
    expect((await rows()).results).toEqual([]);
    vi.setSystemTime(Date.now() + 3_700_000);
    await stead.settle();
    expect((await rows()).results).toMatchObject([{ activity: "Follow", detail: "answered 500" }]);
    await stillServes(stead);
  });
});
