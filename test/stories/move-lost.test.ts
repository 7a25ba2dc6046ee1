/**
 * How followers of an account that moves here are lost without anybody's will: the states that their servers are left in, that these
 * last, and what in our reach ends them.
 */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { DAY, HOUR } from "../../worker/kernel/clock.ts";
import { hash52 } from "../../worker/kernel/hash52.ts";
import { askRescue } from "../../worker/moving/repair.ts";
import { rescueAccept, says } from "../fediverse/as-stead.ts";
import type { FollowerServer } from "../fediverse/follower-server.ts";
import { OldAccount, pointAt } from "../fediverse/old-account.ts";
import { rows } from "../fediverse/rows.ts";
import { GoToSocialServer } from "../fediverse/servers/gotosocial.ts";
import { digestOf, MastodonServer } from "../fediverse/servers/mastodon.ts";
import { MisskeyServer } from "../fediverse/servers/misskey.ts";
import { mastodon } from "../fediverse/shapes/mastodon.ts";
import { AS } from "../fediverse/shapes/software.ts";
import { mend } from "../fediverse/sync.ts";
import { ACTOR, env, Stead } from "../fediverse/stead.ts";

const NAMES = ["ann", "bob", "cem"];
const all = (standing: string) => NAMES.map(() => standing);

let stead: Stead;
let old: OldAccount;
let ma: MastodonServer;
let gts: GoToSocialServer;
let mk: MisskeyServer;

beforeEach(async () => {
  stead = await Stead.claimed();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + DAY });
  old = await OldAccount.on(stead, mastodon);
  ma = await old.followedFrom(new MastodonServer(stead, "m.test", old.id), ...NAMES);
  gts = await old.followedFrom(new GoToSocialServer(stead, "g.test", old.id), ...NAMES);
  mk = await old.followedFrom(new MisskeyServer(stead, "k.test", old.id), ...NAMES);
  await pointAt(stead, old);
});
afterEach(() => void vi.useRealTimers());

const idsOf = (...servers: FollowerServer[]) =>
  servers.flatMap((server) => server.people.map(({ id }) => id)).toSorted();
const followers = async () => (await stead.followers()).toSorted();

/** Nobody can mend it with the Move alone: time does not, nor a second Move. */
async function lasts(): Promise<void> {
  await old.passes(9 * DAY);
  await old.movesTo();
  await old.passes(9 * DAY);
}

describe("lost on the way in", () => {
  it("Accepts that a server took and forgot: its people wait for ever, and are followers here", async () => {
    for (const server of old.servers) server.losesAccepts = true;
    await old.movesTo();
    await old.settle();
    for (const server of old.servers) server.losesAccepts = false;
    await lasts();
    expect(old.standings).toEqual([all("requested"), all("requested"), all("requested")]);
    expect(await followers()).toEqual(idsOf(ma, gts, mk));
  });

  it("Follows that a server lost: its people wait for ever, and we have never heard of them", async () => {
    for (const server of old.servers) server.losesFollows = true;
    await old.movesTo();
    await old.settle();
    for (const server of old.servers) server.losesFollows = false;
    await lasts();
    expect(old.standings).toEqual([all("requested"), all("requested"), all("requested")]);
    expect(await followers()).toEqual([]);
    expect(ma.people.some(({ followsOld }) => followsOld)).toBe(false);
  });

  it.each([403, 404, 410])(
    "an answer of %i from in front of us: the same, and Mastodon has left the old account",
    async (status) => {
      for (const server of old.servers) server.weAre = status;
      await old.movesTo();
      for (const server of old.servers) server.weAre = "reachable";
      // The target was not to be had: nothing has begun, but for Misskey's lock.
      expect(old.standings).toEqual([all("following-old"), all("following-old"), all("following-old")]);
      await old.passes(1 * HOUR);
      await old.movesTo();
      for (const server of old.servers) server.weAre = status;
      await old.settle();
      for (const server of old.servers) server.weAre = "reachable";
      await lasts();
      expect(old.standings).toEqual([all("requested"), all("requested"), all("following-old")]);
      expect(ma.people.some(({ followsOld }) => followsOld)).toBe(false);
      expect(await followers()).toEqual([]);
    },
  );

  it("a server that was down when the old one sent its Move: its people follow the old account and know nothing", async () => {
    ma.down = true;
    await old.movesTo();
    await old.passes(3 * DAY);
    ma.down = false;
    await old.passes(9 * DAY);
    expect(old.standings).toEqual([all("following-old"), all("following-new"), all("following-new")]);
    // A Move sent again is all that helps here, and its own server must send it.
    await old.movesTo();
    await old.settle();
    expect(ma.standings).toEqual(all("following-new"));
  });

  it("a Mastodon that thinks us unavailable sends nothing, and leaves the old account all the same", async () => {
    ma.thinksUsUnavailable = true;
    await old.movesTo();
    await lasts();
    expect(old.standings).toEqual([all("requested"), all("following-new"), all("following-new")]);
    expect(ma.people.some(({ followsOld }) => followsOld)).toBe(false);
    expect(await followers()).toEqual(idsOf(gts, mk));
  });

  it("and is cured of it by any word of ours before the Move", async () => {
    ma.thinksUsUnavailable = true;
    const greeting = { "@context": AS, id: `${ACTOR}#hello`, type: "Update", actor: ACTOR, object: ACTOR };
    expect(await says(stead, "https://m.test/inbox", greeting)).toBe(202);
    await old.movesTo();
    await old.settle();
    expect(ma.standings).toEqual(all("following-new"));
  });
});

