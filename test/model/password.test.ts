import { describe, expect, it } from "vitest";

import {
  checkPassword,
  equalSecrets,
  hashPassword,
  PASSWORD_ITERATIONS,
} from "../../worker/kernel/password.ts";

const SECRET = "a-secret-of-22-letters";

describe("a password", () => {
  it("is known again by its hash, and no other is", async () => {
    const stored = await hashPassword(SECRET, "correct horse");
    expect(await checkPassword(SECRET, "correct horse", stored)).toBe(true);
    for (const wrong of ["correct horsE", "correct horse ", "", "correct hors"]) {
      expect(await checkPassword(SECRET, wrong, stored)).toBe(false);
    }
  });

  it("cannot be guessed at with the database alone: the secret is part of it", async () => {
    const stored = await hashPassword(SECRET, "correct horse");
    expect(await checkPassword("another-secret-of-letters", "correct horse", stored)).toBe(false);
  });

  it("is the same however its letters were put together, because phones and desktops differ", async () => {
    const stored = await hashPassword(SECRET, "caf\u00e9 au lait");
    expect(await checkPassword(SECRET, "cafe\u0301 au lait", stored)).toBe(true);
  });

  it("has a salt of its own, and its iterations are kept with it, so that they may grow", async () => {
    const [one, two] = [
      await hashPassword(SECRET, "correct horse"),
      await hashPassword(SECRET, "correct horse"),
    ];
    expect(one.hash).not.toBe(two.hash);
    expect(one.iterations).toBe(PASSWORD_ITERATIONS);
    expect(await checkPassword(SECRET, "correct horse", { ...one, iterations: one.iterations + 1 })).toBe(
      false,
    );
  });

  it("whose row was damaged is refused, not thrown about", async () => {
    const stored = await hashPassword(SECRET, "correct horse");
    for (const damage of [{ hash: "" }, { hash: "%%" }, { salt: "%%" }, { hash: stored.hash.slice(4) }]) {
      expect(await checkPassword(SECRET, "correct horse", { ...stored, ...damage })).toBe(false);
    }
  });
});

it("secrets are compared by what they are, whatever their length", async () => {
  expect(await equalSecrets(SECRET, SECRET)).toBe(true);
  for (const other of ["", "a", SECRET.slice(1), `${SECRET} `, SECRET.toUpperCase()]) {
    expect(await equalSecrets(SECRET, other)).toBe(false);
  }
});
