import { drizzle } from "drizzle-orm/d1";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { DAY } from "../../worker/kernel/clock.ts";
import type { Ctx } from "../../worker/kernel/ctx.ts";
import { agreements } from "../../worker/moving/agreements.ts";
import { takeFile } from "../../worker/moving/expected.ts";
import { followerSync } from "../../worker/moving/follower-sync.ts";
import type { Step } from "../../worker/moving/step.ts";
import { rescue } from "../../worker/moving/rescue.ts";
import { apart } from "../../worker/store/batch.ts";
import { noteRepairs } from "../../worker/store/repairs.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { env, Stead } from "../fediverse/stead.ts";

/** Calls of the database that a step makes, and the one whose answer is lost although it was committed, or that is never made. */
interface Fault {
  calls: number;
  readonly at: number;
  readonly moment: "before" | "after";
}

describe("mending that is cut off at any call of the database", () => {
  let stead: Stead;
  let people: FakePeer[];
  beforeEach(async () => {
    stead = await Stead.claimed();
    people = await Promise.all(["ann", "ben", "cem"].map((name, n) => stead.peer(name, `h${n}.test`)));
  });
  afterEach(async () => {
    await stead.settle();
    vi.useRealTimers();
  });

  async function failing(fault: Fault): Promise<Ctx> {
    const ctx = await stead.ctx();
    const batch = async (statements: D1PreparedStatement[]) => {
      const strikes = ++fault.calls === fault.at;
      if (strikes && fault.moment === "before") throw new Error("the database failed");
      const results = await env.DB.batch(statements);
      if (strikes) throw new Error("the answer of the database was lost");
      return results;
    };
    const client = { prepare: (query: string) => env.DB.prepare(query), batch } as unknown as D1Database;
    return { ...ctx, db: drizzle(apart(client)) };
  }

  /** A step until it has nothing to do; what fails is tried again, as the mover does. Whether the fault struck. */
  async function untilIdle(step: Step, at: number, moment: Fault["moment"]): Promise<boolean> {
    const fault: Fault = { calls: 0, at, moment };
    for (let tries = 0; tries < 40; tries++) {
      const stepped = await step(await failing(fault)).catch(() => null);
      if (stepped?.idle) return fault.calls >= at;
    }
    throw new Error("the step does not come to rest");
  }

  /** Again and again, with a fault at the first, second, ... last call, before and after. How many there were. */
  async function everyCall(
    step: Step,
    prepare: () => Promise<void>,
    hold: () => Promise<void>,
  ): Promise<number> {
    let faults = 0;
    for (const moment of ["before", "after"] as const) {
      for (let at = 1; ; at++) {
        await prepare();
        const struck = await untilIdle(step, at, moment);
        await hold();
        if (!struck) break;
        faults++;
      }
    }
    return faults;
  }

  const NEW_ROUND = { rescueRound: 0, rescueNextAt: null, rescueCursor: 0, syncRound: 0 } as never;

  async function expects(): Promise<void> {
    const ctx = await stead.ctx();
    await env.DB.batch(
      ["expected", "rescues", "follower_lists"].map((table) => env.DB.prepare(`DELETE FROM ${table}`)),
    );
    await takeFile(ctx, "list", new TextEncoder().encode(people.map(({ id }) => id).join("\n")));
  }

  it("owes nobody two rescue Accepts in a round, and nobody none", async () => {
    const faults = await everyCall(
      rescue,
      async () => {
        await expects();
        const ctx = await stead.ctx();
        await noteRepairs(ctx.db, { ...(NEW_ROUND as object), rescueAskedAt: ctx.clock() });
      },
      async () => {
        expect(await rows("SELECT rescues FROM expected")).toEqual(people.map(() => ({ rescues: 1 })));
        expect(
          await rows("SELECT count(DISTINCT expected) AS people, count(*) AS owed FROM rescues"),
        ).toEqual([{ people: 3, owed: 3 }]);
      },
    );
    expect(faults).toBeGreaterThanOrEqual(10);
  });

  it("tells every server its digest, and makes each follower it agreed to once", async () => {
    const forget = async () => {
      for (const table of ["followers", "peers", "inboxes"])
        await env.DB.prepare(`DELETE FROM ${table}`).run();
      await env.DB.prepare("UPDATE follower_log SET count = 0").run();
    };
    const told = await everyCall(
      followerSync,
      async () => {
        await expects();
        const ctx = await stead.ctx();
        await env.DB.prepare("UPDATE expected SET rescued_at = ?, inbox = iri || '/inbox'")
          .bind(ctx.clock())
          .run();
        await noteRepairs(ctx.db, { ...(NEW_ROUND as object), syncAskedAt: ctx.clock() });
      },
      async () => {
        expect(await rows("SELECT host FROM follower_lists WHERE sent_at IS NOT NULL")).toHaveLength(3);
      },
    );
    expect(told).toBeGreaterThan(6);
    await env.DB.prepare("UPDATE follower_lists SET asked_at = ?").bind(Date.now()).run();
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * DAY });
    const agreed = await everyCall(
      agreements,
      async () => {
        await forget();
        await env.DB.prepare("UPDATE follower_lists SET agreed_at = NULL").run();
      },
      async () => {
        expect((await stead.followers()).toSorted()).toEqual(people.map(({ id }) => id).toSorted());
        expect(await rows("SELECT count FROM follower_log")).toEqual([{ count: 3 }]);
        expect(await rows("SELECT refs FROM inboxes")).toEqual([{ refs: 1 }, { refs: 1 }, { refs: 1 }]);
      },
    );
    expect(agreed).toBeGreaterThan(10);
  });
});
