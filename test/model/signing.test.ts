/** What we sign is what we accept, and nothing else is: round trips, and properties over every byte that is covered. */
import fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import type { UnixMs } from "../../worker/kernel/brand.ts";
import { DAY } from "../../worker/kernel/clock.ts";
import { sha256 } from "../../worker/signatures/digest.ts";
import { generateEd25519, generateRsa } from "../../worker/signatures/keys.ts";
import { readSignature } from "../../worker/signatures/read.ts";
import type { RawRequest } from "../../worker/signatures/request.ts";
import { signCavage, signRfc9421, type ToSign } from "../../worker/signatures/sign.ts";
import { verify } from "../../worker/signatures/verify.ts";
import { BODY, cavage, KEY_ID, messageSignature, NOW, outcomeOf } from "./signed-requests.ts";

let pair: CryptoKeyPair;
let stranger: CryptoKeyPair;
beforeAll(async () => {
  pair = await generateRsa();
  stranger = await generateRsa();
});

const verifies = async (request: RawRequest, key = pair.publicKey) =>
  (await outcomeOf(request, key)) === "verified";

const digest = await sha256(BODY);
const post: ToSign = { method: "POST", url: "https://me.test/inbox?a=b#c", at: NOW, digest };
const typed: ToSign = { ...post, contentType: "application/activity+json" };
const get: ToSign = { method: "GET", url: "https://me.test/posts/1?page=2", at: NOW };

/** The request as it arrives: what the caller sends, and what the signature adds. */
async function arrived(sign: typeof signCavage, toSign: ToSign): Promise<RawRequest> {
  const type = toSign.contentType === undefined ? {} : { "content-type": toSign.contentType };
  const added = await sign({ id: KEY_ID, privateKey: pair.privateKey }, toSign);
  return {
    method: toSign.method,
    url: toSign.url.replace("#c", ""),
    headers: { host: "me.test", ...type, ...added },
    digest: await sha256(toSign.method === "POST" ? BODY : ""),
  };
}

describe("what we sign is what we accept", () => {
  it.each([
    ["draft-cavage POST", signCavage, post, "date digest host signature"],
    ["draft-cavage POST with its type", signCavage, typed, "content-type date digest host signature"],
    ["draft-cavage GET", signCavage, get, "date host signature"],
    ["RFC 9421 POST", signRfc9421, post, "content-digest date host signature signature-input"],
    ["RFC 9421 GET", signRfc9421, get, "date host signature signature-input"],
  ] as const)("%s is verified, and by no other key", async (_, sign, toSign, names) => {
    const request = await arrived(sign, toSign);
    expect(Object.keys(request.headers).toSorted().join(" ")).toBe(names);
    expect(await verifies(request)).toBe(true);
    expect(await verifies(request, stranger.publicKey)).toBe(false);
    expect(await verifies({ ...request, method: "PUT" })).toBe(false);
  });

  it("content-type is covered when it is given, for servers that ask for it", async () => {
    const { headers } = await arrived(signCavage, typed);
    expect(headers["signature"]).toContain('"(request-target) host date digest content-type"');
  });

  it.each([signCavage, signRfc9421])(
    "a POST without a digest is our own fault, so it throws",
    async (sign) => {
      const undigested: ToSign = { method: "POST", url: post.url, at: NOW };
      const key = { id: KEY_ID, privateKey: pair.privateKey };
      await expect(sign(key, undigested)).rejects.toThrow(/digest/);
    },
  );

  it("a signature is as old as it was on receipt, however long its key is waited for", async () => {
    const request = await cavage(pair.privateKey);
    const read = readSignature(request, NOW);
    expect(read.ok && (await verify(read.signature, pair.publicKey))).toBe(true);
    expect(readSignature(request, (NOW + DAY) as UnixMs)).toEqual({ ok: false, reason: "date" });
  });
});

describe("an algorithm belongs to a kind of key, so that none is used as another", () => {
  it.each([
    ["hs2019", cavage, { params: { algorithm: '"hs2019"' } }, true],
    ["rsa-sha256", cavage, {}, false],
    ["no name", messageSignature, { params: { alg: null } }, true],
    ["ed25519", messageSignature, { params: { alg: '"ed25519"' } }, true],
    ["rsa-v1_5-sha256", messageSignature, {}, false],
  ] as const)("an Ed25519 signature called %s", async (_, signed, oddity, verified) => {
    const ed25519 = await generateEd25519();
    const request = await signed(ed25519.privateKey, oddity);
    expect(await verifies(request, ed25519.publicKey)).toBe(verified);
  });

  it("an RSA signature called ed25519 is not verified", async () => {
    const request = await messageSignature(pair.privateKey, { params: { alg: '"ed25519"' } });
    expect(await verifies(request)).toBe(false);
  });

  it("a key that cannot verify says no instead of throwing", async () => {
    expect(await verifies(await cavage(pair.privateKey), pair.privateKey)).toBe(false);
  });
});

