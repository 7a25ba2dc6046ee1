import fc from "fast-check";
import { evictAllDurableObjects } from "cloudflare:test";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { HOUR, SECOND } from "../../worker/kernel/clock.ts";
import { blockPeer, unblockPeer } from "../../worker/owner/follow.ts";
import { findPeer } from "../../worker/store/peers.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { ACTOR } from "../fediverse/stead.ts";
import { Rig } from "./rig.ts";

const NAMES = ["alice@one", "anna@one", "bob@two"] as const;

type Command =
  | {
      do: "follow" | "repeat" | "undo" | "undoOld" | "copyOld" | "undoBare" | "blocks" | "delete" | "newKey";
      who: number;
    }
  | { do: "blocked" | "unblocked"; who: number }
  | { do: "settle" }
  | { do: "restart" }
  | { do: "fault"; at: number; moment: "before" | "after" };

const who = fc.integer({ min: 0, max: NAMES.length - 1 });
const byPeer = (...kinds: Extract<Command, { who: number }>["do"][]) =>
  fc.record({ do: fc.constantFrom(...kinds), who }) as fc.Arbitrary<Command>;
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 6, arbitrary: byPeer("follow") },
  { weight: 4, arbitrary: byPeer("undo", "undoBare") },
  { weight: 4, arbitrary: byPeer("repeat", "undoOld", "copyOld", "newKey") },
  { weight: 2, arbitrary: byPeer("blocks", "delete", "blocked", "unblocked") },
  { weight: 4, arbitrary: fc.constantFrom<Command>({ do: "settle" }, { do: "restart" }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("fault" as const),
      at: fc.integer({ min: 1, max: 25 }),
      moment: fc.constantFrom("before" as const, "after" as const),
    }),
  },
);

/** One peer as the specification sees it: what was received last, in the order of receipt, stands. */
class Model {
  follows: Doc | null = null;
  blocked = false;
  /** The account is deleted: its server has no document of it any more, and it does nothing more. */
  gone = false;
  /** Ids taken back, and ids that newer Follows replaced. */
  readonly undone = new Set<unknown>();
  readonly replaced = new Set<unknown>();
  readonly sent: Doc[] = [];

  follow(follow: Doc): void {
    const { id } = follow;
    if (this.blocked || this.undone.has(id) || this.replaced.has(id)) return;
    if (this.follows && this.follows["id"] !== id) this.replaced.add(this.follows["id"]);
    this.follows = follow;
  }

  undo(id: unknown): void {
    if (this.follows && this.follows["id"] !== id && this.replaced.has(id)) return;
    this.undone.add(id);
    this.follows = null;
  }
}

