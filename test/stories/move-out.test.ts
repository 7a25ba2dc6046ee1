import { beforeEach, describe, expect, it } from "vitest";

import { moveBack, moveOut } from "../../worker/moving/move-out.ts";
import { publish } from "../../worker/owner/publish.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { ACTOR, Stead } from "../fediverse/stead.ts";

const NEW = "@me@new.test";

describe("moving out", () => {
  let stead: Stead;
  let alice: FakePeer;
  let home: FakePeer;
  beforeEach(async () => {
    stead = await Stead.claimed();
    alice = await stead.peer("alice");
    home = await stead.peer("me", "new.test");
    await stead.followedBy(alice);
  });

  const names = (...aliases: string[]) => {
    home.document = { ...home.document, alsoKnownAs: aliases };
    home.publishDocument();
  };

  it("says nothing to anybody while the new account does not name this one: Misskey looks once in 14 days", async () => {
    const ctx = await stead.ctx();
    expect(await moveOut(ctx, NEW)).toMatchObject({
      kind: "not-ready",
      cure: expect.stringContaining(ACTOR),
    });
    names("https://me.test/@me");
    expect(await moveOut(ctx, NEW)).toMatchObject({ kind: "not-ready" });
    await stead.settle();
    expect(alice.received("Move")).toEqual([]);
    expect(await stead.getJson("/actor")).not.toHaveProperty("movedTo");
  });

  it("refuses an account that has moved itself, is this one, or is not there, and says what to do", async () => {
    const ctx = await stead.ctx();
    home.document = { ...home.document, alsoKnownAs: [ACTOR], movedTo: "https://further.test/users/me" };
    home.publishDocument();
    expect(await moveOut(ctx, NEW)).toMatchObject({ problem: "That account has moved away itself." });
    expect(await moveOut(ctx, ACTOR)).toMatchObject({ problem: "That is this account." });
    expect(await moveOut(ctx, "https://new.test/users/nobody")).toMatchObject({
      problem: "There is no such account.",
    });
  });

  it("sends followers after the owner, in the shape every server reads, and goes on saying where", async () => {
    names(ACTOR);
    expect(await moveOut(await stead.ctx(), NEW)).toEqual({
      kind: "moved",
      to: home.id,
      handle: "me@new.test",
    });
    await stead.settle();
    expect(await stead.getJson("/actor")).toMatchObject({ id: ACTOR, movedTo: home.id });
    const [move] = alice.received("Move");
    expect(move).toMatchObject({ type: "Move", actor: ACTOR, object: ACTOR, target: home.id });
    expect(alice.received("Update").at(-1)).toMatchObject({ object: { id: ACTOR, movedTo: home.id } });
    expect(alice.host.arrived.every((one) => one.verified)).toBe(true);
  });

  it("sends the Move again when it is asked to, under an id of its own, for servers that missed it", async () => {
    names(ACTOR);
    await moveOut(await stead.ctx(), NEW);
    await stead.settle();
    await moveOut(await stead.ctx(), NEW);
    await stead.settle();
    const ids = alice.received("Move").map((one) => one["id"]);
    expect(ids).toHaveLength(2);
    expect(new Set(ids).size).toBe(2);
  });

  it("lets nobody follow an account that has moved, and takes no posts: nobody would read them", async () => {
    names(ACTOR);
    await moveOut(await stead.ctx(), NEW);
    const bob = await stead.peer("bob", "b.test");
    await stead.deliver(bob, bob.activity("Follow", { object: ACTOR }));
    await stead.settle();
    expect(await stead.followers()).toEqual([alice.id]);
    expect(bob.received("Accept")).toEqual([]);
    expect(bob.received("Reject")).toMatchObject([
      { object: { type: "Follow", actor: bob.id, object: ACTOR } },
    ]);
    const draft = {
      text: "Hello?",
      summary: "",
      visibility: "public",
      language: "en",
      replyTo: null,
    } as const;
    expect(await publish(await stead.ctx(), draft)).toMatchObject({ kind: "invalid" });
  });

  it("takes the redirect back, and the actor says so", async () => {
    names(ACTOR);
    expect(await moveBack(await stead.ctx())).toBe(false);
    await moveOut(await stead.ctx(), NEW);
    expect(await moveBack(await stead.ctx())).toBe(true);
    await stead.settle();
    expect(await stead.getJson("/actor")).not.toHaveProperty("movedTo");
    expect(alice.received("Update").at(-1)!["object"]).not.toHaveProperty("movedTo");
    await stead.publishes("Here again.");
  });
});
