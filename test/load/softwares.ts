/** What tells the servers of the fediverse apart where they follow somebody: addresses, ids, Undo, signatures. */
import type { Random } from "./random.ts";

export type Software = "mastodon" | "gotosocial" | "misskey" | "pleroma" | "pixelfed";

/** Addresses of an account. */
export interface Names {
  readonly id: string;
  readonly keyId: string;
  readonly inbox: string;
  readonly sharedInbox: string;
}

/** Who follows whom; `id` null: the Follow has none. */
export interface Pair {
  readonly actor: string;
  readonly object: string;
  readonly id: string | null;
}

export interface Habits {
  /** How often it is met, out of 1. */
  readonly share: number;
  readonly contentType: string;
  /** draft-cavage: the algorithm it writes, and what it covers in which order. */
  readonly algorithm: "rsa-sha256" | "hs2019";
  readonly covered: string;
  /** Shows its accounts to signed requests only. */
  readonly secure: boolean;
  /** Which of our inboxes its Follow goes to. */
  readonly to: "personal" | "shared" | "either";
  readonly key: "#main-key" | "/main-key";
  readonly sharedInbox: "/inbox" | "/f/inbox";
  followId(random: Random, actor: string): string | null;
  /** The id under which its Undo names a Follow: not always the one that the Follow had. */
  undoneId(follow: Pair): string;
  undoId(random: Random, actor: string): string;
}

const hostOf = (actor: string) => new URL(actor).origin;
const named = ({ id, actor }: Pair) => id ?? `${actor}#follows/1`;
const ACTIVITY = "application/activity+json";
const LINKED_DATA = 'application/ld+json; profile="https://www.w3.org/ns/activitystreams"';

export const habits: Record<Software, Habits> = {
  mastodon: {
    share: 0.6,
    contentType: ACTIVITY,
    algorithm: "rsa-sha256",
    covered: "(request-target) host date digest content-type",
    secure: false,
    to: "either",
    key: "#main-key",
    sharedInbox: "/inbox",
    followId: (random, actor) => `${hostOf(actor)}/${random.uuid()}`,
    undoneId: named,
    undoId: (random, actor) => `${actor}#follows/${random.below(1e9)}/undo`,
  },
  gotosocial: {
    share: 0.12,
    contentType: ACTIVITY,
    algorithm: "hs2019",
    covered: "(request-target) host date digest",
    secure: true,
    to: "either",
    key: "/main-key",
    sharedInbox: "/inbox",
    followId: (random, actor) => `${actor}/follow/${random.ulid()}`,
    undoneId: named,
    undoId: (random, actor) => `${hostOf(actor)}/${random.ulid()}`,
  },
  misskey: {
    share: 0.14,
    contentType: ACTIVITY,
    algorithm: "rsa-sha256",
    covered: "(request-target) date host digest",
    secure: false,
    to: "personal",
    key: "#main-key",
    sharedInbox: "/inbox",
    followId: (random, actor) => `${hostOf(actor)}/follows/${random.ulid().toLowerCase()}`,
    undoneId: ({ actor }) => `${hostOf(actor)}/follows/${actor.split("/").at(-1)}/a0b1c2d3e4`,
    undoId: (random, actor) => `${hostOf(actor)}/follows/${random.ulid().toLowerCase()}/undo`,
  },
  pleroma: {
    share: 0.08,
    contentType: ACTIVITY,
    algorithm: "rsa-sha256",
    covered: "(request-target) content-length date digest host",
    secure: false,
    to: "either",
    key: "#main-key",
    sharedInbox: "/inbox",
    followId: (random, actor) => `${hostOf(actor)}/activities/${random.uuid()}`,
    undoneId: named,
    undoId: (random, actor) => `${hostOf(actor)}/activities/${random.uuid()}`,
  },
  pixelfed: {
    share: 0.06,
    contentType: LINKED_DATA,
    algorithm: "rsa-sha256",
    covered: "(request-target) date digest content-type host",
    secure: false,
    to: "shared",
    key: "#main-key",
    sharedInbox: "/f/inbox",
    followId: () => null,
    undoneId: named,
    undoId: (random, actor) => `${actor}#follow/${random.below(1e9)}/undo`,
  },
};

/** Whether its Undo finds a Follow that comes after it: only where it names the id that the Follow has. */
export function undoesById(software: Software): boolean {
  return software !== "misskey" && software !== "pixelfed";
}

export function namesOf(software: Software, host: string, user: string): Names {
  const id = `https://${host}/users/${user}`;
  const { key, sharedInbox } = habits[software];
  return { id, keyId: `${id}${key}`, inbox: `${id}/inbox`, sharedInbox: `https://${host}${sharedInbox}` };
}

const CONTEXT = "https://www.w3.org/ns/activitystreams";

export function followBody(software: Software, { id, actor, object }: Pair): string {
  const follow = { ...(id === null ? {} : { id }), type: "Follow", actor, object };
  if (software === "pleroma")
    return JSON.stringify({ "@context": CONTEXT, ...follow, state: "pending", to: [object], cc: [] });
  return JSON.stringify({
    "@context": CONTEXT,
    ...follow,
    ...(software === "gotosocial" ? { to: object } : {}),
  });
}

export function undoBody(software: Software, follow: Pair, id: string): string {
  const { actor, object } = follow;
  const undone = { id: habits[software].undoneId(follow), type: "Follow", actor, object };
  return JSON.stringify({ "@context": CONTEXT, id, type: "Undo", actor, object: undone });
}
