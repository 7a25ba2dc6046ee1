/** The servers built on Fedify (Hollo, Ghost) are met by its own code: what it signs we verify, and the other way round. */
import { signRequest, verifyRequest } from "@fedify/fedify/sig";
import { beforeAll, describe, expect, it } from "vitest";
import type { UnixMs } from "../../worker/kernel/brand.ts";
import { sha256 } from "../../worker/signatures/digest.ts";
import { generateRsa, publicPem } from "../../worker/signatures/keys.ts";
import { readSignature } from "../../worker/signatures/read.ts";
import { signCavage, signRfc9421 } from "../../worker/signatures/sign.ts";
import { importPublicKey, verify } from "../../worker/signatures/verify.ts";
import { BODY, KEY_ID } from "../model/signed-requests.ts";

let pair: CryptoKeyPair;
beforeAll(async () => {
  pair = await generateRsa();
});

const type = "application/activity+json";
const inbox = "https://me.test/inbox";

/** The sender's actor, which Fedify asks for when it looks for the key. */
async function documentLoader(url: string) {
  const owner = "https://a.test/users/alice";
  const publicKey = {
    id: KEY_ID,
    owner,
    type: "CryptographicKey",
    publicKeyPem: await publicPem(pair.publicKey),
  };
  const document = {
    "@context": ["https://www.w3.org/ns/activitystreams", "https://w3id.org/security/v1"],
    id: owner,
    type: "Person",
    inbox: `${owner}/inbox`,
    publicKey,
  };
  return { contextUrl: null, documentUrl: url, document };
}

describe("Fedify", () => {
  it.each(["draft-cavage-http-signatures-12", "rfc9421"] as const)(
    "signs by %s and is verified",
    async (spec) => {
      const headers = { host: "me.test", "content-type": type, accept: type };
      const request = new Request(inbox, { method: "POST", body: BODY, headers });
      const signed = await signRequest(request, pair.privateKey, new URL(KEY_ID), { spec });
      const raw = {
        method: signed.method,
        url: signed.url,
        headers: Object.fromEntries(signed.headers),
        digest: await sha256(await signed.text()),
      };
      const read = readSignature(raw, Date.now() as UnixMs);
      const key = await importPublicKey({ kind: "pem", pem: await publicPem(pair.publicKey) });
      expect(read.ok && read.signature.keyId).toBe(KEY_ID);
      expect(read.ok && key !== null && (await verify(read.signature, key))).toBe(true);
    },
  );

  it.each([
    ["draft-cavage", signCavage],
    ["RFC 9421", signRfc9421],
  ] as const)("verifies what we sign by %s", async (_, sign) => {
    const at = Date.now() as UnixMs;
    const toSign = {
      method: "POST" as const,
      url: inbox,
      at,
      digest: await sha256(BODY),
      contentType: type,
    };
    const added = await sign({ id: KEY_ID, privateKey: pair.privateKey }, toSign);
    const headers = { host: "me.test", "content-type": type, ...added };
    const request = new Request(inbox, { method: "POST", body: BODY, headers });
    const key = await verifyRequest(request, { documentLoader });
    expect(key?.id?.href).toBe(KEY_ID);

    const changed = new Request(inbox, { method: "POST", body: `${BODY} `, headers });
    expect(await verifyRequest(changed, { documentLoader })).toBeNull();
  });
});
