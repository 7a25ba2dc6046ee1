/**
 * Signing what leaves: a POST to an inbox, or a GET for a peer that shows its documents to signers only. Each function
 * gives the headers to add. The caller sends the rest as given here: `content-type` when it was signed; `host` follows
 * from the URL. One signature is 0.8 ms of CPU with RSA-2048.
 */
import { toBase64 } from "../kernel/base64.ts";
import type { UnixMs } from "../kernel/brand.ts";
import { SECOND } from "../kernel/clock.ts";
import { RSA } from "./algorithms.ts";
import { signatureBase } from "./rfc9421.ts";

export interface SigningKey {
  /** `ACTOR#main-key`: snac compares the id without its fragment with the actor. */
  id: string;
  /** RSASSA-PKCS1-v1_5 with SHA-256; other keys are not yet understood by enough peers. */
  privateKey: CryptoKey;
}

export interface ToSign {
  method: "GET" | "POST";
  url: string;
  at: UnixMs;
  /** Base64 SHA-256 of the body; a POST needs one. */
  digest?: string;
  contentType?: string;
  /** Further headers, lower-case names, that are sent and covered: by draft-cavage only. */
  extra?: Readonly<Record<string, string>>;
}

/**
 * Signs by draft-cavage-http-signatures-12: `date`, `digest` (POST) and `signature`. Every server understands this one,
 * and some take anything else with a 2xx and drop it, so it is the first to try. Throws when a POST has no digest.
 */
export async function signCavage(key: SigningKey, toSign: ToSign): Promise<Record<string, string>> {
  const { method, at, contentType } = toSign;
  const { host, pathname, search } = new URL(toSign.url);
  const digest = digestOf(toSign);
  const headers: Record<string, string> = { date: new Date(at).toUTCString(), ...toSign.extra };
  if (digest !== null) headers["digest"] = `SHA-256=${digest}`;

  const target = `${method.toLowerCase()} ${pathname}${search}`;
  const covered: Record<string, string> = { "(request-target)": target, host, ...headers };
  if (contentType !== undefined) covered["content-type"] = contentType;
  const lines = Object.entries(covered).map(([name, value]) => `${name}: ${value}`);
  const signature = await signText(key, lines.join("\n"));
  const names = Object.keys(covered).join(" ");
  headers["signature"] =
    `keyId="${key.id}",algorithm="rsa-sha256",headers="${names}",signature="${signature}"`;
  return headers;
}

/**
 * Signs by RFC 9421: `date`, `content-digest` (POST), `signature-input` and `signature`. For hosts that proved that they
 * understand it. Throws when a POST has no digest.
 */
export async function signRfc9421(key: SigningKey, toSign: ToSign): Promise<Record<string, string>> {
  const { method, at } = toSign;
  const digest = digestOf(toSign);
  const headers: Record<string, string> = { date: new Date(at).toUTCString() };
  const components = ["@method", "@target-uri"];
  if (digest !== null) {
    headers["content-digest"] = `sha-256=:${digest}:`;
    components.push("content-digest");
  }
  const list = components.map((component) => `"${component}"`).join(" ");
  const created = Math.floor(at / SECOND);
  const params = `(${list});created=${created};keyid="${key.id}";alg="rsa-v1_5-sha256"`;
  const text = signatureBase({ method, url: urlOf(toSign), headers }, components, params);
  if (text === null) throw new TypeError("a header to sign is too long or has a line break");
  const signature = await signText(key, text);
  return { ...headers, "signature-input": `sig1=${params}`, signature: `sig1=:${signature}:` };
}

/** The URL as it goes over the wire: normalised, without a fragment. */
function urlOf({ url }: ToSign): string {
  const parsed = new URL(url);
  parsed.hash = "";
  return parsed.href;
}

function digestOf({ method, url, digest }: ToSign): string | null {
  if (method === "GET") return null;
  if (digest === undefined) throw new TypeError(`no digest of the body to sign for ${url}`);
  return digest;
}

const encoder = new TextEncoder();

async function signText(key: SigningKey, text: string): Promise<string> {
  return toBase64(await crypto.subtle.sign(RSA, key.privateKey, encoder.encode(text)));
}
