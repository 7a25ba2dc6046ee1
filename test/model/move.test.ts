import { describe, expect, it } from "vitest";

import type { Iri } from "../../worker/kernel/brand.ts";
import { cannotBelieve, decideMove, type MoveFacts, type MoveTarget } from "../../worker/model/move.ts";

const OLD = "https://old.test/users/alice" as Iri;
const NEW = "https://new.test/users/alice" as Iri;
const SELF = "https://me.test/actor" as Iri;
const EVE = "https://e.test/users/eve" as Iri;

const said: MoveFacts = {
  actor: OLD,
  object: OLD,
  target: NEW,
  self: SELF,
  mover: "followed",
  hostBlocked: false,
};
const agrees: NonNullable<MoveTarget> = {
  iri: NEW,
  alsoKnownAs: [OLD],
  movedTo: null,
  blocked: false,
  blocksUs: false,
  followed: false,
};

describe("a Move of somebody we follow", () => {
  it("is believed when it speaks of itself and the new account agrees", () => {
    expect(cannotBelieve(said)).toBeNull();
    expect(decideMove(said, agrees)).toEqual({ kind: "follow-along" });
  });

  it.each<[string, Partial<MoveTarget>]>([
    ["has further aliases", { alsoKnownAs: [EVE, OLD] }],
    ["is followed already", { followed: true }],
  ])("is believed when the new account %s", (_, change) => {
    expect(decideMove(said, { ...agrees, ...change }).kind).toBe("follow-along");
  });

  it.each<[string, Partial<MoveFacts>]>([
    ["it speaks of somebody else", { object: EVE }],
    ["it speaks of nobody", { object: null }],
    ["it names no target", { target: null }],
    ["the target is the mover", { target: OLD }],
    ["the target is the owner", { target: SELF }],
    ["the owner wants nothing from the target's host", { hostBlocked: true }],
  ])("is ignored before anybody is asked when %s", (_, change) => {
    expect(cannotBelieve({ ...said, ...change })).not.toBeNull();
    expect(decideMove({ ...said, ...change }, agrees).kind).toBe("ignore");
  });

  it.each<[string, MoveTarget]>([
    ["the target could not be had", null],
    ["the target's document is another actor's", { ...agrees, iri: EVE }],
    ["the target has no alias", { ...agrees, alsoKnownAs: [] }],
    ["the target's alias is somebody else", { ...agrees, alsoKnownAs: [EVE] }],
    ["the target has moved on", { ...agrees, movedTo: EVE }],
    ["the target has moved back", { ...agrees, movedTo: OLD }],
    ["the owner blocks the target", { ...agrees, blocked: true }],
    ["the target blocks the owner", { ...agrees, blocksUs: true }],
  ])("is ignored when %s", (_, target) => {
    expect(decideMove(said, target).kind).toBe("ignore");
  });
});

describe("a Move of somebody we block", () => {
  const blocked: MoveFacts = { ...said, mover: "blocked" };
  it.each<[string, MoveTarget, string]>([
    ["takes the block along", agrees, "block-along"],
    ["takes it along also to an account that blocks us", { ...agrees, blocksUs: true }, "block-along"],
    ["takes it not to an account that we follow", { ...agrees, followed: true }, "ignore"],
    ["takes it to nobody who does not agree", { ...agrees, alsoKnownAs: [] }, "ignore"],
  ])("%s", (_, target, kind) => {
    expect(decideMove(blocked, target).kind).toBe(kind);
  });
});
