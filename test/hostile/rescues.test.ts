/** To whom a rescue Accept never goes, whatever happens between the day it was owed and the day their server is back. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { DAY, HOUR } from "../../worker/kernel/clock.ts";
import { takeFile } from "../../worker/moving/expected.ts";
import { askRescue } from "../../worker/moving/repair.ts";
import { blockHost } from "../../worker/owner/blocks.ts";
import { rejectRequest } from "../../worker/owner/follow.ts";
import { loadOwner, updateOwner } from "../../worker/store/stead.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { mend } from "../fediverse/sync.ts";
import { ACTOR, env, Stead } from "../fediverse/stead.ts";

let stead: Stead;
let ann: FakePeer;
beforeEach(async () => {
  stead = await Stead.claimed();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + DAY });
  ann = await stead.peer("ann", "a.test");
});
afterEach(() => void vi.useRealTimers());

const expects = async (line: string) =>
  expect(await takeFile(await stead.ctx(), "list", new TextEncoder().encode(line))).toMatchObject({
    found: 1,
  });

async function approvesByHand(): Promise<void> {
  const ctx = await stead.ctx();
  expect((await loadOwner(ctx)).locked).toBe(false);
  await ctx.db.batch([updateOwner(ctx.db, { locked: true })]);
}

async function rescue(): Promise<void> {
  await askRescue(await stead.ctx());
  await mend(stead);
}

/** The Accept is owed, and could not be delivered yet. */
async function owedInVain(): Promise<void> {
  ann.host.post = () => new Response(null, { status: 503 });
  await expects(ann.id);
  await rescue();
  await stead.settle();
  expect(await rows("SELECT iri FROM rescues")).toHaveLength(1);
}

async function isBack(): Promise<void> {
  ann.host.post = () => new Response(null, { status: 202 });
  vi.setSystemTime(Date.now() + 2 * HOUR);
  await vi.waitFor(async () => {
    await stead.settle();
    expect((await env.REDELIVERY.getByName("redelivery").state("rescues")).due).toEqual([]);
  }, 10_000);
}
const accepts = () => ann.received("Accept");

it("goes out when their server is back and nothing has changed", async () => {
  await owedInVain();
  await isBack();
  expect(accepts()).toHaveLength(1);
});

it("lets nobody in past the owner: whose Follow came meanwhile waits for approval", async () => {
  await owedInVain();
  await approvesByHand();
  await stead.deliver(ann, ann.activity("Follow", { object: ACTOR }));
  await isBack();
  expect(await rows("SELECT peer FROM follow_requests")).toHaveLength(1);
  expect(accepts()).toEqual([]);
});

it("does not go to who followed and left meanwhile", async () => {
  await owedInVain();
  vi.setSystemTime(Date.now() + 1_000);
  const follow = ann.activity("Follow", { object: ACTOR });
  await stead.deliver(ann, follow);
  await stead.settle();
  vi.setSystemTime(Date.now() + 1_000);
  await stead.deliver(ann, ann.activity("Undo", { object: follow }));
  await isBack();
  expect(await stead.followers()).toEqual([]);
  expect(accepts().filter(({ id }) => String(id).includes("rescues"))).toEqual([]);
});

it("does not go to a server that the owner blocked meanwhile", async () => {
  await owedInVain();
  expect(await blockHost(await stead.ctx(), "a.test")).toBeNull();
  await isBack();
  expect(accepts()).toEqual([]);
});

it("is not owed to somebody on a blocked server whom the list names by another", async () => {
  await expects("ann@other.test");
  stead.host("other.test").get = (request) =>
    new URL(request.url).pathname === "/.well-known/webfinger"
      ? Response.json({
          subject: "acct:ann@other.test",
          links: [{ rel: "self", type: "application/activity+json", href: ann.id }],
        })
      : null;
  expect(await blockHost(await stead.ctx(), "a.test")).toBeNull();
  await rescue();
  await stead.settle();
  expect(await rows("SELECT iri FROM rescues")).toEqual([]);
  expect(accepts()).toEqual([]);
});

it("is not owed to whom the owner turned away", async () => {
  await expects(ann.id);
  await approvesByHand();
  await stead.deliver(ann, ann.activity("Follow", { object: ACTOR }));
  await stead.settle();
  const [request] = await rows("SELECT peer FROM follow_requests");
  expect(await rejectRequest(await stead.ctx(), request!["peer"] as number)).toBe(true);
  await rescue();
  await stead.settle();
  expect(ann.received("Reject")).toHaveLength(1);
  expect(accepts()).toEqual([]);
});
