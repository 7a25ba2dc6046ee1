import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { HOUR, MINUTE } from "../../worker/kernel/clock.ts";
import { publish } from "../../worker/owner/publish.ts";
import { type Draft } from "../../worker/owner/draft.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { ACTOR, ORIGIN } from "../fediverse/stead.ts";
import { Rig } from "../faults/rig.ts";

describe("the budget of a poll", () => {
  let rig: Rig;
  let fans: FakePeer[];
  beforeEach(async () => {
    rig = await Rig.made();
    fans = await rig.followedBy("a@a.test", "b@b.test", "c@c.test");
  }, 30_000);
  afterEach(() => rig.done());

  const draft: Draft = { text: "Hm?", summary: "", visibility: "public", language: null, replyTo: null };
  const poll = { options: ["x", "y"], lasts: 3 * HOUR, multiple: false, hideTotals: false };

  /** D1 rows that it writes. */
  async function rowsOf(act: () => Promise<unknown>): Promise<number> {
    rig.boundary.reset();
    await act();
    return rig.boundary.d1Rows;
  }

  const says = (more: Partial<Draft>) => async () => {
    const made = await publish(await rig.ctx(), { ...draft, ...more });
    expect(made.kind).toBe("published");
    return made;
  };

  it("a plain post writes at most 8 rows before it is handed out, and one with a poll two more: itself among the open ones, and its end in the index", async () => {
    const plain = await rowsOf(says({}));
    expect([plain <= 8, plain]).toEqual([true, plain]);
    const asked = await rowsOf(says({ poll }));
    expect(asked - plain).toBe(2);
  });

  it("a vote is a row, and one more for the first since the last count; copies and late ones are none", async () => {
    const made = await publish(await rig.ctx(), { ...draft, poll });
    if (made.kind !== "published") throw new Error(made.problem);
    await rig.run();
    const votes = (peer: FakePeer) => () => {
      const inReplyTo = `${ORIGIN}/posts/${made.id}`;
      const object = {
        id: peer.newId(),
        type: "Note",
        name: "x",
        attributedTo: peer.id,
        inReplyTo,
        to: [ACTOR],
      };
      return rig.stead.deliver(peer, peer.activity("Create", { object, to: [ACTOR] }));
    };
    rig.pass(MINUTE);
    const [a, b, c] = fans as [FakePeer, FakePeer, FakePeer];
    expect(await rowsOf(votes(a))).toBe(2);
    expect(await rowsOf(votes(b))).toBe(1);
    expect(await rowsOf(votes(b))).toBe(0);
    rig.pass(4 * HOUR);
    expect(await rowsOf(votes(c))).toBe(0);
  });
});
