/** Making the owner's key pairs, and writing public keys as actors publish them. */
import { toBase64 } from "../kernel/base64.ts";
import { ED25519, RSA } from "./algorithms.ts";
import { encodeBase58 } from "./base58.ts";

/**
 * A new extractable RSA-2048 pair to sign requests with. 2048 bits because each delivery costs a signature: 0.85 ms, where
 * RSA-4096 takes 5.6. Making the pair takes 60 to 90 ms of CPU.
 */
export async function generateRsa(): Promise<CryptoKeyPair> {
  const algorithm = {
    name: RSA,
    hash: "SHA-256",
    modulusLength: 2_048,
    publicExponent: Uint8Array.of(1, 0, 1),
  };
  return (await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"])) as CryptoKeyPair;
}

/** A new extractable Ed25519 pair, for proofs on objects (FEP-8b32). */
export async function generateEd25519(): Promise<CryptoKeyPair> {
  return (await crypto.subtle.generateKey(ED25519, true, ["sign", "verify"])) as CryptoKeyPair;
}

/** `publicKeyPem`: SPKI in PEM (RFC 7468), lines of 64 and a newline at the end. */
export async function publicPem(key: CryptoKey): Promise<string> {
  const spki = (await crypto.subtle.exportKey("spki", key)) as ArrayBuffer;
  const lines = toBase64(spki).match(/.{1,64}/g) ?? [];
  return ["-----BEGIN PUBLIC KEY-----", ...lines, "-----END PUBLIC KEY-----", ""].join("\n");
}

/** `publicKeyMultibase` of an Ed25519 Multikey: "z6Mk…" (FEP-521a). Throws for any other key. */
export async function publicMultibase(key: CryptoKey): Promise<string> {
  if (key.algorithm.name !== ED25519) {
    throw new TypeError(`only Ed25519 keys are published as Multikey, not ${key.algorithm.name}`);
  }
  const raw = (await crypto.subtle.exportKey("raw", key)) as ArrayBuffer;
  return `z${encodeBase58(Uint8Array.of(0xed, 0x01, ...new Uint8Array(raw)))}`;
}
