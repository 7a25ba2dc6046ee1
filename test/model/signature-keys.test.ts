/** Keys as actors publish them. */
import { describe, expect, it } from "vitest";
import { fromBase64, toBase64 } from "../../worker/kernel/base64.ts";
import { decodeBase58, encodeBase58 } from "../../worker/signatures/base58.ts";
import { generateEd25519, generateRsa, publicMultibase, publicPem } from "../../worker/signatures/keys.ts";
import { importPublicKey, type PublicKey } from "../../worker/signatures/verify.ts";
import { DRAFT_CAVAGE_KEY, RFC9421_KEY_PKCS1, RFC9421_KEY_SPKI } from "../wire/published-keys.ts";

const rsa = { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" };
const pem = (text: string): PublicKey => ({ kind: "pem", pem: text });
const multikey = (multibase: string): PublicKey => ({ kind: "multikey", multibase });
const bits = (key: CryptoKey | null) =>
  (key?.algorithm as { modulusLength?: number } | undefined)?.modulusLength;

describe("RSA keys", () => {
  it("ours are of 2048 bits and come back from the PEM that we publish", async () => {
    const { publicKey } = await generateRsa();
    const text = await publicPem(publicKey);
    const lines = text.split("\n");
    expect(lines[0]).toBe("-----BEGIN PUBLIC KEY-----");
    expect(lines.slice(-2)).toEqual(["-----END PUBLIC KEY-----", ""]);
    expect(lines.slice(1, -3).every((line) => line.length === 64)).toBe(true);
    const imported = await importPublicKey(pem(text));
    expect(bits(imported)).toBe(2048);
    expect(imported && (await publicPem(imported))).toBe(text);
  });

  it("PKCS#1, as some older peers publish it, is the same key as its SPKI", async () => {
    const [old, usual] = await Promise.all([
      importPublicKey(pem(RFC9421_KEY_PKCS1)),
      importPublicKey(pem(RFC9421_KEY_SPKI)),
    ]);
    expect(old && (await publicPem(old))).toBe(RFC9421_KEY_SPKI);
    expect(usual && (await publicPem(usual))).toBe(RFC9421_KEY_SPKI);
  });

  it("a PEM is read with any line ends, or none", async () => {
    const crlf = RFC9421_KEY_SPKI.replaceAll("\n", "\r\n");
    const flat = RFC9421_KEY_SPKI.replaceAll("\n", "");
    expect(bits(await importPublicKey(pem(crlf)))).toBe(2048);
    expect(bits(await importPublicKey(pem(flat)))).toBe(2048);
  });

  it("the RSA vector of the did:key specification is read as a Multikey", async () => {
    const vector =
      "z4MXj1wBzi9jUstyPMS4jQqB6KdJaiatPkAtVtGc6bQEQEEsKTic4G7Rou3iBf9vPmT5dbkm9qsZsuVNjq8HCuW1w24nhBFGkRE4cd2Uf2tfrB3N7h4mnyPp1BF3ZttHTYv3DLUPi1zMdkULiow3M1GfXkoC6DoxDUm1jmN6GBj22SjVsr6dxezRVQc7aj9TxE7JLbMH1wh5X3kA58H3DFW8rnYMakFGbca5CB2Jf6CnGQZmL7o5uJAdTwXfy2iiiyPxXEGerMhHwhjTA1mKYobyk2CpeEcmvynADfNZ5MBvcCS7m3XkFCMNUYBS9NQ3fze6vMSUPsNa6GVYmKx2x6JrdEjCk3qRMMmyjnjCMfR4pXbRMZa3i";
    expect(bits(await importPublicKey(multikey(vector)))).toBe(2048);
  });
});

describe("Ed25519 keys", () => {
  // Verifiable Credential Data Integrity, EdDSA Cryptosuites 1.0, appendix B; FEP-c390 has the same pair.
  const published = "z6MkrJVnaZkeFzdQyMZu1cgjg7k1pZZ6pvBQ7XJPt4swbTQ2";
  const secret = "z3u2en7t5LR2WtQH5PfFqMqwVHBeXouLzo6haApm8XHqvjxq";

  it("the W3C's secret key gives the W3C's public Multikey", async () => {
    const bytes = decodeBase58(secret.slice(1));
    expect([...(bytes?.subarray(0, 2) ?? [])]).toEqual([0x80, 0x26]); // ed25519-priv
    const header = fromBase64("MC4CAQAwBQYDK2VwBCIEIA==") ?? [];
    const pkcs8 = Uint8Array.of(...header, ...(bytes?.subarray(2) ?? []));
    const key = await crypto.subtle.importKey("pkcs8", pkcs8, "Ed25519", true, ["sign"]);
    const { d: _, key_ops: __, ...jwk } = (await crypto.subtle.exportKey("jwk", key)) as JsonWebKey;
    const publicKey = await crypto.subtle.importKey("jwk", jwk, "Ed25519", true, ["verify"]);
    expect(await publicMultibase(publicKey)).toBe(published);
  });

  it("a Multikey comes back as it was published", async () => {
    const key = await importPublicKey(multikey(published));
    expect(key && (await publicMultibase(key))).toBe(published);
    const ours = await publicMultibase((await generateEd25519()).publicKey);
    expect(ours).toMatch(/^z6Mk/);
    const again = await importPublicKey(multikey(ours));
    expect(again && (await publicMultibase(again))).toBe(ours);
  });

  it("an RSA key is not published as Multikey by mistake", async () => {
    await expect(publicMultibase((await generateRsa()).publicKey)).rejects.toThrow(/Ed25519/);
  });
});

describe("what is no usable key is null, never an exception", () => {
  const spki = (text: string) => `-----BEGIN PUBLIC KEY-----\n${text}\n-----END PUBLIC KEY-----`;
  const body = RFC9421_KEY_SPKI.split("\n").slice(1, -2).join("");

  it.each([
    ["RSA-1024, which can be factored", pem(DRAFT_CAVAGE_KEY)],
    ["nothing", pem("")],
    ["no PEM", pem("hello")],
    ["a PEM of nothing", pem(spki(""))],
    ["a PEM cut short", pem(spki(body.slice(0, 100)))],
    ["a PEM of bytes that are no key", pem(spki("AAAA"))],
    ["a private key", pem("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")],
    ["a megabyte of PEM", pem(spki("A".repeat(1_000_000)))],
    ["a Multikey in another base", multikey("f0ed01")],
    ["a Multikey with a character of no base58", multikey("z6MkO0Il")],
    ["a Multikey of another curve", multikey("zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169")],
    ["an Ed25519 Multikey cut short", multikey("z6MkrJVnaZkeFzdQyMZu1cgjg7k1p")],
    ["an empty Multikey", multikey("z")],
    ["a megabyte of Multikey", multikey(`z6Mk${"z".repeat(1_000_000)}`)],
  ])("%s", async (_, key) => {
    expect(await importPublicKey(key)).toBeNull();
  });

  it("RSA of more than 8192 bits, which would cost more to check than an honest key", async () => {
    const modulus = toBase64(new Uint8Array(1_100).fill(0xff)).replaceAll("/", "_").replace(/=+$/, "");
    const jwk = { kty: "RSA", n: modulus, e: "AQAB" };
    const big = await crypto.subtle.importKey("jwk", jwk, rsa, true, ["verify"]);
    expect(await importPublicKey(pem(await publicPem(big)))).toBeNull();
  });
});

describe("base58btc", () => {
  // draft-msporny-base58-03 §5, and the leading zeros that a number alone would lose.
  it.each([
    ["Hello World!", "2NEpo7TZRRrLZSi2U"],
    [
      "The quick brown fox jumps over the lazy dog.",
      "USm3fpXnKG5EUBx2ndxBDMPVciP5hGey2Jh4NDv6gmeo1LkMeiKrLJUUBk6Z",
    ],
    ["\0\0\x28\x7f\xb4\xcd", "11233QC4"],
    ["", ""],
    ["\0\0", "11"],
    ["\0a", "12g"],
  ])("%j is %s", (text, encoded) => {
    const bytes = Uint8Array.from(text, (character) => character.charCodeAt(0));
    expect(encodeBase58(bytes)).toBe(encoded);
    expect(decodeBase58(encoded)).toEqual(bytes);
  });
});
