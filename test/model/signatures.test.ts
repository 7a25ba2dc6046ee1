/** The signature policy for draft-cavage: a table of requests that a peer, or somebody who is not that peer, might send. */
import { beforeAll, describe, expect, it } from "vitest";
import { sha256 } from "../../worker/signatures/digest.ts";
import { generateRsa } from "../../worker/signatures/keys.ts";
import { BODY, cavage, KEY_ID, NOW, type Oddity, type Outcome, outcomeOf } from "./signed-requests.ts";

let pair: CryptoKeyPair;
beforeAll(async () => {
  pair = await generateRsa();
});

const at = (minutes: number) => new Date(NOW + minutes * 60_000).toUTCString();
const unix = (minutes: number) => String(NOW / 1000 + minutes * 60);
const megabyte = "x".repeat(1_000_000);
const otherDigest = "0".repeat(43) + "=";
const bodyDigest = await sha256(BODY);

const requests: [name: string, outcome: Outcome, oddity: Oddity][] = [
  ["A1 what every server sends", "verified", {}],
  ["A2 hs2019", "verified", { params: { algorithm: '"hs2019"' } }],
  ["A2 no algorithm named", "verified", { params: { algorithm: null } }],
  ["A4 no signature", "missing", { arrives: { headers: {} } }],
  [
    "A5 no digest header and none signed",
    "coverage",
    { headers: { digest: null }, covers: "(request-target) host date" },
  ],
  ["A5 a digest signed but not sent", "digest", { headers: { digest: null } }],
  ["A6 a digest sent but not signed", "coverage", { covers: "(request-target) host date" }],
  ["A7 another body than the digest's", "digest", { arrives: { digest: otherDigest } }],
  ["A8 host not signed", "coverage", { covers: "(request-target) date digest" }],
  ["A8 signed for another host", "host", { headers: { host: "other.test" } }],
  ["A8 signed for another host, sent to ours", "forged", { signsAs: { host: "other.test" } }],
  ["A9 request target not signed", "coverage", { covers: "host date digest" }],
  ["A9 signed for a GET", "forged", { signsAs: { "(request-target)": "get /inbox" } }],
  ["A9 signed for another path", "forged", { signsAs: { "(request-target)": "post /outbox" } }],
  ["A16 61 minutes old", "date", { headers: { date: at(-61) } }],
  ["A16 13 hours old", "date", { headers: { date: at(-13 * 60) } }],
  ["59 minutes old", "verified", { headers: { date: at(-59) } }],
  ["A17 61 minutes in the future", "date", { headers: { date: at(61) } }],
  ["A17 59 minutes in the future", "verified", { headers: { date: at(59) } }],
  ["A18 a date that is a word", "date", { headers: { date: "yesterday" } }],
  ["A18 an empty date", "date", { headers: { date: "" } }],
  ["A18 a megabyte of date", "date", { headers: { date: megabyte } }],
  ["a day that is not in the calendar", "date", { headers: { date: "Sun, 45 Nov 2026 12:00:00 GMT" } }],
  [
    "(created) in place of date",
    "verified",
    {
      covers: "(request-target) (created) host digest",
      params: { algorithm: '"hs2019"', created: unix(0) },
    },
  ],
  [
    "(created) of two hours ago",
    "date",
    { covers: "(request-target) (created) host digest", params: { created: unix(-120) } },
  ],
  ["(created) signed but not given", "date", { covers: "(request-target) (created) host digest" }],
  [
    "(created) given but not signed",
    "coverage",
    { covers: "(request-target) host digest", params: { created: unix(0) } },
  ],
  [
    "a good (created) beside a stale date",
    "date",
    {
      covers: "(request-target) (created) host date digest",
      headers: { date: at(-61) },
      params: { created: unix(0) },
    },
  ],
  ["expired", "date", { params: { expires: unix(-6) } }],
  ["expired by a clock that is 4 minutes slow", "verified", { params: { expires: unix(-4) } }],
  ["expires that is no number", "date", { params: { expires: '"soon"' } }],
  [
    "more headers signed than asked for",
    "verified",
    { covers: "(request-target) user-agent host date digest content-type" },
  ],
  [
    "a signed header that is not there",
    "coverage",
    { covers: "(request-target) host date digest x-lost", signsAs: { "x-lost": "" } },
  ],
  [
    "a pseudo-header we do not know",
    "coverage",
    { covers: "(request-target) host date digest (key-id)", signsAs: { "(key-id)": KEY_ID } },
  ],
  [
    "a megabyte of a signed header",
    "coverage",
    { covers: "(request-target) host date digest user-agent", headers: { "user-agent": megabyte } },
  ],
  [
    "a line break in a signed header",
    "coverage",
    {
      covers: "(request-target) host date digest user-agent",
      headers: { "user-agent": "a\nb: c" },
    },
  ],
  ["a header listed twice", "malformed", { covers: "(request-target) host date digest date" }],
  ["a parameter given twice", "malformed", { params: { expires: `${unix(9)},expires=${unix(9)}` } }],
  ["the host with its default port", "verified", { headers: { host: "me.test:443" } }],
  ["the host in capitals", "verified", { headers: { host: "ME.test" } }],
  [
    "several digests, one of them ours",
    "verified",
    { headers: { digest: `unixsum=1, sha-256=${bodyDigest}` } },
  ],
  [
    "two SHA-256 digests, one of them false",
    "digest",
    { headers: { digest: `SHA-256=${bodyDigest},SHA-256=${otherDigest}` } },
  ],
  ["only a SHA-512 digest", "digest", { headers: { digest: "SHA-512=AAAA" } }],
  ["an algorithm we do not verify", "algorithm", { params: { algorithm: '"rsa-sha512"' } }],
  ["HMAC with the public key as secret", "algorithm", { params: { algorithm: '"hmac-sha256"' } }],
  ["a key id that is no address", "malformed", { params: { keyId: '"Test"' } }],
  ["no key id", "malformed", { params: { keyId: null } }],
  ["an empty signature", "malformed", { params: { signature: '""' } }],
  ["a signature that is not base64", "malformed", { params: { signature: '"%%%%"' } }],
  ["a quote that never ends", "malformed", { params: { signature: '"AAAA' } }],
  ["a megabyte of signature", "malformed", { params: { signature: `"${megabyte}"` } }],
];

describe("draft-cavage, so that nobody can speak for another", () => {
  it.each(requests)("%s: %s", async (_, outcome, oddity) => {
    expect(await outcomeOf(await cavage(pair.privateKey, oddity), pair.publicKey)).toBe(outcome);
  });
});
