import { beforeEach, describe, expect, it } from "vitest";

import { rows } from "../fediverse/rows.ts";
import { ACTOR, env, Stead } from "../fediverse/stead.ts";
import { tokenFor } from "../mastodon/tokens.ts";

describe("being followed", () => {
  let stead: Stead;
  beforeEach(async () => {
    stead = await Stead.claimed();
  });

  it("takes a Follow from a stranger, verifies it later and answers with the whole Follow, so that every peer can match it", async () => {
    const alice = await stead.peer("alice");
    const follow = alice.activity("Follow", { object: ACTOR });
    const answer = await stead.deliver(alice, follow, { inbox: `${ACTOR}/inbox` });
    expect(answer.status).toBe(202);
    expect(stead.world.requests).toEqual([]);
    await stead.settle();
    expect(await stead.followers()).toEqual([alice.id]);
    const [accept] = alice.received("Accept");
    expect(accept).toMatchObject({
      type: "Accept",
      actor: ACTOR,
      object: { id: follow["id"], type: "Follow", actor: alice.id, object: ACTOR },
    });
    expect(alice.host.arrived.every((one) => one.verified)).toBe(true);
    stead.world.assertNothingUnexpected();
  });

  it("takes a Follow however long the stead's address is, though D1 takes no long pattern", async () => {
    await env.DB.prepare("UPDATE owner SET origin = ?")
      .bind(`https://${"a".repeat(60)}.example`)
      .run();
    const alice = await stead.peer("alice");
    await stead.followedBy(alice);
    expect(await stead.followers()).toEqual([alice.id]);
    const [log] = await rows("SELECT count, arrived FROM follower_log");
    expect(log).toEqual({ count: 1, arrived: 1 });
    const authorization = `Bearer ${await tokenFor(stead, ["read"])}`;
    const told = await stead.fetch("/api/v1/notifications", { headers: { authorization } });
    expect(await told.json()).toMatchObject([{ type: "follow" }]);
  });

  it("sends a post, its edit and its deletion to every follower's server once", async () => {
    const [alice, bob, carol] = [
      await stead.peer("alice"),
      await stead.peer("bob"),
      await stead.peer("carol", "c.test"),
    ];
    await stead.followedBy(alice, bob, carol);
    const id = await stead.publishes("Hello #world");
    expect(alice.received("Create")).toHaveLength(1);
    expect(carol.received("Create")).toHaveLength(1);
    expect(alice.received("Create")[0]).toMatchObject({
      object: { id: `https://me.test/posts/${id}`, type: "Note" },
    });
  });
});
