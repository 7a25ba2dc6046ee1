/** What a move left half done, and how it is mended: against servers that keep Mastodon's, GoToSocial's and Misskey's rules. */
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { DAY, HOUR, MINUTE } from "../../worker/kernel/clock.ts";
import { takeFile } from "../../worker/moving/expected.ts";
import { askAccepts, askRescue, askSync, choose } from "../../worker/moving/repair.ts";
import { open } from "../../worker/moving/window.ts";
import { blockPeer } from "../../worker/owner/follow.ts";
import type { FollowerServer } from "../fediverse/follower-server.ts";
import { OldAccount, pointAt } from "../fediverse/old-account.ts";
import { rows } from "../fediverse/rows.ts";
import { GoToSocialServer } from "../fediverse/servers/gotosocial.ts";
import { MastodonServer } from "../fediverse/servers/mastodon.ts";
import { MisskeyServer } from "../fediverse/servers/misskey.ts";
import { mastodon } from "../fediverse/shapes/mastodon.ts";
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

/** The owner reads in the list of the old account's followers: by ids, or by the handles that an export has. */
async function expects(lines: readonly string[]): Promise<void> {
  const bytes = new TextEncoder().encode(lines.join("\n"));
  expect(await takeFile(await stead.ctx(), "followers.csv", bytes)).toMatchObject({
    kind: "taken",
    found: lines.length,
  });
  await mend(stead);
}
const handlesOf = (...servers: FollowerServer[]) =>
  servers.flatMap((server) => server.people.map(({ member }) => `${member.peer.name}@${server.host.name}`));

/** Time goes by at one stroke, and what is due then is done. */
async function later(ms: number): Promise<void> {
  vi.setSystemTime(Date.now() + ms);
  await old.settle();
  await mend(stead);
  await old.settle();
}

async function opensTheDoor(): Promise<void> {
  expect(await open(await stead.ctx(), 7, "everybody")).toBeNull();
  await mend(stead);
}

const expected = () => rows("SELECT iri, rescues, declined_at, problem FROM expected ORDER BY iri");
const rescueAccepts = (server: FollowerServer) =>
  server.host.arrived.filter(({ activity }) => String(activity["id"]).includes("/rescues/"));

