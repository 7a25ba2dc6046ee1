/** Group E, 13 to 18: Moves that mean harm. Nobody comes to follow, or to be followed, by anybody's word but their own. */
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { MOVES, pulled, swapped } from "../fediverse/moves.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, env, Stead } from "../fediverse/stead.ts";
import { ownerFollows } from "./cast.ts";
import { cavage } from "./forge.ts";
import { refused, stillServes } from "./refused.ts";

let stead: Stead;
let old: FakePeer;
let eve: FakePeer;
let number = 0;
beforeAll(async () => {
  stead = await Stead.claimed();
});
/** `old` is followed by the owner, and names eve nowhere; eve names it as her alias. */
beforeEach(async () => {
  old = await stead.peer("old", `old${++number}.test`);
  eve = await stead.peer("eve", `evil${number}.test`);
  eve.document = { ...eve.document, alsoKnownAs: [old.id] };
  eve.publishDocument();
  await ownerFollows(stead, old);
});

const moveOf = (target: unknown, fields: Doc = {}): Doc =>
  old.activity("Move", { object: old.id, target, ...fields });
const following = async (peer: FakePeer) =>
  (await rows("SELECT state FROM following JOIN peers ON peers.id = peer WHERE iri = ?", peer.id))[0]?.[
    "state"
  ] ?? null;

async function send(from: FakePeer, activity: Doc): Promise<number> {
  const { status } = await stead.deliver(from, activity);
  await stead.settle();
  return status;
}

describe("E13: a Move without the target's word", () => {
  it.each(MOVES.map((vector) => [vector.name, vector] as const))("%s: nothing", async (_, { move }) => {
    const bystander = await stead.peer("by", `by${number}.test`);
    const mover = await stead.peer("mover", `mover${number}.test`);
    await ownerFollows(stead, mover);
    await refused(stead, await cavage(mover, move(mover.id, bystander.id)), 202, { outbound: 1 });
  });

  it("nor is a page that says it an agreement: only an ActivityPub document is", async () => {
    const { get } = eve.host;
    eve.host.get = () =>
      Response.json({ ...eve.document, alsoKnownAs: [old.id] }, { headers: { "content-type": "text/html" } });
    await refused(stead, await cavage(old, moveOf(eve.id)), 202, { outbound: 1 });
    eve.host.get = get;
  });
});

describe("E14: a Move by a third party", () => {
  it.each<[string, (by: FakePeer) => Doc]>([
    ["in its own name", (by) => by.activity("Move", { object: old.id, target: by.id })],
    ["by the new account (FEP-7628 pull)", (by) => pulled(old.id, by.id)],
    ["of the owner", (by) => by.activity("Move", { object: ACTOR, target: by.id })],
  ])("%s: nothing, and no look at anybody", async (_, move) => {
    await refused(stead, await cavage(eve, move(eve)), 202);
    await ownerFollows(stead, eve);
    await refused(stead, await cavage(eve, move(eve)), 202);
  });

  it.each<[string, () => Promise<Request>]>([
    ["in the old account's name, under eve's key", () => cavage(eve, moveOf(eve.id))],
    [
      "under the old account's key id, signed by eve",
      () => cavage(eve, moveOf(eve.id), { keyId: old.keyId }),
    ],
    [
      "of the old account, that speaks for the new one (Pixelfed 0.11.13)",
      () => cavage(old, swapped(old.id, eve.id)),
    ],
  ])("%s: refused", async (_, request) => {
    eve.pair = (await crypto.subtle.generateKey(
      {
        name: "RSASSA-PKCS1-v1_5",
        modulusLength: 2048,
        publicExponent: new Uint8Array([1, 0, 1]),
        hash: "SHA-256",
      },
      true,
      ["sign", "verify"],
    )) as CryptoKeyPair;
    await refused(stead, await request(), 401);
  });

  it("whose body was changed on the way: refused", async () => {
    const body = JSON.stringify(moveOf("https://good.test/users/x"));
    const forged = JSON.stringify(moveOf(eve.id));
    await refused(stead, await cavage(old, body, { body: forged }), 401);
  });
});

describe("E15: a Move to us", () => {
  it.each<[string, () => Promise<FakePeer>]>([
    ["of somebody the owner follows", async () => old],
    [
      "of somebody who follows us",
      async () => {
        await stead.followedBy(eve);
        return eve;
      },
    ],
    ["of a stranger", async () => eve],
  ])("%s: makes nobody a follower, changes nothing, and looks at nobody", async (_, who) => {
    const mover = await who();
    // To whom it is known the mail is kept and looked at; to nobody does it lead out.
    await refused(
      stead,
      await cavage(mover, mover.activity("Move", { object: mover.id, target: ACTOR })),
      202,
    );
  });

  it.each(["actor", "actor#main-key", "@me", "actor/", "posts/1"])(
    "nor to https://me.test/%s",
    async (path) => {
      const move = moveOf(`https://me.test/${path}`);
      await refused(stead, await cavage(old, move), 202);
    },
  );

  it("of somebody who names us as their alias and themselves as moved here: we take nothing from it", async () => {
    old.document = { ...old.document, movedTo: ACTOR, alsoKnownAs: [ACTOR] };
    old.publishDocument();
    await refused(stead, await cavage(old, moveOf(ACTOR)), 202);
    expect(await following(old)).toBe("accepted");
    expect(await stead.getJson("/actor")).not.toHaveProperty("alsoKnownAs", [old.id]);
  });
});

