import { describe, expect, it } from "vitest";

import { fromBase64, toBase64 } from "../../worker/kernel/base64.ts";
import { newDataKey, open, openDataKey, rewrapDataKey, seal } from "../../worker/kernel/vault.ts";

const SECRET = "a-secret-of-22-letters";
const ACTOR = "https://me.test/actor";
const bytes = new TextEncoder().encode("a private key");
const text = (opened: Uint8Array | null) => opened && new TextDecoder().decode(opened);

describe("the data key", () => {
  it("opens with the secret that wrapped it, and with no other", async () => {
    const { key, wrapped } = await newDataKey(SECRET, ACTOR);
    const sealed = await seal(key, bytes, "one");
    const again = await openDataKey(SECRET, wrapped, ACTOR);
    expect(text(await open(again!, sealed, "one"))).toBe("a private key");
    expect(await openDataKey(`${SECRET}!`, wrapped, ACTOR)).toBeNull();
    expect(await openDataKey(SECRET, wrapped, "https://other.test/actor")).toBeNull();
  });

  it("stays the same under a new secret, so that nothing else has to be written anew", async () => {
    const { key, wrapped } = await newDataKey(SECRET, ACTOR);
    const sealed = await seal(key, bytes, "one");
    const rewrapped = await rewrapDataKey(SECRET, "another-secret-of-letters", wrapped, ACTOR);
    const again = await openDataKey("another-secret-of-letters", rewrapped!, ACTOR);
    expect(text(await open(again!, sealed, "one"))).toBe("a private key");
    expect(await openDataKey(SECRET, rewrapped!, ACTOR)).toBeNull();
    expect(await rewrapDataKey("a-wrong-secret-of-letters", SECRET, wrapped, ACTOR)).toBeNull();
  });

  it("is another one each time, and cannot be taken out of the isolate", async () => {
    const [one, two] = [await newDataKey(SECRET, ACTOR), await newDataKey(SECRET, ACTOR)];
    expect(one.wrapped).not.toBe(two.wrapped);
    expect(one.key.extractable).toBe(false);
    expect((await openDataKey(SECRET, one.wrapped, ACTOR))!.extractable).toBe(false);
  });
});

describe("what is sealed", () => {
  it("opens only in its own place, so that one secret thing cannot stand in for another", async () => {
    const { key } = await newDataKey(SECRET, ACTOR);
    const sealed = await seal(key, bytes, "one");
    expect(await open(key, sealed, "two")).toBeNull();
    expect(await open((await newDataKey(SECRET, ACTOR)).key, sealed, "one")).toBeNull();
  });

  it("looks different each time", async () => {
    const { key } = await newDataKey(SECRET, ACTOR);
    expect(await seal(key, bytes, "one")).not.toBe(await seal(key, bytes, "one"));
  });

  it("does not open when a single byte of it was changed, or when it is cut off or no base64", async () => {
    const { key } = await newDataKey(SECRET, ACTOR);
    const sealed = fromBase64(await seal(key, bytes, "one"))!;
    for (let n = 0; n < sealed.length; n++) {
      const changed = sealed.slice();
      changed[n] = changed[n]! ^ 1;
      expect(await open(key, toBase64(changed), "one")).toBeNull();
      expect(await open(key, toBase64(sealed.slice(0, n)), "one")).toBeNull();
    }
    expect(await open(key, "no base64 at all!", "one")).toBeNull();
    expect(await open(key, "", "one")).toBeNull();
  });
});
