/** What the owner sees of accounts that moved on. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { DAY } from "../../worker/kernel/clock.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { Stead } from "../fediverse/stead.ts";
import { ownerFollows } from "../hostile/cast.ts";
import { Browser } from "./browser.ts";

let stead: Stead;
let owner: Browser;
let old: FakePeer;
let next: FakePeer;
beforeEach(async () => {
  stead = await Stead.claimed();
  owner = await Browser.signedIn(stead);
  old = await stead.peer("old", "a.test");
  next = await stead.peer("next", "b.test");
  next.document = { ...next.document, alsoKnownAs: [old.id] };
  next.publishDocument();
  await ownerFollows(stead, old);
  await stead.deliver(old, old.activity("Move", { object: old.id, target: next.id }));
  await stead.settle();
});
afterEach(() => void vi.useRealTimers());

const ASKS = "has not accepted for 7 days";
const shown = async () => (await owner.get("/following")).html;

describe("somebody the owner follows, who moved on", () => {
  it("is shown with the new account, and the owner is asked only after 7 days without an answer", async () => {
    expect(await shown()).toContain("moved to @next@b.test");
    expect(await shown()).not.toContain(ASKS);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 7 * DAY + 1_000 });
    owner = await Browser.signedIn(stead);
    expect(await shown()).toContain(`moved to @next@b.test; it ${ASKS} — leave the old one?`);

    const [peer] = await rows<{ id: number }>("SELECT id FROM peers WHERE iri = ?", old.id);
    expect(await shown()).toContain(`/following/${peer!.id}/remove`);
    expect((await owner.post(`/following/${peer!.id}/remove`)).location).toBe("/following");
    await stead.settle();
    expect(old.received("Undo")).toHaveLength(1);
    expect(await shown()).not.toContain(ASKS);
    expect(await shown()).toContain("@next@b.test");
  });

  it("is asked about no more when the new account turns the owner away, and still said to have moved", async () => {
    await stead.deliver(next, next.activity("Reject", { object: next.received("Follow")[0] }));
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 8 * DAY });
    owner = await Browser.signedIn(stead);
    expect(await shown()).toContain("moved to @next@b.test");
    expect(await shown()).not.toContain(ASKS);
  });

  it("is gone from the list with the new account's Accept", async () => {
    await stead.deliver(next, next.activity("Accept", { object: next.received("Follow")[0] }));
    expect(await shown()).not.toContain("@old@a.test");
    expect(await shown()).not.toContain("moved to");
  });
});
