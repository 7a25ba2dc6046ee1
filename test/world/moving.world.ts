/**
 * An account of one stead moves to another, with followers who live on servers of other software, and the new stead is killed in the
 * middle. The independent server of `bot.ts` can neither send a Move nor go along with one, so it has no part here.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import tls from "node:tls";
import { type Certificates, makeCertificates } from "../../scripts/tls-proxy.ts";
import { FollowerWorld } from "./follower-world.ts";
import { freePort, temporaryFolder } from "./processes.ts";
import type { Scenario, Story } from "./scenario.ts";
import { PASSWORD, type Stead, startStead } from "./stead.ts";
import { until } from "./until.ts";

export const scenario: Scenario = { title: "An account moves from stead to stead with 50 followers", tell };

const FOLLOWERS = 50;
const SERVERS = 5;
/** Follows that the new stead has taken when it is killed. */
const TAKEN_AT_KILL = 12;
/** A busy machine verifies and accepts one or two a second. */
const FLOOD = 120_000;

async function tell(story: Story): Promise<void> {
  let anna!: Stead;
  let ben!: Stead;
  let world!: FollowerWorld;

  await story.step(
    "two steads and five servers start behind certificates of a private authority",
    async () => {
      const certificates = await makeCertificates(temporaryFolder());
      tls.setDefaultCACertificates([
        ...tls.getCACertificates("default"),
        readFileSync(certificates.ca, "utf8"),
      ]);
      world = await FollowerWorld.start(SERVERS, certificates);
      for (let n = 0; n < FOLLOWERS; n++) world.person(`u${n}`);
      anna = await claimed(certificates, "anna");
      ben = await claimed(certificates, "ben");
    },
  );

  await story.step(`${FOLLOWERS} people follow the old account, and each is accepted`, async () => {
    await world.follow(world.people, anna.actor);
    await until("all are accepted", () => world.accepted(anna.actor).length === FOLLOWERS, FLOOD);
    assert.equal(await followersOf(anna), FOLLOWERS);
  });

  await story.step(
    "the old account is pointed at the new one, and named in its profile at once",
    async () => {
      const looked = await ben.ask<Pointed>("/move/point", { account: anna.handle });
      assert.equal(looked.seen, true);
      assert.deepEqual([looked.account.iri, looked.account.followers], [anna.actor, FOLLOWERS]);
      await ben.does("/move/point/add", { account: anna.actor, password: PASSWORD });
      assert.deepEqual((await ben.document("/actor")).json["alsoKnownAs"], [anna.actor]);
    },
  );

  await story.step("who approves followers by hand is told to wait with Move", async () => {
    await ben.does("/settings", { name: "Ben", bio: "", locked: "on" });
    const report = await check(ben);
    assert.equal(report.press, false);
    assert.equal(report.checks.find(({ id }) => id === "door")?.result, "fail");
  });

  await story.step("with the door open every check holds, and Move may be pressed", async () => {
    await ben.does("/move/window", { days: "7", takes: "everybody" });
    const report = await check(ben);
    assert.deepEqual(
      [...report.checks, ...report.accounts.flatMap((one) => one.checks)].filter(
        ({ result }) => result !== "ok",
      ),
      [],
    );
    assert.deepEqual([report.press, report.accounts.map(({ verdict }) => verdict)], [true, ["press"]]);
    assert.equal(await followersOf(ben), 0, "the probe is still a follower");
  });

  await story.step(
    "the list of followers is read from the old stead as it shows it to everybody",
    async () => {
      await ben.does("/move/list/fetch", { account: anna.handle, token: "" });
      await until("everybody is expected", async () => (await ledger(ben)).totals.expected === FOLLOWERS);
    },
  );

  await story.step("a stead that does not name the old account gets nobody", async () => {
    const { status, text } = await anna.submit("/move/out/check", { to: world.people[0]!.address });
    assert.equal(status, 422);
    assert.match(text, /does not name this account as an alias/);
    assert.equal((await anna.document("/actor")).json["movedTo"], undefined);
  });

  await story.step("the old account moves out, and the new stead is killed while they arrive", async () => {
    const { ready } = await anna.ask<{ ready: string }>("/move/out/check", { to: ben.handle });
    assert.equal(ready, ben.actor);
    const before = world.mail.taken;
    await anna.does("/move/out", { to: ben.handle, password: PASSWORD });
    assert.equal((await anna.document("/actor")).json["movedTo"], ben.actor);
    await until(
      "the flood has begun",
      () => world.movesObeyed === SERVERS && world.mail.taken >= before + TAKEN_AT_KILL,
    );
    const accepted = world.accepted(ben.actor).length;
    await ben.kill();
    assert.ok(
      accepted < FOLLOWERS,
      "all were accepted before the kill: this machine is too fast for the test",
    );
    await ben.start();
  });

  await story.step("all arrive, and each has its Accept", async () => {
    await until("all are accepted", () => world.accepted(ben.actor).length === FOLLOWERS, FLOOD);
    assert.deepEqual(world.mail.lost, []);
    assert.equal(await followersOf(ben), FOLLOWERS);
  });

  await story.step("the ledger says that all came and have their Accept", async () => {
    const { totals, percent, arrived, followers, software, acceptsDelivered } = await until(
      "the ledger is counted",
      async () => {
        const read = await ledger(ben);
        return read.totals.told === FOLLOWERS && read.software[0]?.software === "mastodon" && read;
      },
    );
    const { expected, here, missing } = totals;
    assert.deepEqual([expected, here, arrived, followers], [FOLLOWERS, FOLLOWERS, FOLLOWERS, FOLLOWERS]);
    assert.deepEqual([missing, percent], [0, 100]);
    assert.deepEqual(
      software.map(({ hosts }) => hosts),
      [SERVERS],
    );
    // The check's own follower had one as well.
    assert.equal(acceptsDelivered, FOLLOWERS);
    assert.match(await ben.page("/move/arrivals"), /50 of 50 people on the list follow you here: 100 %/);
  });

  await story.step("the old account loses them, and says where it went", async () => {
    await until("nobody follows the old account", async () => (await followersOf(anna)) === 0, FLOOD);
    assert.match(await (await fetch(anna.origin)).text(), new RegExp(`has moved to <a href="${ben.actor}"`));
    const report = await check(ben);
    assert.deepEqual(
      report.accounts.map(({ verdict }) => verdict),
      ["pressed"],
    );
  });

  await story.step("a post of the new account reaches everybody", async () => {
    const post = await ben.publish({ text: "Thank you for coming along." });
    await until("all can read it", () => world.readersOf(post).length === FOLLOWERS);
    const creates = world.arrived.filter(({ activity }) => activity.type === "Create");
    assert.equal(creates.length, SERVERS, "each server gets one copy");
  });

  await story.step("nothing came to the servers that was not signed by whom it names, or fits nobody", () => {
    assert.deepEqual(world.problems, []);
    return Promise.resolve();
  });
}

