/** The owner's own follows, when another server counts otherwise and says so (FEP-8fcf). */
import { beforeEach, describe, expect, it, vi } from "vitest";

import { DAY, HOUR } from "../../worker/kernel/clock.ts";
import { EMPTY_DIGEST, followersDigest } from "../../worker/model/follower-digest.ts";
import { followHandle } from "../../worker/owner/follow.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { deliverClaiming, listUrl, mend, servesList } from "../fediverse/sync.ts";
import { ACTOR, Stead } from "../fediverse/stead.ts";
import { ownerFollows } from "../hostile/cast.ts";

let stead: Stead;
let bob: FakePeer;
let ours: string;
beforeEach(async () => {
  stead = await Stead.claimed();
  bob = await stead.peer("bob", "b.test");
  ours = await followersDigest([ACTOR]);
});

const state = async () => (await rows("SELECT state FROM following")).map((row) => row["state"]);
const outcomes = async () => (await rows("SELECT outcome FROM follow_checks")).map((row) => row["outcome"]);

/** What came of the header a server sent, once it has been looked into. */
async function claims(digest: string, items: readonly string[]): Promise<void> {
  servesList(bob, items);
  expect((await deliverClaiming(stead, bob, { digest })).status).toBe(202);
  await stead.settle();
  await mend(stead);
  await stead.settle();
}

describe("a follow of the owner's that its server has lost", () => {
  it("is asked for once more under a new id, and stands again with the Accept", async () => {
    await ownerFollows(stead, bob);
    await claims(EMPTY_DIGEST, []);
    const [first, second] = bob.received("Follow");
    expect(second).toMatchObject({ type: "Follow", actor: ACTOR, object: bob.id });
    expect(second!["id"]).not.toBe(first!["id"]);
    expect(await state()).toEqual(["requested"]);
    expect(await outcomes()).toEqual(["Their server had lost your follow. It was asked for again."]);
    await stead.deliver(bob, bob.activity("Accept", { object: second }));
    expect(await state()).toEqual(["accepted"]);
    stead.world.assertNothingUnexpected();
  });

  it("is not asked for a second time within a month, since they may mean it", async () => {
    await ownerFollows(stead, bob);
    await claims(EMPTY_DIGEST, []);
    const accept = () =>
      stead.deliver(bob, bob.activity("Accept", { object: bob.received("Follow").at(-1) }));
    await accept();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * DAY });
    await claims(EMPTY_DIGEST, []);
    expect(bob.received("Follow")).toHaveLength(2);
    expect(await state()).toEqual(["accepted"]);
    expect(await outcomes()).toEqual([expect.stringContaining("not asked for again")]);
    vi.setSystemTime(Date.now() + 30 * DAY);
    await claims(EMPTY_DIGEST, []);
    expect(bob.received("Follow")).toHaveLength(3);
    vi.useRealTimers();
  });

  it("is looked into an hour later when the server does not answer, after which nothing is lost", async () => {
    await ownerFollows(stead, bob);
    let down = true;
    bob.host.get = () => (down ? new Response(null, { status: 503 }) : null);
    await claims(EMPTY_DIGEST, []);
    expect(await state()).toEqual(["accepted"]);
    down = false;
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + HOUR + 1 });
    await mend(stead);
    await stead.settle();
    expect(bob.received("Follow")).toHaveLength(2);
    vi.useRealTimers();
  });
});

describe("a follow of the owner's that its server has, and we do not", () => {
  it("is accepted, when only the Accept was lost", async () => {
    await followHandle(await stead.ctx(), "@bob@b.test");
    await stead.settle();
    expect(await state()).toEqual(["requested"]);
    await claims(ours, [ACTOR]);
    expect(await state()).toEqual(["accepted"]);
    expect(bob.received("Follow")).toHaveLength(1);
  });

  it("is taken back by the pair, when the owner follows them no more: their server missed the Undo", async () => {
    await stead.followedBy(bob);
    await claims(ours, [ACTOR]);
    expect(bob.received("Undo")).toMatchObject([
      { actor: ACTOR, object: { type: "Follow", actor: ACTOR, object: bob.id } },
    ]);
    expect(await state()).toEqual([]);
  });

  it("is as it should be: nothing is asked, beyond the look at a list that names others of our host", async () => {
    await ownerFollows(stead, bob);
    const ghost = "https://me.test/users/before-us";
    await claims(await followersDigest([ACTOR, ghost]), [ACTOR, ghost]);
    expect(await outcomes()).toEqual(["You follow them, on both servers."]);
    expect(stead.world.take().map(({ url }) => url)).toEqual([bob.id, listUrl(bob)]);
  });
});