describe("several signatures on one request", () => {
  const good = async () => (await messageSignature(pair.privateKey)).headers;
  const join = async (...more: [input: string, signature: string][]) => {
    const headers = await good();
    const inputs = [...more.map(([input]) => input), headers["signature-input"]];
    const signatures = [...more.map(([, signature]) => signature), headers["signature"]];
    const joined = { "signature-input": inputs.join(", "), signature: signatures.join(", ") };
    const request = await messageSignature(pair.privateKey);
    return { ...request, headers: { ...headers, ...joined } };
  };
  const proxy = (label: string): [string, string] => [
    `${label}=("forwarded");created=1;keyid="proxy"`,
    `${label}=:AAAA:`,
  ];

  it("a proxy's is passed over for the sender's", async () => {
    expect(await verifies(await join(proxy("p1")))).toBe(true);
  });
  it("four are looked at and no more, so that a list cannot make us work", async () => {
    expect(await verifies(await join(proxy("a"), proxy("b"), proxy("c")))).toBe(true);
    expect(await verifies(await join(proxy("a"), proxy("b"), proxy("c"), proxy("d")))).toBe(false);
  });
  it("two of one label are refused, since a reader could take either", async () => {
    expect(await verifies(await join(proxy("sig1")))).toBe(false);
  });
  it("a request signed both ways is read by RFC 9421", async () => {
    const { headers } = await cavage(stranger.privateKey);
    const both = await join();
    const signature = `${both.headers["signature"]}, ${headers["signature"]}`;
    const read = readSignature({ ...both, headers: { ...both.headers, signature } }, NOW);
    expect(read.ok && read.signature.scheme).toBe("rfc9421");
    expect(read.ok && (await verify(read.signature, pair.publicKey))).toBe(true);
  });
});

describe("no byte that is covered can be changed", () => {
  const scheme = fc.constantFrom(signCavage, signRfc9421);
  /** Another printable character, or the same one: those cases are dropped. */
  const change = fc.record({ at: fc.nat(), to: fc.integer({ min: 0x20, max: 0x7e }) });
  const altered = (text: string, { at, to }: { at: number; to: number }) => {
    const index = at % text.length;
    return text.slice(0, index) + String.fromCharCode(to) + text.slice(index + 1);
  };

  it("neither a header nor the path", async () => {
    const parts = fc.constantFrom("url", "host", "date", "digest", "content-digest", "content-type");
    const signed = new Map<typeof signCavage, RawRequest>();
    for (const sign of [signCavage, signRfc9421]) signed.set(sign, await arrived(sign, typed));
    await fc.assert(
      fc.asyncProperty(scheme, parts, change, async (sign, part, how) => {
        const request = signed.get(sign);
        if (request === undefined) throw new Error("both were signed above");
        const covered = sign === signCavage || part === "url" || part === "content-digest";
        const before = part === "url" ? "/inbox?a=b".slice(1) : request.headers[part];
        fc.pre(covered && before !== undefined && altered(before, how) !== before);
        const after = altered(before ?? "", how);
        const changed =
          part === "url"
            ? { ...request, url: `https://me.test/${after}` }
            : { ...request, headers: { ...request.headers, [part]: after } };
        expect(await verifies(changed)).toBe(false);
      }),
      { numRuns: 500 },
    );
  });

  it("nor the body, the signing string or the signature", async () => {
    const bytes = fc.record({ at: fc.nat(), xor: fc.integer({ min: 1, max: 255 }) });
    const flipped = (of: Uint8Array, { at, xor }: { at: number; xor: number }) =>
      of.map((byte, index) => (index === at % of.length ? byte ^ xor : byte));
    await fc.assert(
      fc.asyncProperty(scheme, bytes, async (sign, how) => {
        const request = await arrived(sign, post);
        const body = flipped(new TextEncoder().encode(BODY), how);
        expect(await verifies({ ...request, digest: await sha256(body) })).toBe(false);
        const read = readSignature(request, NOW);
        if (!read.ok) throw new Error(read.reason);
        const { signed, signature } = read.signature;
        for (const part of [{ signed: flipped(signed, how) }, { signature: flipped(signature, how) }]) {
          expect(await verify({ ...read.signature, ...part }, pair.publicKey)).toBe(false);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("whatever the headers are, they are answered and never thrown at", async () => {
    const field = fc.oneof(
      fc.string({ maxLength: 200 }),
      fc.constantFrom(
        "(".repeat(9e3),
        '"'.repeat(8e3),
        "a=(".repeat(2e3),
        "a ".repeat(4e3),
        ",".repeat(8e3),
        "a=\\".repeat(2e3),
      ),
      fc.stringMatching(/^sig1=\("[@a-z-]*"( "[@a-z-]*")*\);created=\d+;keyid="https:\/\/[ -~]*"$/),
      fc.stringMatching(/^keyId="https:\/\/[ -~]*",headers="[a-z() -]*",signature="[A-Za-z0-9]*"$/),
    );
    const names = ["signature", "signature-input", "date", "digest", "content-digest", "host"];
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom(...names), field), (headers) => {
        expect(readSignature({ method: "POST", url: "https://me.test/inbox", headers, digest }, NOW).ok).toBe(
          false,
        );
      }),
      { numRuns: 1_000 },
    );
    expect(readSignature({ method: "POST", url: "/inbox", headers: {}, digest }, NOW).ok).toBe(false);
  });
});
