/**
 * Requests as a peer would sign them, well or badly. The signing strings are put together here by hand, so that a fault of
 * ours in building them cannot hide behind the same fault in reading.
 */
import { toBase64 } from "../../worker/kernel/base64.ts";
import type { UnixMs } from "../../worker/kernel/brand.ts";
import { sha256 } from "../../worker/signatures/digest.ts";
import { readSignature } from "../../worker/signatures/read.ts";
import type { RawRequest, Refusal } from "../../worker/signatures/request.ts";
import { verify } from "../../worker/signatures/verify.ts";

export const NOW = Date.parse("2026-11-22T12:00:00Z") as UnixMs;
export const KEY_ID = "https://a.test/users/alice#main-key";
export const BODY = '{"type":"Follow","actor":"https://a.test/users/alice"}';

type Headers = Record<string, string>;

/** What this sender does otherwise than an honest one. */
export interface Oddity {
  /** What it signs, in order. */
  covers?: string;
  /** Its headers, over the honest ones; null leaves one out. */
  headers?: Record<string, string | null>;
  /** Parameters of the signature, over the honest ones; null leaves one out. Written as they stand here. */
  params?: Record<string, string | null>;
  /** What it signs for another value than the one it sends. */
  signsAs?: Headers;
  /** What happens to the request on its way. */
  arrives?: Partial<RawRequest>;
}

/** "forged": keeps the policy, but is not of that key. */
export type Outcome = "verified" | "forged" | Refusal;

/** What becomes of a request that is received at `NOW`. */
export async function outcomeOf(request: RawRequest, key: CryptoKey): Promise<Outcome> {
  const read = readSignature(request, NOW);
  if (!read.ok) return read.reason;
  return (await verify(read.signature, key)) ? "verified" : "forged";
}

/** A POST of `BODY` to our inbox, signed by draft-cavage at `NOW`. */
export async function cavage(key: CryptoKey, oddity: Oddity = {}): Promise<RawRequest> {
  const sent = await honestHeaders({ digest: `SHA-256=${await sha256(BODY)}` }, oddity);
  const covers = oddity.covers ?? "(request-target) host date digest";
  const params = merge({ algorithm: '"rsa-sha256"' }, oddity.params);
  const values: Headers = {
    "(request-target)": "post /inbox",
    "(created)": params["created"] ?? "",
    "(expires)": params["expires"] ?? "",
    ...sent,
    ...oddity.signsAs,
  };
  const lines = covers.split(" ").map((name) => `${name}: ${values[name]}`);
  const all = merge(
    { keyId: `"${KEY_ID}"`, ...params, headers: `"${covers}"` },
    { signature: `"${await signText(key, lines.join("\n"))}"`, ...oddity.params },
  );
  const signature = Object.entries(all).map(([name, value]) => `${name}=${value}`);
  return arrive({ ...sent, signature: signature.join(",") }, oddity);
}

/** The same POST, signed by RFC 9421. */
export async function messageSignature(key: CryptoKey, oddity: Oddity = {}): Promise<RawRequest> {
  const sent = await honestHeaders({ "content-digest": `sha-256=:${await sha256(BODY)}:` }, oddity);
  const params = merge(
    { created: String(NOW / 1000), keyid: `"${KEY_ID}"`, alg: '"rsa-v1_5-sha256"' },
    oddity.params,
  );
  const covers = oddity.covers ?? "@method @target-uri content-digest";
  const names = covers.split(" ").filter((name) => name !== "");
  const list = names.map((name) => `"${name}"`).join(" ");
  const input = [`(${list})`, ...Object.entries(params).map(([name, value]) => `${name}=${value}`)];
  const values: Headers = {
    "@method": "POST",
    "@target-uri": "https://me.test/inbox",
    "@authority": "me.test",
    "@path": "/inbox",
    "@scheme": "https",
    "@request-target": "/inbox",
    "@query": "?",
    ...sent,
    ...oddity.signsAs,
  };
  const lines = names.map((name) => `"${name}": ${values[name]}`);
  const base = [...lines, `"@signature-params": ${input.join(";")}`].join("\n");
  const signature = `sig1=:${await signText(key, base)}:`;
  return arrive({ ...sent, "signature-input": `sig1=${input.join(";")}`, signature }, oddity);
}

async function honestHeaders(digest: Headers, oddity: Oddity): Promise<Headers> {
  const honest = {
    host: "me.test",
    date: new Date(NOW).toUTCString(),
    "content-type": "application/activity+json",
    "user-agent": "Peer/1.0",
  };
  return merge({ ...honest, ...digest }, oddity.headers);
}

async function arrive(headers: Headers, { arrives }: Oddity): Promise<RawRequest> {
  const url = "https://me.test/inbox";
  return { method: "POST", url, headers, digest: await sha256(BODY), ...arrives };
}

function merge(honest: Headers, odd: Record<string, string | null> = {}): Headers {
  const all = Object.entries({ ...honest, ...odd });
  return Object.fromEntries(all.filter((entry): entry is [string, string] => entry[1] !== null));
}

async function signText(key: CryptoKey, text: string): Promise<string> {
  const { name } = key.algorithm;
  return toBase64(await crypto.subtle.sign(name, key, new TextEncoder().encode(text)));
}
