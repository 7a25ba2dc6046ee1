/**
 * Servers of followers on loopback, a port each. Their people follow, take Accepts by the pair of who follows whom, and go along when
 * somebody moves, by Mastodon's rules (`ActivityPub::Activity::Move`, `UnfollowFollowWorker`): the target is fetched fresh and has to name
 * the old account; each of them follows it from their own account at its personal inbox, and unfollows the old one at once.
 */
import { createPublicKey, type KeyObject, randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { Certificates } from "../../scripts/tls-proxy.ts";
import { problemOf, type Received } from "../load/cavage.ts";
import { messageProblemOf } from "../load/rfc9421.ts";
import { FollowerMail } from "./follower-mail.ts";
import { documentAt, type Follower, type Home, personAt } from "./follower-people.ts";
import { atTheEnd, freePort } from "./processes.ts";

const ACTIVITY = "application/activity+json";
const CONTEXT = "https://www.w3.org/ns/activitystreams";

export interface Activity {
  readonly id: string;
  readonly type: string;
  readonly actor: string;
  readonly object: string | Readonly<Record<string, unknown>>;
  readonly target?: string;
}

interface RemoteActor {
  readonly id: string;
  readonly inbox: string;
  readonly alsoKnownAs?: readonly string[];
  readonly movedTo?: string;
  readonly publicKey: { readonly id: string; readonly publicKeyPem: string };
}

export class FollowerWorld {
  readonly people: Follower[] = [];
  readonly mail = new FollowerMail();
  /** What arrived and was verified, with the server it came to. */
  readonly arrived: { readonly home: Home; readonly activity: Activity }[] = [];
  /** What arrived and was not believed, or did not fit: must stay empty. */
  readonly problems: string[] = [];
  readonly #byId = new Map<string, Follower>();
  readonly #keys = new Map<string, Promise<KeyObject>>();
  /** Server and mover of each Move that was obeyed: once in seven days. */
  readonly #moves = new Set<string>();
  readonly #homes: Home[] = [];

  /** With certificates they speak https, without plain http. */
  static async start(hosts: number, certificates?: Certificates): Promise<FollowerWorld> {
    const world = new FollowerWorld();
    for (let n = 0; n < hosts; n++) {
      const port = await freePort();
      const host = `localhost:${port}`;
      const origin = `${certificates ? "https" : "http"}://${host}`;
      const home: Home = { host, origin, signs: n % 3 === 2 ? "rfc9421" : "cavage" };
      world.#homes.push(home);
      await world.#listen(home, port, certificates);
    }
    atTheEnd(() => world.mail.close());
    return world;
  }

  get homes(): readonly Home[] {
    return this.#homes;
  }

  /** How many servers have obeyed a Move. */
  get movesObeyed(): number {
    return this.#moves.size;
  }

  /** Somebody new; servers take turns. */
  person(name: string, home = this.#homes[this.people.length % this.#homes.length]!): Follower {
    const person = personAt(home, name);
    this.people.push(person);
    this.#byId.set(person.id, person);
    return person;
  }

  /** They ask to follow the account with this id. */
  async follow(who: readonly Follower[], id: string): Promise<void> {
    const { inbox } = await fetchActor(id);
    for (const person of who) this.#follow(person, id, inbox);
  }

  /** Their servers believe that they follow this account, and no message says so: it was long ago. */
  alreadyFollow(who: readonly Follower[], id: string): void {
    for (const person of who) person.follows.set(id, { id: followId(person), state: "accepted" });
  }

  /** They have asked, and what they sent was lost on the way. */
  askInVain(who: readonly Follower[], id: string): void {
    for (const person of who) person.follows.set(id, { id: followId(person), state: "asked" });
  }

  /** Those whose server knows that this account has accepted them. */
  accepted(id: string): Follower[] {
    return this.people.filter(({ follows }) => follows.get(id)?.state === "accepted");
  }

  /** Those who see it: it came to their server, and they follow its author. */
  readersOf(post: string): Follower[] {
    const creates = this.arrived.filter(
      ({ activity: { type, object } }) =>
        type === "Create" && typeof object === "object" && object["id"] === post,
    );
    return this.people.filter(({ home, follows }) =>
      creates.some((one) => one.home === home && follows.get(one.activity.actor)?.state === "accepted"),
    );
  }

  /** An account of this world presses Move, and these servers hear of it. */
  async press(old: Follower, target: string, homes: readonly Home[]): Promise<void> {
    old.movedTo = target;
    await Promise.all(homes.map((home) => this.#goAlong(home, old.id, target)));
  }

  async #goAlong(home: Home, old: string, target: string): Promise<void> {
    const lock = `${home.host} ${old}`;
    if (this.#moves.has(lock)) return;
    const actor = await fetchActor(target);
    if (!actor.alsoKnownAs?.includes(old))
      return void this.problems.push(`${target} does not name ${old} as its alias`);
    if (actor.movedTo) return void this.problems.push(`${target} has moved on to ${actor.movedTo}`);
    this.#moves.add(lock);
    const local = this.#byId.has(old);
    const left = local ? null : await fetchActor(old);
    for (const person of this.people) {
      const before = person.follows.get(old);
      if (person.home !== home || before?.state !== "accepted") continue;
      this.#follow(person, target, actor.inbox);
      person.follows.delete(old);
      if (left) this.mail.send({ from: person, to: left.inbox, activity: undo(person, before.id, old) });
    }
  }

  #follow(person: Follower, object: string, to: string): void {
    const id = followId(person);
    person.follows.set(object, { id, state: "asked" });
    const activity = { "@context": CONTEXT, id, type: "Follow", actor: person.id, object };
    this.mail.send({ from: person, to, activity });
  }

  async #listen(home: Home, port: number, certificates?: Certificates): Promise<void> {
    const serve = (request: IncomingMessage, response: ServerResponse): void => {
      this.#serve(home, request, response).catch((cause: unknown) => {
        this.problems.push(String(cause));
        response.destroy();
      });
    };
    const server: Server = certificates
      ? createTlsServer({ cert: readFileSync(certificates.cert), key: readFileSync(certificates.key) }, serve)
      : createServer(serve);
    await new Promise<void>((ready) => server.listen(port, "127.0.0.1", ready));
    atTheEnd(() => {
      server.close();
      server.closeAllConnections();
    });
  }

  async #serve(home: Home, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? "/", home.origin);
    const body = await bodyOf(request);
    if (request.method !== "POST") {
      const document = documentAt(home, this.#byId, url);
      if (document === null) return void response.writeHead(404).end();
      const type = url.pathname.startsWith("/users/") ? ACTIVITY : "application/json";
      return void response.writeHead(200, { "content-type": type }).end(JSON.stringify(document));
    }
    const headers = request.headers as Received["headers"];
    const activity = JSON.parse(body) as Activity;
    const problem = await this.#problemOf({ method: "POST", url, headers, body }, activity);
    // A server whose sender's key could not be had says so, and is asked again.
    if (problem) return void response.writeHead(401).end(problem);
    response.writeHead(202).end();
    await this.#take(home, activity);
  }

  async #problemOf(request: Received, { actor }: Activity): Promise<string | null> {
    const isMessage = "signature-input" in request.headers;
    const said = request.headers[isMessage ? "signature-input" : "signature"] ?? "";
    const [, keyId = ""] = /keyid="([^"]+)"/i.exec(said) ?? [];
    if (keyId.split("#")[0] !== actor) {
      this.problems.push(`${actor} is signed by ${keyId || "nobody"}`);
      return "signed by somebody else";
    }
    const key = await this.#keyOf(keyId).catch((cause: unknown) => String(cause));
    if (typeof key === "string") return key;
    const problem = (isMessage ? messageProblemOf : problemOf)(request, keyId, key);
    if (problem) this.problems.push(`POST ${request.url.href}: ${problem}`);
    return problem;
  }

  #keyOf(keyId: string): Promise<KeyObject> {
    const known = this.#keys.get(keyId);
    if (known) return known;
    const key = fetchActor(keyId.split("#")[0] ?? "").then(({ publicKey }) => {
      if (publicKey.id !== keyId) throw new Error(`the key there is ${publicKey.id}`);
      return createPublicKey(publicKey.publicKeyPem);
    });
    key.catch(() => this.#keys.delete(keyId));
    this.#keys.set(keyId, key);
    return key;
  }

  async #take(home: Home, activity: Activity): Promise<void> {
    this.arrived.push({ home, activity });
    const { type, actor, object, target } = activity;
    if (type === "Move" && object === actor && target) return this.#goAlong(home, actor, target);
    if (type !== "Accept" && type !== "Reject") return;
    const about = typeof object === "object" ? object : {};
    const person = this.#byId.get(String(about["actor"]));
    if (person?.home !== home || about["object"] !== actor)
      return void this.problems.push(`${type} of ${actor} is about ${JSON.stringify(object)}`);
    const follow = person.follows.get(actor);
    if (type === "Accept" && follow) follow.state = "accepted";
    if (type === "Reject") person.follows.delete(actor);
  }
}

const followId = ({ home }: Follower): string => `${home.origin}/${randomUUID()}`;

function undo({ id, home }: Follower, follow: string, object: string): object {
  const undone = { id: follow, type: "Follow", actor: id, object };
  return {
    "@context": CONTEXT,
    id: `${home.origin}/${randomUUID()}`,
    type: "Undo",
    actor: id,
    object: undone,
  };
}

/** As it is now: nothing is kept. */
async function fetchActor(id: string): Promise<RemoteActor> {
  const answer = await fetch(id, { headers: { accept: ACTIVITY } });
  if (!answer.ok) throw new Error(`${id} answered ${answer.status}`);
  const actor = (await answer.json()) as RemoteActor;
  if (actor.id !== id) throw new Error(`${id} calls itself ${actor.id}`);
  return actor;
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  request.setEncoding("utf8");
  for await (const chunk of request) text += String(chunk);
  return text;
}
