import { describe, expect, it } from "vitest";

import { fromBase64, toBase64Url } from "../../worker/kernel/base64.ts";
import type { UnixMs } from "../../worker/kernel/brand.ts";
import { HOUR } from "../../worker/kernel/clock.ts";
import { encryptAes128gcm, readReceiver } from "../../worker/signatures/web-push/encrypt.ts";
import { pushRequest } from "../../worker/signatures/web-push/request.ts";
import { generateVapid, publicPoint, vapidToken } from "../../worker/signatures/web-push/vapid.ts";
import { openPush, Phone, verifyVapid } from "../mastodon/phone.ts";

const bytes = (text: string) => new Uint8Array(new TextEncoder().encode(text));
const NOW = Date.UTC(2026, 10, 22) as UnixMs;

/** RFC 8291, Appendix A. */
const VECTOR = {
  plaintext: "When I grow up, I want to be a watermelon",
  auth: "BTBZMqHH6r4Tts7J_aSIgg",
  receiver: "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
  senderPublic: "BP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A8",
  senderPrivate: "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw",
  salt: "DGv6ra1nlYgDCS1FRnbzlw",
  message:
    "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27mlmlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPTpK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN",
};

/** The key pair of the vector, as WebCrypto takes it. */
async function senderOfVector(): Promise<CryptoKeyPair> {
  const point = fromBase64(VECTOR.senderPublic)!;
  const [x, y] = [toBase64Url(point.slice(1, 33)), toBase64Url(point.slice(33))];
  const algorithm = { name: "ECDH", namedCurve: "P-256" };
  const jwk = { kty: "EC", crv: "P-256", x, y };
  return {
    privateKey: await crypto.subtle.importKey("jwk", { ...jwk, d: VECTOR.senderPrivate }, algorithm, true, [
      "deriveBits",
    ]),
    publicKey: await crypto.subtle.importKey("jwk", jwk, algorithm, true, []),
  };
}

async function vapid() {
  const pair = await generateVapid();
  return { pair, key: { privateKey: pair.privateKey, publicText: await publicPoint(pair.publicKey) } };
}

describe("a push", () => {
  it("is encrypted to the letter as RFC 8291 shows it in Appendix A", async () => {
    const receiver = (await readReceiver(VECTOR.receiver, VECTOR.auth))!;
    const ephemeral = { pair: await senderOfVector(), salt: fromBase64(VECTOR.salt)! };
    const body = await encryptAes128gcm(receiver, bytes(VECTOR.plaintext), ephemeral);
    expect(toBase64Url(body)).toBe(VECTOR.message);
  });

  it.each([
    [true, "aes128gcm"],
    [false, "aesgcm"],
  ])("is read by who has the keys and by nobody else (standard: %s, %s)", async (standard, encoding) => {
    const { key, pair } = await vapid();
    const [phone, thief] = [await Phone.made(), await Phone.made()];
    const to = { ...(await phone.receiver()), endpoint: "https://push.test/send/1", standard };
    const text = JSON.stringify({ title: "Ünïcödé 🐘", body: "x".repeat(3_000) });
    const { headers, body } = await pushRequest(to, text, key, "https://me.test/", NOW);
    expect(headers["content-encoding"]).toBe(encoding);
    expect([headers["ttl"], headers["urgency"]]).toEqual(["172800", "normal"]);
    expect(body.length).toBeLessThanOrEqual(4_096);
    expect(await openPush(phone, headers, body)).toBe(text);
    expect(await openPush(thief, headers, body).catch(() => "unreadable")).toBe("unreadable");
    const claims = await verifyVapid(headers, pair.publicKey);
    expect(claims).toMatchObject({ aud: "https://push.test", sub: "https://me.test/" });
    const again = await pushRequest(to, text, key, "https://me.test/", NOW);
    expect(toBase64Url(again.body)).not.toBe(toBase64Url(body));
  });

  it("is signed in both forms that push services read, with the key that apps subscribed with", async () => {
    const { key } = await vapid();
    const phone = await Phone.made();
    const receiver = await phone.receiver();
    const endpoint = "https://push.test/1";
    const standard = await pushRequest(
      { ...receiver, endpoint, standard: true },
      "x",
      key,
      "https://me.test/",
      NOW,
    );
    expect(standard.headers["authorization"]).toMatch(new RegExp(`^vapid t=[\\w.-]+,k=${key.publicText}$`));
    const older = await pushRequest(
      { ...receiver, endpoint, standard: false },
      "x",
      key,
      "https://me.test/",
      NOW,
    );
    expect(older.headers["authorization"]).toMatch(/^WebPush [\w-]+\.[\w-]+\.[\w-]+$/);
    expect(older.headers["crypto-key"]).toMatch(new RegExp(`^dh=B[\\w-]{86};p256ecdsa=${key.publicText}$`));
    expect(older.headers["encryption"]).toMatch(/^salt=[\w-]{22}$/);
  });

  it("is signed for its own service alone, for half a day", async () => {
    const { key } = await vapid();
    const token = await vapidToken(key, "https://push.test:8443/a/b?c", "https://me.test/", NOW);
    const [head, claims] = token.split(".").map((part) => {
      try {
        return JSON.parse(new TextDecoder().decode(fromBase64(part)!)) as unknown;
      } catch {
        return null;
      }
    });
    expect(head).toEqual({ typ: "JWT", alg: "ES256" });
    expect(claims).toEqual({
      aud: "https://push.test:8443",
      exp: (NOW + 12 * HOUR) / 1_000,
      sub: "https://me.test/",
    });
  });
});

describe("the keys of a subscription", () => {
  it("are taken in either alphabet, padded or not", async () => {
    const phone = await Phone.made();
    const { p256dh, auth } = phone.keys;
    const standard = (text: string) => text.replaceAll("-", "+").replaceAll("_", "/");
    for (const key of [p256dh, standard(p256dh), `${standard(p256dh)}=`]) {
      expect((await readReceiver(key, `${standard(auth)}==`))?.publicKey).toEqual(fromBase64(p256dh));
    }
  });

  it.each([
    ["nothing", "", ""],
    ["no point on the curve", toBase64Url(new Uint8Array(65).fill(4)), VECTOR.auth],
    ["a compressed point", toBase64Url(new Uint8Array(33).fill(2)), VECTOR.auth],
    ["a short secret", VECTOR.receiver, "AAAA"],
    ["no base64", "…", VECTOR.auth],
  ])("are refused when they are %s, before anything is encrypted to them", async (_, p256dh, auth) => {
    expect(await readReceiver(p256dh, auth)).toBeNull();
  });
});
