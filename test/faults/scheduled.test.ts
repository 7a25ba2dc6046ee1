import { afterEach, beforeEach, describe, expect, it } from "vitest";

import type { UnixMs } from "../../worker/kernel/brand.ts";
import { HOUR, MINUTE } from "../../worker/kernel/clock.ts";
import { publish } from "../../worker/owner/publish.ts";
import { type Draft } from "../../worker/owner/draft.ts";
import { schedulePost } from "../../worker/owner/schedule.ts";
import { sweep } from "../../worker/sweep.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, env } from "../fediverse/stead.ts";
import { everyFault, Rig, type Case } from "./rig.ts";

describe("what cron does for the owner, with a fault at every await", () => {
  let rig: Rig;
  let fan: FakePeer;
  beforeEach(async () => {
    rig = await Rig.made();
    [fan] = (await rig.followedBy("fan@fan.test")) as [FakePeer];
  }, 30_000);
  afterEach(() => rig.done());

  const draft = (text: string, more: Partial<Draft> = {}): Draft => ({
    text,
    summary: "",
    visibility: "public",
    language: null,
    replyTo: null,
    ...more,
  });

  /** A minute in which nothing else is looked after; what goes on behind it is part of it. */
  const cron = (): Promise<boolean> =>
    rig.boundary.within("cron", async () => {
      const at = Math.floor(Date.now() / (10 * MINUTE)) * 10 * MINUTE + MINUTE;
      await sweep(env, at, (work) => {
        // What fails behind a later await is nobody's yet.
        rig.boundary.background.push(work.catch(() => {}));
      });
      return true;
    });

  it("what was scheduled is published once, under one id", async () => {
    const { faults, wrong } = await everyFault(rig, async (tag): Promise<Case> => {
      const text = `later-${tag}-end`;
      const at = (Date.now() + 10 * MINUTE) as UnixMs;
      const made = await schedulePost(await rig.ctx(), draft(text), at, 1);
      expect(made.kind).toBe("scheduled");
      rig.pass(11 * MINUTE);
      return {
        run: cron,
        // A failure that could be noted is tried again after an hour.
        retry: async () => {
          rig.pass(HOUR);
          return cron();
        },
        problems: async () => {
          rig.pass(HOUR);
          await cron();
          await rig.run();
          const posts = await rows("SELECT id FROM posts WHERE source = ?", text);
          const left = await rows("SELECT problem FROM scheduled_posts");
          const told = fan.received("Create").filter((one) => JSON.stringify(one).includes(text));
          const ids = new Set(told.map(({ id }) => id));
          const right = posts.length === 1 && left.length === 0 && ids.size === 1;
          return right ? [] : [`${posts.length} posts, ${left.length} left, ${ids.size} Creates`];
        },
      };
    });
    expect(wrong).toEqual([]);
    expect(faults).toBeGreaterThan(8);
    expect(rig.overspenders()).toEqual([]);
  }, 240_000);

  it("a poll that is over is closed with its last count, and everybody hears of it", async () => {
    const { faults, wrong } = await everyFault(rig, async (tag): Promise<Case> => {
      const poll = { options: ["a", "b"], lasts: 10 * MINUTE, multiple: false, hideTotals: false };
      const made = await publish(await rig.ctx(), draft(`poll-${tag}-end`, { poll }));
      if (made.kind !== "published") throw new Error(made.problem);
      await rig.run();
      const [post] = await rows<{ iri: string }>("SELECT iri FROM posts WHERE id = ?", made.id);
      const vote = {
        id: fan.newId(),
        type: "Note",
        name: "b",
        attributedTo: fan.id,
        inReplyTo: post!.iri,
        to: [ACTOR],
      };
      await rig.stead.deliver(fan, fan.activity("Create", { object: vote, to: [ACTOR] }));
      rig.pass(11 * MINUTE);
      return {
        run: cron,
        retry: cron,
        problems: async () => {
          const closed = await rows(
            `SELECT id FROM posts WHERE id = ? AND poll ->> '$.options[1].votes' = 1 AND document ->> '$.closed' IS NOT NULL
              AND NOT EXISTS (SELECT 1 FROM open_polls WHERE post = id)`,
            made.id,
          );
          const told = fan
            .received("Update")
            .map((one) => one as { id: string; object: Doc })
            .filter(({ object }) => object["id"] === post!.iri && object["closed"] !== undefined);
          const ids = new Set(told.map(({ id }) => id));
          return closed.length === 1 && ids.size === 1
            ? []
            : [`${closed.length} closed, ${ids.size} Updates`];
        },
      };
    });
    expect(wrong).toEqual([]);
    expect(faults).toBeGreaterThan(5);
    expect(rig.overspenders()).toEqual([]);
  }, 240_000);
});
