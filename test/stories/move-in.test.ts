/** The owner's old account moves here: everybody who followed it arrives, whatever software they are on. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { DAY, HOUR, MINUTE } from "../../worker/kernel/clock.ts";
import type { FollowerServer } from "../fediverse/follower-server.ts";
import { OldAccount, pointAt } from "../fediverse/old-account.ts";
import { rows } from "../fediverse/rows.ts";
import { GoToSocialServer } from "../fediverse/servers/gotosocial.ts";
import { MastodonServer } from "../fediverse/servers/mastodon.ts";
import { MisskeyServer } from "../fediverse/servers/misskey.ts";
import { gotosocial } from "../fediverse/shapes/gotosocial.ts";
import { mastodon } from "../fediverse/shapes/mastodon.ts";
import { misskey } from "../fediverse/shapes/misskey.ts";
import { snac } from "../fediverse/shapes/snac.ts";
import type { Software } from "../fediverse/shapes/software.ts";
import { env, Stead } from "../fediverse/stead.ts";

const NAMES = ["ann", "bob", "cem", "dee", "eli", "fay", "gus"];

let stead: Stead;
let old: OldAccount;
let ma: MastodonServer;
let gts: GoToSocialServer;
let mk: MisskeyServer;

async function made(software: Software): Promise<void> {
  old = await OldAccount.on(stead, software);
  ma = await old.followedFrom(new MastodonServer(stead, "m.test", old.id), ...NAMES);
  gts = await old.followedFrom(new GoToSocialServer(stead, "g.test", old.id), ...NAMES);
  mk = await old.followedFrom(new MisskeyServer(stead, "k.test", old.id), ...NAMES);
}

beforeEach(async () => {
  stead = await Stead.claimed();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + DAY });
});
afterEach(() => void vi.useRealTimers());

const all = (standing: string) => NAMES.map(() => standing);
const everybody = () => old.servers.flatMap((server) => server.people);

/** Each follows here, as each sees it and as we do, and was accepted once. */
async function allArrived(): Promise<void> {
  expect(everybody().map(({ id, standing }) => `${id} ${standing}`)).toEqual(
    everybody().map(({ id }) => `${id} following-new`),
  );
  const ids = everybody().map(({ id }) => id);
  expect((await stead.followers()).toSorted()).toEqual(ids.toSorted());
  expect(everybody().map(({ member }) => member.peer.received("Accept").length)).toEqual(ids.map(() => 1));
  stead.world.assertNothingUnexpected();
}

