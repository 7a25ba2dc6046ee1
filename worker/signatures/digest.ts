/**
 * Digests of request bodies: computing one, and holding a header against it. The header is the sender's claim, the
 * digest is ours, over the bytes as they came.
 */
import { toBase64 } from "../kernel/base64.ts";
import { parseDictionary } from "./structured-fields.ts";

const SHA_256 = "sha-256=";

/** Standard base64 of the SHA-256 of the bytes; a string counts as its UTF-8. */
export async function sha256(bytes: Uint8Array | string): Promise<string> {
  const input = typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes;
  return toBase64(await crypto.subtle.digest("SHA-256", input));
}

/**
 * Whether a `Digest` header (RFC 3230) names SHA-256, in any case, and names it rightly. Other algorithms in the list are
 * not looked at; two SHA-256 entries must both be right, so that nobody can choose which one to believe.
 */
export function digestHolds(header: string, digest: string): boolean {
  const claims = header
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry.slice(0, SHA_256.length).toLowerCase() === SHA_256);
  return claims.length > 0 && claims.every((claim) => claim.slice(SHA_256.length) === digest);
}

/** Whether a `Content-Digest` header (RFC 9530) has a `sha-256` member and it is right. */
export function contentDigestHolds(header: string, digest: string): boolean {
  const claim = parseDictionary(header)?.get("sha-256")?.value;
  return claim instanceof Uint8Array && toBase64(claim) === digest;
}
