/** A remote actor of the cast: a real key, a document, an inbox that verifies what it is sent. */
import type { Iri, UnixMs } from "../../worker/kernel/brand.ts";
import { sha256 } from "../../worker/signatures/digest.ts";
import { publicPem } from "../../worker/signatures/keys.ts";
import { readSignature } from "../../worker/signatures/read.ts";
import { signCavage, signRfc9421 } from "../../worker/signatures/sign.ts";
import { importPublicKey, verify } from "../../worker/signatures/verify.ts";
import type { World } from "./world.ts";

export type Doc = Record<string, unknown>;

export interface Arrived {
  readonly path: string;
  readonly activity: Doc;
  /** The stead's signature held. */
  readonly verified: boolean;
}

const pairs: Promise<CryptoKeyPair>[] = [];

/** A few keys serve the whole cast: making an RSA key takes 100 ms. */
function keyPair(n: number): Promise<CryptoKeyPair> {
  const algorithm = {
    name: "RSASSA-PKCS1-v1_5",
    modulusLength: 2048,
    publicExponent: new Uint8Array([1, 0, 1]),
    hash: "SHA-256",
  };
  pairs[n % 4] ??= crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]) as Promise<CryptoKeyPair>;
  return pairs[n % 4]!;
}

/** A server of the cast. Serves its peers' documents and takes POSTs; `answer` may be replaced to make it ill. */
export class FakeHost {
  readonly name: string;
  readonly origin: string;
  readonly peers: FakePeer[] = [];
  readonly documents = new Map<string, Doc>();
  readonly arrived: Arrived[] = [];
  /** What a POST to any inbox is answered. */
  post: (request: Request) => Response | Promise<Response> = () => new Response(null, { status: 202 });
  /** What a GET is answered, before the documents are looked at; null: the documents. */
  get: (request: Request) => Response | Promise<Response> | null = () => null;

  constructor(world: World, name: string) {
    this.name = name;
    this.origin = `https://${name}`;
    world.host(name, (request) => this.#serve(request));
  }

  async #serve(request: Request): Promise<Response> {
    const { pathname, search, searchParams } = new URL(request.url);
    if (request.method === "POST") return this.#take(request, pathname);
    const special = await this.get(request);
    if (special) return special;
    if (pathname === "/.well-known/webfinger") return this.#webfinger(searchParams.get("resource") ?? "");
    // WordPress has ids that differ in their query alone.
    const document = this.documents.get(pathname + search) ?? this.documents.get(pathname);
    if (!document) return new Response(null, { status: 404 });
    return Response.json(document, { headers: { "content-type": "application/activity+json" } });
  }

  #webfinger(resource: string): Response {
    const peer = this.peers.find((one) => resource === `acct:${one.name}@${this.name}`);
    if (!peer) return new Response(null, { status: 404 });
    return Response.json({
      subject: resource,
      links: [{ rel: "self", type: "application/activity+json", href: peer.id }],
    });
  }

  async #take(request: Request, path: string): Promise<Response> {
    const body = await request.clone().text();
    const answer = await this.post(request.clone());
    if (answer.ok) {
      const verified = await verifies(request, body);
      this.arrived.push({ path, activity: JSON.parse(body) as Doc, verified });
    }
    return answer;
  }
}

/** The key the stead publishes; set by the rig after the claim. */
export const steadKey: { pem: string } = { pem: "" };

async function verifies(request: Request, body: string): Promise<boolean> {
  const headers = { host: new URL(request.url).host, ...Object.fromEntries(request.headers) };
  const raw = { method: request.method, url: request.url, headers, digest: await sha256(body) };
  const read = readSignature(raw, Date.now() as UnixMs);
  const key = await importPublicKey({ kind: "pem", pem: steadKey.pem });
  return read.ok && key !== null && verify(read.signature, key);
}

export interface SignOptions {
  readonly scheme?: "cavage" | "rfc9421";
  readonly keyId?: string;
  readonly at?: number;
  readonly url?: string;
  readonly contentType?: string;
  /** What draft-cavage's `algorithm` says; `rsa-sha256` unless told. */
  readonly algorithm?: "hs2019";
  /** Writes `/` as `\\/`, as PHP does. */
  readonly escapeSlashes?: boolean;
}

