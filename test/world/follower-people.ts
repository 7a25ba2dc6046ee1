/** The people of a follower world: where they live, what their documents say, and whom they follow. */
import { generateKeyPairSync, type KeyObject } from "node:crypto";
import { type Names, namesOf } from "../load/softwares.ts";

/** How a server signs: draft-cavage, as most do, or RFC 9421, as newer Mastodons do. */
export type Signs = "cavage" | "rfc9421";

/** One server: a port of loopback. */
export interface Home {
  readonly origin: string;
  /** `localhost:port`. */
  readonly host: string;
  readonly signs: Signs;
}

/** Asked: no Accept has come. */
export interface Follow {
  readonly id: string;
  state: "asked" | "accepted";
}

export interface Follower extends Names {
  readonly name: string;
  /** user@host. */
  readonly address: string;
  readonly home: Home;
  readonly privateKey: KeyObject;
  readonly pem: string;
  /** By the id of who is followed. */
  readonly follows: Map<string, Follow>;
  /** Says that it has moved there. */
  movedTo: string | null;
  /** What its followers collection says; who they are is hidden, as many have it. */
  followers: number;
}

/** A few keys serve everybody; making one takes 100 ms. */
const keys = Array.from({ length: 3 }, () => generateKeyPairSync("rsa", { modulusLength: 2048 }));
let made = 0;

export function personAt(home: Home, name: string): Follower {
  const { privateKey, publicKey } = keys[made++ % keys.length]!;
  const https = namesOf("mastodon", home.host, name);
  const names = Object.fromEntries(
    Object.entries(https).map(([what, url]) => [what, url.replace(`https://${home.host}`, home.origin)]),
  ) as unknown as Names;
  return {
    ...names,
    name,
    address: `${name}@${home.host}`,
    home,
    privateKey,
    pem: publicKey.export({ type: "spki", format: "pem" }) as string,
    follows: new Map(),
    movedTo: null,
    followers: 0,
  };
}

/** What a GET of this path is answered with, as JSON; null: nothing is there. */
export function documentAt(home: Home, people: ReadonlyMap<string, Follower>, url: URL): object | null {
  switch (url.pathname) {
    case "/.well-known/webfinger":
      return finger(home, people, url.searchParams.get("resource") ?? "");
    case "/.well-known/nodeinfo":
      return {
        links: [
          { rel: "http://nodeinfo.diaspora.software/ns/schema/2.0", href: `${home.origin}/nodeinfo/2.0` },
        ],
      };
    case "/nodeinfo/2.0":
      return { version: "2.0", software: { name: "mastodon", version: "4.5.2" }, protocols: ["activitypub"] };
    default: {
      const person = people.get(`${home.origin}${url.pathname.replace(/\/followers$/, "")}`);
      if (!person) return null;
      return url.pathname.endsWith("/followers") ? collectionOf(person) : actorOf(person);
    }
  }
}

function finger(home: Home, people: ReadonlyMap<string, Follower>, resource: string): object | null {
  const [, name, host] = /^acct:([^@]+)@(.+)$/.exec(resource) ?? [];
  const person = host === home.host ? people.get(`${home.origin}/users/${name}`) : undefined;
  if (!person) return null;
  return {
    subject: `acct:${person.address}`,
    aliases: [person.id],
    links: [{ rel: "self", type: "application/activity+json", href: person.id }],
  };
}

const CONTEXT = ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"];

function collectionOf({ id, followers }: Follower): object {
  return {
    "@context": CONTEXT,
    id: `${id}/followers`,
    type: "OrderedCollection",
    totalItems: followers,
  };
}

function actorOf(person: Follower): object {
  const { id, name, inbox, sharedInbox, keyId, pem, movedTo, home } = person;
  return {
    "@context": CONTEXT,
    id,
    type: "Person",
    preferredUsername: name,
    name: `${name} of ${home.host}`,
    url: id.replace("/users/", "/@"),
    inbox,
    outbox: `${id}/outbox`,
    followers: `${id}/followers`,
    following: `${id}/following`,
    endpoints: { sharedInbox },
    manuallyApprovesFollowers: false,
    publicKey: { id: keyId, owner: id, publicKeyPem: pem },
    ...(movedTo === null ? {} : { movedTo }),
  };
}
