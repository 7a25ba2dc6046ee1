import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";

import { followHandle, unfollow } from "../../worker/owner/follow.ts";
import { findPeer } from "../../worker/store/peers.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { Stead } from "../fediverse/stead.ts";

const NAMES = ["one", "two", "three", "four"] as const;

type Command =
  | { do: "follow" | "unfollow" | "accept" | "reject" | "replay" | "agree" | "disagree"; who: number }
  | { do: "move"; who: number; to: number };

const who = fc.integer({ min: 0, max: NAMES.length - 1 });
const byOne = (...kinds: Exclude<Command["do"], "move">[]) =>
  fc.record({ do: fc.constantFrom(...kinds), who }) as fc.Arbitrary<Command>;
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 3, arbitrary: byOne("follow") },
  { weight: 5, arbitrary: fc.record({ do: fc.constant("move" as const), who, to: who }) },
  { weight: 5, arbitrary: byOne("accept") },
  { weight: 2, arbitrary: byOne("reject", "unfollow") },
  { weight: 2, arbitrary: byOne("replay", "agree", "disagree") },
);

/** An account, as the owner's will and the two accounts' words make it. */
interface Model {
  state: "requested" | "accepted" | null;
  /** Was asked, or waited for, because of a Move. */
  inPlace: boolean;
  movedTo: number | null;
  agrees: boolean;
  /** Its Move was believed: no other one is, in these 7 days. */
  moved: boolean;
}

/** Of those who are followed, the one and all whose Moves lead to it. */
function leadingTo(models: readonly Model[], target: number): Set<number> {
  const found = new Set([target]);
  for (let size = 0; size !== found.size;) {
    size = found.size;
    for (const [n, { state, movedTo }] of models.entries())
      if (state !== null && movedTo !== null && found.has(movedTo)) found.add(n);
  }
  return found;
}

function leave(models: Model[], who: Iterable<number>, but: number): void {
  for (const n of who) if (n !== but) models[n]!.state = null;
}

function foresee(models: Model[], one: Command): void {
  const model = models[one.who]!;
  switch (one.do) {
    case "follow":
      if (model.state === null) Object.assign(model, { state: "requested", inPlace: false });
      return;
    case "unfollow":
    case "reject":
      model.state = null;
      return;
    case "accept":
      if (model.state === null) return;
      if (model.inPlace) leave(models, leadingTo(models, one.who), one.who);
      Object.assign(model, { state: "accepted", inPlace: false });
      return;
    case "agree":
    case "disagree":
      model.agrees = one.do === "agree";
      return;
    case "replay":
      return;
    case "move": {
      const target = models[one.to]!;
      if (one.to === one.who || model.state === null || model.moved || !target.agrees) return;
      if (target.state === "accepted") leave(models, leadingTo(models, one.who), one.to);
      else Object.assign(target, { state: "requested", inPlace: true });
      target.movedTo = null;
      Object.assign(model, { movedTo: one.to, moved: true });
    }
  }
}

