import { expect, it } from "vitest";
import { sanitise } from "../../worker/kernel/sanitise.ts";
import { VECTORS } from "./html-vectors.ts";
it.each(VECTORS)("$name", ({ input, output }) => {
  expect(sanitise(input)).toBe(output);
  expect(sanitise(output)).toBe(output);
});
