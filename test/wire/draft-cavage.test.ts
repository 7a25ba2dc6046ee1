/** draft-cavage-http-signatures-12: its published vectors, and requests shaped as servers send them. */
import { beforeAll, describe, expect, it } from "vitest";
import { fromBase64 } from "../../worker/kernel/base64.ts";
import type { Iri } from "../../worker/kernel/brand.ts";
import { signingString } from "../../worker/signatures/cavage.ts";
import { generateRsa } from "../../worker/signatures/keys.ts";
import { readSignature } from "../../worker/signatures/read.ts";
import { verify } from "../../worker/signatures/verify.ts";
import { cavage, NOW, type Oddity } from "../model/signed-requests.ts";
import { DRAFT_CAVAGE_KEY } from "./published-keys.ts";

describe("appendix C", () => {
  const message = {
    method: "POST",
    url: "https://example.com/foo?param=value&pet=dog",
    headers: {
      host: "example.com",
      date: "Sun, 05 Jan 2014 21:31:40 GMT",
      "content-type": "application/json",
      digest: "SHA-256=X48E9qOokqqrvdts8nOJRJN3OWDUoyWxBf7kbu9DBPE=",
      "content-length": "18",
    },
  };

  it.each([
    [
      "C.1",
      "date",
      "SjWJWbWN7i0wzBvtPl8rbASWz5xQW6mcJmn+ibttBqtifLN7Sazz6m79cNfwwb8DMJ5cou1s7uEGKKCs+FLEEaDV5lp7q25WqS+lavg7T8hc0GppauB6hbgEKTwblDHYGEtbGmtdHgVCk9SuS13F0hZ8FD0k/5OxEPXe5WozsbM=",
    ],
    [
      "C.2",
      "(request-target) host date",
      "qdx+H7PHHDZgy4y/Ahn9Tny9V3GP6YgBPyUXMmoxWtLbHpUnXS2mg2+SbrQDMCJypxBLSPQR2aAjn7ndmw2iicw3HMbe8VfEdKFYRqzic+efkb3nndiv/x1xSHDJWeSWkx3ButlYSuBskLu6kd9Fswtemr3lgdDEmn04swr2Os0=",
    ],
    // Draft 12 prints (created) and (expires) as well, but kept the signature of draft 10, which is over these six.
    [
      "C.3",
      "(request-target) host date content-type digest content-length",
      "vSdrb+dS3EceC9bcwHSo4MlyKS59iFIrhgYkz8+oVLEEzmYZZvRs8rgOp+63LEM3v+MFHB32NfpB2bEKBIvB1q52LaEUHFv120V01IL+TAD48XaERZFukWgHoBTLMhYS2Gb51gWxpeIq8knRmPnYePbF5MOkR0Zkly4zKH7s1dE=",
    ],
  ])("%s: the signature over %s is verified", async (_, names, signature) => {
    const text = signingString(message, names.split(" "), new Map());
    const spki = fromBase64(DRAFT_CAVAGE_KEY.replaceAll(/-----[A-Z ]+-----|\n/g, "")) ?? new Uint8Array();
    const algorithm = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
    // Past importPublicKey, which refuses a key of 1024 bits.
    const key = await crypto.subtle.importKey("spki", spki, algorithm, true, ["verify"]);
    const read = {
      scheme: "cavage" as const,
      keyId: "https://example.com/key" as Iri,
      algorithm: "rsa-sha256",
      signed: new TextEncoder().encode(text ?? ""),
      signature: fromBase64(signature) ?? new Uint8Array(),
    };
    expect(await verify(read, key)).toBe(true);
    expect(await verify({ ...read, signed: read.signed.subarray(1) }, key)).toBe(false);
  });
});

describe("what servers send to an inbox is verified", () => {
  let pair: CryptoKeyPair;
  beforeAll(async () => {
    pair = await generateRsa();
  });

  const hs2019 = { algorithm: '"hs2019"' };
  it.each<[string, Oddity]>([
    ["snac", { covers: "(request-target) host digest date" }],
    [
      "GoToSocial",
      {
        covers: "(request-target) host date digest",
        params: { keyId: '"https://a.test/users/alice/main-key"' },
      },
    ],
    ["tootik", { covers: "(request-target) host date content-type digest", params: hs2019 }],
    [
      "Mastodon of 2018",
      {
        covers: "(request-target) user-agent host date accept-encoding digest",
        headers: { "accept-encoding": "gzip" },
      },
    ],
    [
      "one that names no algorithm",
      { covers: "(request-target) host digest date", params: { algorithm: null } },
    ],
    [
      "one that writes (created) as text",
      {
        covers: "(request-target) (created) host digest",
        params: { ...hs2019, created: `${NOW / 1000}`, expires: `"${NOW / 1000 + 10}"` },
      },
    ],
    ["one that puts spaces after its commas", { params: { " algorithm": '"hs2019"', algorithm: null } }],
  ])("%s", async (_, oddity) => {
    const read = readSignature(await cavage(pair.privateKey, oddity), NOW);
    expect(read.ok && (await verify(read.signature, pair.publicKey))).toBe(true);
  });
});
