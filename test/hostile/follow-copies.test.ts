/** Group E: copies of a Follow, and Follows that share an id, in any order and over both ways in. */
import { beforeAll, beforeEach, describe, expect, it } from "vitest";

import { apply } from "../../worker/inbox/apply.ts";
import type { UnixMs } from "../../worker/kernel/brand.ts";
import { findPeer } from "../../worker/store/peers.ts";
import type { JsonObject } from "../../worker/vocab/read.ts";
import { readActivity } from "../../worker/vocab/read-activity.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { ACTOR, env, ORIGIN, Stead } from "../fediverse/stead.ts";
import { rows } from "../fediverse/rows.ts";

let stead: Stead;
let alice: FakePeer;
let number = 0;
beforeAll(async () => {
  stead = await Stead.claimed();
});
/** A new cast for each row, on servers of their own. */
beforeEach(async () => {
  alice = await stead.peer("alice", `a${++number}.test`);
});

const followOf = (peer: FakePeer, fields: Doc = {}) => peer.activity("Follow", { object: ACTOR, ...fields });
const undoOf = (peer: FakePeer, object: unknown) => peer.activity("Undo", { object });
const follows = async (peer: FakePeer) => (await stead.followers()).filter((iri) => iri === peer.id).length;

async function send(peer: FakePeer, ...activities: Doc[]): Promise<void> {
  for (const activity of activities) expect((await stead.deliver(peer, activity)).status).toBe(202);
  await stead.settle();
}

