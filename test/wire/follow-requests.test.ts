/** ActivityPub §7.5 with `manuallyApprovesFollowers`: Follows that wait for the owner, and their Accept or Reject. */
import { beforeAll, expect, it } from "vitest";

import { acceptRequest, rejectRequest, removeFollower } from "../../worker/owner/follow.ts";
import { changeProfile } from "../../worker/owner/profile.ts";
import { ACTOR, Stead } from "../fediverse/stead.ts";
import { member, thatSend } from "../fediverse/shapes/cast.ts";
import { rows } from "../fediverse/rows.ts";

let stead: Stead;
beforeAll(async () => {
  stead = await Stead.claimed();
  const open = { name: "Me", bio: "", fields: [], avatar: null, header: null };
  await changeProfile(await stead.ctx(), { ...open, locked: true });
});

const peerId = async (iri: string) =>
  (await rows<{ id: number }>("SELECT id FROM peers WHERE iri = ?", iri))[0]!.id;

it.each(thatSend("follow"))(
  "%s: a Follow waits without an answer, and is accepted as if it came now",
  async (_, software) => {
    const { peer, me, send } = await member(stead, software);
    const follow = software.follow(me, ACTOR);
    expect((await send(follow)).status).toBe(202);
    await stead.settle();
    expect(peer.host.arrived).toEqual([]);
    expect(await stead.followers()).not.toContain(me.id);

    expect(await acceptRequest(await stead.ctx(), await peerId(me.id))).toBe(true);
    await stead.settle();
    expect(await stead.followers()).toContain(me.id);
    const object = {
      type: "Follow",
      actor: me.id,
      object: ACTOR,
      ...(follow["id"] ? { id: follow["id"] } : {}),
    };
    expect(peer.host.arrived).toMatchObject([
      { path: new URL(peer.document["inbox"] as string).pathname, activity: { type: "Accept", object } },
    ]);
  },
);

it.each(thatSend("follow", "undoFollow"))("%s: one that is undone waits no longer", async (_, software) => {
  const { me, send } = await member(stead, software, "bob");
  const follow = software.follow(me, ACTOR);
  await send(follow);
  await stead.settle();
  await send(software.undoFollow(me, follow));
  await stead.settle();
  expect(await rows("SELECT 1 FROM follow_requests")).toEqual([]);
  expect(await stead.followers()).not.toContain(me.id);
});

it("a Reject has an id of its own and the whole Follow, and goes to the personal inbox; so does the one that removes a follower", async () => {
  const carol = await stead.peer("carol");
  const follow = carol.activity("Follow", { object: ACTOR });
  await stead.deliver(carol, follow);
  await stead.settle();
  expect(await rejectRequest(await stead.ctx(), await peerId(carol.id))).toBe(true);
  await stead.settle();
  const again = carol.activity("Follow", { object: ACTOR });
  await stead.deliver(carol, again);
  await stead.settle();
  await acceptRequest(await stead.ctx(), await peerId(carol.id));
  await stead.settle();
  expect(await removeFollower(await stead.ctx(), await peerId(carol.id))).toBe(true);
  await stead.settle();
  const rejects = carol.host.arrived.filter(({ activity }) => activity["type"] === "Reject");
  const reject = (id: unknown) => ({
    path: "/users/carol/inbox",
    verified: true,
    activity: {
      "@context": "https://www.w3.org/ns/activitystreams",
      id: expect.stringMatching(/^https:\/\/me\.test\/actor#rejects\/\d+$/),
      type: "Reject",
      actor: ACTOR,
      to: [carol.id],
      object: { id, type: "Follow", actor: carol.id, object: ACTOR },
    },
  });
  expect(rejects).toEqual([reject(follow["id"]), reject(again["id"])]);
  expect(await stead.followers()).not.toContain(carol.id);
});
