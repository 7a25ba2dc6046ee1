/** ActivityPub §7.6, §7.7: Accept and Reject of the owner's own Follow. */
import { beforeAll, describe, expect, it } from "vitest";

import { followHandle, unfollow } from "../../worker/owner/follow.ts";
import { ACTOR, Stead } from "../fediverse/stead.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { cast, member, thatSend } from "../fediverse/shapes/cast.ts";
import { rows } from "../fediverse/rows.ts";

let stead: Stead;
beforeAll(async () => {
  stead = await Stead.claimed();
});

/** The owner follows; what arrived at the peer's server. */
async function ask(peer: FakePeer): Promise<Doc> {
  const asked = await followHandle(await stead.ctx(), peer.id);
  expect(asked.kind).toBe("asked");
  await stead.settle();
  return peer.received("Follow").at(-1)!;
}

async function state(iri: string): Promise<unknown> {
  const [row] = await rows(
    "SELECT state FROM following WHERE peer = (SELECT id FROM peers WHERE iri = ?)",
    iri,
  );
  return row?.["state"];
}

describe("the answer to the owner's Follow, as each software sends it", () => {
  it.each(cast.map((software) => [software.name, software] as const))(
    "%s: Accept is matched, and the Follow it answers went to the personal inbox",
    async (_, software) => {
      const { peer, me, send } = await member(stead, software, "bob");
      const follow = await ask(peer);
      expect(follow).toMatchObject({ type: "Follow", actor: ACTOR, object: me.id, to: [me.id] });
      const arrived = peer.host.arrived.find(({ activity }) => activity["type"] === "Follow");
      expect(arrived).toMatchObject({
        verified: true,
        path: new URL(peer.document["inbox"] as string).pathname,
      });
      expect(await state(me.id)).toBe("requested");
      expect((await send(software.accept(me, follow))).status).toBe(202);
      expect(await state(me.id)).toBe("accepted");
    },
  );

  it.each(thatSend("reject"))("%s: Reject after the Accept ends it", async (_, software) => {
    const { peer, me, send } = await member(stead, software, "bob");
    expect(await state(me.id)).toBe("accepted");
    const follow = peer.received("Follow").at(-1)!;
    expect((await send(software.reject(me, follow))).status).toBe(202);
    expect(await state(me.id)).toBeUndefined();
  });
});

describe("the answer to the owner's Follow", () => {
  it("may name the Follow by its id alone (activitypub-bot)", async () => {
    const carol = await stead.peer("carol", "c.test");
    const follow = await ask(carol);
    await stead.deliver(carol, carol.activity("Accept", { object: follow["id"] }));
    expect(await state(carol.id)).toBe("accepted");
  });

  it("is matched by the pair when the embedded Follow has another id", async () => {
    const dora = await stead.peer("dora", "d.test");
    const follow = await ask(dora);
    const object = { ...follow, id: "https://me.test/another" };
    await stead.deliver(dora, dora.activity("Accept", { object }));
    expect(await state(dora.id)).toBe("accepted");
  });

  it("counts only from whom was asked, and for what was asked", async () => {
    const [erin, mallory] = [await stead.peer("erin", "e.test"), await stead.peer("mallory", "m.test")];
    const follow = await ask(erin);
    await stead.deliver(mallory, mallory.activity("Accept", { object: follow }));
    await stead.deliver(erin, erin.activity("Accept", { object: { ...follow, object: mallory.id } }));
    await stead.deliver(erin, erin.activity("Accept", { object: "https://me.test/follows/0" }));
    await stead.settle();
    expect(await state(erin.id)).toBe("requested");
    expect(await state(mallory.id)).toBeUndefined();
  });

  it("is undone with the whole Follow and its id, stable whoever it goes to", async () => {
    const frank = await stead.peer("frank", "f.test");
    const follow = await ask(frank);
    const [row] = await rows<{ id: number }>("SELECT id FROM peers WHERE iri = ?", frank.id);
    expect(await unfollow(await stead.ctx(), row!.id)).toBe(true);
    await stead.settle();
    expect(frank.received("Undo")).toEqual([
      {
        "@context": "https://www.w3.org/ns/activitystreams",
        id: `${follow["id"] as string}/undo`,
        type: "Undo",
        actor: ACTOR,
        to: [frank.id],
        object: { id: follow["id"], type: "Follow", actor: ACTOR, object: frank.id },
      },
    ]);
    stead.world.assertNothingUnexpected();
  });
});
