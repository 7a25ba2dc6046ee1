/** Requests as peers send them: made and signed before anything is measured. */
import type { UnixMs } from "../../worker/kernel/brand.ts";
import { sha256 } from "../../worker/signatures/digest.ts";
import { generateRsa, publicPem } from "../../worker/signatures/keys.ts";
import { signCavage } from "../../worker/signatures/sign.ts";
import type { JsonObject } from "../../worker/vocab/read.ts";
import type { Ask } from "../rig/client.ts";
import { actorDocument, actorIri, KEYS } from "./actors.ts";

const AS = "https://www.w3.org/ns/activitystreams";
const ACTIVITY = "application/activity+json";

/** Who is talked to: a stead or what it is compared with. */
export interface Owner {
  readonly origin: string;
  readonly actor: string;
  readonly inbox: string;
}

export class Peers {
  readonly pems: readonly string[];
  readonly #pairs: readonly CryptoKeyPair[];
  #activities = 0;

  private constructor(pairs: readonly CryptoKeyPair[], pems: readonly string[]) {
    this.#pairs = pairs;
    this.pems = pems;
  }

  static async make(): Promise<Peers> {
    const pairs = await Promise.all(Array.from({ length: KEYS }, generateRsa));
    return new Peers(pairs, await Promise.all(pairs.map((pair) => publicPem(pair.publicKey))));
  }

  /** The actor's document. Its key's text is its own, so that nothing gains by knowing another actor's. */
  document(n: number): JsonObject {
    return actorDocument(
      n,
      this.pems.map((pem) => `Key of number ${n}\n${pem}`),
    );
  }

  follow(n: number, owner: Owner): Promise<Ask> {
    return this.#signed(n, owner, { type: "Follow", object: owner.actor });
  }

  /** A reply to a post of the owner's, as Mastodon sends it. */
  reply(n: number, owner: Owner, to: string): Promise<Ask> {
    const actor = actorIri(n);
    const id = `${actor}/statuses/${++this.#activities}`;
    const published = new Date().toISOString();
    const audience = { to: [`${AS}#Public`], cc: [`${actor}/followers`, owner.actor] };
    const object: JsonObject = {
      id,
      type: "Note",
      summary: null,
      inReplyTo: to,
      published,
      url: `${new URL(actor).origin}/@u${n}/${this.#activities}`,
      attributedTo: actor,
      ...audience,
      sensitive: false,
      content: `<p><span class="h-card" translate="no"><a href="${owner.actor}" class="u-url mention">@<span>me</span></a></span> What grows there in November, and would it stand a frost? Mine did not.</p>`,
      contentMap: { en: "<p>What grows there in November, and would it stand a frost? Mine did not.</p>" },
      attachment: [],
      tag: [{ type: "Mention", href: owner.actor, name: "@me" }],
      replies: { id: `${id}/replies`, type: "Collection", first: `${id}/replies?page=true` },
    };
    return this.#signed(n, owner, { id: `${id}/activity`, type: "Create", published, ...audience, object });
  }

  /** An account closes: announced to everybody. */
  deleteSelf(n: number, owner: Owner): Promise<Ask> {
    return this.#signed(n, owner, { type: "Delete", to: [`${AS}#Public`], object: actorIri(n) });
  }

  /** What is refused before a key is looked for: a body that is no JSON, a type that is no activity's, no signature, an old date. */
  async junk(n: number, owner: Owner): Promise<{ ask: Ask; status: number }> {
    const good = await this.follow(n, owner);
    switch (n % 4) {
      case 0:
        return { ask: { ...good, body: `{"type":"Follow",${"x".repeat(1_400)}` }, status: 400 };
      case 1:
        return { ask: { ...good, headers: { ...good.headers, "content-type": "text/plain" } }, status: 415 };
      case 2:
        return { ask: { ...good, headers: { "content-type": ACTIVITY } }, status: 401 };
      default:
        return { ask: { ...good, body: good.body!.replace("Follow", "follow") }, status: 401 };
    }
  }

  async #signed(n: number, owner: Owner, fields: JsonObject): Promise<Ask> {
    const actor = actorIri(n);
    const activity = { "@context": AS, id: `${actor}#activities/${++this.#activities}`, actor, ...fields };
    const body = JSON.stringify(activity);
    const url = `${owner.origin}${owner.inbox}`;
    const key = { id: `${actor}#main-key`, privateKey: this.#pairs[n % KEYS]!.privateKey };
    const digest = await sha256(body);
    const toSign = { method: "POST", url, at: Date.now() as UnixMs, digest, contentType: ACTIVITY } as const;
    const headers = {
      "content-type": ACTIVITY,
      "user-agent": "Bench/1.0",
      ...(await signCavage(key, toSign)),
    };
    return { method: "POST", path: owner.inbox, headers, body };
  }
}

/** A document as a server asks for it. */
export function get(path: string): Ask {
  return { method: "GET", path, headers: { accept: ACTIVITY, "user-agent": "Bench/1.0" } };
}
