/** Requests signed by hand, rightly or wrongly: independent of the code that is tested. */
import { toBase64 } from "../../worker/kernel/base64.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { ORIGIN } from "../fediverse/stead.ts";

type Fields = Record<string, string | null>;

export interface Forged {
  readonly path?: string;
  /** What is sent, when it is not what was signed. */
  readonly body?: string;
  /** Components that are signed. */
  readonly covers?: readonly string[];
  /** Headers sent; null: left out. */
  readonly headers?: Fields;
  /** Values signed in place of those sent. */
  readonly signs?: Record<string, string>;
  readonly keyId?: string;
  readonly algorithm?: string;
  readonly created?: number | null;
}

const CAVAGE = ["(request-target)", "host", "date", "digest"];
const RFC = ["@method", "@target-uri", "content-digest"];

async function digestOf(body: string): Promise<string> {
  return toBase64(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body)));
}

const textOf = (body: Doc | string) => (typeof body === "string" ? body : JSON.stringify(body));

async function signatureOf(peer: FakePeer, text: string): Promise<string> {
  const bytes = new TextEncoder().encode(text);
  return toBase64(await crypto.subtle.sign("RSASSA-PKCS1-v1_5", peer.pair.privateKey, bytes));
}

function requestOf(url: string, body: string, headers: Fields): Request {
  const sent = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== null);
  return new Request(url, { method: "POST", body, headers: Object.fromEntries(sent) });
}

/** draft-cavage-12, right unless told otherwise. */
export async function cavage(peer: FakePeer, body: Doc | string, forged: Forged = {}): Promise<Request> {
  const text = textOf(body);
  const path = forged.path ?? "/inbox";
  const headers: Fields = {
    "content-type": "application/activity+json",
    date: new Date().toUTCString(),
    digest: `SHA-256=${await digestOf(text)}`,
    ...forged.headers,
  };
  const seen: Fields = { host: "me.test", "(request-target)": `post ${path}`, ...headers, ...forged.signs };
  const covers = forged.covers ?? CAVAGE;
  const signature = await signatureOf(peer, covers.map((name) => `${name}: ${seen[name]}`).join("\n"));
  const { keyId = peer.keyId, algorithm = "rsa-sha256" } = forged;
  const signed = `keyId="${keyId}",algorithm="${algorithm}",headers="${covers.join(" ")}",signature="${signature}"`;
  return requestOf(`${ORIGIN}${path}`, forged.body ?? text, { signature: signed, ...headers });
}

/** RFC 9421, right unless told otherwise. */
export async function rfc9421(peer: FakePeer, body: Doc | string, forged: Forged = {}): Promise<Request> {
  const text = textOf(body);
  const path = forged.path ?? "/inbox";
  const headers: Fields = {
    "content-type": "application/activity+json",
    "content-digest": `sha-256=:${await digestOf(text)}:`,
    ...forged.headers,
  };
  const seen: Fields = {
    "@method": "POST",
    "@target-uri": `${ORIGIN}${path}`,
    "@authority": "me.test",
    "@path": path,
    ...headers,
    ...forged.signs,
  };
  const covers = forged.covers ?? RFC;
  const created = forged.created === undefined ? Math.floor(Date.now() / 1_000) : forged.created;
  const time = created === null ? "" : `;created=${created}`;
  const { keyId = peer.keyId, algorithm = "rsa-v1_5-sha256" } = forged;
  const names = covers.map((name) => `"${name}"`).join(" ");
  const params = `(${names})${time};keyid="${keyId}";alg="${algorithm}"`;
  const lines = covers.map((name) => `"${name}": ${seen[name]}`);
  const signature = await signatureOf(peer, [...lines, `"@signature-params": ${params}`].join("\n"));
  return requestOf(`${ORIGIN}${path}`, forged.body ?? text, {
    "signature-input": `sig1=${params}`,
    signature: `sig1=:${signature}:`,
    ...headers,
  });
}
