import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { hash52, ID_LIMIT } from "../../worker/kernel/hash52.ts";

describe("the number made from a string", () => {
  // The first two are the published values of cyrb53 for "" and "a", less 2^52 where that bit is set.
  it("is the same for ever, because rows at rest are found by it", () => {
    expect(["", "a", "https://a.test/users/alice", "https://ä.test/☃"].map(hash52)).toEqual([
      3338908027751811, 3425698174302465, 1775892923858891, 4320803674526891,
    ]);
  });

  it("is a whole number that JavaScript, SQLite and JSON hold exactly, and never nought", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
        const id = hash52(text);
        expect(Number.isSafeInteger(id) && id > 0 && id < ID_LIMIT).toBe(true);
        expect(JSON.parse(JSON.stringify(id))).toBe(id);
      }),
    );
  });

  it("of a hundred thousand neighbouring IRIs is never the same twice", () => {
    const ids = new Set(Array.from({ length: 100_000 }, (_, n) => hash52(`https://a.test/users/${n}`)));
    expect(ids.size).toBe(100_000);
  });

  it("spreads hosts over four mailrooms evenly", () => {
    const counts = [0, 0, 0, 0];
    for (let n = 0; n < 4_000; n++) counts[hash52(`h${n}.example`) % 4]!++;
    for (const count of counts) expect(Math.abs(count - 1_000)).toBeLessThan(150);
  });
});
