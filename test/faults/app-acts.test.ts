import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { publish } from "../../worker/owner/publish.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ORIGIN } from "../fediverse/stead.ts";
import { tokenFor } from "../mastodon/tokens.ts";
import { everyFault, Rig, type Case } from "./rig.ts";

/** Apps on a phone ask again whenever they hear nothing. */
describe("what an app asks for, with a fault at every await, until it is answered", () => {
  let rig: Rig;
  let fan: FakePeer;
  let authorization: string;
  beforeEach(async () => {
    rig = await Rig.made();
    [fan] = (await rig.followedBy("fan@fan.test")) as [FakePeer];
    authorization = `Bearer ${await tokenFor(rig.stead, ["read", "write"])}`;
  }, 30_000);
  afterEach(() => rig.done());

  async function asks(path: string, fields: Record<string, string>, headers = {}): Promise<boolean> {
    const body = new URLSearchParams(fields);
    const answer = await rig.stead.fetch(path, {
      method: "POST",
      body,
      headers: { authorization, ...headers },
    });
    await answer.text();
    return answer.status === 200;
  }

  /** Ids of what the follower got about this object. */
  const told = (type: string, of: (object: unknown) => boolean): Set<unknown> =>
    new Set(fan.received(type).flatMap(({ id, object }) => (of(object) ? [id] : [])));

  it("a post with an Idempotency-Key is there once, and is told under one id", async () => {
    const make = async (tag: string): Promise<Case> => {
      const status = `Once, whatever happens: ${tag}`;
      const run = () => asks("/api/v1/statuses", { status }, { "idempotency-key": tag });
      return {
        run,
        retry: run,
        problems: async () => {
          const found = await rows("SELECT id FROM posts WHERE source = ?", status);
          const creates = told("Create", (object) => JSON.stringify(object).includes(`${tag}<`));
          return found.length === 1 && creates.size === 1
            ? []
            : [`${found.length} posts, ${creates.size} Creates`];
        },
      };
    };
    const { faults, wrong } = await everyFault(rig, make);
    expect(wrong).toEqual([]);
    expect(faults).toBeGreaterThan(8);
  }, 120_000);

  it("a boost is one row, and is told under one id", async () => {
    const make = async (): Promise<Case> => {
      const id = await published(rig);
      const run = () => asks(`/api/v1/statuses/${id}/reblog`, {});
      return {
        run,
        retry: run,
        problems: async () => {
          const found = await rows("SELECT id FROM reactions WHERE post = ? AND id IS NOT NULL", id);
          const announced = told("Announce", (object) => object === `${ORIGIN}/posts/${id}`);
          return found.length === 1 && announced.size === 1
            ? []
            : [`${found.length} boosts, ${announced.size} Announces`];
        },
      };
    };
    const { faults, wrong } = await everyFault(rig, make);
    expect(wrong).toEqual([]);
    expect(faults).toBeGreaterThan(8);
  }, 120_000);
});

async function published(rig: Rig): Promise<number> {
  const draft = { text: "x", summary: "", visibility: "public", language: null, replyTo: null } as const;
  const made = await publish(await rig.ctx(), draft);
  await rig.run();
  if (made.kind !== "published") throw new Error(made.problem);
  return made.id;
}
