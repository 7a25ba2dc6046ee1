import { describe, expect, it } from "vitest";

import type { Iri } from "../../worker/kernel/brand.ts";
import { decideMove, type MoveFacts } from "../../worker/model/move.ts";

const OLD = "https://old.test/users/alice" as Iri;
const NEW = "https://new.test/users/alice" as Iri;
const SELF = "https://me.test/actor" as Iri;
const EVE = "https://e.test/users/eve" as Iri;

const agreed: MoveFacts = {
  actor: OLD,
  object: OLD,
  target: NEW,
  self: SELF,
  fetched: { iri: NEW, alsoKnownAs: [OLD], movedTo: null },
};

describe("a Move of somebody we follow", () => {
  it("is believed when it speaks of itself and the new account agrees", () => {
    expect(decideMove(agreed)).toEqual({ kind: "follow-along" });
  });

  it("is believed when the new account has further aliases", () => {
    expect(
      decideMove({ ...agreed, fetched: { iri: NEW, alsoKnownAs: [EVE, OLD], movedTo: null } }).kind,
    ).toBe("follow-along");
  });

  it.each<[string, Partial<MoveFacts>]>([
    ["it speaks of somebody else", { object: EVE }],
    ["it speaks of nobody", { object: null }],
    ["it names no target", { target: null }],
    ["the target is the mover", { target: OLD }],
    ["the target is the owner", { target: SELF }],
    ["the target could not be had", { fetched: null }],
    [
      "the target's document is another actor's",
      { fetched: { iri: EVE, alsoKnownAs: [OLD], movedTo: null } },
    ],
    ["the target has no alias", { fetched: { iri: NEW, alsoKnownAs: [], movedTo: null } }],
    ["the target's alias is somebody else", { fetched: { iri: NEW, alsoKnownAs: [EVE], movedTo: null } }],
    ["the target has moved on", { fetched: { iri: NEW, alsoKnownAs: [OLD], movedTo: EVE } }],
  ])("is ignored when %s", (_, change) => {
    expect(decideMove({ ...agreed, ...change }).kind).toBe("ignore");
  });
});
