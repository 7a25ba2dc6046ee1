/**
 * The Move of an account as each software sends it, and as the careless and the hostile do. `O` is the id of the old account, `N` of the
 * new one.
 */
import type { Doc } from "./peer.ts";
import { AS, PUBLIC } from "./shapes/software.ts";

export interface MoveVector {
  readonly name: string;
  readonly host: string;
  /** Of the old account. */
  readonly path: string;
  readonly move: (O: string, N: string) => Doc;
  /** Misskey says it with an Update first. */
  readonly before?: (O: string, N: string, document: Doc) => Doc;
}

const originOf = (iri: string) => new URL(iri).origin;
const move = (id: string, O: string, N: string, fields: Doc = {}): Doc => ({
  "@context": AS,
  id,
  type: "Move",
  actor: O,
  object: O,
  target: N,
  ...fields,
});
const person = (id: string): Doc => ({
  id,
  type: "Person",
  preferredUsername: "alice",
  inbox: `${id}/inbox`,
  outbox: `${id}/outbox`,
});

/** Those that are believed when both accounts agree. */
export const MOVES: readonly MoveVector[] = [
  {
    name: "1 mastodon-move: to nobody by name",
    host: "ma.test",
    path: "/users/alice",
    move: (O, N) => move(`${O}#moves/1`, O, N),
  },
  {
    name: "1b mastodon-move as its documentation has it: to the followers",
    host: "mb.test",
    path: "/ap/users/116",
    move: (O, N) => move(`${O}#moves/1`, O, N, { to: `${O}/followers` }),
  },
  {
    name: "2 gts-move: to the followers, Public in cc",
    host: "gts-move.test",
    path: "/users/alice",
    move: (O, N) => move(`${O}/moves/01JDB5MMZ4Q2RZ7T7V1HZ8X3QK`, O, N, { to: `${O}/followers`, cc: PUBLIC }),
  },
  {
    name: "3 misskey-move: after an Update that says movedTo",
    host: "mk-move.test",
    path: "/users/9abc",
    move: (O, N) => move(`${originOf(O)}/moves/9abc/9def`, O, N),
    before: (O, N, document) => ({
      "@context": AS,
      id: `${O}#updates/1732248000000`,
      type: "Update",
      actor: O,
      to: [PUBLIC],
      object: { ...document, movedTo: N, alsoKnownAs: [N] },
    }),
  },
  {
    name: "4 pleroma-move: to a list of one",
    host: "pl-move.test",
    path: "/users/alice",
    move: (O, N) => move(`${originOf(O)}/activities/db61d52b`, O, N, { to: [`${O}/followers`] }),
  },
  {
    name: "5 pixelfed-move: `to` a string",
    host: "px-move.test",
    path: "/users/alice",
    move: (O, N) => move(`${O}#moves/1`, O, N, { to: `${O}/followers` }),
  },
  {
    name: "6 wordpress-move: says the origin as well, and its ids differ in their query alone",
    host: "wp-move.test",
    path: "/?author=1",
    move: (O, N) => move(`${originOf(O)}/?p=77#activity-move`, O, N, { origin: O, to: [PUBLIC] }),
  },
  {
    name: "7 bridgy-move: an id that holds the new account's",
    host: "bsky.brid.gy",
    path: "/ap/did:plc:x",
    move: (O, N) => move(`${O}#move-${N}`, O, N, { to: [PUBLIC] }),
  },
  {
    name: "8 ghost-move: the people embedded",
    host: "gh-move.test",
    path: "/.ghost/activitypub/users/index",
    move: (O, N) =>
      move(`${originOf(O)}/.ghost/activitypub/move/0b9c`, O, N, {
        actor: person(O),
        object: person(O),
        target: person(N),
      }),
  },
];

/** Pixelfed 0.11.13: the new account speaks, signed by the old one. */
export const swapped = (O: string, N: string): Doc => move(`${N}#moves/1`, N, O, { to: `${N}/followers` });

/** FEP-7628, pull: the new account says it, when the old server is dead. */
export const pulled = (O: string, N: string): Doc => move(`${N}#moves/1`, N, N, { object: O });
