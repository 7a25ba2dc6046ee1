/**
 * HTTP signatures by draft-cavage-12 with Node's own crypto: the world signs and verifies with other code than the stead has, so
 * that a mistake cannot agree with itself.
 */
import { createHash, type KeyObject, sign, verify } from "node:crypto";
import { promisify } from "node:util";

/** How far a Date may be from now, in ms: an hour, as Mastodon has it on average. */
const SKEW = 3_600_000;
const signAsync = promisify(sign);

export interface PostToSign {
  readonly keyId: string;
  readonly privateKey: KeyObject;
  readonly url: URL;
  readonly body: string;
}

/** The headers of a signed POST; RSA-2048 in the thread pool, 0.8 ms. */
export async function signedHeaders(post: PostToSign): Promise<Record<string, string>> {
  const { host, pathname } = post.url;
  const date = new Date().toUTCString();
  const digest = digestOf(post.body);
  const names = "(request-target) host date digest content-type";
  const type = "application/activity+json";
  const text = `(request-target): post ${pathname}\nhost: ${host}\ndate: ${date}\ndigest: ${digest}\ncontent-type: ${type}`;
  const signature = (await signAsync("sha256", Buffer.from(text), post.privateKey)).toString("base64");
  return {
    date,
    digest,
    "content-type": type,
    signature: `keyId="${post.keyId}",algorithm="rsa-sha256",headers="${names}",signature="${signature}"`,
  };
}

export interface Received {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** What is wrong with a POST that claims to be signed by a key; null: nothing. */
export function problemOf(post: Received, keyId: string, publicKey: KeyObject): string | null {
  const { headers, url, body } = post;
  const fields = new Map(
    [...(headers["signature"] ?? "").matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
  );
  if (fields.get("keyId") !== keyId) return `signed by ${fields.get("keyId") ?? "nobody"}`;
  if (headers["digest"] !== digestOf(body)) return "the digest is not the body's";
  const date = Date.parse(headers["date"] ?? "");
  if (!(Math.abs(Date.now() - date) < SKEW)) return `the date is ${headers["date"] ?? "missing"}`;
  const covered = fields.get("headers")?.split(" ") ?? [];
  for (const name of ["(request-target)", "host", "date", "digest"])
    if (!covered.includes(name)) return `${name} is not covered`;
  const lines = covered.map((name) => `${name}: ${valueOf(name, url, headers)}`);
  const signature = Buffer.from(fields.get("signature") ?? "", "base64");
  return verify("sha256", Buffer.from(lines.join("\n")), publicKey, signature)
    ? null
    : "the signature does not hold";
}

function valueOf(name: string, url: URL, headers: Received["headers"]): string {
  if (name === "(request-target)") return `post ${url.pathname}${url.search}`;
  if (name === "host") return url.host;
  return headers[name] ?? "";
}

function digestOf(body: string): string {
  return `SHA-256=${createHash("sha256").update(body).digest("base64")}`;
}
