import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { Iri, UnixMs } from "../../worker/kernel/brand.ts";
import { DAY, HOUR } from "../../worker/kernel/clock.ts";
import { resend } from "../../worker/owner/resend.ts";
import { runBatch } from "../../worker/store/batch.ts";
import { rescueIdsAfter, owe, sweepRescues } from "../../worker/store/rescues.ts";
import { Rig } from "../faults/rig.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { ACTOR, env, ORIGIN } from "../fediverse/stead.ts";

const redelivery = () => env.REDELIVERY.getByName("redelivery");

describe("a rescue Accept", () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.made();
  }, 30_000);
  afterEach(() => rig.done());

  const toOwe = ({ id }: FakePeer) => ({
    expected: 1,
    iri: id,
    inbox: `${id}/inbox` as Iri,
    rfc9421: false,
  });

  async function owed(...peers: FakePeer[]): Promise<number[]> {
    const { db } = await rig.ctx();
    await runBatch(db, [...owe(db, peers.map(toOwe), Date.now() as UnixMs)]);
    await redelivery().wake();
    return rescueIdsAfter(db, 0, 100);
  }

  const strangers = (...names: string[]) =>
    Promise.all(names.map((name) => rig.stead.peer(name, `${name}.test`)));

  it("goes once to the personal inbox of each, with a whole Follow in it, because that is what servers match by the pair", async () => {
    const peers = await strangers("ann", "ben", "cy", "di", "ed", "fay");
    const ids = await owed(...peers);
    await rig.run();
    await redelivery().wake();
    await rig.run();
    for (const [n, peer] of peers.entries()) {
      expect(peer.received("Accept")).toEqual([
        {
          "@context": "https://www.w3.org/ns/activitystreams",
          id: `${ACTOR}#accepts/rescues/${ids[n]}`,
          type: "Accept",
          actor: ACTOR,
          to: [peer.id],
          object: { id: `${ORIGIN}/rescues/${ids[n]}`, type: "Follow", actor: peer.id, object: ACTOR },
        },
      ]);
    }
    expect(await redelivery().state("rescues")).toEqual({
      done: [{ after: -1_000, to: ids.at(-1) }],
      delivered: 6,
      due: [],
    });
    expect(rig.overspenders()).toEqual([]);
  });

  it("is not sent to who became a follower meanwhile, nor to who was blocked", async () => {
    const [ann, ben, cy] = (await strangers("ann", "ben", "cy")) as [FakePeer, FakePeer, FakePeer];
    await rig.followedBy("ann@ann.test", "ben@ben.test");
    const sent = () => [ann, ben, cy].map((peer) => peer.received("Accept").length);
    const before = sent();
    await env.DB.prepare("UPDATE peers SET follower = NULL, blocked_at = 1 WHERE iri = ?").bind(ben.id).run();
    await owed(ann, ben, cy);
    await rig.run();
    expect(sent()).toEqual([before[0], before[1], before[2]! + 1]);
    expect((await redelivery().state("rescues")).delivered).toBe(1);
  });

  it("that finds its server down is due again, and says so; when the server is back it arrives", async () => {
    const [ann] = (await strangers("ann")) as [FakePeer];
    const well = ann.host.post;
    ann.host.post = () => new Response(null, { status: 503 });
    const [id] = await owed(ann);
    await rig.run();
    const { due, delivered } = await redelivery().state("rescues");
    expect(delivered).toBe(0);
    expect(due).toMatchObject([{ position: id, host: "ann.test", detail: "answered 503", attempts: 1 }]);
    expect(due[0]!.nextAt).toBeGreaterThan(Date.now());
    ann.host.post = well;
    rig.pass(HOUR);
    await rig.run();
    expect(ann.received("Accept")).toHaveLength(1);
    expect(await redelivery().state("rescues")).toMatchObject({ delivered: 1, due: [] });
  });

  it("that is refused for good is listed with what it was, and can be sent again", async () => {
    const [ann] = (await strangers("ann")) as [FakePeer];
    const well = ann.host.post;
    ann.host.post = () => new Response(null, { status: 403 });
    const [id] = await owed(ann);
    for (let n = 0; n < 4; n++) {
      await rig.run();
      rig.pass(DAY);
    }
    const letter = await env.DB.prepare("SELECT id, stream, position, reason FROM dead_letters").first<{
      id: number;
    }>();
    expect(letter).toMatchObject({ stream: "rescues", position: id, reason: "refused" });
    ann.host.post = well;
    expect(await resend(await rig.ctx(), letter!.id)).toBe("resent");
    await rig.run();
    expect(ann.received("Accept")).toHaveLength(1);
    expect(await rig.problems()).toEqual([]);
  });

  it("has a number above all before it, although several are owed in one millisecond", async () => {
    const peers = await strangers("ann", "ben");
    const first = await owed(...peers);
    const all = await owed(...peers);
    expect(all).toHaveLength(4);
    expect(Math.min(...all.filter((id) => !first.includes(id)))).toBeGreaterThan(Math.max(...first));
  });

  it("is forgotten 30 days later, but not while it is unsent or the owner may send it again", async () => {
    const [ann, ben, cy] = (await strangers("ann", "ben", "cy")) as [FakePeer, FakePeer, FakePeer];
    const [first, second, third] = await owed(ann, ben, cy);
    const { db } = await rig.ctx();
    await env.DB.prepare("INSERT INTO dead_letters VALUES (1, 'rescues', ?, '', 'refused', '', 1, 0, 0)")
      .bind(first)
      .run();
    const sweep = (before: number) => runBatch(db, [sweepRescues(db, before as UnixMs, second!)]);
    await sweep(Date.now() - DAY);
    expect(await rescueIdsAfter(db, 0, 9)).toEqual([first, second, third]);
    await sweep(Date.now() + 1);
    expect(await rescueIdsAfter(db, 0, 9)).toEqual([first, third]);
  });
});

describe("the state of the Accepts", () => {
  it("says which are done, how many were taken, and which wait for what", async () => {
    const rig = await Rig.made();
    try {
      await rig.followedBy("ann@ann.test", "ben@ben.test");
      const ill = await rig.stead.peer("ill", "ill.test");
      const well = ill.host.post;
      ill.host.post = () => new Response(null, { status: 500 });
      await rig.followedBy("ill@ill.test");
      const last = await env.DB.prepare("SELECT max(id) AS id FROM followers").first<number>("id");
      const state = await redelivery().state("accepts");
      expect(state).toMatchObject({ done: [{ after: -1_000, to: last }], delivered: 2 });
      expect(state.due).toMatchObject([{ position: last, host: "ill.test", detail: "answered 500" }]);
      ill.host.post = well;
      rig.pass(HOUR);
      await rig.run();
      expect(await redelivery().state("accepts")).toMatchObject({ delivered: 3, due: [] });
    } finally {
      await rig.done();
    }
  });
});