describe("rescue Accepts", () => {
  it("end the wait of everybody whose Follow a server lost, by themselves, a day after the last arrival, and make nobody a follower here", async () => {
    await expects(handlesOf(ma, gts, mk));
    await choose(await stead.ctx(), { rescueAuto: true, syncAuto: false });
    await opensTheDoor();
    for (const server of old.servers) server.losesFollows = true;
    await old.movesTo();
    await old.settle();
    await later(23 * HOUR);
    expect(old.standings).toEqual([all("requested"), all("requested"), all("requested")]);
    await later(8 * HOUR);
    expect(old.standings).toEqual([all("following-new"), all("following-new"), all("following-new")]);
    expect(await stead.followers()).toEqual([]);
    for (const server of old.servers)
      for (const { path, activity, verified } of rescueAccepts(server)) {
        expect(verified).toBe(true);
        expect(path).not.toBe("/inbox");
        expect(activity).toMatchObject({ type: "Accept", object: { type: "Follow", object: ACTOR } });
      }
    for (let day = 0; day < 4; day++) await later(DAY);
    expect(old.servers.map((server) => rescueAccepts(server).length)).toEqual([6, 6, 6]);
    expect((await expected()).map(({ rescues }) => rescues)).toEqual(Array(9).fill(2));
  });

  it("are not for who came, left again, is blocked or waits for the owner", async () => {
    await expects(idsOf(ma, gts, mk));
    await opensTheDoor();
    gts.losesFollows = true;
    await old.movesTo();
    await old.settle();
    const [ann, bob] = ma.people;
    const { peer } = ann!.member;
    const undo = { type: "Follow", actor: ann!.id, object: ACTOR, id: ann!.asked!.activity["id"] };
    await stead.deliver(peer, peer.activity("Undo", { object: undo }));
    const [row] = await rows("SELECT id FROM peers WHERE iri = ?", bob!.id);
    await blockPeer(await stead.ctx(), row!["id"] as number);
    await env.DB.prepare("INSERT INTO blocked_hosts (host, at) VALUES ('g.test', 1)").run();
    await later(2 * DAY);
    await askRescue(await stead.ctx());
    await mend(stead);
    await old.settle();
    expect(old.servers.map((server) => rescueAccepts(server).length)).toEqual([0, 0, 0]);
    await env.DB.prepare("DELETE FROM blocked_hosts").run();
    vi.setSystemTime(Date.now() + 1_000);
    await askRescue(await stead.ctx());
    await mend(stead);
    await old.settle();
    expect(old.servers.map((server) => rescueAccepts(server).length)).toEqual([0, 3, 0]);
  });

  it("pass by a server that does not answer, and come back to it in an hour; who is nowhere to be found is said", async () => {
    await expects([...handlesOf(ma, gts), "nobody@m.test"]);
    gts.down = true;
    await askRescue(await stead.ctx());
    await mend(stead);
    expect(rescueAccepts(ma)).toHaveLength(3);
    // One or two of its people were tried, and then the server was left alone.
    const tried = stead.world.requests.filter(({ url }) => url.startsWith("https://g.test/"));
    expect(new Set(tried.map(({ url }) => url)).size).toBeLessThanOrEqual(4);
    gts.down = false;
    await later(2 * HOUR);
    expect(rescueAccepts(gts)).toHaveLength(3);
    const nobody = (await expected()).filter(({ rescues }) => rescues === 0);
    expect(nobody).toMatchObject([{ iri: null, problem: expect.stringContaining("nobody") }]);
  });

  it("go out twice at most, however often the owner asks, and never twice within a day", async () => {
    await expects(idsOf(mk));
    for (let n = 0; n < 4; n++) {
      await askRescue(await stead.ctx());
      await mend(stead);
      await old.settle();
      vi.setSystemTime(Date.now() + 10 * HOUR);
    }
    expect(rescueAccepts(mk)).toHaveLength(6);
  });
});

describe("Accepts, once more", () => {
  const acceptsAt = (server: FollowerServer) =>
    server.host.arrived
      .filter(({ activity }) => activity["type"] === "Accept")
      .map(({ activity }) => activity["id"]);

  it("end the wait of whom a server took the Accept for and forgot it, an hour and a day after they came, under the same ids", async () => {
    await opensTheDoor();
    gts.losesAccepts = true;
    mk.losesAccepts = true;
    await old.movesTo();
    await old.settle();
    gts.losesAccepts = false;
    await later(80 * MINUTE);
    expect([gts.standings, mk.standings]).toEqual([all("requested"), all("requested")]);
    await later(30 * MINUTE);
    mk.losesAccepts = false;
    expect([gts.standings, mk.standings]).toEqual([all("following-new"), all("requested")]);
    await later(24 * HOUR);
    expect(mk.standings).toEqual(all("following-new"));
    for (const server of old.servers) {
      const ids = acceptsAt(server);
      expect(ids).toHaveLength(9);
      expect(new Set(ids).size).toBe(3);
    }
    await later(2 * DAY);
    expect(acceptsAt(gts)).toHaveLength(9);
  });

  it("go to everybody when the owner asks, at most hourly, with no window ever opened", async () => {
    await old.movesTo();
    await old.settle();
    expect(await askAccepts(await stead.ctx())).toBe("asked");
    expect(await askAccepts(await stead.ctx())).toBe("lately");
    await later(10 * MINUTE);
    expect(old.servers.map((server) => acceptsAt(server).length)).toEqual([6, 6, 6]);
    await later(HOUR);
    expect(await askAccepts(await stead.ctx())).toBe("asked");
    await later(10 * MINUTE);
    expect(old.servers.map((server) => acceptsAt(server).length)).toEqual([9, 9, 9]);
  });
});

