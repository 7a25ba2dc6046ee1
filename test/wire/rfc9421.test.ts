/** HTTP Message Signatures, RFC 9421: the published examples that use an algorithm of the fediverse. */
import { describe, expect, it } from "vitest";
import { fromBase64 } from "../../worker/kernel/base64.ts";
import type { Iri, UnixMs } from "../../worker/kernel/brand.ts";
import { encodeBase58 } from "../../worker/signatures/base58.ts";
import { sha256 } from "../../worker/signatures/digest.ts";
import { readSignature } from "../../worker/signatures/read.ts";
import type { RawRequest } from "../../worker/signatures/request.ts";
import { signatureBase } from "../../worker/signatures/rfc9421.ts";
import { parseDictionary } from "../../worker/signatures/structured-fields.ts";
import { importPublicKey, type PublicKey, verify } from "../../worker/signatures/verify.ts";
import { RFC9421_KEY_ED25519, RFC9421_KEY_PKCS1 } from "./published-keys.ts";

const DIGEST =
  "sha-512=:WZDPaVn/7XgHaAy8pmojAkGWoRx2UFChF41A2svX+TaPm+AbwAgBWnrIiYllu7BNNyealdVLvRwEmTHWXvJwew==:";
const ed25519 = fromBase64(RFC9421_KEY_ED25519) ?? [];

const examples = [
  {
    section: "4.3, the proxy's rsa-v1_5-sha256",
    key: { kind: "pem", pem: RFC9421_KEY_PKCS1 } satisfies PublicKey,
    url: "https://origin.host.internal.example/foo?param=Value&Pet=dog",
    headers: {
      host: "origin.host.internal.example",
      date: "Tue, 20 Apr 2021 02:07:56 GMT",
      "content-type": "application/json",
      "content-length": "18",
      "content-digest": DIGEST,
      forwarded: "for=192.0.2.123;host=example.com;proto=https",
      "signature-input":
        'sig1=("@method" "@authority" "@path" "content-digest" "content-type" "content-length");created=1618884475;keyid="test-key-ecc-p256", proxy_sig=("@method" "@authority" "@path" "content-digest" "content-type" "content-length" "forwarded");created=1618884480;keyid="test-key-rsa";alg="rsa-v1_5-sha256";expires=1618884540',
      signature:
        "sig1=:X5spyd6CFnAG5QnDyHfqoSNICd+BUP4LYMz2Q0JXlb//4Ijpzp+kve2w4NIyqeAuM7jTDX+sNalzA8ESSaHD3A==:, proxy_sig=:S6ZzPXSdAMOPjN/6KXfXWNO/f7V6cHm7BXYUh3YD/fRad4BCaRZxP+JH+8XY1I6+8Cy+CM5g92iHgxtRPz+MjniOaYmdkDcnL9cCpXJleXsOckpURl49GwiyUpZ10KHgOEe11sx3G2gxI8S0jnxQB+Pu68U9vVcasqOWAEObtNKKZd8tSFu7LB5YAv0RAGhB8tmpv7sFnIm9y+7X5kXQfi8NMaZaA8i2ZHwpBdg7a6CMfwnnrtflzvZdXAsD3LH2TwevU+/PBPv0B6NMNk93wUs/vfJvye+YuI87HU38lZHowtznbLVdp770I6VHR6WfgS9ddzirrswsE1w5o0LV/g==:",
    },
    label: "proxy_sig",
    base: `"@method": POST
"@authority": origin.host.internal.example
"@path": /foo
"content-digest": ${DIGEST}
"content-type": application/json
"content-length": 18
"forwarded": for=192.0.2.123;host=example.com;proto=https
"@signature-params": ("@method" "@authority" "@path" "content-digest" "content-type" "content-length" "forwarded");created=1618884480;keyid="test-key-rsa";alg="rsa-v1_5-sha256";expires=1618884540`,
  },
  {
    section: "B.2.6, ed25519",
    key: {
      kind: "multikey",
      multibase: `z${encodeBase58(Uint8Array.of(0xed, 1, ...ed25519))}`,
    } satisfies PublicKey,
    url: "https://example.com/foo?param=Value&Pet=dog",
    headers: {
      host: "example.com",
      date: "Tue, 20 Apr 2021 02:07:55 GMT",
      "content-type": "application/json",
      "content-length": "18",
      "content-digest": DIGEST,
      "signature-input":
        'sig-b26=("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
      signature:
        "sig-b26=:wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw==:",
    },
    label: "sig-b26",
    base: `"date": Tue, 20 Apr 2021 02:07:55 GMT
"@method": POST
"@path": /foo
"@authority": example.com
"content-type": application/json
"content-length": 18
"@signature-params": ("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"`,
  },
];

