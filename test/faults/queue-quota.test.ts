import { evictAllDurableObjects, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Iri, UnixMs } from "../../worker/kernel/brand.ts";
import { DAY, MINUTE } from "../../worker/kernel/clock.ts";
import { hash52 } from "../../worker/kernel/hash52.ts";
import { MESSAGES_A_DAY, Quota } from "../../worker/outbox/quota.ts";
import { publish } from "../../worker/owner/publish.ts";
import { runBatch } from "../../worker/store/batch.ts";
import { saveFanout } from "../../worker/store/fanouts.ts";
import { ACTOR, env } from "../fediverse/stead.ts";
import { Rig } from "./rig.ts";

const HANDLES = Array.from({ length: 12 }, (_, n) => `p${n}@h${n}.test`);
const redelivery = () => env.REDELIVERY.getByName("redelivery");

describe("the queue operations of a day on the Free plan", () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.made();
  }, 30_000);
  afterEach(() => rig.done());

  /** The object has put so many messages in the queue today, and remembers it over a restart. */
  async function spent(messages: number): Promise<void> {
    await runInDurableObject(redelivery(), (_, state) => {
      const day = Math.floor(Date.now() / DAY);
      state.storage.sql.exec("INSERT OR REPLACE INTO quota VALUES (1, ?, ?)", day, messages);
    });
    await evictAllDurableObjects();
  }

  async function post(text: string): Promise<void> {
    const draft = { text, summary: "", visibility: "public", language: "en", replyTo: null } as const;
    await rig.boundary.within("owner", async () => publish(await rig.ctx(), draft));
    await Promise.allSettled(rig.boundary.background.splice(0));
  }

  /** Rings the object's alarm until it is not set for now any more. Returns how often. */
  async function ring(each: () => Promise<void> = async () => {}): Promise<number> {
    for (let rung = 0; rung < 60; rung++) {
      const at = await runInDurableObject(redelivery(), (_, state) => state.storage.getAlarm());
      if (at === null || at > Date.now() + 1_000) return rung;
      await runDurableObjectAlarm(redelivery()).catch(() => {});
      await Promise.allSettled(rig.boundary.background.splice(0));
      await each();
    }
    throw new Error("the alarm rings for ever");
  }

  it("are counted as messages are sent, and none is sent past the cap though everybody still gets the post", async () => {
    const peers = await rig.followedBy(...HANDLES);
    await spent(MESSAGES_A_DAY - 1);
    rig.boundary.reset();
    await post("over the cap");
    await rig.bringMessages();
    await ring();
    expect(rig.boundary.messages).toHaveLength(1);
    for (const peer of peers) expect(peer.received("Create")).toHaveLength(1);
    expect(rig.overspenders()).toEqual([]);
    await rig.run();
    expect(await rig.problems()).toEqual([]);
  });

  it("when spent leave Accepts to the alarm, five at a time", async () => {
    await spent(MESSAGES_A_DAY);
    const peers = [];
    for (const handle of HANDLES) {
      const [name, host] = handle.split("@") as [string, string];
      const peer = await rig.stead.peer(name, host);
      await rig.stead.deliver(peer, peer.activity("Follow", { object: ACTOR }));
      peers.push(peer);
    }
    for (let round = 0; round < 20; round++) await rig.run();
    await ring();
    expect(rig.boundary.messages).toEqual([]);
    for (const peer of peers) expect(peer.received("Accept")).toHaveLength(1);
    expect(rig.overspenders()).toEqual([]);
    expect(await rig.problems()).toEqual([]);
  });

  it("when spent leave retries to the alarm too", async () => {
    const [peer] = await rig.followedBy("ill@ill.test", ...HANDLES);
    await spent(MESSAGES_A_DAY);
    rig.boundary.reset();
    const well = peer!.host.post;
    peer!.host.post = () => new Response(null, { status: 503 });
    await post("again");
    await ring();
    expect((await redelivery().state("accepts")).due).toEqual([]);
    peer!.host.post = well;
    rig.pass(2 * MINUTE);
    await ring();
    rig.pass(10 * MINUTE);
    await rig.cron();
    await ring();
    expect(peer!.received("Create").length).toBeGreaterThan(0);
    expect(rig.boundary.messages).toEqual([]);
    expect(await rig.problems()).toEqual([]);
  });

  it("when spent survive a kill at any page: what was handed out lives in memory, and is handed out again", async () => {
    const peers = await rig.followedBy(...HANDLES);
    for (let nth = 1; nth <= 3; nth++) {
      await spent(MESSAGES_A_DAY);
      rig.boundary.reset();
      await post(`killed-${nth}-end`);
      let pages = 0;
      await ring(async () => {
        if (++pages === nth) await evictAllDurableObjects();
      });
      await rig.recover();
      await ring();
      const copies = peers.map(
        (peer) =>
          peer.received("Create").filter((one) => JSON.stringify(one).includes(`killed-${nth}-end`)).length,
      );
      expect(Math.min(...copies)).toBe(1);
      expect(copies.reduce((sum, one) => sum + one)).toBeLessThanOrEqual(peers.length + 5);
      expect(rig.boundary.messages).toEqual([]);
      expect(await rig.problems()).toEqual([]);
    }
  }, 30_000);

  it("begin anew at midnight UTC, and the queue is used again", async () => {
    await rig.followedBy(...HANDLES);
    await spent(MESSAGES_A_DAY);
    rig.pass(DAY - (Date.now() % DAY) - 1_000);
    rig.boundary.reset();
    await post("before midnight");
    await ring();
    expect(rig.boundary.messages).toEqual([]);
    rig.pass(2_000);
    await post("after midnight");
    expect(rig.boundary.messages.length).toBeGreaterThan(0);
    await rig.run();
    expect(await rig.problems()).toEqual([]);
  });

  it("do not count on the paid plan, nor are they written down", async () => {
    const free = await rig.ctx();
    const paid = { ...free, settings: { ...free.settings, plan: "paid" } } as const;
    await runInDurableObject(env.REDELIVERY.getByName("apart"), (_, state) => {
      const quota = new Quota(state.storage.sql);
      quota.spend(paid, 1_000_000);
      expect(quota.left(paid)).toBe(Number.POSITIVE_INFINITY);
      expect(state.storage.sql.exec("SELECT * FROM quota").toArray()).toEqual([]);
    });
  });

  it("are taken in lots, one row for twenty, and a restart counts those of a begun lot as spent", async () => {
    const free = await rig.ctx();
    await runInDurableObject(env.REDELIVERY.getByName("apart"), (_, state) => {
      const quota = new Quota(state.storage.sql);
      const atRest = () => new Quota(state.storage.sql).left(free);
      quota.spend(free, 10);
      expect([quota.left(free), atRest()]).toEqual([MESSAGES_A_DAY - 10, MESSAGES_A_DAY - 30]);
      quota.spend(free, 20);
      expect([quota.left(free), atRest()]).toEqual([MESSAGES_A_DAY - 30, MESSAGES_A_DAY - 30]);
      quota.spend(free, MESSAGES_A_DAY - 30);
      expect([quota.left(free), atRest()]).toEqual([0, 0]);
    });
  });

  it("are shared by forty open posts, none of whose hand-outs makes more calls than the Free plan allows", async () => {
    const peers = await rig.followedBy("one@one.test", "two@two.test");
    const { db } = await rig.ctx();
    const createdAt = Date.now() as UnixMs;
    const inbox = `${peers[0]!.id}/inbox` as Iri;
    await runBatch(
      db,
      Array.from({ length: 40 }, (_, n) =>
        saveFanout(db, {
          id: hash52(`fanout ${n}`),
          activity: JSON.stringify({ id: `https://me.test/n/${n}`, type: "Create", actor: ACTOR, n }),
          digest: "",
          toFollowers: true,
          recipients: [{ inbox, rfc9421: false }],
          createdAt,
          doneAt: null,
        }),
      ),
    );
    rig.boundary.reset();
    await redelivery().wake();
    for (let round = 0; round < 20; round++) {
      await rig.run();
      await ring();
    }
    expect(rig.overspenders()).toEqual([]);
    for (const peer of peers) expect(peer.received("Create").length).toBeGreaterThanOrEqual(40);
    const open = await env.DB.prepare("SELECT count(*) AS n FROM fanouts WHERE done_at IS NULL").first("n");
    expect(open).toBe(0);
  }, 30_000);
});
