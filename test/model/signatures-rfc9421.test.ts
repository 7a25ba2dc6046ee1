/** The signature policy for RFC 9421, as `signatures.test.ts` has it for draft-cavage. */
import { beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../../worker/signatures/digest.ts";
import { generateRsa } from "../../worker/signatures/keys.ts";
import { BODY, messageSignature, NOW, type Oddity, type Outcome, outcomeOf } from "./signed-requests.ts";

let pair: CryptoKeyPair;
beforeAll(async () => {
  pair = await generateRsa();
});

const unix = (minutes: number) => String(NOW / 1000 + minutes * 60);
const megabyte = "x".repeat(1_000_000);
const otherDigest = "0".repeat(43) + "=";
const bodyDigest = await sha256(BODY);

const requests: [name: string, outcome: Outcome, oddity: Oddity][] = [
  ["A3 what Mastodon sends", "verified", {}],
  ["A3 no algorithm named", "verified", { params: { alg: null } }],
  ["A3 authority and path for the target", "verified", { covers: "@method @authority @path content-digest" }],
  [
    "all derived components",
    "verified",
    {
      covers: "@method @target-uri @authority @scheme @request-target @path @query content-digest host date",
    },
  ],
  ["A7 another body than the digest's", "digest", { arrives: { digest: otherDigest } }],
  ["A10 no content-digest", "coverage", { covers: "@method @target-uri" }],
  ["A10 no method", "coverage", { covers: "@target-uri content-digest" }],
  ["A10 neither target nor authority with path", "coverage", { covers: "@method @authority content-digest" }],
  ["A10 nothing at all", "coverage", { covers: "" }],
  [
    "a query that is not signed for",
    "coverage",
    {
      covers: "@method @authority @path content-digest",
      arrives: { url: "https://me.test/inbox?a=b" },
    },
  ],
  ["signed for another URL", "forged", { signsAs: { "@target-uri": "https://other.test/inbox" } }],
  ["signed for a GET", "forged", { signsAs: { "@method": "GET" } }],
  [
    "signed host of another server",
    "host",
    { covers: "@method @target-uri content-digest host", headers: { host: "other.test" } },
  ],
  ["A16 61 minutes old", "date", { params: { created: unix(-61) } }],
  ["A17 6 minutes in the future", "date", { params: { created: unix(6) } }],
  ["A17 4 minutes in the future", "verified", { params: { created: unix(4) } }],
  ["no time of creation", "date", { params: { created: null } }],
  ["a time of creation that is text", "date", { params: { created: `"${unix(0)}"` } }],
  ["expired", "date", { params: { expires: unix(-6) } }],
  ["not yet expired", "verified", { params: { expires: unix(1) } }],
  ["a SHA-512 digest only", "digest", { headers: { "content-digest": "sha-512=:AAAA:" } }],
  ["a digest that is text", "digest", { headers: { "content-digest": `sha-256="${bodyDigest}"` } }],
  ["a digest signed but not sent", "digest", { headers: { "content-digest": null } }],
  ["a component listed twice", "malformed", { covers: "@method @target-uri content-digest @method" }],
  ["a component we cannot rebuild", "coverage", { covers: "@method @target-uri content-digest @status" }],
  ["an algorithm we do not verify", "algorithm", { params: { alg: '"rsa-pss-sha512"' } }],
  ["a key id that is no address", "malformed", { params: { keyid: '"test-key-rsa"' } }],
  ["a parameter given twice", "malformed", { params: { expires: `${unix(9)};expires=${unix(9)}` } }],
  ["a megabyte of nonce", "malformed", { params: { nonce: `"${megabyte}"` } }],
  [
    "a component with a parameter, which has another value than the plain one",
    "coverage",
    { covers: '@method @target-uri content-digest";key="' },
  ],
];

describe("RFC 9421, so that nobody can speak for another", () => {
  it.each(requests)("%s: %s", async (_, outcome, oddity) => {
    expect(await outcomeOf(await messageSignature(pair.privateKey, oddity), pair.publicKey)).toBe(outcome);
  });
});
