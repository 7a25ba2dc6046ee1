/** An app's end of Web Push: the keys it subscribes with, and what it does with what arrives. Written after the RFCs, without our own code. */
import { fromBase64, toBase64Url } from "../../worker/kernel/base64.ts";
import type { Receiver } from "../../worker/signatures/web-push/encrypt.ts";

type Bytes = Uint8Array<ArrayBuffer>;
type Headers_ = Readonly<Record<string, string>>;

const ECDH = { name: "ECDH", namedCurve: "P-256" };
const text = (words: string): Bytes => new Uint8Array(new TextEncoder().encode(words));

function cat(...parts: readonly Uint8Array[]): Bytes {
  return new Uint8Array(parts.flatMap((part) => [...part]));
}

export class Phone {
  readonly pair: CryptoKeyPair;
  readonly point: Bytes;
  readonly auth: Bytes;

  private constructor(pair: CryptoKeyPair, point: Bytes) {
    this.pair = pair;
    this.point = point;
    this.auth = crypto.getRandomValues(new Uint8Array(16));
  }

  static async made(): Promise<Phone> {
    const pair = (await crypto.subtle.generateKey(ECDH, true, ["deriveBits"])) as CryptoKeyPair;
    return new Phone(
      pair,
      new Uint8Array((await crypto.subtle.exportKey("raw", pair.publicKey)) as ArrayBuffer),
    );
  }

  get keys(): { p256dh: string; auth: string } {
    return { p256dh: toBase64Url(this.point), auth: toBase64Url(this.auth) };
  }

  async receiver(): Promise<Receiver> {
    return { publicKey: this.point, auth: this.auth };
  }
}

/** The text of a push, in whichever encoding it came. Throws when it is not for this phone. */
export async function openPush(phone: Phone, headers: Headers_, body: Uint8Array): Promise<string> {
  const encoding = headers["content-encoding"];
  const plain =
    encoding === "aes128gcm" ? await openStandard(phone, body) : await openDraft(phone, headers, body);
  return new TextDecoder().decode(plain);
}

/** RFC 8188 §2 with the keys of RFC 8291 §3. */
async function openStandard(phone: Phone, body: Uint8Array): Promise<Uint8Array> {
  const salt = new Uint8Array(body.slice(0, 16));
  const length = body[20]!;
  const theirs = new Uint8Array(body.slice(21, 21 + length));
  const secret = await hmacKey(phone, theirs, cat(text("WebPush: info\0"), phone.point, theirs));
  const key = await expand(secret, salt, text("Content-Encoding: aes128gcm\0"), 16);
  const nonce = await expand(secret, salt, text("Content-Encoding: nonce\0"), 12);
  const record = await unseal(key, nonce, body.slice(21 + length));
  const end = record.lastIndexOf(2);
  if (end < 0 || record.slice(end + 1).some((byte) => byte !== 0)) throw new Error("the padding is wrong");
  return record.slice(0, end);
}

/** draft-ietf-webpush-encryption-04 §4, with draft-ietf-httpbis-encryption-encoding-03. */
async function openDraft(phone: Phone, headers: Headers_, body: Uint8Array): Promise<Uint8Array> {
  const salt = fromBase64(/salt=([\w-]+)/.exec(headers["encryption"] ?? "")![1]!)!;
  const theirs = fromBase64(/dh=([\w-]+)/.exec(headers["crypto-key"] ?? "")![1]!)!;
  const secret = await hmacKey(phone, theirs, text("Content-Encoding: auth\0"));
  const lengths = Uint8Array.of(0, 65);
  const context = cat(text("P-256\0"), lengths, phone.point, lengths, theirs);
  const key = await expand(secret, salt, cat(text("Content-Encoding: aesgcm\0"), context), 16);
  const nonce = await expand(secret, salt, cat(text("Content-Encoding: nonce\0"), context), 12);
  const record = await unseal(key, nonce, body);
  const padding = record[0]! * 256 + record[1]!;
  if (record.slice(2, 2 + padding).some((byte) => byte !== 0)) throw new Error("the padding is wrong");
  return record.slice(2 + padding);
}

async function hmacKey(phone: Phone, theirs: Bytes, info: Bytes): Promise<Bytes> {
  const key = await crypto.subtle.importKey("raw", theirs, ECDH, false, []);
  const algorithm = { name: "ECDH", public: key } as unknown as SubtleCryptoDeriveKeyAlgorithm;
  const shared = new Uint8Array(await crypto.subtle.deriveBits(algorithm, phone.pair.privateKey, 256));
  return expand(shared, phone.auth, info, 32);
}

/** HKDF by hand (RFC 5869), one block. */
async function expand(secret: Bytes, salt: Bytes, info: Bytes, length: number): Promise<Bytes> {
  const hmac = async (key: Bytes, data: Bytes) => {
    const imported = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, [
      "sign",
    ]);
    return new Uint8Array(await crypto.subtle.sign("HMAC", imported, data));
  };
  return (await hmac(await hmac(salt, secret), cat(info, Uint8Array.of(1)))).slice(0, length);
}

async function unseal(key: Bytes, iv: Bytes, sealed: Uint8Array): Promise<Uint8Array> {
  const aes = await crypto.subtle.importKey("raw", key, "AES-GCM", false, ["decrypt"]);
  return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, aes, new Uint8Array(sealed)));
}

/** What the JWT says, in either form (RFC 8292, draft-ietf-webpush-vapid-01). Throws when its signature does not hold. */
export async function verifyVapid(headers: Headers_, publicKey: CryptoKey): Promise<Record<string, unknown>> {
  const authorization = headers["authorization"] ?? "";
  const token = /^(?:WebPush |vapid t=)([\w-]+\.[\w-]+\.[\w-]+)/.exec(authorization)?.[1] ?? "";
  const [head, claims, signature] = token.split(".") as [string, string, string];
  const params = { name: "ECDSA", hash: "SHA-256" };
  const holds = await crypto.subtle.verify(
    params,
    publicKey,
    fromBase64(signature)!,
    text(`${head}.${claims}`),
  );
  if (!holds) throw new Error("the signature does not hold");
  return JSON.parse(new TextDecoder().decode(fromBase64(claims)!)) as Record<string, unknown>;
}