describe("what ends a wait for ever", () => {
  const lose = async () => {
    for (const server of old.servers) server.losesFollows = true;
    await old.movesTo();
    await old.settle();
    for (const server of old.servers) server.losesFollows = false;
  };

  it("an Accept of the pair, under a Follow's id that none of them ever had, on all three; and it makes nobody a follower here", async () => {
    await lose();
    for (const server of old.servers)
      for (const { id, member } of server.people)
        expect(await says(stead, member.peer.document["inbox"] as string, rescueAccept(id))).toBe(202);
    await old.settle();
    expect(old.standings).toEqual([all("following-new"), all("following-new"), all("following-new")]);
    expect(await followers()).toEqual([]);
  });

  it("is refused by GoToSocial in another's inbox, or without an id; and Misskey drops an id of another host", async () => {
    await lose();
    const [ann, bob] = gts.people.map(({ id }) => id) as [string, string];
    expect(await says(stead, `${bob}/inbox`, rescueAccept(ann))).toBe(422);
    expect(await says(stead, `${ann}/inbox`, rescueAccept(ann, { id: undefined }))).toBe(400);
    const [mia] = mk.people.map(({ id }) => id) as [string];
    await says(stead, `${mia}/inbox`, rescueAccept(mia, { id: "https://elsewhere.test/1" }));
    expect(old.standings).toEqual([all("requested"), all("requested"), all("requested")]);
  });

  it("does nothing where nothing waits: neither to a stranger nor to who follows already", async () => {
    await old.movesTo();
    await old.settle();
    const before = old.standings;
    const { people } = await ma.join("zoe");
    for (const { id } of people) await says(stead, `${id}/inbox`, rescueAccept(id));
    await old.settle();
    expect(old.standings).toEqual([[...before[0]!, "neither"], before[1], before[2]]);
  });
});

