/** A whole push: the encrypted body and the headers that go with its encoding (RFC 8030, and the drafts that apps of older days speak). */
import { toBase64Url } from "../../kernel/base64.ts";
import type { UnixMs } from "../../kernel/brand.ts";
import { encryptAes128gcm, encryptAesgcm, newEphemeral, PLAINTEXT_MAX, type Receiver } from "./encrypt.ts";
import { vapidToken, type VapidKey } from "./vapid.ts";

/** Seconds that the service keeps it for a phone that is off: as Mastodon's, two days. */
const TTL = 172_800;

export interface PushTo extends Receiver {
  readonly endpoint: string;
  /** The app reads RFC 8291; else the draft before it. */
  readonly standard: boolean;
}

export interface PushRequest {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

/** `subject`: see `vapidToken`. Throws for a text that no push service need take. Cost: a key pair, a derivation and a signature on P-256, about 1 ms of CPU. */
export async function pushRequest(
  to: PushTo,
  text: string,
  key: VapidKey,
  subject: string,
  now: UnixMs,
): Promise<PushRequest> {
  const plaintext = new Uint8Array(new TextEncoder().encode(text));
  if (plaintext.length > PLAINTEXT_MAX) throw new RangeError(`a push of ${plaintext.length} bytes`);
  const ephemeral = await newEphemeral();
  const token = await vapidToken(key, to.endpoint, subject, now);
  const headers = { "content-type": "application/octet-stream", ttl: String(TTL), urgency: "normal" };
  if (to.standard) {
    const body = await encryptAes128gcm(to, plaintext, ephemeral);
    const authorization = `vapid t=${token},k=${key.publicText}`;
    return { headers: { ...headers, "content-encoding": "aes128gcm", authorization }, body };
  }
  const { body, point } = await encryptAesgcm(to, plaintext, ephemeral);
  return {
    headers: {
      ...headers,
      "content-encoding": "aesgcm",
      encryption: `salt=${toBase64Url(ephemeral.salt)}`,
      "crypto-key": `dh=${toBase64Url(point)};p256ecdsa=${key.publicText}`,
      authorization: `WebPush ${token}`,
    },
    body,
  };
}
