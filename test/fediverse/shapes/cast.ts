/** The peer softwares, and one person on each. */
import { publicPem } from "../../../worker/signatures/keys.ts";
import { FakePeer, type Doc, type SignOptions } from "../peer.ts";
import { ACTOR, ORIGIN, type Stead } from "../stead.ts";
import { ghost } from "./ghost.ts";
import { gotosocial } from "./gotosocial.ts";
import { lemmy } from "./lemmy.ts";
import { mastodon } from "./mastodon.ts";
import { misskey } from "./misskey.ts";
import { pixelfed } from "./pixelfed.ts";
import { pleroma } from "./pleroma.ts";
import { snac } from "./snac.ts";
import type { Me, Ours, Software } from "./software.ts";
import { threads } from "./threads.ts";
import { wordpress } from "./wordpress.ts";

export const cast: readonly Software[] = [
  mastodon,
  gotosocial,
  misskey,
  pleroma,
  pixelfed,
  threads,
  wordpress,
  ghost,
  snac,
  lemmy,
];

/** Those that send all of these, each with its name for a table of tests. */
export function thatSend<V extends keyof Software>(...verbs: V[]) {
  const able = cast.filter((software) => verbs.every((verb) => software[verb] !== undefined));
  return able.map((software): [string, Software & Required<Pick<Software, V>>] => [
    software.name,
    software as Software & Required<Pick<Software, V>>,
  ]);
}

/** Somebody on a server of that software. */
export interface Member {
  readonly peer: FakePeer;
  readonly me: Me;
  readonly stead: Stead;
  /** Sends it as their server would, to the inbox it would choose. */
  readonly send: (activity: Doc, options?: SignOptions & { inbox?: string }) => Promise<Response>;
}

let numbers = 1000;
const members = new WeakMap<Stead, Map<string, Promise<Member>>>();

/** The person of that name there; the same one each time. */
export function member(stead: Stead, software: Software, name = "alice"): Promise<Member> {
  const known = members.get(stead) ?? new Map<string, Promise<Member>>();
  members.set(stead, known);
  const joined = known.get(`${name} ${software.name}`) ?? join(stead, software, name);
  known.set(`${name} ${software.name}`, joined);
  return joined;
}

/** A server each, but for Alice a plainly named one: a Ghost site has one actor. */
const hostFor = (software: Software, name: string) =>
  name === "alice" ? software.host : `${name}.${software.host}`;

/** A new person of that software, on that host. */
export async function join(
  stead: Stead,
  software: Software,
  name: string,
  host = hostFor(software, name),
): Promise<Member> {
  const origin = `https://${host}`;
  const id = software.actorId(origin, name);
  const peer = await stead.peer(name, host, id.slice(origin.length));
  peer.host.documents.delete(new URL(peer.id).pathname);
  peer.keyId = software.keyId(id);
  const me: Me = {
    id,
    name,
    host,
    origin,
    keyId: peer.keyId,
    pem: await publicPem(peer.pair.publicKey),
    next: () => String(++numbers),
  };
  peer.document = software.actor(me);
  peer.publishDocument();
  const inbox = software.inbox === "shared" ? `${ORIGIN}/inbox` : `${ACTOR}/inbox`;
  const send = (activity: Doc, options: SignOptions & { inbox?: string } = {}) =>
    stead.deliver(peer, activity, { inbox, ...software.signs, ...options });
  return { peer, me, stead, send };
}

/** The stead and one of its posts, as peers speak of them. */
export const ours = (post: number): Ours => ({
  actor: ACTOR,
  handle: "me@me.test",
  post: `${ORIGIN}/posts/${post}`,
});