export class FakePeer {
  readonly host: FakeHost;
  readonly name: string;
  readonly id: Iri;
  keyId: string;
  /** The actor document; change it to be somebody else's shape. */
  document: Doc = {};
  pair!: CryptoKeyPair;
  #number = 0;

  private constructor(host: FakeHost, name: string, path: string) {
    this.host = host;
    this.name = name;
    this.id = `${host.origin}${path}` as Iri;
    this.keyId = `${this.id}#main-key`;
  }

  static async on(host: FakeHost, name: string, path = `/users/${name}`): Promise<FakePeer> {
    const peer = new FakePeer(host, name, path);
    host.peers.push(peer);
    peer.pair = await keyPair(host.peers.length + name.length);
    peer.document = {
      "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
      id: peer.id,
      type: "Person",
      preferredUsername: name,
      name: name[0]!.toUpperCase() + name.slice(1),
      inbox: `${peer.id}/inbox`,
      outbox: `${peer.id}/outbox`,
      followers: `${peer.id}/followers`,
      endpoints: { sharedInbox: `${host.origin}/inbox` },
      publicKey: { id: peer.keyId, owner: peer.id, publicKeyPem: await publicPem(peer.pair.publicKey) },
    };
    peer.publishDocument();
    return peer;
  }

  publishDocument(): void {
    this.publish(this.document);
  }

  /** Serves a document at its id. */
  publish(document: Doc): void {
    const { pathname, search } = new URL(document["id"] as string);
    this.host.documents.set(pathname + search, document);
  }

  /** A fresh activity id of this peer's. */
  newId(kind = "activities"): string {
    return `${this.id}/${kind}/${++this.#number}`;
  }

  activity(type: string, fields: Doc): Doc {
    return {
      "@context": "https://www.w3.org/ns/activitystreams",
      id: this.newId(),
      type,
      actor: this.id,
      ...fields,
    };
  }

  note(fields: Doc = {}): Doc {
    const id = this.newId("statuses");
    const note = {
      id,
      type: "Note",
      attributedTo: this.id,
      content: "<p>Hello</p>",
      published: new Date().toISOString(),
      to: ["https://www.w3.org/ns/activitystreams#Public"],
      cc: [`${this.id}/followers`],
      ...fields,
    };
    this.host.documents.set(new URL(id).pathname, {
      "@context": "https://www.w3.org/ns/activitystreams",
      ...note,
    });
    return note;
  }

  /** A signed POST of a body, as this peer's server would send it. */
  async request(inbox: string, body: Doc | string, options: SignOptions = {}): Promise<Request> {
    const json = typeof body === "string" ? body : JSON.stringify(body);
    const text = options.escapeSlashes ? json.replaceAll("/", "\\/") : json;
    const key = { id: options.keyId ?? this.keyId, privateKey: this.pair.privateKey };
    const contentType = options.contentType ?? "application/activity+json";
    const at = (options.at ?? Date.now()) as UnixMs;
    const toSign = {
      method: "POST",
      url: options.url ?? inbox,
      at,
      digest: await sha256(text),
      contentType,
    } as const;
    const signed =
      options.scheme === "rfc9421" ? await signRfc9421(key, toSign) : await signCavage(key, toSign);
    const headers = new Headers({ "content-type": contentType, ...signed });
    if (options.algorithm) {
      const signature = headers.get("signature")!;
      headers.set(
        "signature",
        signature.replace('algorithm="rsa-sha256"', `algorithm="${options.algorithm}"`),
      );
    }
    return new Request(inbox, { method: "POST", body: text, headers });
  }

  /** Activities of a type that arrived at this peer's host for them or for all. */
  received(type: string): Doc[] {
    const { inbox, endpoints } = this.document as { inbox: string; endpoints?: { sharedInbox?: string } };
    const mine = [inbox, endpoints?.sharedInbox ?? inbox].map((url) => new URL(url).pathname);
    return this.host.arrived
      .filter((one) => mine.includes(one.path) && one.activity["type"] === type)
      .map((one) => one.activity);
  }
}
