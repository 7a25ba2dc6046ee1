/**
 * Messages to an app, through a push service that must not read them: `aes128gcm` (RFC 8291 over RFC 8188) and the older `aesgcm`
 * (draft-ietf-webpush-encryption-04), which official iOS and Ice Cubes decode and nothing else. One message is one record.
 */
import { fromBase64 } from "../../kernel/base64.ts";

/** The keys of a subscription: what the app made, and gave us. */
export interface Receiver {
  /** An uncompressed point of P-256: 65 bytes. */
  readonly publicKey: Uint8Array<ArrayBuffer>;
  /** 16 bytes. */
  readonly auth: Uint8Array<ArrayBuffer>;
}

/** What is new with each message. */
export interface Ephemeral {
  readonly pair: CryptoKeyPair;
  /** 16 bytes. */
  readonly salt: Uint8Array<ArrayBuffer>;
}

const POINT_BYTES = 65;
const AUTH_BYTES = 16;
/** RFC 8291 §4: a push service need not take more than 4,096 bytes, of which header, padding and tag leave this to the text. */
export const PLAINTEXT_MAX = 3_993;
/** RFC 8188: the record may be as long as this; there is one, and it is shorter. */
const RECORD_SIZE = 4_096;

const ECDH = { name: "ECDH", namedCurve: "P-256" } as const;
const encoder = new TextEncoder();
const bytesOf = (text: string): Uint8Array<ArrayBuffer> => new Uint8Array(encoder.encode(text));

/** Base64 as apps write it, either alphabet, with padding or without. Null when these are no keys that could be encrypted to. */
export async function readReceiver(p256dh: string, auth: string): Promise<Receiver | null> {
  const [publicKey, secret] = [fromBase64(p256dh), fromBase64(auth)];
  if (publicKey?.length !== POINT_BYTES || secret?.length !== AUTH_BYTES) return null;
  const receiver = { publicKey, auth: secret };
  return (await importPoint(publicKey)) === null ? null : receiver;
}

/** Null for what is no point on the curve. */
async function importPoint(point: Uint8Array<ArrayBuffer>): Promise<CryptoKey | null> {
  try {
    return await crypto.subtle.importKey("raw", point, ECDH, false, []);
  } catch {
    return null;
  }
}

export async function newEphemeral(): Promise<Ephemeral> {
  const pair = (await crypto.subtle.generateKey(ECDH, true, ["deriveBits"])) as CryptoKeyPair;
  return { pair, salt: crypto.getRandomValues(new Uint8Array(AUTH_BYTES)) };
}

/** A body for `Content-Encoding: aes128gcm`: salt, record size and our point stand before the ciphertext (RFC 8188 §2.1). */
export async function encryptAes128gcm(
  receiver: Receiver,
  plaintext: Uint8Array<ArrayBuffer>,
  { pair, salt }: Ephemeral,
): Promise<Uint8Array<ArrayBuffer>> {
  const ours = await pointOf(pair);
  const info = joined(bytesOf("WebPush: info\0"), receiver.publicKey, ours);
  const secret = await hkdf(await shared(receiver, pair), receiver.auth, info, 32);
  const key = await hkdf(secret, salt, bytesOf("Content-Encoding: aes128gcm\0"), 16);
  const nonce = await hkdf(secret, salt, bytesOf("Content-Encoding: nonce\0"), 12);
  const record = await seal(key, nonce, joined(plaintext, Uint8Array.of(2)));
  const size = Uint8Array.of(0, 0, RECORD_SIZE >> 8, RECORD_SIZE & 255);
  return joined(salt, size, Uint8Array.of(ours.length), ours, record);
}

/** A body for `Content-Encoding: aesgcm`; the salt and our point travel in the headers `Encryption` and `Crypto-Key`. */
export async function encryptAesgcm(
  receiver: Receiver,
  plaintext: Uint8Array<ArrayBuffer>,
  { pair, salt }: Ephemeral,
): Promise<{ body: Uint8Array<ArrayBuffer>; point: Uint8Array<ArrayBuffer> }> {
  const point = await pointOf(pair);
  const auth = bytesOf("Content-Encoding: auth\0");
  const secret = await hkdf(await shared(receiver, pair), receiver.auth, auth, 32);
  const context = joined(
    bytesOf("P-256\0"),
    Uint8Array.of(0, POINT_BYTES),
    receiver.publicKey,
    Uint8Array.of(0, POINT_BYTES),
    point,
  );
  const key = await hkdf(secret, salt, joined(bytesOf("Content-Encoding: aesgcm\0"), context), 16);
  const nonce = await hkdf(secret, salt, joined(bytesOf("Content-Encoding: nonce\0"), context), 12);
  // Two bytes before the text say how much padding follows them: none.
  return { body: await seal(key, nonce, joined(new Uint8Array(2), plaintext)), point };
}

async function pointOf({ publicKey }: CryptoKeyPair): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array((await crypto.subtle.exportKey("raw", publicKey)) as ArrayBuffer);
}

async function shared(receiver: Receiver, pair: CryptoKeyPair): Promise<Uint8Array<ArrayBuffer>> {
  const theirs = await importPoint(receiver.publicKey);
  if (theirs === null) throw new Error("the subscription's key is no point on the curve");
  // workerd's types call the field `$public`; the standard, and workerd, `public`.
  const algorithm = { name: "ECDH", public: theirs } as unknown as SubtleCryptoDeriveKeyAlgorithm;
  return new Uint8Array(await crypto.subtle.deriveBits(algorithm, pair.privateKey, 256));
}

async function hkdf(
  secret: Uint8Array<ArrayBuffer>,
  salt: Uint8Array<ArrayBuffer>,
  info: Uint8Array<ArrayBuffer>,
  length: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const key = await crypto.subtle.importKey("raw", secret, "HKDF", false, ["deriveBits"]);
  const params = { name: "HKDF", hash: "SHA-256", salt, info };
  return new Uint8Array(await crypto.subtle.deriveBits(params, key, length * 8));
}

async function seal(
  key: Uint8Array<ArrayBuffer>,
  iv: Uint8Array<ArrayBuffer>,
  plaintext: Uint8Array<ArrayBuffer>,
): Promise<Uint8Array<ArrayBuffer>> {
  const aes = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["encrypt"]);
  return new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, aes, plaintext));
}

function joined(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
