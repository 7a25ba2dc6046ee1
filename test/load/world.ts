/**
 * A fediverse on one loopback port: hosts that serve their people's documents and take what is POSTed to them, verified. It lives in
 * the driver, so that it remembers while the stead is killed. Which host is meant stands in `x-world-url`.
 */
import { createPublicKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

import { problemOf } from "./cavage.ts";

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
  readonly object?: unknown;
}

export interface Person {
  readonly host: string;
  readonly id: string;
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly pem: string;
}

/** A few keys serve everybody: making one takes 100 ms. */
const KEYS = 4;

export class World {
  readonly #keys = Array.from({ length: KEYS }, () => generateKeyPairSync("rsa", { modulusLength: 2048 }));
  readonly #pems = this.#keys.map(
    ({ publicKey }) => publicKey.export({ type: "spki", format: "pem" }) as string,
  );
  readonly #health = new Map<string, Health>();
  readonly #people = new Map<string, Person>();
  readonly #server: Server;
  /** What is wrong with what arrived: bad signatures, hosts nobody has. Must stay empty. */
  readonly problems: string[] = [];
  /** GETs of documents. */
  fetches = 0;
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

  person(host: string, name: string): Person {
    const id = `https://${host}/users/${name}`;
    const n = this.#people.size % KEYS;
    const { privateKey } = this.#keys[n]!;
    const person = { host, id, keyId: `${id}#main-key`, privateKey, pem: this.#pems[n]! };
    this.#people.set(id, person);
    if (!this.#health.has(host)) this.host(host);
    return person;
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(String(request.headers["x-world-url"]));
    const body = await bodyOf(request);
    const health = this.#health.get(url.host);
    if (!health) {
      this.problems.push(`${request.method} ${url.href}: nobody lives there`);
      response.destroy();
      return;
    }
    if (request.method !== "POST") return this.#answerGet(url, response);
    if (health.kind === "refuses") return void response.destroy();
    if (health.kind === "hangs") return;
    if (health.kind === "slow") await sleep(health.ms);
    this.#take(url, request, body);
    response.writeHead(202).end();
  }

  #answerGet(url: URL, response: ServerResponse): void {
    this.fetches++;
    const person = this.#people.get(url.href);
    if (!person) return void response.writeHead(404).end();
    const document = {
      "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
      id: person.id,
      type: "Person",
      preferredUsername: person.id.slice(person.id.lastIndexOf("/") + 1),
      inbox: `${person.id}/inbox`,
      outbox: `${person.id}/outbox`,
      followers: `${person.id}/followers`,
      endpoints: { sharedInbox: `https://${person.host}/inbox` },
      publicKey: { id: person.keyId, owner: person.id, publicKeyPem: person.pem },
    };
    response.writeHead(200, { "content-type": "application/activity+json" }).end(JSON.stringify(document));
  }

  #take(url: URL, request: IncomingMessage, body: string): void {
    const stead = this.#stead;
    if (!stead) throw new Error("a POST before the stead was known");
    const headers = request.headers as Record<string, string | undefined>;
    const problem = problemOf({ url, headers, body }, stead.keyId, stead.publicKey);
    if (problem) return void this.problems.push(`POST ${url.href}: ${problem}`);
    const activity = JSON.parse(body) as Activity;
    this.arrived({ host: url.host, path: url.pathname, activity, body, at: performance.now() });
  }
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  let text = "";
  request.setEncoding("utf8");
  for await (const chunk of request) text += String(chunk);
  return text;
}
