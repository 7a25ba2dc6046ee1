/** A25 and what follows from it: nobody can use this server to ask another one for thousands of things, or to keep others from it. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import type { FakePeer } from "../fediverse/peer.ts";
import { ACTOR, Stead } from "../fediverse/stead.ts";
import { cavage } from "./forge.ts";
import { stillServes } from "./refused.ts";

let stead: Stead;
beforeEach(async () => {
  stead = await Stead.claimed();
});
afterEach(() => void vi.useRealTimers());

const follow = (peer: FakePeer) => peer.activity("Follow", { object: ACTOR });
const newcomer = () => stead.peer("eve", "evil.test");

describe("key fetches", () => {
  it.each<[string, (peer: FakePeer) => void]>([
    ["whose document is not there", ({ host, id }) => host.documents.delete(new URL(id).pathname)],
    ["who has no inbox", (one) => ((one.document["inbox"] = null), one.publishDocument())],
    ["whose key is another", () => {}],
  ])("A25: 100 requests in the name of one actor %s cost one fetch", async (_, change) => {
    const one = await newcomer();
    change(one);
    stead.world.take();
    vi.useFakeTimers({ toFake: ["Date"] });
    for (let n = 0; n < 5; n++) {
      const burst = Array.from({ length: 20 }, async () => {
        const request = await cavage(one, follow(one), { signs: { digest: "none" } });
        return (await stead.fetch(request)).status;
      });
      expect(await Promise.all(burst)).toEqual(Array(20).fill(202));
      vi.setSystemTime(Date.now() + 10_000);
      await stead.settle();
    }
    vi.useRealTimers();
    expect(stead.world.take().map(({ url }) => url)).toEqual([one.id]);
    await stillServes(stead);
  });

  it.each<[string, () => Response]>([
    ["answers 404", () => new Response(null, { status: 404 })],
    ["answers 500", () => new Response(null, { status: 500 })],
  ])(
    "A25: 100 requests that name different dead actors of a host that %s: at most 30 fetches a minute",
    async (_, get) => {
      const one = await newcomer();
      one.host.get = get;
      stead.world.take();
      vi.useFakeTimers({ toFake: ["Date"] });
      const burst = Array.from({ length: 100 }, async (__, n) => {
        const actor = `${one.id}${n}`;
        const request = await cavage(one, { ...follow(one), actor }, { keyId: `${actor}#main-key` });
        return (await stead.fetch(request)).status;
      });
      expect(await Promise.all(burst)).toEqual(Array(100).fill(202));
      for (let n = 0; n < 15; n++) {
        await stead.runAlarms();
        vi.setSystemTime(Date.now() + 4_000);
      }
      const fetched = stead.world.take().length;
      expect(fetched).toBeGreaterThan(0);
      expect(fetched).toBeLessThanOrEqual(32);
      vi.useRealTimers();
      await stillServes(stead);
    },
  );
});