describe("moving in", () => {
  it.each<[string, Software]>([
    ["Mastodon", mastodon],
    ["GoToSocial", gotosocial],
    ["Misskey", misskey],
  ])("from %s: everybody of every server follows here, with one Accept each", async (_, software) => {
    await made(software);
    await pointAt(stead, old);
    await old.movesTo();
    await old.settle();
    await allArrived();
    // Misskey leaves nobody; the others left the old account.
    expect(
      everybody()
        .filter(({ followsOld }) => followsOld)
        .map(({ id }) => id),
    ).toEqual(mk.people.map(({ id }) => id));
  });

  it("from snac, whose moved accounts never say movedTo: Mastodon and GoToSocial come, Misskey sees no move", async () => {
    await made(snac);
    await pointAt(stead, old);
    await old.movesTo();
    await old.settle();
    expect(old.standings).toEqual([all("following-new"), all("following-new"), all("following-old")]);
    expect(await stead.followers()).toHaveLength(2 * NAMES.length);
  });

  it("with other aliases beside it, and a Move that is sent again: still once each", async () => {
    await made(mastodon);
    await pointAt(stead, { id: "https://first.test/users/me" }, old, {
      id: "https://bsky.brid.gy/ap/did:plc:x",
    });
    await old.movesTo();
    await old.movesTo();
    await old.settle();
    await old.passes(HOUR);
    await old.movesTo();
    await old.settle();
    await allArrived();
  });

  it("without the alias nobody loses anybody; once it is there, Mastodon comes at once, GoToSocial after 5 minutes, Misskey's people are locked out for 14 days", async () => {
    await made(mastodon);
    await old.movesTo();
    await old.settle();
    expect(old.standings).toEqual([all("following-old"), all("following-old"), all("following-old")]);
    expect(await stead.followers()).toEqual([]);

    await pointAt(stead, old);
    await old.movesTo();
    await old.settle();
    expect(old.standings).toEqual([all("following-new"), all("following-old"), all("following-old")]);
    await old.passes(6 * MINUTE);
    await old.movesTo();
    await old.settle();
    expect(old.standings).toEqual([all("following-new"), all("following-new"), all("following-old")]);
    await old.passes(13 * DAY);
    await old.movesTo();
    await old.settle();
    expect(mk.standings).toEqual(all("following-old"));
  });

  it("who follows before, during and after the Move by themselves is one follower, with an Accept for each id they used", async () => {
    await made(mastodon);
    await pointAt(stead, old);
    const [before, during, after] = ma.people;
    await ma.follows(before!);
    await old.settle();
    expect(before!.standing).toBe("following-new");
    await ma.follows(during!);
    await old.movesTo();
    const late = (await ma.join("zoe")).people.at(-1)!;
    await old.settle();
    await ma.follows(late);
    await ma.follows(after!);
    await old.settle();
    await allArrived();
    // Mastodon leaves the old account only for who is asked anew.
    expect([before, during, after].map((local) => local!.followsOld)).toEqual([true, true, false]);
  });

  it("who undoes and follows again in the middle of it is a follower, also under Misskey's one id for a pair", async () => {
    await made(misskey);
    mk.onePairId = true;
    await pointAt(stead, old);
    await old.movesTo();
    await old.settle();
    for (const server of [ma, gts, mk]) {
      const [local] = server.people;
      server.leaves(local!);
      await old.settle();
      expect(await stead.followers()).not.toContain(local!.id);
      await server.follows(local!);
      await old.settle();
      expect(local!.standing).toBe("following-new");
      expect(await stead.followers()).toContain(local!.id);
    }
    expect(await stead.followers()).toHaveLength(everybody().length);
  });

  it("servers that go down for a day before they have their Accepts get them when they are back", async () => {
    await made(mastodon);
    await pointAt(stead, old);
    await old.movesTo();
    for (const server of old.servers) await server.work();
    for (const server of old.servers) server.down = true;
    await old.passes(1 * DAY);
    expect(old.standings).toEqual([all("requested"), all("requested"), all("requested")]);
    for (const server of old.servers) server.down = false;
    await old.passes(1 * DAY);
    await allArrived();
  });

  it("while we answer nobody for two days: Mastodon's people come late, the others had given up", async () => {
    await made(mastodon);
    await pointAt(stead, old);
    await old.movesTo();
    for (const server of old.servers) server.weAre = "down";
    await old.passes(2 * DAY);
    for (const server of old.servers) server.weAre = "reachable";
    await old.passes(1 * DAY);
    expect(old.standings).toEqual([all("following-new"), all("requested"), all("requested")]);
    expect((await stead.followers()).toSorted()).toEqual(ma.people.map(({ id }) => id).toSorted());
  });

  it("while we answer nobody for three minutes, and then everybody: all of them arrive", async () => {
    await made(gotosocial);
    await pointAt(stead, old);
    await old.movesTo();
    const weAre = (how: FollowerServer["weAre"]) => {
      for (const server of old.servers) server.weAre = how;
    };
    weAre("down");
    await old.passes(2 * MINUTE);
    weAre(503);
    await old.passes(1 * MINUTE);
    expect(await stead.followers()).toEqual([]);
    weAre("reachable");
    await old.passes(10 * MINUTE);
    await allArrived();
  });

  it("to a locked account everybody waits for the owner, and nobody is left at the door unseen", async () => {
    await made(mastodon);
    await pointAt(stead, old);
    await env.DB.prepare("UPDATE owner SET locked = 1").run();
    await old.movesTo();
    await old.settle();
    expect(old.standings).toEqual([all("requested"), all("requested"), all("requested")]);
    expect(await stead.followers()).toEqual([]);
    expect(await rows("SELECT count(*) AS n FROM follow_requests")).toEqual([{ n: everybody().length }]);
  });
});