describe("comparing follower lists", () => {
  it("makes followers of whom a rescue reached, where their server agrees, and forgets whom it takes back", async () => {
    // Bob never followed the old account: the list is wrong there.
    ma.people[1]!.followsOld = false;
    await expects(handlesOf(ma, mk));
    await choose(await stead.ctx(), { rescueAuto: true });
    await opensTheDoor();
    ma.losesFollows = true;
    await old.movesTo();
    await old.settle();
    for (const hours of [25, 51, 24, 1, 25, 1]) await later(hours * HOUR);
    expect(ma.standings).toEqual(["following-new", "neither", "following-new"]);
    const [ann, bob, cem] = ma.people.map(({ id }) => id);
    expect(await followers()).toEqual([...idsOf(gts, mk), ann!, cem!].toSorted());
    const said = Object.fromEntries((await expected()).map((row) => [row["iri"], row["declined_at"]]));
    expect(said[bob!]).toEqual(expect.any(Number));
    expect([said[ann!], said[cem!]]).toEqual([null, null]);
    // From now on they are sent what followers are sent.
    const id = await stead.publishes("Hello");
    const got = ma.host.arrived.filter(
      ({ activity }) => activity["id"] === `${"https://me.test"}/posts/${id}#create`,
    );
    expect(got.length).toBeGreaterThan(0);
  });

  it("ends the wait for Accepts that were lost three times over, three days after the last arrival, and ends nobody's follow", async () => {
    await opensTheDoor();
    ma.losesAccepts = true;
    await old.movesTo();
    await old.settle();
    for (const hours of [2, 24, 4]) await later(hours * HOUR);
    ma.losesAccepts = false;
    await later(41 * HOUR);
    expect(ma.standings).toEqual(all("requested"));
    await later(8 * HOUR);
    expect(old.standings).toEqual([all("following-new"), all("following-new"), all("following-new")]);
    expect(await followers()).toEqual(idsOf(ma, gts, mk));
  });

  it("lets go of whom only we count: their server says that they left", async () => {
    await opensTheDoor();
    await old.movesTo();
    await old.settle();
    ma.people[0]!.asked = null;
    await askSync(await stead.ctx(), true);
    await mend(stead);
    await old.settle();
    expect(await followers()).toEqual([...idsOf(gts, mk), ma.people[1]!.id, ma.people[2]!.id].toSorted());
  });

  it("ends no follow that arrives while it goes on: who came after the lists were made is on them", async () => {
    await opensTheDoor();
    const [ann, bob, cem] = ma.people;
    await ma.follows(ann!);
    await old.settle();
    // The header goes out, and before the server asks for the list two more have followed and are accepted.
    ann!.asked!.accepted = false;
    await askSync(await stead.ctx(), true);
    await mend(stead);
    await ma.follows(bob!);
    await ma.follows(cem!);
    await old.settle();
    await later(1 * HOUR);
    expect(ma.standings).toEqual(all("following-new"));
    expect(await followers()).toEqual(idsOf(ma));
  });

  it("does not begin by the button without a warning while people may still be arriving", async () => {
    await opensTheDoor();
    await old.movesTo();
    await old.settle();
    expect(await askSync(await stead.ctx(), false)).toBe("early");
    await later(25 * HOUR);
    expect(await askSync(await stead.ctx(), false)).toBe("asked");
  });

  it("is not made for who has moved out", async () => {
    await opensTheDoor();
    await old.movesTo();
    await old.settle();
    await env.DB.prepare("UPDATE owner SET moved_to = 'https://x.test/users/me'").run();
    await askSync(await stead.ctx(), true);
    await mend(stead);
    expect(await rows("SELECT host FROM follower_lists")).toEqual([]);
  });
});