describe.each(examples)("§$section", ({ key, url, headers, label, base }) => {
  const input = parseDictionary(headers["signature-input"])?.get(label);
  const signature = parseDictionary(headers.signature)?.get(label)?.value;

  it("the signature base is the printed one, and its signature is verified", async () => {
    const items = Array.isArray(input?.value) ? input.value : [];
    const names = items.map(({ value }) => value).filter((name) => typeof name === "string");
    const built = signatureBase({ method: "POST", url, headers }, names, input?.raw ?? "");
    expect(built).toBe(base);
    const publicKey = await importPublicKey(key);
    if (publicKey === null || !(signature instanceof Uint8Array)) throw new Error("unread vector");
    const alg = input?.params.get("alg");
    const read = {
      scheme: "rfc9421" as const,
      keyId: "https://example.com/key" as Iri,
      algorithm: typeof alg === "string" ? alg : "",
      signed: new TextEncoder().encode(built ?? ""),
      signature,
    };
    expect(await verify(read, publicKey)).toBe(true);
    const other = new TextEncoder().encode(`${built} `);
    expect(await verify({ ...read, signed: other }, publicKey)).toBe(false);
  });

  it("a request signed like that is refused, for its key id is no address", async () => {
    const digest = await sha256('{"hello": "world"}');
    const request: RawRequest = { method: "POST", url, headers, digest };
    const receivedAt = 1_618_884_480_000 as UnixMs;
    expect(readSignature(request, receivedAt)).toEqual({ ok: false, reason: "malformed" });
  });
});

describe("§2.2 derived components", () => {
  const url = "https://www.example.com:8443/path?param=value";
  it.each([
    ["@method", "POST"],
    ["@target-uri", url],
    ["@authority", "www.example.com:8443"],
    ["@scheme", "https"],
    ["@request-target", "/path?param=value"],
    ["@path", "/path"],
    ["@query", "?param=value"],
  ])("%s", (name, value) => {
    const base = signatureBase({ method: "POST", url, headers: {} }, [name], "()");
    expect(base).toBe(`"${name}": ${value}\n"@signature-params": ()`);
  });

  it("an absent query is a question mark (§2.2.7)", () => {
    const message = { method: "GET", url: "https://www.example.com/path", headers: {} };
    expect(signatureBase(message, ["@query"], "()")).toContain('"@query": ?\n');
  });
});

describe("RFC 8941 dictionaries", () => {
  it.each([
    ["a=?1, b;x=1.5, c=tok/en;y", ["a", "b", "c"]],
    ['a="q\\"\\\\" ,\tb=(1 "x";p :AA==:)', ["a", "b"]],
    ["", []],
  ])("%s is read", (text, keys) => {
    expect([...(parseDictionary(text)?.keys() ?? ["unread"])]).toEqual(keys);
  });

  it.each([
    "a=1,",
    ",a=1",
    "a=",
    "a=(1",
    "a=(1x)",
    "a=(1,2)",
    'a="x',
    'a="\\n"',
    "a=:AA",
    "a=1;",
    "a=1;;b",
    "a=1 b=2",
    "a=?2",
    "a=1,a=2",
    "a=1;b;b",
    "é=1",
    'a="é"',
    "a=((1))",
    "1=1",
    "a=--1",
    "a=@1",
  ])("%s is refused", (text) => {
    expect(parseDictionary(text)).toBeNull();
  });
});
