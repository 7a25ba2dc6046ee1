import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { acceptRequest } from "../../worker/owner/follow.ts";
import { findPeer } from "../../worker/store/peers.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { ACTOR, env } from "../fediverse/stead.ts";
import { everyFault, Rig, type Case } from "./rig.ts";

/** A Follow as often as it takes; then one follower, and an Accept that names the Follow, always under one id. */
function follows(rig: Rig, peer: FakePeer): Case {
  const follow = peer.activity("Follow", { object: ACTOR });
  const send = async () =>
    (await rig.stead.deliver(peer, follow, { inbox: `${ACTOR}/inbox` })).status === 202;
  return {
    run: send,
    retry: send,
    problems: async () => [...(await followerProblems(rig, peer, 1)), ...acceptProblems(peer, follow)],
  };
}

async function followerProblems(rig: Rig, peer: FakePeer, expected: number): Promise<string[]> {
  const rows = (await rig.stead.followers()).filter((iri) => iri === peer.id);
  return rows.length === expected ? [] : [`${rows.length} follower rows of ${peer.name}`];
}

function acceptProblems(peer: FakePeer, follow: Doc): string[] {
  const accepts = peer.received("Accept").filter((one) => (one["object"] as Doc)["id"] === follow["id"]);
  const ids = new Set(accepts.map((accept) => accept["id"]));
  return [
    ...(accepts.length >= 1 && accepts.length <= 2 ? [] : [`${accepts.length} Accepts`]),
    ...(ids.size <= 1 ? [] : [`${ids.size} Accept ids`]),
    ...(peer.host.arrived.every((one) => one.verified) ? [] : ["an unverified delivery"]),
  ];
}

describe("a Follow, with a fault at every await", () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.made();
  }, 30_000);
  afterEach(() => rig.done());

  it("of a stranger ends as one follower with one Accept, because the mailroom keeps it until it is applied", async () => {
    const { faults, wrong } = await everyFault(rig, async (tag) =>
      follows(rig, await rig.stead.peer("alice", `${tag}.test`)),
    );
    expect(wrong).toEqual([]);
    expect(faults).toBeGreaterThan(20);
  }, 180_000);

  it("of somebody known ends as one follower with one Accept, because the rows are what is owed", async () => {
    const { faults, wrong } = await everyFault(rig, async (tag) => {
      const peer = await rig.stead.peer("bob", `${tag}.test`);
      await rig.stead.deliver(peer, peer.activity("Block", { object: ACTOR }));
      await rig.run();
      return follows(rig, peer);
    });
    expect(wrong).toEqual([]);
    expect(faults).toBeGreaterThan(20);
  }, 180_000);

  it("that the owner lets in ends as one follower with one Accept, and the request is gone", async () => {
    await env.DB.prepare("UPDATE owner SET locked = 1").run();
    const { faults, wrong } = await everyFault(rig, async (tag) => {
      const peer = await rig.stead.peer("carol", `${tag}.test`);
      const follow = peer.activity("Follow", { object: ACTOR });
      await rig.stead.deliver(peer, follow);
      await rig.run();
      const accept = async () => {
        const known = await findPeer((await rig.ctx()).db, peer.id);
        await rig.boundary.within("owner", async () => acceptRequest(await rig.ctx(), known!.id));
        return true;
      };
      return {
        run: accept,
        retry: accept,
        problems: async () => {
          const waits = await env.DB.prepare("SELECT count(*) AS n FROM follow_requests").first<number>("n");
          return [
            ...(waits === 0 ? [] : [`${waits} requests wait`]),
            ...(await followerProblems(rig, peer, 1)),
            ...acceptProblems(peer, follow),
          ];
        },
      };
    });
    expect(wrong).toEqual([]);
    expect(faults).toBeGreaterThan(20);
  }, 180_000);
});

describe("an Undo, with a fault at every await", () => {
  let rig: Rig;
  beforeEach(async () => {
    rig = await Rig.made();
  }, 30_000);
  afterEach(() => rig.done());

  it("of a Follow takes one follower away from the inbox that two share, and never both", async () => {
    const { faults, wrong } = await everyFault(rig, async (tag) => {
      const [goes, stays] = (await rig.followedBy(`dan@${tag}.test`, `eve@${tag}.test`)) as [
        FakePeer,
        FakePeer,
      ];
      const follow = {
        id: goes.received("Accept").map((one) => (one["object"] as Doc)["id"])[0],
        type: "Follow",
      };
      const undo = goes.activity("Undo", { object: { ...follow, actor: goes.id, object: ACTOR } });
      const send = async () => (await rig.stead.deliver(goes, undo)).status === 202;
      return {
        run: send,
        retry: send,
        problems: async () => [
          ...(await followerProblems(rig, goes, 0)),
          ...(await followerProblems(rig, stays, 1)),
        ],
      };
    });
    expect(wrong).toEqual([]);
    expect(faults).toBeGreaterThan(4);
  }, 180_000);
});