interface Pointed {
  readonly seen: boolean;
  readonly account: { readonly iri: string; readonly followers: number | null };
}

interface Check {
  readonly id: string;
  readonly result: "ok" | "wait" | "fail";
  readonly saw: string;
}

interface Report {
  readonly state: "none" | "running" | "done";
  readonly press: boolean;
  readonly checks: readonly Check[];
  readonly accounts: readonly { readonly verdict: string; readonly checks: readonly Check[] }[];
}

interface Ledger {
  readonly percent: number | null;
  readonly arrived: number;
  readonly followers: number;
  readonly acceptsDelivered: number;
  readonly software: readonly { readonly software: string; readonly hosts: number }[];
  readonly totals: Readonly<Record<"expected" | "here" | "missing" | "told", number>>;
}

const ledger = (stead: Stead): Promise<Ledger> => stead.ask("/move/arrivals");

async function check(stead: Stead): Promise<Report> {
  await stead.does("/move/check", {});
  return until(
    "the check is over",
    async () => {
      const report = await stead.ask<Report>("/move/check");
      return report.state === "done" && report;
    },
    90_000,
  );
}

async function followersOf(stead: Stead): Promise<number> {
  return Number((await stead.document("/actor/followers")).json["totalItems"]);
}

async function claimed(certificates: Certificates, name: string): Promise<Stead> {
  const stead = await startStead({ name, tls: { certificates, port: await freePort() } });
  await stead.claim(name);
  await stead.signIn();
  return stead;
}
