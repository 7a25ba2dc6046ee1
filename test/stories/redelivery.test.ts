import { runInDurableObject } from "cloudflare:test";
import { beforeEach, describe, expect, it } from "vitest";

import type { UnixMs } from "../../worker/kernel/brand.ts";
import type { Message, Report } from "../../worker/kernel/ctx.ts";
import { deliver } from "../../worker/outbox/deliver.ts";
import { DueDeliveries } from "../../worker/outbox/due.ts";
import { Progress } from "../../worker/outbox/progress.ts";
import { saveFanout } from "../../worker/store/fanouts.ts";
import { env, Stead } from "../fediverse/stead.ts";

type Page = Extract<Message, { kind: "deliver" }>;

const unlimited = () => ({ messages: Number.POSITIVE_INFINITY, calls: Number.POSITIVE_INFINITY });

describe("handing out a post", () => {
  let stead: Stead;
  beforeEach(async () => {
    stead = await Stead.claimed();
  });

  /** One open fan-out to inboxes 1 to `count`, and the progress of it, with a queue that only takes note. */
  async function handingOut(
    count: number,
    use: (progress: Progress, handOut: () => Promise<Page[]>) => Promise<void>,
  ): Promise<void> {
    for (let id = 1; id <= count; id++) {
      await env.DB.prepare("INSERT INTO inboxes (id, url, refs) VALUES (?, ?, 1)")
        .bind(id, `https://h${id}.test/inbox`)
        .run();
    }
    const { db } = await stead.ctx();
    const createdAt = Date.now() as UnixMs;
    const fanout = { id: 7, activity: "{}", digest: "", toFollowers: true, recipients: [], createdAt };
    await saveFanout(db, { ...fanout, doneAt: null });
    // An object of its own, so that the stead's does not hand out the same.
    const object = env.REDELIVERY.getByName("apart");
    await runInDurableObject(object, async (_, state) => {
      const progress = new Progress(state.storage.sql);
      const ctx = await stead.ctx();
      await use(progress, async () => {
        const sent: Message[] = [];
        const queue = { send: async (messages: Message[]) => void sent.push(...messages) };
        await progress.handOut({ ...ctx, ports: { ...ctx.ports, queue } }, unlimited());
        return sent.filter((message) => message.kind === "deliver");
      });
    });
  }

  it("does not hand out a page again that is worked on while the page after it is done, or its hosts would get the post twice", async () => {
    await handingOut(15, async (progress, handOut) => {
      const [first, second, third] = await handOut();
      if (!first || !second || !third) throw new Error("three pages were expected");
      const now = Date.now();
      expect(progress.claim("7", first, now)).toEqual([{ after: first.after, to: first.to }]);
      progress.claim("7", second, now);
      progress.done("7", second, []);
      expect(await handOut()).toEqual([]);
      // The third one still lies in the queue, the first is still worked on.
      progress.done("7", third, []);
      expect(await handOut()).toEqual([]);
      // Another copy of the message finds it taken.
      expect(progress.claim("7", first, now)).toEqual([]);
    });
  });

  it("hands out after a restart exactly what was not reported as done", async () => {
    await handingOut(15, async (progress, handOut) => {
      const [, second] = await handOut();
      if (!second) throw new Error("three pages were expected");
      progress.claim("7", second, Date.now());
      progress.done("7", second, []);
    });
    const object = env.REDELIVERY.getByName("apart");
    await runInDurableObject(object, async (_, state) => {
      const again = new Progress(state.storage.sql);
      const ctx = await stead.ctx();
      const sent: Message[] = [];
      const queue = { send: async (messages: Message[]) => void sent.push(...messages) };
      await again.handOut({ ...ctx, ports: { ...ctx.ports, queue } }, unlimited());
      const places = sent.flatMap((message) => (message.kind === "deliver" ? [message.to] : []));
      expect(places).toEqual([5, 15]);
    });
  });
});

describe("delivering a page", () => {
  it("is over after a second although a host does not answer, so that a dead host holds up no other message", async () => {
    const stead = await Stead.claimed();
    const alice = await stead.peer("alice");
    const bob = await stead.peer("bob", "b.test");
    await stead.followedBy(alice, bob);
    const answers = Promise.withResolvers<Response>();
    alice.host.post = () => answers.promise;
    const ctx = await stead.ctx();
    const fanout = { id: 7, activity: '{"type":"Create"}', digest: "", toFollowers: true, recipients: [] };
    await saveFanout(ctx.db, { ...fanout, createdAt: ctx.clock(), doneAt: null });
    const page = { after: 0, to: Number.MAX_SAFE_INTEGER };
    const behind: Promise<unknown>[] = [];
    const done: Report[][] = [];
    const redelivery = {
      ...ctx.ports.redelivery,
      claim: async () => ({ ranges: [page], down: [] }),
      done: async (_stream: string, _after: number, _to: number, reports: Report[]) =>
        void done.push(reports),
    };
    const ports = {
      ...ctx.ports,
      redelivery,
      background: (work: Promise<unknown>) => void behind.push(work),
    };
    const began = performance.now();
    await deliver({ ...ctx, ports }, { v: 1, kind: "deliver", stream: "7", ...page });
    expect(performance.now() - began).toBeLessThan(4_000);
    expect(bob.received("Create")).toHaveLength(1);
    // Nothing is reported before all is known: if this process dies now, the sweep hands the page out again.
    expect(done).toEqual([]);
    answers.resolve(new Response(null, { status: 503 }));
    await Promise.all(behind);
    expect(done.flat().map(({ host, outcome }) => [host, outcome.kind])).toEqual(
      expect.arrayContaining([
        ["a.test", "host-failed"],
        ["b.test", "delivered"],
      ]),
    );
  });
});

describe("trying a delivery again", () => {
  it("is worked on by one copy of its message at a time, because a queue may bring it twice", async () => {
    await Stead.claimed();
    await runInDurableObject(env.REDELIVERY.getByName("apart"), (_, state) => {
      const due = new DueDeliveries(state.storage.sql);
      const now = Date.now() as UnixMs;
      due.add({ stream: "7", position: 1, host: "a.test", inbox: "https://a.test/inbox" }, now, "asked for");
      const ids = due.ready(now, 5);
      expect(due.claim(ids, now)).toEqual([{ due: ids[0], stream: "7", position: 1 }]);
      expect(due.claim(ids, now)).toEqual([]);
      // Whoever took it died: after its lease another may.
      expect(due.claim(ids, now + 120_000)).toHaveLength(1);
      due.release(ids);
      expect(due.claim(ids, now + 120_000)).toHaveLength(1);
    });
  });
});
