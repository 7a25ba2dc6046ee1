/** HTTP Message Signatures (RFC 9421) with Node's own crypto, as newer Mastodons write and read them. */
import { createHash, type KeyObject, sign, verify } from "node:crypto";
import { promisify } from "node:util";

import type { PostToSign, Received } from "./cavage.ts";

/** How far `created` may be from now, in seconds. */
const SKEW = 3_600;
const signAsync = promisify(sign);

/** The headers of a signed POST. */
export async function messageSignedHeaders(post: PostToSign): Promise<Record<string, string>> {
  const { url, body, keyId } = post;
  const headers = {
    "content-digest": digestOf(body),
    "content-type": post.contentType ?? "application/activity+json",
  };
  const names = ["@method", "@target-uri", "content-digest"];
  const list = names.map((name) => `"${name}"`).join(" ");
  const params = `(${list});created=${Math.floor(Date.now() / 1_000)};keyid="${keyId}"`;
  const base = signatureBase(names, params, { method: "POST", url, headers });
  const signature = (await signAsync("sha256", Buffer.from(base), post.privateKey)).toString("base64");
  return { ...headers, "signature-input": `sig1=${params}`, signature: `sig1=:${signature}:` };
}

/** What is wrong with a request that claims to be signed by a key; null: nothing. */
export function messageProblemOf(request: Received, keyId: string, publicKey: KeyObject): string | null {
  const { method, headers, body } = request;
  const input = /^(\w+)=(\(([^)]*)\)(.*))$/.exec(headers["signature-input"] ?? "");
  if (!input) return "its Signature-Input can not be read";
  const [, label = "", params = "", list = "", rest = ""] = input;
  const names = [...list.matchAll(/"([^"]+)"/g)].map(([, name]) => name ?? "");
  const signer = /;keyid="([^"]+)"/.exec(rest)?.[1];
  if (signer !== keyId) return `signed by ${signer ?? "nobody"}`;
  const created = Number(/;created=(\d+)/.exec(rest)?.[1]);
  if (!(Math.abs(Date.now() / 1_000 - created) < SKEW)) return `created at ${created}`;
  for (const name of ["@method", "@target-uri", ...(method === "POST" ? ["content-digest"] : [])])
    if (!names.includes(name)) return `${name} is not covered`;
  if (method === "POST" && headers["content-digest"] !== digestOf(body))
    return "the digest is not the body's";
  const signature = new RegExp(`^${label}=:([^:]*):$`).exec(headers["signature"] ?? "")?.[1] ?? "";
  const base = signatureBase(names, params, request);
  return verify("sha256", Buffer.from(base), publicKey, Buffer.from(signature, "base64"))
    ? null
    : "the signature does not hold";
}

function signatureBase(names: readonly string[], params: string, request: Omit<Received, "body">): string {
  const lines = names.map((name) => `"${name}": ${valueOf(name, request)}`);
  return [...lines, `"@signature-params": ${params}`].join("\n");
}

function valueOf(name: string, { method, url, headers }: Omit<Received, "body">): string {
  if (name === "@method") return method;
  if (name === "@target-uri") return url.href;
  if (name === "@authority") return url.host;
  return headers[name] ?? "";
}

function digestOf(body: string): string {
  return `sha-256=:${createHash("sha256").update(body).digest("base64")}:`;
}
