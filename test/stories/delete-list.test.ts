/** Deleting the list of who is expected: what a comparison of lists still needs is kept. */
import { beforeEach, expect, it } from "vitest";

import { hash52 } from "../../worker/kernel/hash52.ts";
import { deleteList, takeFile } from "../../worker/moving/expected.ts";
import { env, Stead } from "../fediverse/stead.ts";
import { rows } from "../fediverse/rows.ts";

let stead: Stead;
beforeEach(async () => {
  stead = await Stead.claimed();
});

const bytes = (...lines: string[]) => new TextEncoder().encode(lines.join("\n"));

it("keeps whom a rescue Accept let in and nobody has confirmed yet: their server would end the follow", async () => {
  const [alice, bob, carol, dora] = [
    await stead.peer("alice"),
    await stead.peer("bob"),
    await stead.peer("carol"),
    await stead.peer("dora"),
  ];
  await stead.followedBy(dora);
  const ctx = await stead.ctx();
  await takeFile(ctx, "list.csv", bytes(alice.id, bob.id, carol.id, dora.id));
  const rescued = (iri: string, declinedAt: number | null) =>
    env.DB.prepare("UPDATE expected SET rescued_at = 1, declined_at = ? WHERE id = ?").bind(
      declinedAt,
      hash52(iri),
    );
  await env.DB.batch([rescued(bob.id, null), rescued(carol.id, 2), rescued(dora.id, null)]);
  await deleteList(ctx);
  expect(await rows("SELECT iri FROM expected")).toEqual([{ iri: bob.id }]);
});

it("takes no list that would use up a Free day's writes, because nobody could arrive then", async () => {
  const list = bytes(...Array.from({ length: 40_001 }, (_, n) => `u${n}@big.test`));
  expect(await takeFile(await stead.ctx(), "big.csv", list)).toMatchObject({
    kind: "invalid",
    problem: expect.stringContaining("40,000"),
  });
});
