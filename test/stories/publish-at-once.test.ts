import { beforeEach, describe, expect, it } from "vitest";

import { publish } from "../../worker/owner/publish.ts";
import { Stead } from "../fediverse/stead.ts";

const DRAFT = { text: "Hello", summary: "", visibility: "public", language: "en", replyTo: null } as const;

describe("posts in the same millisecond", () => {
  let stead: Stead;
  beforeEach(async () => {
    stead = await Stead.claimed();
  });

  it("publishes all of them, each with a number of its own, because two apps may send at once", async () => {
    const now = Date.now();
    const ctx = { ...(await stead.ctx()), clock: () => now as never };
    const published = await Promise.all(Array.from({ length: 8 }, () => publish(ctx, DRAFT)));
    const ids = published.map((one) => (one.kind === "published" ? one.id : one.problem));
    expect(new Set(ids).size).toBe(8);
    expect(ids.every((id) => typeof id === "number" && Math.floor(id / 1_000) === now)).toBe(true);
    expect(await stead.getJson("/actor/outbox")).toMatchObject({ totalItems: 8 });
  });
});
