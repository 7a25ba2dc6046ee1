/** A browser's push service on loopback, and the browser behind it: takes what is pushed and opens it with the keys of the subscription. */
import { createDecipheriv, createECDH, hkdfSync, randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { Certificates } from "../../scripts/tls-proxy.ts";
import { atTheEnd, freePort } from "./processes.ts";

export type Pushed = Readonly<Record<string, unknown>>;

export interface PushEndpoint {
  readonly endpoint: string;
  readonly keys: { readonly p256dh: string; readonly auth: string };
  /** What came, opened, in order. */
  readonly pushed: Pushed[];
  /** The encodings they came in. */
  readonly encodings: string[];
  /** From now on nobody is here: 410. */
  leave(): void;
}

export async function startPushEndpoint({ cert, key }: Certificates): Promise<PushEndpoint> {
  const port = await freePort();
  const ecdh = createECDH("prime256v1");
  const auth = randomBytes(16);
  const publicKey = ecdh.generateKeys();
  const pushed: Pushed[] = [];
  const encodings: string[] = [];
  let gone = false;
  const take = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = joined(parts);
    if (gone) return void response.writeHead(410).end();
    const encoding = String(request.headers["content-encoding"]);
    const plain =
      encoding === "aes128gcm"
        ? openStandard(ecdh, publicKey, auth, body)
        : openDraft(ecdh, publicKey, auth, body, request.headers);
    encodings.push(encoding);
    pushed.push(JSON.parse(plain.toString("utf8")) as Pushed);
    response.writeHead(201).end();
  };
  const tls = { cert: readFileSync(cert), key: readFileSync(key) };
  const server = createServer(tls, (request, response) => {
    take(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((ready) => server.listen(port, "127.0.0.1", ready));
  atTheEnd(() => {
    server.close();
    server.closeAllConnections();
  });
  return {
    endpoint: `https://localhost:${port}/push/1`,
    keys: { p256dh: publicKey.toString("base64url"), auth: auth.toString("base64url") },
    pushed,
    encodings,
    leave: () => void (gone = true),
  };
}

type Ecdh = ReturnType<typeof createECDH>;

/** RFC 8291 and RFC 8188, one record. */
function openStandard(ecdh: Ecdh, ours: Buffer, auth: Buffer, body: Buffer): Buffer {
  const salt = body.subarray(0, 16);
  const length = body.readUInt8(20);
  const theirs = body.subarray(21, 21 + length);
  const info = Buffer.concat([Buffer.from("WebPush: info\0"), ours, theirs]);
  const secret = derive(ecdh.computeSecret(theirs), auth, info, 32);
  const key = derive(secret, salt, Buffer.from("Content-Encoding: aes128gcm\0"), 16);
  const nonce = derive(secret, salt, Buffer.from("Content-Encoding: nonce\0"), 12);
  const plain = opened(key, nonce, body.subarray(21 + length));
  return plain.subarray(0, plain.lastIndexOf(2));
}

type Headers = Readonly<Record<string, string | string[] | undefined>>;

/** draft-ietf-webpush-encryption-04: the keys are in headers, the padding comes first. */
function openDraft(ecdh: Ecdh, ours: Buffer, auth: Buffer, body: Buffer, headers: Headers): Buffer {
  const [, saltText = ""] = /salt=([\w-]+)/.exec(String(headers["encryption"])) ?? [];
  const [, dh = ""] = /dh=([\w-]+)/.exec(String(headers["crypto-key"])) ?? [];
  const [salt, theirs] = [Buffer.from(saltText, "base64url"), Buffer.from(dh, "base64url")];
  const secret = derive(ecdh.computeSecret(theirs), auth, Buffer.from("Content-Encoding: auth\0"), 32);
  const context = Buffer.concat([Buffer.from("P-256\0"), sized(ours), sized(theirs)]);
  const info = (name: string) => joined([Buffer.from(`Content-Encoding: ${name}\0`), context]);
  const plain = opened(
    derive(secret, salt, info("aesgcm"), 16),
    derive(secret, salt, info("nonce"), 12),
    body,
  );
  return plain.subarray(2 + plain.readUInt16BE(0));
}

const sized = (key: Buffer): Buffer => joined([Buffer.from([0, key.length]), key]);

function joined(parts: readonly Buffer[]): Buffer {
  const whole: Buffer = Buffer.concat(parts);
  return whole;
}

function derive(secret: Buffer, salt: Buffer, info: Buffer, length: number): Buffer {
  const derived: Buffer = Buffer.from(hkdfSync("sha256", secret, salt, info, length));
  return derived;
}

function opened(key: Buffer, nonce: Buffer, body: Buffer): Buffer {
  const cipher = createDecipheriv("aes-128-gcm", key, nonce);
  cipher.setAuthTag(body.subarray(-16));
  return joined([cipher.update(body.subarray(0, -16)), cipher.final()]);
}
