/** Who sends a push, told to the push service (RFC 8292): a JWT for that service alone, signed with ES256. */
import { toBase64Url } from "../../kernel/base64.ts";
import type { UnixMs } from "../../kernel/brand.ts";
import { HOUR } from "../../kernel/clock.ts";

const ECDSA = { name: "ECDSA", namedCurve: "P-256" } as const;

/** RFC 8292 §2: at most a day ahead. Half of one leaves room for clocks that differ. */
const LIFE = 12 * HOUR;

export interface VapidKey {
  readonly privateKey: CryptoKey;
  /** The uncompressed point, 65 bytes in base64url: what apps subscribe with. */
  readonly publicText: string;
}

export async function generateVapid(): Promise<CryptoKeyPair> {
  return (await crypto.subtle.generateKey(ECDSA, true, ["sign", "verify"])) as CryptoKeyPair;
}

export async function publicPoint(key: CryptoKey): Promise<string> {
  return toBase64Url((await crypto.subtle.exportKey("raw", key)) as ArrayBuffer);
}

export function importVapid(pkcs8: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("pkcs8", pkcs8, ECDSA, false, ["sign"]);
}

/** For the service behind `endpoint`. `subject`: an https address of ours, where whoever runs the service may complain. 1 signature. */
export async function vapidToken(
  key: VapidKey,
  endpoint: string,
  subject: string,
  now: UnixMs,
): Promise<string> {
  const claims = {
    aud: new URL(endpoint).origin,
    exp: Math.floor((now + LIFE) / 1_000),
    sub: subject,
  };
  const signed = [{ typ: "JWT", alg: "ES256" }, claims].map(encoded).join(".");
  const params = { name: "ECDSA", hash: "SHA-256" };
  const signature = await crypto.subtle.sign(params, key.privateKey, new TextEncoder().encode(signed));
  return `${signed}.${toBase64Url(signature)}`;
}

const encoded = (part: unknown): string => toBase64Url(new TextEncoder().encode(JSON.stringify(part)));
