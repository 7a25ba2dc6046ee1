/**
 * The keys' keys: a data key, made at the claim, encrypts everything secret at rest; INSTANCE_SECRET only wraps the data key. So the
 * secret can be changed without touching what it protects.
 */
import { fromBase64, toBase64 } from "./base64.ts";

const encoder = new TextEncoder();

/** A new AES-256-GCM data key, and its form wrapped by the secret (base64). */
export async function newDataKey(
  secret: string,
  actor: string,
): Promise<{ key: CryptoKey; wrapped: string }> {
  const raw = crypto.getRandomValues(new Uint8Array(32));
  const wrapped = await seal(await wrappingKey(secret), raw, actor);
  return { key: await importAes(raw), wrapped };
}

/** Null when the secret is not the one that wrapped it. */
export async function openDataKey(secret: string, wrapped: string, actor: string): Promise<CryptoKey | null> {
  const raw = await open(await wrappingKey(secret), wrapped, actor);
  return raw && importAes(raw);
}

/** Wraps the same data key under a new secret; null when the old secret is not the right one. */
export async function rewrapDataKey(
  from: string,
  to: string,
  wrapped: string,
  actor: string,
): Promise<string | null> {
  const raw = await open(await wrappingKey(from), wrapped, actor);
  return raw && seal(await wrappingKey(to), raw, actor);
}

/** AES-GCM; `name` is bound in, so that one sealed thing cannot be put in the place of another. base64(iv ‖ ciphertext). */
export async function seal(key: CryptoKey, bytes: BufferSource, name: string): Promise<string> {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const params = { name: "AES-GCM", iv, additionalData: encoder.encode(name) };
  const sealed = new Uint8Array(await crypto.subtle.encrypt(params, key, bytes));
  const out = new Uint8Array(iv.length + sealed.length);
  out.set(iv);
  out.set(sealed, iv.length);
  return toBase64(out);
}

/** Null when key, name or bytes are not those it was sealed with. */
export async function open(
  key: CryptoKey,
  sealed: string,
  name: string,
): Promise<Uint8Array<ArrayBuffer> | null> {
  const bytes = fromBase64(sealed);
  if (!bytes || bytes.length < 28) return null;
  const params = { name: "AES-GCM", iv: bytes.subarray(0, 12), additionalData: encoder.encode(name) };
  try {
    return new Uint8Array(await crypto.subtle.decrypt(params, key, bytes.subarray(12)));
  } catch {
    return null;
  }
}

/** HKDF: the secret has 128 bits of its own, so no slow derivation is needed. */
async function wrappingKey(secret: string): Promise<CryptoKey> {
  const base = await crypto.subtle.importKey("raw", encoder.encode(secret), "HKDF", false, ["deriveKey"]);
  const params = {
    name: "HKDF",
    hash: "SHA-256",
    salt: new Uint8Array(),
    info: encoder.encode("fedistead data key"),
  };
  return crypto.subtle.deriveKey(params, base, { name: "AES-GCM", length: 256 }, false, [
    "encrypt",
    "decrypt",
  ]);
}

function importAes(raw: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["encrypt", "decrypt"]);
}
