/** Public keys as peers publish them, and the check of a signature that kept the policy of `read.ts` with one of them. */
import { fromBase64 } from "../kernel/base64.ts";
import { ED25519, keyTypeFor, RSA } from "./algorithms.ts";
import { decodeBase58 } from "./base58.ts";
import type { RequestSignature } from "./request.ts";

/** `publicKeyPem` of an actor's `publicKey`, or `publicKeyMultibase` of a Multikey (FEP-521a). */
export type PublicKey = { kind: "pem"; pem: string } | { kind: "multikey"; multibase: string };

/**
 * RSA keys outside of these bits are refused. Below, whoever pays for the factoring is that actor: NIST disallows 1024 bits
 * since 2014 (SP 800-131A). Above, each check costs more than an honest key needs. tootik draws the same two lines.
 */
const RSA_BITS = { min: 2_048, max: 8_192 };

/** Longest texts we take as a key, in characters; RSA-8192 is 1,500 as PEM and 1,421 as a Multikey. */
const PEM_MAX = 4_096;
const MULTIBASE_MAX = 1_500;

const PEM = /-----BEGIN (RSA )?PUBLIC KEY-----([A-Za-z0-9+/=\s]*)-----END (?:RSA )?PUBLIC KEY-----/;

/**
 * A key to verify with, or null when it is none that we use: RSA as SPKI ("BEGIN PUBLIC KEY"), as PKCS#1 ("BEGIN RSA
 * PUBLIC KEY", some older peers) or as Multikey, and Ed25519 as Multikey. Never throws. 0.1 ms; nothing is cached here.
 */
export async function importPublicKey(key: PublicKey): Promise<CryptoKey | null> {
  try {
    switch (key.kind) {
      case "pem":
        return await importPem(key.pem);
      case "multikey":
        return await importMultikey(key.multibase);
    }
  } catch {
    return null; // WebCrypto throws at bytes that are no key
  }
}

/**
 * Whether the signature is of this key. The algorithm it names must be one for this kind of key; when it names none, or
 * `hs2019`, the key decides. Never throws. 0.03 ms for RSA-2048, 0.1 ms for Ed25519.
 */
export async function verify(signature: RequestSignature, key: CryptoKey): Promise<boolean> {
  const { name } = key.algorithm;
  const wanted = keyTypeFor(signature.scheme, signature.algorithm);
  if (name !== RSA && name !== ED25519) return false;
  if (wanted !== "any" && wanted !== name) return false;
  try {
    return await crypto.subtle.verify(name, key, signature.signature, signature.signed);
  } catch {
    return false; // a private key, say
  }
}

async function importPem(pem: string): Promise<CryptoKey | null> {
  if (pem.length > PEM_MAX) return null;
  const [, pkcs1, text] = PEM.exec(pem) ?? [];
  const der = fromBase64(text ?? "");
  if (der === null) return null;
  return importRsa(pkcs1 === undefined ? der : spkiOf(der));
}

/** Multicodec prefixes as varints: 0xed is ed25519-pub, 0x1205 is rsa-pub. */
async function importMultikey(multibase: string): Promise<CryptoKey | null> {
  if (!multibase.startsWith("z") || multibase.length > MULTIBASE_MAX) return null;
  const bytes = decodeBase58(multibase.slice(1));
  if (bytes === null) return null;
  const key = bytes.subarray(2);
  if (bytes[0] === 0xed && bytes[1] === 0x01) {
    return crypto.subtle.importKey("raw", key, ED25519, true, ["verify"]);
  }
  return bytes[0] === 0x85 && bytes[1] === 0x24 ? importRsa(spkiOf(key)) : null;
}

async function importRsa(spki: Uint8Array): Promise<CryptoKey | null> {
  const algorithm = { name: RSA, hash: "SHA-256" };
  const key = await crypto.subtle.importKey("spki", spki, algorithm, true, ["verify"]);
  const { modulusLength } = key.algorithm as { modulusLength?: number };
  if (modulusLength === undefined) return null;
  return modulusLength >= RSA_BITS.min && modulusLength <= RSA_BITS.max ? key : null;
}

// AlgorithmIdentifier of rsaEncryption with its NULL (RFC 3279 §2.3.1), as DER.
const RSA_ENCRYPTION = [0x30, 13, 6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1, 5, 0];

/** Wraps an RSAPublicKey (PKCS#1) into the SubjectPublicKeyInfo that WebCrypto reads. */
function spkiOf(pkcs1: Uint8Array): Uint8Array {
  const bits = [0x03, ...derLength(pkcs1.length + 1), 0, ...pkcs1];
  const content = [...RSA_ENCRYPTION, ...bits];
  return Uint8Array.from([0x30, ...derLength(content.length), ...content]);
}

/** A DER length; contents here are below 64 KiB. */
function derLength(length: number): number[] {
  if (length < 0x80) return [length];
  return length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
}
