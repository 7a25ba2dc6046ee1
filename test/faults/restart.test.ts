import { evictAllDurableObjects } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { publish } from "../../worker/owner/publish.ts";
import { ACTOR } from "../fediverse/stead.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { Rig } from "./rig.ts";

const HANDLES = ["alice@a.test", "bob@b.test", "carol@c.test", "dave@d.test", "erin@e.test", "finn@f.test"];
const PAGE = 5;

/** What the objects only had in memory is gone; their rows stay. */
describe("a restart of the objects", () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.made();
  }, 30_000);
  afterEach(() => rig.done());

  /** Calls `evict` at the nth step of `run`; false when there were fewer steps. */
  async function evictedAt(nth: number, run: (step: () => Promise<void>) => Promise<void>): Promise<boolean> {
    let steps = 0;
    await run(async () => {
      if (++steps === nth) await evictAllDurableObjects();
    });
    return steps >= nth;
  }

  it("at any step between publishing and the last delivery costs nobody the post, and at most a page of copies", async () => {
    const peers = await rig.followedBy(...HANDLES);
    const wrong: string[] = [];
    let nth = 1;
    for (; ; nth++) {
      const text = `words-${nth}-end`;
      const happened = await evictedAt(nth, async (step) => {
        const draft = { text, summary: "", visibility: "public", language: "en", replyTo: null } as const;
        await rig.boundary.within("owner", async () => publish(await rig.ctx(), draft));
        await step();
        await rig.run(step);
      });
      await rig.recover();
      const copies = peers.map((peer) =>
        peer.received("Create").filter((one) => JSON.stringify(one).includes(text)),
      );
      const ids = new Set(copies.flat().map((one) => one["id"]));
      if (ids.size !== 1) wrong.push(`${nth}: ${ids.size} ids`);
      if (copies.some((list) => list.length === 0)) wrong.push(`${nth}: somebody has not got it`);
      if (copies.flat().length > peers.length + PAGE) wrong.push(`${nth}: ${copies.flat().length} POSTs`);
      wrong.push(...(await rig.problems()).map((problem) => `${nth}: ${problem}`));
      if (!happened) break;
    }
    expect(wrong).toEqual([]);
    expect(nth).toBeGreaterThan(4);
  }, 30_000);

  it("while messages lie in the queue does not lose them, and the copies that the sweep adds make no second POST", async () => {
    const [alice] = (await rig.followedBy(...HANDLES)) as [FakePeer];
    await rig.boundary.within("owner", async () =>
      publish(await rig.ctx(), {
        text: "once",
        summary: "",
        visibility: "public",
        language: "en",
        replyTo: null,
      }),
    );
    await Promise.all(rig.boundary.background.splice(0));
    const first = rig.boundary.queue.map((message) => structuredClone(message));
    expect(first).toHaveLength(2);
    await evictAllDurableObjects();
    await rig.cron();
    expect(rig.boundary.queue.length).toBeGreaterThan(2);
    await rig.run();
    for (const message of [...first, ...first, ...first]) await rig.bring(message);
    await rig.run();
    expect(alice.received("Create")).toHaveLength(1);
    expect(await rig.problems()).toEqual([]);
  });

  it("while mail of a stranger waits in the mailroom loses none of it, because it is at rest before it is answered", async () => {
    for (const step of ["answered", "drained", "handed out"]) {
      const peer = await rig.stead.peer("zoe", `${step.replaceAll(" ", "-")}.test`);
      const answer = await rig.stead.deliver(peer, peer.activity("Follow", { object: ACTOR }));
      expect(answer.status).toBe(202);
      const at = { answered: 0, drained: 1, "handed out": 2 }[step]!;
      await evictedAt(1, async (evict) => {
        if (at === 0) await evict();
        let seen = 0;
        await rig.run(async () => {
          if (++seen === at) await evict();
        });
      });
      await rig.recover();
      expect(peer.received("Accept").length).toBeGreaterThan(0);
      expect(await rig.stead.followers()).toContain(peer.id);
      expect(await rig.problems()).toEqual([]);
    }
  });

  it("of the queue, which forgets what it held, is made good by the sweep after ten minutes", async () => {
    const [alice, bob] = (await rig.followedBy(...HANDLES)) as [FakePeer, FakePeer];
    await rig.boundary.within("owner", async () =>
      publish(await rig.ctx(), {
        text: "lost",
        summary: "",
        visibility: "public",
        language: "en",
        replyTo: null,
      }),
    );
    await Promise.all(rig.boundary.background.splice(0));
    rig.boundary.queue.length = 0;
    await rig.run();
    expect(alice.received("Create")).toHaveLength(0);
    await rig.recover();
    expect(alice.received("Create")).toHaveLength(1);
    expect(bob.received("Create")).toHaveLength(1);
    expect(await rig.problems()).toEqual([]);
  });
});
