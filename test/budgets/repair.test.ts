import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { DAY, HOUR } from "../../worker/kernel/clock.ts";
import { EMPTY_DIGEST } from "../../worker/model/follower-digest.ts";
import { takeFile } from "../../worker/moving/expected.ts";
import { askRescue, askSync } from "../../worker/moving/repair.ts";
import { followHandle } from "../../worker/owner/follow.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { deliverClaiming, servesList } from "../fediverse/sync.ts";
import { env } from "../fediverse/stead.ts";
import { Rig } from "../faults/rig.ts";

/** 5 signatures and 45 subrequests: what an alarm of the mover may spend on the Free plan. */
describe("no alarm that mends a move spends more than the Free plan gives", () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.made();
  }, 30_000);
  afterEach(() => rig.done());

  const mover = () => env.MOVER.getByName("mover");

  /** The mover's alarms, as often as something is left to do now. */
  async function mend(): Promise<number> {
    await mover().wake();
    for (let n = 1; n <= 100; n++) {
      const before = rig.boundary.invocations.length;
      if (!(await runDurableObjectAlarm(mover()))) return n;
      await Promise.allSettled(rig.boundary.background.splice(0));
      await rig.run();
      const idle = rig.boundary.invocations.slice(before).every(({ name }) => name !== "Mover.alarm");
      if (idle) throw new Error("the mover's alarms are not watched");
      const next = await runInDurableObject(mover(), (_, state) => state.storage.getAlarm());
      if (next === null || next > Date.now()) return n;
    }
    throw new Error("the mover does not come to rest");
  }

  it("while twenty people are looked for by their handles, some on servers that send us round in circles", async () => {
    const peers = await Promise.all(
      Array.from({ length: 20 }, (_, n) => rig.stead.peer(`p${n}`, `h${n % 7}.test`)),
    );
    const [honest, odd] = [peers.filter((_, n) => n % 7 > 3), peers.filter((_, n) => n % 7 <= 3)];
    for (const { host } of odd) {
      host.get = (request) => {
        const url = new URL(request.url);
        const hops = Number(url.searchParams.get("hop") ?? 0);
        if (!url.pathname.startsWith("/users/") || hops >= 3) return null;
        url.searchParams.set("hop", String(hops + 1));
        return Response.redirect(url.href, 302);
      };
    }
    const list = peers.map(({ name, host }) => `${name}@${host.name}`).join("\n");
    await takeFile(await rig.ctx(), "list", new TextEncoder().encode(list));
    await mend();
    rig.boundary.reset();
    await askRescue(await rig.ctx());
    // Who is too far round for one alarm is left for the next hour's.
    for (let hour = 0; hour < 4; hour++) {
      await mend();
      rig.pass(HOUR);
    }
    expect(rig.overspenders()).toEqual([]);
    const owed = await rows("SELECT iri FROM expected WHERE rescues = 1 ORDER BY iri");
    expect(owed.map(({ iri }) => iri)).toEqual(honest.map(({ id }) => id).toSorted());
    expect(await rows("SELECT id FROM expected WHERE rescues = 0 AND problem IS NOT NULL")).toHaveLength(
      odd.length,
    );
  });

  it("while a dozen servers are told their digest and agree to whom a rescue made followers", async () => {
    const peers = await Promise.all(
      Array.from({ length: 12 }, (_, n) => rig.stead.peer(`p${n}`, `h${n}.test`)),
    );
    await rig.followedBy(...peers.slice(0, 6).map(({ name, host }) => `${name}@${host.name}`));
    const missing = peers.slice(6);
    const list = missing.map(({ id }) => id).join("\n");
    await takeFile(await rig.ctx(), "list", new TextEncoder().encode(list));
    await askRescue(await rig.ctx());
    await mend();
    rig.pass(DAY);
    rig.boundary.reset();
    await askSync(await rig.ctx(), true);
    await mend();
    expect(await rows("SELECT host FROM follower_lists WHERE sent_at IS NULL")).toEqual([]);
    await env.DB.prepare("UPDATE follower_lists SET asked_at = ?").bind(Date.now()).run();
    rig.pass(DAY + HOUR);
    await mend();
    expect(rig.overspenders()).toEqual([]);
    expect(await rig.stead.followers()).toHaveLength(12);
    expect(await rig.problems()).toEqual([]);
  });

  it("while servers deny that the owner follows anybody", async () => {
    const peers: FakePeer[] = [];
    for (let n = 0; n < 6; n++) {
      const peer = await rig.stead.peer(`p${n}`, `h${n}.test`);
      peers.push(peer);
      servesList(peer, []);
      await followHandle(await rig.ctx(), `@${peer.name}@${peer.host.name}`);
    }
    await rig.run();
    await env.DB.prepare("UPDATE following SET state = 'accepted'").run();
    rig.boundary.reset();
    for (const peer of peers) await deliverClaiming(rig.stead, peer, { digest: EMPTY_DIGEST });
    await rig.run();
    await mend();
    expect(rig.overspenders()).toEqual([]);
    expect(await rows("SELECT state FROM following")).toEqual(peers.map(() => ({ state: "requested" })));
  });
});
