/** A server in secure mode that could not verify us for a moment refuses its people's keys: their Follows are kept, not lost. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { DAY, HOUR } from "../../worker/kernel/clock.ts";
import { rows } from "../fediverse/rows.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { ACTOR, Stead } from "../fediverse/stead.ts";

let stead: Stead;
let ann: FakePeer;
beforeEach(async () => {
  stead = await Stead.claimed();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + DAY });
  ann = await stead.peer("ann", "secure.test");
});
afterEach(() => void vi.useRealTimers());

it.each([401, 403])(
  "asks again after %i for as long as Mastodon would have sent it again",
  async (status) => {
    ann.host.get = () => new Response(null, { status });
    expect((await stead.deliver(ann, ann.activity("Follow", { object: ACTOR }))).status).toBe(202);
    await stead.settle();
    expect(await stead.followers()).toEqual([]);
    vi.setSystemTime(Date.now() + 2 * HOUR);
    ann.host.get = () => null;
    await stead.settle();
    expect(await stead.followers()).toEqual([ann.id]);
  },
);

it("tells the owner after three days whose Follow could not be verified", async () => {
  ann.host.get = () => new Response(null, { status: 401 });
  await stead.deliver(ann, ann.activity("Follow", { object: ACTOR }));
  await stead.settle();
  for (let hours = 0; hours < 76; hours += 2) {
    vi.setSystemTime(Date.now() + 2 * HOUR);
    await stead.settle();
  }
  expect(await rows("SELECT actor, detail FROM unverified_mail")).toEqual([
    { actor: ann.id, detail: expect.stringContaining("401") },
  ]);
});

it("tells the owner at once of a Follow whose sender's document can not be read", async () => {
  ann.host.get = () => new Response("<html>", { headers: { "content-type": "text/html" } });
  await stead.deliver(ann, ann.activity("Follow", { object: ACTOR }));
  await stead.settle();
  expect(await rows("SELECT actor, activity, detail FROM unverified_mail")).toEqual([
    { actor: ann.id, activity: "Follow", detail: expect.stringContaining("text/html") },
  ]);
});