describe("any order of Follows, Undos, copies, blocks, deletions, new keys, restarts and faults", () => {
  let rig: Rig;
  let run = 0;
  beforeAll(async () => {
    rig = await Rig.made();
  }, 30_000);
  afterAll(() => rig.done());

  /** Sends until it is taken, as a sender does. False: refused for good. */
  async function deliver(peer: FakePeer, activity: Doc): Promise<boolean> {
    for (let tries = 0; tries < 4; tries++) {
      rig.pass(SECOND);
      const { status } = await rig.stead.deliver(peer, activity);
      if (status !== 503) return status === 202;
    }
    throw new Error("never taken");
  }

  async function story(commands: readonly Command[]): Promise<void> {
    run++;
    const peers = await Promise.all(
      NAMES.map((handle) => {
        const [name, host] = handle.split("@") as [string, string];
        return rig.stead.peer(name, `${host}-${run}.test`);
      }),
    );
    const models = peers.map(() => new Model());
    for (const one of commands) await obey(one, peers, models);
    await rig.run();
    rig.pass(2 * HOUR);
    await rig.recover();
    await rig.recover();
    await compare(peers, models);
  }

  async function obey(one: Command, peers: readonly FakePeer[], models: readonly Model[]): Promise<void> {
    if (one.do === "fault") return rig.boundary.arm(one.at, one.moment);
    if (one.do === "settle") return rig.run();
    if (one.do === "restart") return evictAllDurableObjects();
    const [peer, model] = [peers[one.who]!, models[one.who]!];
    if (model.gone) return;
    const old = model.sent[0];
    switch (one.do) {
      case "follow": {
        const follow = peer.activity("Follow", { object: ACTOR });
        model.sent.push(follow);
        if (await deliver(peer, follow)) model.follow(follow);
        return;
      }
      case "repeat":
        if (model.follows) await deliver(peer, model.follows);
        return;
      case "copyOld":
        if (old && (await deliver(peer, old))) model.follow(old);
        return;
      case "undo":
        return undo(peer, model, model.sent.at(-1), (follow) => follow);
      case "undoBare":
        // An id alone is only known while it is the newest (the Undo names no pair).
        return undo(peer, model, model.follows ?? undefined, (follow) => follow["id"]);
      case "undoOld":
        return undo(peer, model, old, (follow) => follow);
      case "blocks":
        if (await deliver(peer, peer.activity("Block", { object: ACTOR }))) model.follows = null;
        return;
      case "delete":
        peer.host.documents.delete(new URL(peer.id).pathname);
        model.gone = true;
        if (await deliver(peer, peer.activity("Delete", { object: peer.id }))) model.follows = null;
        return;
      case "newKey":
        // Mail under a key that was gone before anybody asked for it can never be verified: that is no loss of ours.
        await rig.run();
        await rig.recover();
        rig.pass(2 * HOUR);
        newKey(peer);
        return;
      case "blocked":
      case "unblocked":
        return decide(one.do, peer, model);
    }
  }

  async function undo(
    peer: FakePeer,
    model: Model,
    follow: Doc | undefined,
    object: (follow: Doc) => unknown,
  ) {
    if (!follow) return;
    if (await deliver(peer, peer.activity("Undo", { object: object(follow) }))) model.undo(follow["id"]);
  }

  /** The owner decides on somebody known, with nothing under way. */
  async function decide(what: "blocked" | "unblocked", peer: FakePeer, model: Model): Promise<void> {
    rig.boundary.disarm();
    await rig.run();
    await rig.recover();
    const known = await findPeer((await rig.ctx()).db, peer.id);
    if (!known) return;
    const ctx = await rig.ctx();
    if (what === "blocked") await blockPeer(ctx, known.id);
    else await unblockPeer(ctx, known.id);
    model.blocked = what === "blocked";
    if (model.blocked) model.follows = null;
    await rig.run();
  }

  async function compare(peers: readonly FakePeer[], models: readonly Model[]): Promise<void> {
    const followers = await rig.stead.followers();
    const actual = peers.map((peer) => followers.filter((iri) => iri === peer.id).length);
    expect(await rig.problems()).toEqual([]);
    expect(actual).toEqual(models.map((model) => (model.follows ? 1 : 0)));
    for (const [n, { follows }] of models.entries()) {
      if (!follows) continue;
      const named = peers[n]!.received("Accept").map((accept) => (accept["object"] as Doc)["id"]);
      expect(named).toContain(follows["id"]);
    }
    rig.stead.world.assertNothingUnexpected();
  }

  function newKey(peer: FakePeer): void {
    peer.keyId = `${peer.id}#key-${peer.newId()}`;
    const { publicKey } = peer.document as { publicKey: Doc };
    peer.document = { ...peer.document, publicKey: { ...publicKey, id: peer.keyId } };
    peer.publishDocument();
  }

  const alice = (...kinds: Extract<Command, { who: number }>["do"][]) =>
    kinds.map((kind): Command => ({ do: kind, who: 0 }));
  const settle: Command = { do: "settle" };
  const restart: Command = { do: "restart" };

  /** Orders that were wrong once, or that peers are known to send. */
  it.each<[string, Command[]]>([
    [
      "an Undo of a Follow that a newer one replaced",
      [...alice("follow"), settle, ...alice("follow", "undoOld")],
    ],
    ["the same, all from the mailroom", alice("follow", "follow", "undoOld")],
    ["an Undo by its bare id, while the Follow is in the mailroom", alice("follow", "undoBare")],
    ["two Follows in the mailroom when it is restarted", [...alice("follow", "follow"), restart]],
    ["a copy of a Follow that was taken back", [...alice("follow"), settle, ...alice("undo", "copyOld")]],
    [
      "a copy of a Follow that a newer one replaced, after that was taken back",
      [...alice("follow"), settle, ...alice("follow", "undo", "copyOld")],
    ],
    ["an account that deletes itself before its Follow is looked at", alice("follow", "delete")],
    ["an account that deletes itself after its key was changed", alice("follow", "newKey", "delete")],
    [
      "a copy of an older Follow after the peer blocked the owner",
      alice("follow", "follow", "blocks", "copyOld"),
    ],
    ["a Follow under a new key", [...alice("follow", "newKey", "follow")]],
    ...Array.from({ length: 12 }, (_, n): [string, Command[]] => [
      `a late Undo of the first of two Follows, when the database fails at operation ${n + 10}`,
      [
        ...alice("follow"),
        { do: "fault", at: n + 10, moment: "before" },
        ...alice("follow", "undoOld"),
        { do: "follow", who: 1 },
      ],
    ]),
    ["an Undo under a new key", [...alice("follow", "newKey", "undo")]],
  ])("holds for %s", async (_, commands) => story(commands));

  it("leaves exactly the followers of the model, each with an Accept of its newest Follow, and every count right", async () => {
    const stories = fc.array(command, { minLength: 1, maxLength: 14 });
    const before = run;
    await fc.assert(fc.asyncProperty(stories, story), {
      numRuns: 100,
      seed: 20_261_122,
      plugins: [fc.interruptAfterTimeLimit(12_000)],
    });
    expect(run - before).toBeGreaterThan(5);
  }, 180_000);
});
