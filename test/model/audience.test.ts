import fc from "fast-check";
import { describe, expect, it } from "vitest";

import type { Iri } from "../../worker/kernel/brand.ts";
import {
  addressing,
  canSee,
  PUBLIC,
  reachesFollowers,
  VISIBILITIES,
  visibilityOf,
  type Viewer,
  type Visibility,
} from "../../worker/model/audience.ts";

const FOLLOWERS = "https://me.test/actor/followers" as Iri;
const ALICE = "https://a.test/users/alice" as Iri;
const EVE = "https://e.test/users/eve" as Iri;
const visibility = fc.constantFrom(...VISIBILITIES);

const peer = (iri: Iri, follower: boolean, blocked = false): Viewer => ({
  kind: "peer",
  iri,
  follower,
  blocked,
});

describe("who may see a post that names alice", () => {
  it.each<[string, Viewer, Record<Visibility, boolean>]>([
    ["the owner", { kind: "owner" }, { public: true, quiet: true, followers: true, direct: true }],
    ["anybody", { kind: "anonymous" }, { public: true, quiet: true, followers: false, direct: false }],
    ["alice, who is named", peer(ALICE, false), { public: true, quiet: true, followers: true, direct: true }],
    ["a follower", peer(EVE, true), { public: true, quiet: true, followers: true, direct: false }],
    [
      "a stranger or one whose request waits",
      peer(EVE, false),
      { public: true, quiet: true, followers: false, direct: false },
    ],
    [
      "a blocked follower",
      peer(EVE, true, true),
      { public: false, quiet: false, followers: false, direct: false },
    ],
    [
      "alice, blocked",
      peer(ALICE, true, true),
      { public: false, quiet: false, followers: false, direct: false },
    ],
  ])("%s", (_, viewer, expected) => {
    for (const kind of VISIBILITIES) {
      expect([kind, canSee(viewer, { visibility: kind, mentions: [{ iri: ALICE }] })]).toEqual([
        kind,
        expected[kind],
      ]);
    }
  });

  it("nobody unproven sees what is not addressed to the public", () => {
    fc.assert(
      fc.property(visibility, fc.boolean(), (kind, follower) => {
        const { to, cc } = addressing(kind, FOLLOWERS, [ALICE]);
        const open = [...to, ...cc].includes(PUBLIC);
        expect(canSee({ kind: "anonymous" }, { visibility: kind, mentions: [] })).toBe(open);
        const seen = canSee(peer(EVE, follower), { visibility: kind, mentions: [] });
        expect(seen).toBe(open || (follower && [...to, ...cc].includes(FOLLOWERS)));
      }),
    );
  });
});

describe("how a post is addressed", () => {
  it.each<[Visibility, Iri[], Iri[]]>([
    ["public", [PUBLIC], [FOLLOWERS, ALICE]],
    ["quiet", [FOLLOWERS], [PUBLIC, ALICE]],
    ["followers", [FOLLOWERS], [ALICE]],
    ["direct", [ALICE], []],
  ])("%s", (kind, to, cc) => {
    expect(addressing(kind, FOLLOWERS, [ALICE])).toEqual({ to, cc });
  });

  it("is read back as what it was, and goes to followers exactly when they are addressed", () => {
    fc.assert(
      fc.property(visibility, fc.array(fc.constantFrom(ALICE, EVE)), (kind, mentioned) => {
        const { to, cc } = addressing(kind, FOLLOWERS, mentioned);
        expect(visibilityOf(to, cc, FOLLOWERS)).toBe(kind);
        expect(reachesFollowers(kind)).toBe([...to, ...cc].includes(FOLLOWERS));
      }),
    );
  });

  it.each<[string, string[], string[], Visibility]>([
    ["as:Public", ["as:Public"], [], "public"],
    ["Public", ["Public"], [], "public"],
    ["Public in cc", [ALICE], ["as:Public"], "quiet"],
    ["the author's followers", ["https://x.test/u/1/following-me"], [], "followers"],
    ["what looks like somebody's followers", ["https://x.test/u/2/followers/"], [], "followers"],
    ["people only", [ALICE], [EVE], "direct"],
    ["nobody", [], [], "direct"],
  ])("of a remote post to %s is taken in the narrower sense", (_, to, cc, expected) => {
    expect(visibilityOf(to, cc, "https://x.test/u/1/following-me")).toBe(expected);
  });
});