describe("any order of Moves, answers, replays and the owner's own Follows", () => {
  let stead: Stead;
  let run = 0;
  beforeAll(async () => {
    stead = await Stead.claimed();
  });

  async function story(commands: readonly Command[]): Promise<void> {
    run++;
    const peers = await Promise.all(NAMES.map((name) => stead.peer(name, `${name}-${run}.test`)));
    const models = NAMES.map((): Model => {
      return { state: null, inPlace: false, movedTo: null, agrees: true, moved: false };
    });
    const replays = new Map<number, Doc>();
    for (const peer of peers) agree(peer, peers);
    for (const one of commands) {
      const followed = models.filter(({ state }) => state === "accepted").length;
      foresee(models, one);
      const left = models.filter(({ state }) => state === "accepted").length;
      // By no Move and no Accept is the owner left with nobody.
      const byOthers = one.do === "move" || one.do === "accept";
      expect({ one, alone: byOthers && followed > 0 && left === 0 }).toEqual({ one, alone: false });
      await obey(one, peers, replays);
      await stead.settle();
      await compare(peers, models);
    }
  }

  function agree(peer: FakePeer, others: readonly FakePeer[]): void {
    peer.document = {
      ...peer.document,
      alsoKnownAs: others.map(({ id }) => id).filter((id) => id !== peer.id),
    };
    peer.publishDocument();
  }

  async function obey(one: Command, peers: readonly FakePeer[], replays: Map<number, Doc>): Promise<void> {
    const peer = peers[one.who]!;
    const answer = (type: string) => {
      const follow = peer.received("Follow").at(-1);
      return follow ? stead.deliver(peer, peer.activity(type, { object: follow })) : null;
    };
    const ctx = await stead.ctx();
    switch (one.do) {
      case "follow":
        await followHandle(ctx, peer.id);
        return;
      case "unfollow": {
        const known = await findPeer(ctx.db, peer.id);
        if (known) await unfollow(ctx, known.id);
        return;
      }
      case "accept":
        await answer("Accept");
        return;
      case "reject":
        await answer("Reject");
        return;
      case "agree":
        return agree(peer, peers);
      case "disagree":
        return agree(peer, []);
      case "move": {
        const move = peer.activity("Move", { object: peer.id, target: peers[one.to]!.id });
        // What was not believed may be another time, so only what was is sent again.
        if ((await stead.deliver(peer, move)).status === 202 && !replays.has(one.who)) await stead.settle();
        if (await believed(peer)) replays.set(one.who, replays.get(one.who) ?? move);
        return;
      }
      case "replay": {
        const move = replays.get(one.who);
        if (move) await stead.deliver(peer, move);
      }
    }
  }

  const believed = async ({ id }: FakePeer) =>
    (await rows("SELECT 1 FROM peers WHERE iri = ? AND moved_to IS NOT NULL", id)).length > 0;

  async function compare(peers: readonly FakePeer[], models: readonly Model[]): Promise<void> {
    const stored = await rows<{ iri: string; state: string }>(
      "SELECT iri, state FROM following JOIN peers ON peers.id = following.peer",
    );
    const actual = peers.map(({ id }) => stored.find(({ iri }) => iri === id)?.state ?? null);
    expect(actual).toEqual(models.map(({ state }) => state));
    // Where the owner follows, the other server has not been told since that it is over.
    const followedThere = peers.map((peer) => {
      const said = peer.host.arrived.map(({ activity }) => activity["type"]);
      return said.lastIndexOf("Follow") > said.lastIndexOf("Undo");
    });
    expect(actual.map((state, n) => state !== null && !followedThere[n])).toEqual(actual.map(() => false));
    stead.world.assertNothingUnexpected();
  }

  const move = (from: number, to: number): Command => ({ do: "move", who: from, to });
  const does = (what: Exclude<Command["do"], "move">, one: number): Command => ({ do: what, who: one });

  it.each<[string, Command[]]>([
    [
      "two that move to one",
      [
        does("follow", 0),
        does("accept", 0),
        does("follow", 1),
        does("accept", 1),
        move(0, 2),
        move(1, 2),
        does("accept", 2),
      ],
    ],
    [
      "a circle of three",
      [does("follow", 0), does("accept", 0), move(0, 1), move(1, 2), move(2, 0), does("accept", 0)],
    ],
    [
      "one asked, that moves and moves back before it answers",
      [does("follow", 0), move(0, 1), move(1, 0), does("accept", 1), does("accept", 0)],
    ],
    [
      "a new account that turns us away",
      [
        does("follow", 0),
        does("accept", 0),
        move(0, 1),
        does("reject", 1),
        does("accept", 1),
        does("replay", 0),
      ],
    ],
    [
      "a Move to an account followed already",
      [
        does("follow", 0),
        does("accept", 0),
        does("follow", 1),
        does("accept", 1),
        move(0, 1),
        does("replay", 0),
      ],
    ],
    [
      "a Move before the alias, and again after it",
      [does("follow", 0), does("disagree", 1), move(0, 1), does("agree", 1), move(0, 1), does("accept", 1)],
    ],
  ])("holds for %s", async (_, commands) => story(commands));

  it("follows whom the model follows, and never leaves one account before the other accepted", async () => {
    const before = run;
    await fc.assert(fc.asyncProperty(fc.array(command, { minLength: 3, maxLength: 12 }), story), {
      numRuns: 60,
      seed: 20_261_122,
      plugins: [fc.interruptAfterTimeLimit(8_000)],
    });
    expect(run - before).toBeGreaterThan(5);
  }, 180_000);
});
