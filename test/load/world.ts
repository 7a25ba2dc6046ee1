/**
 * A fediverse on one loopback port: hosts that serve their people's documents and take what is POSTed to them, verified. It lives in
 * the driver, so that it remembers while the stead is killed. Which host is meant stands in `x-world-url`.
 */
import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { problemOf, type Received } from "./cavage.ts";
import { messageProblemOf } from "./rfc9421.ts";
import { type Names, namesOf } from "./softwares.ts";

/** How a host takes a POST. */
export type Health =
  | { kind: "well" }
  | { kind: "slow"; ms: number }
  /** Hangs up at once. */
  | { kind: "refuses" }
  /** Takes the request and never answers. */
  | { kind: "hangs" };

export interface Arrival {
  readonly host: string;
  readonly path: string;
  readonly activity: Activity;
  readonly body: string;
  /** performance.now() when the body was in. */
  readonly at: number;
}

export interface Activity {
  readonly id?: unknown;
  readonly type?: unknown;
  readonly actor?: unknown;
  readonly object?: unknown;
}

export interface Person extends Names {
  readonly host: string;
  readonly privateKey: KeyObject;
  readonly pem: string;
}

/** A few keys serve everybody, and one that is nobody's; making one takes 100 ms. */
const KEYS = 4;

export class World {
  readonly #keys = Array.from({ length: KEYS }, () => generateKeyPairSync("rsa", { modulusLength: 2048 }));
  readonly #pems = this.#keys.map(
    ({ publicKey }) => publicKey.export({ type: "spki", format: "pem" }) as string,
  );
  /** Signs for nobody: no document lists it. */
  readonly nobodysKey = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
  readonly #health = new Map<string, Health>();
  readonly #people = new Map<string, Person>();
  readonly #server: Server;
  /** What is wrong with what arrived: bad signatures, hosts nobody has. Must stay empty. */
  readonly problems: string[] = [];
  /** GETs of documents. */
  fetches = 0;
  /** Those of them whose signature was asked for and held. */
  signedFetches = 0;
  /** Those that were refused because they were not signed at all. */
  unsignedFetches = 0;
  /** Hosts that answer nothing at all: whoever asks them is hung up on. */
  readonly away = new Set<string>();
  /** Hosts that show documents only to who signs. */
  readonly secure = new Set<string>();
  /** How long a host takes to find a document, in ms. */
  readonly slowness = new Map<string, number>();
  /** How the stead calls itself, and from when on (performance.now()). */
  readonly userAgents = new Map<string, number>();
  /** Called for each POST that verified, before it is answered. */
  arrived: (arrival: Arrival) => void = () => {};
  #stead: { keyId: string; publicKey: KeyObject } | null = null;

  constructor() {
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch((cause: unknown) => {
        this.problems.push(String(cause));
        response.destroy();
      });
    });
    this.#server.keepAliveTimeout = 60_000;
  }

  async listen(): Promise<number> {
    await new Promise<void>((ready) => this.#server.listen(0, "127.0.0.1", ready));
    return (this.#server.address() as AddressInfo).port;
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }

  /** Whose signatures are expected: the actor document of the stead. */
  knows(actor: { publicKey: { id: string; publicKeyPem: string } }): void {
    const { id, publicKeyPem } = actor.publicKey;
    this.#stead = { keyId: id, publicKey: createPublicKey(publicKeyPem) };
  }

  host(name: string, health: Health = { kind: "well" }): void {
    this.#health.set(name, health);
  }

  person(host: string, name: string, names: Names = namesOf("mastodon", host, name)): Person {
    const n = this.#people.size % KEYS;
    const { privateKey } = this.#keys[n]!;
    const person = { ...names, host, privateKey, pem: this.#pems[n]! };
    this.#people.set(person.id, person);
    if (!this.#health.has(host)) this.host(host);
    return person;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(String(request.headers["x-world-url"]));
    const body = await bodyOf(request);
    const health = this.#health.get(url.host);
    const agent = String(request.headers["user-agent"]);
    if (!this.userAgents.has(agent)) this.userAgents.set(agent, performance.now());
    if (!health) {
      this.problems.push(`${request.method} ${url.href}: nobody lives there`);
      response.destroy();
      return;
    }
    if (this.away.has(url.host)) return void response.destroy();
    const headers = request.headers as Received["headers"];
    if (request.method !== "POST") return this.#answerGet({ method: "GET", url, headers, body }, response);
    if (health.kind === "refuses") return void response.destroy();
    if (health.kind === "hangs") return;
    if (health.kind === "slow") await sleep(health.ms);
    this.#take({ method: "POST", url, headers, body });
    response.writeHead(202).end();
  }

  async #answerGet(request: Received, response: ServerResponse): Promise<void> {
    const { url } = request;
    this.fetches++;
    const slowness = this.slowness.get(url.host);
    if (slowness) await sleep(slowness);
    if (this.secure.has(url.host)) {
      // Who signs wrongly is a problem of ours; who does not sign at all is only not answered.
      const problem = "signature" in request.headers ? this.#problemOf(request) : "not signed";
      if (problem === "not signed") this.unsignedFetches++;
      else if (problem) this.problems.push(`GET ${url.href}: ${problem}`);
      if (problem) return void response.writeHead(401).end();
      this.signedFetches++;
    }
    const person = this.#people.get(url.href);
    if (!person) return void response.writeHead(404).end();
    response
      .writeHead(200, { "content-type": "application/activity+json" })
      .end(JSON.stringify(documentOf(person)));
  }

  #take(request: Received): void {
    const { url, body } = request;
    const problem = this.#problemOf(request);
    if (problem) return void this.problems.push(`POST ${url.href}: ${problem}`);
    const activity = JSON.parse(body) as Activity;
    this.arrived({ host: url.host, path: url.pathname, activity, body, at: performance.now() });
  }

  #problemOf(request: Received): string | null {
    const stead = this.#stead;
    if (!stead) throw new Error("a request before the stead was known");
    const check = "signature-input" in request.headers ? messageProblemOf : problemOf;
    return check(request, stead.keyId, stead.publicKey);
  }
}

function documentOf(person: Person) {
  return {
    "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
    id: person.id,
    type: "Person",
    preferredUsername: person.id.slice(person.id.lastIndexOf("/") + 1),
    name: `One of the people of ${person.host}`,
    summary: "<p>Somebody who says a few words about who they are, as most people do.</p>",
    url: person.id.replace("/users/", "/@"),
    manuallyApprovesFollowers: false,
    inbox: person.inbox,
    outbox: `${person.id}/outbox`,
    followers: `${person.id}/followers`,
    following: `${person.id}/following`,
    endpoints: { sharedInbox: person.sharedInbox },
    publicKey: { id: person.keyId, owner: person.id, publicKeyPem: person.pem },
  };
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  request.setEncoding("utf8");
  for await (const chunk of request) text += String(chunk);
  return text;
}
