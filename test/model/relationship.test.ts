import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { UnixMs } from "../../worker/kernel/brand.ts";
import { decideFollow, type FollowDecision, type FollowFacts } from "../../worker/model/relationship.ts";

const at = (ms: number) => ms as UnixMs;
const stranger: FollowFacts = {
  followIri: "https://a.test/follows/1",
  receivedAt: at(1_000),
  locked: false,
  moved: false,
  blocked: false,
  follower: null,
  requested: null,
  followEventAt: at(0),
  undone: false,
};
const follower = { followIri: stranger.followIri };

describe("a Follow", () => {
  it.each<[string, Partial<FollowFacts>, FollowDecision]>([
    ["of a stranger is accepted", {}, { kind: "accept" }],
    ["without an id, as Pixelfed sends it, is accepted", { followIri: null }, { kind: "accept" }],
    [
      "in the same millisecond as the last event is not older",
      { followEventAt: at(1_000) },
      { kind: "accept" },
    ],
    [
      "older than what was applied changes nothing",
      { followEventAt: at(1_001) },
      { kind: "ignore", reason: "stale" },
    ],
    [
      "that was taken back before it came changes nothing",
      { undone: true },
      { kind: "ignore", reason: "undone" },
    ],
    ["of somebody blocked changes nothing", { blocked: true }, { kind: "ignore", reason: "blocked" }],
    ["once more asks for its Accept again", { follower }, { kind: "repeat" }],
    [
      "of a follower without an id asks for its Accept again",
      { follower, followIri: null },
      { kind: "repeat" },
    ],
    [
      "of a follower under a new id renews it",
      { follower: { followIri: "https://a.test/follows/0" } },
      { kind: "renew" },
    ],
    [
      "of a follower who had none, with an id, renews it",
      { follower: { followIri: null } },
      { kind: "renew" },
    ],
    ["to an account that has moved is refused", { moved: true }, { kind: "reject" }],
    [
      "of a follower of an account that has moved is the same again",
      { moved: true, follower },
      { kind: "repeat" },
    ],
    ["to a locked account waits", { locked: true }, { kind: "request" }],
    [
      "that waits already is a duplicate",
      { locked: true, requested: follower },
      { kind: "ignore", reason: "duplicate" },
    ],
    [
      "that waits under an older id waits under the new one",
      { locked: true, requested: { followIri: "x" } },
      { kind: "request" },
    ],
    [
      "of a follower, after the account was locked, is no request",
      { locked: true, follower },
      { kind: "repeat" },
    ],
    [
      "of a blocked follower changes nothing",
      { blocked: true, follower },
      { kind: "ignore", reason: "blocked" },
    ],
  ])("%s", (_, change, decision) => {
    expect(decideFollow({ ...stranger, ...change })).toEqual(decision);
  });

  it("never lets anybody in who is blocked, who took it back, or whom a locked account has not decided on, or who comes after the owner has gone", () => {
    const iri = fc.constantFrom(null, "https://a.test/follows/1", "https://a.test/follows/2");
    const time = fc.integer({ min: 0, max: 5 }).map(at);
    const facts = fc.record<FollowFacts>({
      followIri: iri,
      receivedAt: time,
      locked: fc.boolean(),
      moved: fc.boolean(),
      blocked: fc.boolean(),
      follower: fc.option(fc.record({ followIri: iri })),
      requested: fc.option(fc.record({ followIri: iri })),
      followEventAt: time,
      undone: fc.boolean(),
    });
    fc.assert(
      fc.property(facts, (one) => {
        const { kind } = decideFollow(one);
        const { blocked, undone, locked, moved, follower: known, receivedAt, followEventAt } = one;
        const welcome = !blocked && !undone && receivedAt >= followEventAt;
        const stranger = moved ? ["reject"] : locked ? ["request", "ignore"] : ["accept"];
        const expected = known ? ["renew", "repeat"] : stranger;
        expect(welcome ? expected : ["ignore"]).toContain(kind);
      }),
    );
  });
});