describe("FEP-8fcf, as Mastodon reads it", () => {
  const url = `${ACTOR}/followers?host=m.test`;

  /** Serves a list of our followers on that server in our place, and sends the header with a POST. */
  async function synchronize(
    ids: string[],
    change: { digest?: string; collectionId?: string; url?: string } = {},
  ) {
    const real = stead.fetch.bind(stead);
    const list = { "@context": AS, id: url, type: "OrderedCollection", orderedItems: ids };
    const spy = vi.spyOn(stead, "fetch").mockImplementation((input, init) => {
      const asked = typeof input === "string" ? input : input.url;
      return asked === url ? Promise.resolve(Response.json(list)) : real(input, init);
    });
    const said = { collectionId: `${ACTOR}/followers`, digest: await digestOf(ids), url, ...change };
    const header = Object.entries(said)
      .map(([name, value]) => `${name}="${value}"`)
      .join(", ");
    const hello = {
      "@context": AS,
      id: `${ACTOR}#hello/${ids.length}`,
      type: "Update",
      actor: ACTOR,
      object: ACTOR,
    };
    expect(await says(stead, "https://m.test/inbox", hello, { "collection-synchronization": header })).toBe(
      202,
    );
    await old.settle();
    spy.mockRestore();
  }

  it("lets in who is listed and waits", async () => {
    ma.losesAccepts = true;
    await old.movesTo();
    await old.settle();
    expect(ma.standings).toEqual(all("requested"));
    await synchronize(idsOf(ma));
    expect(ma.standings).toEqual(all("following-new"));
    expect(await followers()).toEqual(idsOf(ma, gts, mk));
  });

  it("takes back a follower of ours who knows nothing of it", async () => {
    await old.movesTo();
    await old.settle();
    ma.people[0]!.asked = null; // its database was set back
    await synchronize(idsOf(ma));
    expect(ma.standings).toEqual(["neither", "following-new", "following-new"]);
    expect(await followers()).toEqual(idsOf(ma, gts, mk).filter((id) => id !== ma.people[0]!.id));
  });

  it("takes everybody away who is missing from a list that agrees with its digest: a list that is short loses followers", async () => {
    await old.movesTo();
    await old.settle();
    await synchronize(idsOf(ma).slice(1));
    expect(ma.standings).toEqual(["neither", "following-new", "following-new"]);
    expect(await followers()).toEqual(idsOf(ma, gts, mk).filter((id) => id !== ma.people[0]!.id));
  });

  it.each<[string, (ids: string[]) => Promise<Parameters<typeof synchronize>[1]>]>([
    ["whose digest is another list's", async () => ({ digest: await digestOf(["https://m.test/users/x"]) })],
    ["of another collection", async () => ({ collectionId: `${ACTOR}/following` })],
    ["on another host", async () => ({ url: "https://elsewhere.test/list" })],
    [
      "whose digest is of those who follow, so nothing is asked for",
      async (ids) => ({ digest: await digestOf(ids) }),
    ],
  ])("takes nobody away for a header %s", async (_, change) => {
    await old.movesTo();
    await old.settle();
    await synchronize([], await change(idsOf(ma)));
    expect(ma.standings).toEqual(all("following-new"));
  });
});

describe("rescue Accepts, to those of the old account's list who did not come", () => {
  const areExpected = async () => {
    for (const { people } of old.servers)
      for (const { id } of people)
        await env.DB.prepare("INSERT INTO expected (id, iri, host) VALUES (?, ?, ?)")
          .bind(hash52(id), id, new URL(id).host)
          .run();
  };
  /** Requests of ours that a server took and that name a rescue. */
  const answered = () =>
    stead.world.requests.filter(({ body, status }) => status === 202 && body.includes("#accepts/rescues/"))
      .length;
  const rescues = async () => {
    await askRescue(await stead.ctx());
    await mend(stead);
    const [owed] = await rows<{ n: number }>("SELECT count(*) AS n FROM rescues");
    for (let n = 0; n < 200 && answered() < owed!.n; n++) {
      await mend(stead);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    await old.settle();
  };
  const accepts = () =>
    old.servers.map(({ people }) => people.map(({ member }) => member.peer.received("Accept").length));

  it("reach a Mastodon that thinks us unavailable, whose people left the old account", async () => {
    await areExpected();
    ma.thinksUsUnavailable = true;
    await old.movesTo();
    await old.passes(3 * DAY);
    expect(ma.standings).toEqual(all("requested"));
    await rescues();
    expect(old.standings).toEqual([all("following-new"), all("following-new"), all("following-new")]);
    expect(accepts()).toEqual([
      [1, 1, 1],
      [1, 1, 1],
      [1, 1, 1],
    ]);
  });

  it("leave alone who is where they want to be, and change nothing for who follows the old account still", async () => {
    await areExpected();
    ma.down = true;
    await old.movesTo();
    await old.passes(1 * DAY);
    ma.down = false;
    gts.leaves(gts.people[0]!);
    await old.settle();
    await rescues();
    expect(old.standings).toEqual([
      all("following-old"),
      ["neither", "following-new", "following-new"],
      all("following-new"),
    ]);
    expect(accepts().slice(1)).toEqual([
      [1, 1, 1],
      [1, 1, 1],
    ]);
  });
});
