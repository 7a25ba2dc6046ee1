import { describe, expect, it } from "vitest";

import { rewrap, type SteadAtRest } from "../../scripts/rewrap-steps.ts";
import { newDataKey, openDataKey, seal, open } from "../../worker/kernel/vault.ts";

const ACTOR = "https://me.test/actor";
const OLD = "the-old-secret-of-32-characters-";
const NEW = "the-new-secret-of-32-characters-";

/** A stead whose steps can be cut off: the nth one dies before or after it took effect. */
class Fake implements SteadAtRest {
  secret = OLD;
  dataKey: string | null;
  #steps = 0;
  readonly #dies: { at: number; before: boolean } | null;

  constructor(dataKey: string | null, dies: { at: number; before: boolean } | null = null) {
    this.dataKey = dataKey;
    this.#dies = dies;
  }

  async #step<T>(act: () => T): Promise<T> {
    const dies = this.#dies?.at === ++this.#steps ? this.#dies : null;
    if (dies?.before) throw new Error("killed before");
    const result = act();
    if (dies) throw new Error("killed after");
    return result;
  }

  read() {
    return this.#step(() => (this.dataKey === null ? null : { actor: ACTOR, dataKey: this.dataKey }));
  }

  write(from: string, to: string) {
    return this.#step(() => {
      if (this.dataKey === from) this.dataKey = to;
    });
  }

  use(secret: string) {
    return this.#step(() => {
      this.secret = secret;
    });
  }
}

describe("changing the secret", () => {
  it("leaves what the keys lie under as it was, and opens to the new secret only", async () => {
    const { key, wrapped } = await newDataKey(OLD, ACTOR);
    const sealed = await seal(key, new TextEncoder().encode("a private key"), "name");
    const stead = new Fake(wrapped);
    expect(await rewrap(stead, OLD, NEW)).toBe("done");
    expect(stead.secret).toBe(NEW);
    expect(await openDataKey(OLD, stead.dataKey!, ACTOR)).toBeNull();
    const opened = await open((await openDataKey(NEW, stead.dataKey!, ACTOR))!, sealed, "name");
    expect(new TextDecoder().decode(opened!)).toBe("a private key");
  });

  it("is whole after a second run, wherever the first was cut off", async () => {
    const { wrapped } = await newDataKey(OLD, ACTOR);
    for (let at = 1; at <= 4; at++) {
      for (const before of [true, false]) {
        const cut = new Fake(wrapped, { at, before });
        await expect(rewrap(cut, OLD, NEW)).rejects.toThrow("killed");
        const again = new Fake(cut.dataKey);
        again.secret = cut.secret;
        expect(await rewrap(again, cut.secret, NEW)).toBe("done");
        expect(again.secret).toBe(NEW);
        expect(await openDataKey(NEW, again.dataKey!, ACTOR)).not.toBeNull();
      }
    }
  });

  it("changes nothing with a wrong secret, and has nothing to do before the claim", async () => {
    const { wrapped } = await newDataKey(OLD, ACTOR);
    const stead = new Fake(wrapped);
    expect(await rewrap(stead, "not the secret, only as long as it", NEW)).toBe("wrong-secret");
    expect([stead.secret, stead.dataKey]).toEqual([OLD, wrapped]);
    expect(await rewrap(new Fake(null), OLD, NEW)).toBe("unclaimed");
  });
});
