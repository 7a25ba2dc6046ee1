/** Whom a rescue reached becomes a follower here when their server agrees: however little it has to say, and however fast it asks. */
import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { DAY, HOUR } from "../../worker/kernel/clock.ts";
import { takeFile } from "../../worker/moving/expected.ts";
import { askRescue, askSync } from "../../worker/moving/repair.ts";
import { OldAccount, pointAt } from "../fediverse/old-account.ts";
import { MastodonServer } from "../fediverse/servers/mastodon.ts";
import { mastodon } from "../fediverse/shapes/mastodon.ts";
import { mend } from "../fediverse/sync.ts";
import { Stead } from "../fediverse/stead.ts";

let stead: Stead;
let old: OldAccount;
let server: MastodonServer;

beforeEach(async () => {
  stead = await Stead.claimed();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + DAY });
  old = await OldAccount.on(stead, mastodon);
  server = await old.followedFrom(new MastodonServer(stead, "m.test", old.id), "ann", "bob");
  await pointAt(stead, old);
});
afterEach(() => void vi.useRealTimers());

const ids = () => server.people.map(({ id }) => id).toSorted();
const followers = async () => (await stead.followers()).toSorted();

async function later(ms: number): Promise<void> {
  vi.setSystemTime(Date.now() + ms);
  await old.settle();
  await mend(stead);
  await old.settle();
}

/** The server lost every Follow, and each of its people had a rescue Accept. */
async function rescued(): Promise<void> {
  const list = new TextEncoder().encode(ids().join("\n"));
  expect(await takeFile(await stead.ctx(), "followers.csv", list)).toMatchObject({ kind: "taken" });
  server.losesFollows = true;
  await old.movesTo();
  await old.settle();
  await askRescue(await stead.ctx());
  await later(HOUR);
}

it("where the rescue reached everybody, so that the server counts as we do and has no reason to ask for the list", async () => {
  await rescued();
  expect(server.standings).toEqual(["following-new", "following-new"]);
  expect(await followers()).toEqual([]);
  await later(DAY);
  await askSync(await stead.ctx(), true);
  for (const hours of [1, 25, 1]) await later(hours * HOUR);
  expect(await followers()).toEqual(ids());
  expect(server.standings).toEqual(["following-new", "following-new"]);
});

it("where the rescue reached one, and the other's wait ends by the comparison itself", async () => {
  server.losesAccepts = true;
  await rescued();
  server.losesAccepts = false;
  server.people[0]!.asked!.accepted = true;
  await later(DAY);
  await askSync(await stead.ctx(), true);
  for (const hours of [1, 25, 1]) await later(hours * HOUR);
  expect(await followers()).toEqual(ids());
  expect(server.standings).toEqual(["following-new", "following-new"]);
});

it("where the server asks for the list before it has answered our request", async () => {
  await rescued();
  await later(DAY);
  const post = server.host.post;
  server.host.post = async (request) => {
    const header = request.headers.get("collection-synchronization");
    const answered = await post(request);
    // Its worker is faster than its web server.
    if (header !== null) await server.work();
    return answered;
  };
  await askSync(await stead.ctx(), true);
  await mend(stead);
  for (const hours of [1, 25, 1]) await later(hours * HOUR);
  expect(await followers()).toEqual(ids());
});
