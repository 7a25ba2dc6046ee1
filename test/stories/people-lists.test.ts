import { beforeEach, describe, expect, it } from "vitest";

import { followerLogQuery, newestFollowers } from "../../worker/store/followers.ts";
import { homeBefore } from "../../worker/store/posts.ts";
import { ACTOR, Stead } from "../fediverse/stead.ts";

const NEWEST = Number.MAX_SAFE_INTEGER;

describe("people and posts, read together with what else a page needs", () => {
  let stead: Stead;
  beforeEach(async () => {
    stead = await Stead.claimed();
  });

  it("keeps the columns of joined tables apart in a batch, although both have an id", async () => {
    const [alice, bob] = [await stead.peer("alice"), await stead.peer("bob")];
    await stead.followedBy(alice, bob);
    const id = await stead.publishes("Hello");
    const { db } = await stead.ctx();
    const [[log], followers, home] = await db.batch([
      followerLogQuery(db),
      newestFollowers(db, NEWEST, 10),
      homeBefore(db, NEWEST, 10),
    ]);
    expect(log).toMatchObject({ count: 2 });
    expect(followers.map(({ peer }) => peer.iri)).toEqual([bob.id, alice.id]);
    expect(followers[0]).toEqual((await newestFollowers(db, NEWEST, 1))[0]);
    expect(home).toMatchObject([{ post: { id }, peer: null }]);
  });

  it("names the followers to peers that ask, newest first", async () => {
    const [alice, bob] = [await stead.peer("alice"), await stead.peer("bob")];
    await stead.followedBy(alice, bob);
    const page = await stead.getJson("/actor/followers?page=1");
    expect(page).toMatchObject({
      id: `${ACTOR}/followers?page=1`,
      orderedItems: [bob.id, alice.id],
    });
  });
});