describe("E16: a Move that comes again", () => {
  it("the same one, ten times at once and once more after its Accept: one Follow, one Undo", async () => {
    const move = moveOf(eve.id);
    const answers = await Promise.all(Array.from({ length: 10 }, () => stead.deliver(old, move)));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([202]));
    await stead.settle();
    expect(eve.received("Follow")).toHaveLength(1);
    await send(eve, eve.activity("Accept", { object: eve.received("Follow")[0] }));
    await refused(stead, await cavage(old, move), 202);
    expect(old.received("Undo")).toHaveLength(1);
    expect([await following(old), await following(eve)]).toEqual([null, "accepted"]);
  });

  it("after the owner went back to the old account: not within 7 days, so that nobody is pulled along for ever", async () => {
    await send(old, moveOf(eve.id));
    await send(eve, eve.activity("Reject", { object: eve.received("Follow")[0] }));
    expect([await following(old), await following(eve)]).toEqual(["accepted", null]);
    await refused(stead, await cavage(old, moveOf(eve.id)), 202);
    const third = await stead.peer("third", `third${number}.test`);
    third.document = { ...third.document, alsoKnownAs: [old.id] };
    third.publishDocument();
    await refused(stead, await cavage(old, moveOf(third.id)), 202);
  });

  it("an Accept of the new account that nobody asked, after a Move that was refused, undoes nothing", async () => {
    eve.document = { ...eve.document, alsoKnownAs: [] };
    eve.publishDocument();
    await send(old, moveOf(eve.id));
    const follow = { id: "https://me.test/follows/1", type: "Follow", actor: ACTOR, object: eve.id };
    await refused(stead, await cavage(eve, eve.activity("Accept", { object: follow })), 202);
    expect(await following(old)).toBe("accepted");
  });

  it("an Accept by a third party does not end the old Follow", async () => {
    await send(old, moveOf(eve.id));
    const [follow] = eve.received("Follow");
    const mallory = await stead.peer("mallory", eve.host.name);
    await refused(stead, await cavage(mallory, mallory.activity("Accept", { object: follow })), 202);
    expect([await following(old), await following(eve)]).toEqual(["accepted", "requested"]);
  });
});

describe("E17: a Move grants no following", () => {
  it("a follower that moves on: the new account is no follower, and gets no followers-only post", async () => {
    await stead.followedBy(old);
    await send(old, moveOf(eve.id));
    expect(await stead.followers()).not.toContain(eve.id);
    eve.host.arrived.length = 0;
    await stead.publishes("for friends", { visibility: "followers" });
    expect(eve.received("Create")).toEqual([]);
    expect(old.received("Create")).toHaveLength(1);
  });

  it("a follower's new account on the same server, whose shared inbox we know: the same", async () => {
    await stead.followedBy(old);
    const neighbour = await stead.peer("neighbour", old.host.name);
    neighbour.document = { ...neighbour.document, alsoKnownAs: [old.id] };
    neighbour.publishDocument();
    await send(old, moveOf(neighbour.id));
    expect(await stead.followers()).not.toContain(neighbour.id);
  });

  it("nor does it read the mover's collections, whatever they say", async () => {
    old.document = { ...old.document, followers: `${old.id}/followers`, following: `${old.id}/following` };
    old.publishDocument();
    stead.world.take();
    await send(old, moveOf(eve.id));
    const left = stead.world.take().map(({ method, url }) => `${method} ${url}`);
    expect(left.toSorted()).toEqual([`GET ${eve.id}`, `POST ${eve.id}/inbox`]);
  });
});

describe("E18: a locked owner", () => {
  const lock = (locked: number) => env.DB.prepare("UPDATE owner SET locked = ?").bind(locked).run();
  beforeEach(async () => void (await lock(1)));
  afterEach(async () => void (await lock(0)));

  it("whoever comes after a Move is a request, and no follower until the owner says so", async () => {
    const people = await Promise.all(["ann", "bob"].map((name) => stead.peer(name, `flood${number}.test`)));
    await send(old, moveOf(ACTOR));
    for (const one of people) await send(one, one.activity("Follow", { object: ACTOR }));
    const waiting = await rows("SELECT iri FROM follow_requests JOIN peers ON peers.id = peer");
    expect(waiting.map(({ iri }) => iri)).toEqual(expect.arrayContaining(people.map(({ id }) => id)));
    expect(people.map((one) => one.received("Accept").length)).toEqual([0, 0]);
    await stead.publishes("for friends", { visibility: "followers" });
    expect(people.map((one) => one.received("Create").length)).toEqual([0, 0]);
    await lock(0);
    await stillServes(stead);
  });
});
