import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { MINUTE } from "../../worker/kernel/clock.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { ACTOR, ORIGIN } from "../fediverse/stead.ts";
import { Rig } from "../faults/rig.ts";

/** What arrives may cost this much. The numbers are what was measured: they only go down. */
describe("the budget of what comes in", () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.made();
  }, 30_000);
  afterEach(() => rig.done());

  /** What it costs to take an activity and everything that follows from it. */
  async function cost(from: FakePeer, activity: Doc): Promise<Record<string, number>> {
    rig.pass(MINUTE);
    rig.boundary.reset();
    rig.stead.world.take();
    const { status } = await rig.stead.deliver(from, activity);
    expect(status).toBe(202);
    await rig.run();
    const left = rig.stead.world.take();
    return {
      d1Rows: rig.boundary.d1Rows,
      objectRows: rig.boundary.objectRows,
      signatures: rig.boundary.total("signatures"),
      gets: left.filter(({ method }) => method === "GET").length,
      posts: left.filter(({ method }) => method === "POST").length,
    };
  }

  async function post(): Promise<string> {
    const { publish } = await import("../../worker/owner/publish.ts");
    const ctx = await rig.ctx();
    const draft = {
      text: "Hello",
      summary: "",
      visibility: "public",
      language: "en",
      replyTo: null,
    } as const;
    const published = await publish(ctx, draft);
    await rig.run();
    await rig.recover();
    return published.kind === "published" ? `${ORIGIN}/posts/${published.id}` : "";
  }

  const undoOf = (peer: FakePeer, follow: Doc) => peer.activity("Undo", { object: follow });

  it("for a Follow of somebody whose key we have is 4 rows and the one signature under its Accept", async () => {
    const alice = await rig.stead.peer("alice");
    const first = alice.activity("Follow", { object: ACTOR });
    await cost(alice, first);
    await cost(alice, undoOf(alice, first));
    const spent = await cost(alice, alice.activity("Follow", { object: ACTOR }));
    expect(spent).toEqual({ d1Rows: 4, objectRows: 1, signatures: 1, gets: 0, posts: 1 });
  });

  it("for a Follow of a stranger is 4 rows, 3 more in the objects, one signed fetch of the key and the signature under its Accept", async () => {
    await rig.followedBy("zoe@z.test");
    const alice = await rig.stead.peer("alice");
    const spent = await cost(alice, alice.activity("Follow", { object: ACTOR }));
    expect(spent).toEqual({ d1Rows: 4, objectRows: 3, signatures: 2, gets: 1, posts: 1 });
    // Alarms are counted beside: the mailroom's, and the sweep's of what is handed out.
    expect(rig.boundary.alarmsSet).toBeLessThanOrEqual(4);
  });

  it("for the Delete of somebody we never heard of is nothing at all, because big servers announce thousands of them", async () => {
    const ghost = await rig.stead.peer("ghost");
    const spent = await cost(ghost, ghost.activity("Delete", { object: ghost.id }));
    expect(spent).toEqual({ d1Rows: 0, objectRows: 0, signatures: 0, gets: 0, posts: 0 });
    expect(rig.boundary.total("calls")).toBe(0);
  });

  it("for a like is one row, and for a boost one row beside the mailroom's", async () => {
    const [alice] = (await rig.followedBy("alice@a.test")) as [FakePeer];
    const object = await post();
    const like = await cost(alice, alice.activity("Like", { object }));
    expect(like).toEqual({ d1Rows: 1, objectRows: 0, signatures: 0, gets: 0, posts: 0 });
    const boost = await cost(alice, alice.activity("Announce", { object }));
    expect(boost).toEqual({ d1Rows: 1, objectRows: 2, signatures: 0, gets: 0, posts: 0 });
  });

  it("for an Undo of a Follow is 6 rows: the memory of it, and what the Follow wrote", async () => {
    const alice = await rig.stead.peer("alice");
    const follow = alice.activity("Follow", { object: ACTOR });
    await cost(alice, follow);
    const spent = await cost(alice, undoOf(alice, follow));
    expect(spent["d1Rows"]).toBeLessThanOrEqual(6);
    expect(spent).toMatchObject({ objectRows: 0, signatures: 0, gets: 0, posts: 0 });
  });
});
