import { runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { hash52 } from "../../worker/kernel/hash52.ts";
import { MAILROOMS } from "../../worker/objects/bindings.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { ACTOR, env } from "../fediverse/stead.ts";
import { Rig } from "../faults/rig.ts";

/** Who moves brings their followers within minutes. The numbers are what was measured: they only go down. */
describe("a flood of Follows by strangers", () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.made();
  }, 30_000);
  afterEach(() => rig.done());

  async function deliverAll(peers: readonly FakePeer[]): Promise<void> {
    const answers = await Promise.all(
      peers.map((peer) => rig.stead.deliver(peer, peer.activity("Follow", { object: ACTOR }))),
    );
    expect(answers.map(({ status }) => status)).toEqual(peers.map(() => 202));
  }

  it("costs each of fifty 3 rows, 3 in the objects, one fetch and two signatures, and all of them few calls", async () => {
    await rig.followedBy("zoe@z.test");
    const peers = await Promise.all(
      Array.from({ length: 50 }, (_, n) => rig.stead.peer(`p${n}`, `h${n % 10}.test`)),
    );
    rig.boundary.reset();
    rig.stead.world.take();
    await deliverAll(peers);
    const intake = { calls: rig.boundary.total("calls"), d1: rig.boundary.total("d1") };
    await rig.run();
    expect(await rig.stead.followers()).toHaveLength(51);
    const left = rig.stead.world.take();
    const count = (wanted: string) => left.filter(({ method }) => method === wanted).length;
    expect([count("GET"), count("POST"), rig.boundary.total("signatures")]).toEqual([50, 50, 100]);
    // Fifty that come together are looked for together, and each round of the mailrooms makes 3 calls.
    expect(intake.calls).toBe(50);
    expect(intake.d1).toBeLessThanOrEqual(12);
    const rounds = rig.boundary.invocations.filter(({ name }) => name === "Mailroom.alarm");
    expect(rounds.length).toBeLessThanOrEqual(13);
    expect(Math.max(...rounds.map(({ d1 }) => d1))).toBe(3);
    expect(rig.boundary.messages.length).toBeLessThanOrEqual(13);
    expect(rig.boundary.total("d1")).toBeLessThanOrEqual(128);
    expect(rig.boundary.d1Rows).toBeLessThanOrEqual(147);
    expect(rig.boundary.objectRows).toBeLessThanOrEqual(126);
    expect(rig.overspenders()).toEqual([]);
  });

  /** Names of servers whose mail goes to one mailroom. */
  function* neighbours(): Generator<string> {
    for (let n = 0; ; n++) if (hash52(`n${n}.test`) % MAILROOMS === 1) yield `n${n}.test`;
  }

  it("is not held up by servers that take long to give their keys, and asks those for four at a time", async () => {
    const names = neighbours();
    const name = () => names.next().value as string;
    let isOpen = false;
    let atOnce = 0;
    let mostAtOnce = 0;
    const slowHosts = Array.from({ length: 5 }, () => rig.stead.host(name()));
    for (const host of slowHosts) {
      let here = 0;
      host.get = async (request) => {
        mostAtOnce = Math.max(mostAtOnce, ++atOnce);
        expect(++here).toBeLessThanOrEqual(4);
        while (!isOpen) await scheduler.wait(5);
        atOnce--;
        here--;
        const document = host.documents.get(new URL(request.url).pathname);
        return Response.json(document, { headers: { "content-type": "application/activity+json" } });
      };
    }
    const slow = await Promise.all(
      slowHosts.flatMap((host) => Array.from({ length: 6 }, (_, n) => rig.stead.peer(`s${n}`, host.name))),
    );
    const known = name();
    const quick = await Promise.all(Array.from({ length: 30 }, (_, n) => rig.stead.peer(`q${n}`, known)));
    await deliverAll(slow);
    await deliverAll(quick);
    const mailroom = env.MAILROOM.getByName("1");
    for (let n = 0; n < 40 && (await rig.stead.followers()).length < quick.length; n++) {
      rig.pass(100);
      await runDurableObjectAlarm(mailroom);
    }
    expect((await rig.stead.followers()).toSorted()).toEqual(quick.map(({ id }) => id).toSorted());
    isOpen = true;
    for (let n = 0; n < 40 && (await rig.stead.followers()).length < slow.length + quick.length; n++) {
      rig.pass(1_000);
      await runDurableObjectAlarm(mailroom);
      await scheduler.wait(20);
    }
    expect(await rig.stead.followers()).toHaveLength(slow.length + quick.length);
    expect(mostAtOnce).toBeLessThanOrEqual(64 / MAILROOMS);
  }, 30_000);
});
