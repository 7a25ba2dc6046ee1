import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { HOUR } from "../../worker/kernel/clock.ts";
import { Rig } from "../faults/rig.ts";
import { tokenFor } from "./tokens.ts";

/** What an app asks at its start, each time it is opened. */
describe("the budget of an app's question", () => {
  let rig: Rig;
  let authorization: string;
  beforeAll(async () => {
    rig = await Rig.made();
    authorization = `Bearer ${await tokenFor(rig.stead, ["read", "write"])}`;
    // The key for pushes is made once in the life of a stead, and kept in mind.
    await rig.stead.fetch("/api/v2/instance");
  });
  afterAll(() => rig.done());

  async function cost(path: string): Promise<number[]> {
    rig.boundary.reset();
    const answer = await rig.stead.fetch(path, { headers: { authorization } });
    expect([path, answer.status]).toEqual([path, 200]);
    await answer.text();
    await Promise.allSettled(rig.boundary.background.splice(0));
    return rig.boundary.invocations.map(({ subrequests }) => subrequests);
  }

  it.each([
    ["/api/v1/accounts/verify_credentials", 2],
    ["/api/v1/markers?timeline[]=home&timeline[]=notifications", 2],
    ["/api/v1/preferences", 1],
    ["/api/v1/announcements", 1],
    ["/api/v1/apps/verify_credentials", 1],
    ["/api/v2/instance", 1],
    ["/api/v1/instance", 1],
    ["/api/v1/custom_emojis", 0],
    ["/.well-known/oauth-authorization-server", 0],
  ])("%s is %d calls to the database, and writes nothing", async (path, calls) => {
    expect(await cost(path)).toEqual([calls]);
    expect(rig.boundary.d1Rows).toBe(0);
  });

  it("once an hour the use of the token is noted: one row more", async () => {
    rig.pass(HOUR);
    expect(await cost("/api/v1/preferences")).toEqual([2]);
    expect(rig.boundary.d1Rows).toBe(1);
    expect(await cost("/api/v1/preferences")).toEqual([1]);
  });

  it("a stranger's made-up token is one look into the database, and what can be none is not looked for", async () => {
    for (const [token, calls] of [
      ["x".repeat(43), 1],
      ["nonsense", 0],
    ] as const) {
      rig.boundary.reset();
      const headers = { authorization: `Bearer ${token}` };
      await (await rig.stead.fetch("/api/v1/preferences", { headers })).text();
      expect(rig.boundary.invocations.map(({ subrequests }) => subrequests)).toEqual([calls]);
    }
  });
});