describe("copies of a Follow, and Follows that share an id", () => {
  /** What older Misskeys, Firefish and Sharkey call every Follow of a pair. */
  const pair = () => ({ id: `${alice.host.origin}/follows/9abc/9def` });

  it("E5: a copy of a Follow that comes after its Undo brings nobody back", async () => {
    const follow = followOf(alice);
    await send(alice, follow);
    await send(alice, undoOf(alice, follow), follow);
    expect(await follows(alice)).toBe(0);
  });

  it("E5: nor when the Undo names another id than the Follow had, as Misskey's does", async () => {
    const follow = followOf(alice, { id: `${alice.host.origin}/follows/9req1` });
    await send(alice, follow);
    await send(alice, undoOf(alice, { ...follow, ...pair() }), follow);
    expect(await follows(alice)).toBe(0);
    await send(alice, followOf(alice, { id: `${alice.host.origin}/follows/9req2` }));
    expect(await follows(alice)).toBe(1);
  });

  it.each<[string, (follow: Doc) => unknown]>([
    ["embedded", (follow) => follow],
    ["by its id", (follow) => follow["id"]],
  ])(
    "E9: the next Follow under a pair's one id counts, after an Undo (%s) that took the first back",
    async (_, object) => {
      const follow = followOf(alice, pair());
      for (let n = 0; n < 3; n++) {
        await send(alice, follow);
        expect(await follows(alice)).toBe(1);
        await send(alice, undoOf(alice, object(follow)));
        expect(await follows(alice)).toBe(0);
      }
      expect(alice.received("Accept")).toHaveLength(3);
    },
  );

  it("E9: also as a request that waits for the owner", async () => {
    await env.DB.prepare("UPDATE owner SET locked = 1").run();
    const follow = followOf(alice, pair());
    await send(alice, follow, undoOf(alice, follow), follow);
    const [waiting] = await rows(
      "SELECT count(*) AS n FROM follow_requests JOIN peers ON id = peer WHERE iri = ?",
      alice.id,
    );
    await env.DB.prepare("UPDATE owner SET locked = 0").run();
    expect(waiting).toEqual({ n: 1 });
  });

  it("E5: a request that waits for the owner is not taken back by a late Undo of the one before, nor replaced by its copy", async () => {
    await env.DB.prepare("UPDATE owner SET locked = 1").run();
    const [first, next] = [followOf(alice), followOf(alice)];
    await send(alice, first, next, undoOf(alice, first), first);
    const waiting = await rows(
      "SELECT follow_iri AS follow FROM follow_requests JOIN peers ON id = peer WHERE iri = ?",
      alice.id,
    );
    await env.DB.prepare("UPDATE owner SET locked = 0").run();
    expect(waiting).toEqual([{ follow: next["id"] }]);
  });

  it("E5: an Undo that comes before any Follow is remembered under a pair's one id as well", async () => {
    const follow = followOf(alice, pair());
    await send(alice, undoOf(alice, follow), follow);
    expect(await follows(alice)).toBe(0);
  });

  it.each([
    ["of another shape", (origin: string) => `${origin}/follows/9abc`],
    ["deeper", (origin: string) => `${origin}/follows/9abc/9def/1`],
    ["with a query", (origin: string) => `${origin}/follows/9abc/9def?n=1`],
  ])("E5: an id %s is no pair's: the copy after the Undo brings nobody back", async (_, id) => {
    const follow = followOf(alice, { id: id(alice.host.origin) });
    await send(alice, follow);
    await send(alice, undoOf(alice, follow), follow);
    expect(await follows(alice)).toBe(0);
  });

  it("E5: a copy of an Undo that comes after the next Follow takes nothing back: it speaks of the one before", async () => {
    const [first, next] = [followOf(alice), followOf(alice)];
    const undo = undoOf(alice, first);
    await send(alice, first);
    await send(alice, undo);
    await send(alice, next);
    await send(alice, undo);
    expect(await follows(alice)).toBe(1);
    await send(alice, undoOf(alice, next));
    expect(await follows(alice)).toBe(0);
  });

  it("E5: but where Follows have no id, any Undo means the one that stands", async () => {
    const follow = JSON.parse(JSON.stringify(followOf(alice, { id: undefined }))) as Doc;
    const undo = undoOf(alice, { id: `${alice.id}#follow`, type: "Follow", actor: alice.id, object: ACTOR });
    for (let n = 0; n < 2; n++) {
      await send(alice, follow);
      expect(await follows(alice)).toBe(1);
      await send(alice, undo);
      expect(await follows(alice)).toBe(0);
    }
  });

  it("E5: over both paths: an Undo that waited in the mailroom forgets no Follow that came after it", async () => {
    await stead.followedBy(alice);
    alice.host.get = () => new Response(null, { status: 503 });
    const late = followOf(alice);
    await send(alice, undoOf(alice, { type: "Follow", actor: alice.id, object: ACTOR }), late);
    alice.host.get = () => null;
    await send(alice, late);
    expect(await follows(alice)).toBe(1);
  });

  it.each([
    ["without an id", () => ({ id: undefined })],
    ["under a pair's one id", () => pair()],
  ])(
    "E5: a Follow %s that came after an Undo which still waits stands, whichever is applied first",
    async (_, fields) => {
      const follow = JSON.parse(JSON.stringify(followOf(alice, fields()))) as Doc;
      await send(alice, follow);
      const peer = await findPeer((await stead.ctx()).db, alice.id);
      const taken = async (doc: Doc, after: number) => applyAt(alice, doc, peer!.followEventAt + after);
      await taken(follow, 200);
      await taken(undoOf(alice, { type: "Follow", actor: alice.id, object: ACTOR }), 100);
      expect(await follows(alice)).toBe(1);
      await taken(undoOf(alice, { type: "Follow", actor: alice.id, object: ACTOR }), 300);
      expect(await follows(alice)).toBe(0);
    },
  );

  it.each<[string, (first: Doc) => [Doc, number][]]>([
    [
      "and a copy of it",
      (first) => [
        [undoOf(alice, first), 200],
        [undoOf(alice, first), 400],
      ],
    ],
    ["which came late itself", (first) => [[undoOf(alice, first), 400]]],
  ])(
    "E5: a Follow that still waits while the Undo of the one before, %s, overtakes it, stands",
    async (_, undos) => {
      const [first, next] = [followOf(alice), followOf(alice)];
      await send(alice, first);
      const peer = await findPeer((await stead.ctx()).db, alice.id);
      for (const [undo, after] of undos(first)) await applyAt(alice, undo, peer!.followEventAt + after);
      expect(await follows(alice)).toBe(0);
      await applyAt(alice, next, peer!.followEventAt + 300);
      expect(await follows(alice)).toBe(1);
      await applyAt(alice, first, peer!.followEventAt + 350);
      await applyAt(alice, undoOf(alice, next), peer!.followEventAt + 500);
      expect(await follows(alice)).toBe(0);
    },
  );

  it("E5: but one without an id is over when an Undo came after it, though all Undos look alike", async () => {
    const follow = JSON.parse(JSON.stringify(followOf(alice, { id: undefined }))) as Doc;
    const undo = undoOf(alice, { id: `${alice.id}#follow`, type: "Follow", actor: alice.id, object: ACTOR });
    await send(alice, follow);
    const peer = await findPeer((await stead.ctx()).db, alice.id);
    await applyAt(alice, undo, peer!.followEventAt + 200);
    await applyAt(alice, undo, peer!.followEventAt + 400);
    await applyAt(alice, follow, peer!.followEventAt + 300);
    expect(await follows(alice)).toBe(0);
    await applyAt(alice, follow, peer!.followEventAt + 500);
    expect(await follows(alice)).toBe(1);
  });
});

/** As if it had been received then, and its turn had come now. */
async function applyAt(from: FakePeer, doc: Doc, at: number): Promise<void> {
  const ctx = await stead.ctx();
  const peer = await findPeer(ctx.db, from.id);
  const activity = readActivity(doc as JsonObject, from.id);
  if (!peer || !activity) throw new Error("nobody, or nothing that can be read");
  const receivedAt = at as UnixMs;
  const body = JSON.stringify(doc);
  const request = { url: `${ORIGIN}/inbox`, method: "POST", headers: {}, body, digest: "" };
  const mail = { actor: from.id, host: from.host.name, receivedAt, ...request };
  await apply(ctx, { activity, peer, fetched: null, receivedAt, mail });
}
