/**
 * A person moves in with a browser, Chromium: from an old account elsewhere, with 600 followers who come and 12 who get lost. Once as
 * browsers are, and the steps that matter with scripts off. Pictures of every page stay in `fedistead-moving` of the temporary folder.
 */
import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import type { Follower } from "./follower-people.ts";
import { FollowerWorld } from "./follower-world.ts";
import type { Scenario, Story } from "./scenario.ts";
import { type Stead, startStead } from "./stead.ts";
import { until } from "./until.ts";
import { freshPictures, openBrowser, Walk } from "./walk.ts";

export const scenario: Scenario = { title: "A person moves in with a browser", tell };

const pictures = "fedistead-moving";
const SERVERS = 12;
const COMING = 600;
const LOST = 12;
const LISTED = COMING + LOST;
/** Percent, as the ledger rounds it. */
const ALL = Math.floor((100 * COMING) / LISTED);
/** For all to come and be counted. In ms. */
const FLOOD = 150_000;

async function tell(story: Story): Promise<void> {
  let stead!: Stead;
  let world!: FollowerWorld;
  let browser!: Browser;
  let walk!: Walk;
  let still!: Walk;
  let old!: Follower;
  let lost!: Follower[];

  await story.step("a stead, twelve servers and Chromium start", async () => {
    browser = await openBrowser();
    freshPictures(pictures);
    world = await FollowerWorld.start(SERVERS);
    const coming = Array.from({ length: COMING }, (_, n) => world.person(`u${n}`));
    lost = Array.from({ length: LOST }, (_, n) => world.person(`lost${n}`));
    old = world.person("anna_old");
    old.followers = LISTED;
    world.alreadyFollow(coming, old.id);
    stead = await startStead({ name: "anna" });
    await stead.claim("Anna");
    walk = await Walk.begin(browser, stead, pictures, {});
    await walk.goes("/login");
    await walk.signsIn();
  });

  await story.step("a check before anything is done says to wait, and why", async () => {
    await walk.clicks("Settings");
    await walk.page.getByLabel(/has to ask first/).check();
    await walk.presses("Save");
    await walk.clicks("Move in");
    await walk.shoots("move-empty");
    await walk.clicks("Check that everything is ready");
    await walk.shoots("check-start");
    await walk.presses("Start the check");
    await walk.heads("Wait");
    await walk.reads("Point your old account here first.");
    await walk.reads("You approve followers by hand.");
    await walk.shoots("check-red");
  });

  await story.step("a handle that leads nowhere is refused, and kept to be mended", async () => {
    await walk.clicks("Move in");
    await walk.clicks("Point an old account here");
    await walk.fills({ "Your old account": `nobody@${old.home.host}` });
    await walk.presses("Look it up");
    await walk.reads(/knows no nobody/);
    await walk.shoots("point-refused");
  });

  await story.step("the old account is looked up, known for a Mastodon, and pointed here", async () => {
    await walk.fills({ "Your old account": `@${old.address}` });
    await walk.presses("Look it up");
    await walk.heads("Is this your old account?");
    await walk.reads("Mastodon 4.5.2");
    await walk.reads(String(LISTED));
    await walk.shoots("point-found");
    await walk.presses("Point it here");
    await walk.reads(`@${old.address}`);
    await walk.shoots("move-pointed");
    assert.deepEqual((await stead.document("/actor")).json["alsoKnownAs"], [old.id]);
  });

  await story.step("the door is opened, and every check holds", async () => {
    await walk.presses("Open the door");
    await walk.reads(/nobody needs your approval until/);
    await walk.shoots("move-open");
    await walk.checks("Press Move now");
    await walk.shoots("check-green");
  });

  await story.step("a list that the old server hides says so, and a file takes its place", async () => {
    await walk.goes("/move/list");
    await walk.shoots("list-empty");
    await walk.fills({ "Your old account": `@${old.address}` });
    await walk.presses("Read the list");
    await walk.waitsFor("/move/list", /the list is hidden there/);
    await walk.uploads("followers.csv", csv([old]).replace(old.address, "no handle at all"));
    await walk.reads(/Line 2: .*is no handle/);
    await walk.shoots("list-refused");
  });

  await story.step(
    "with scripts off: the door is shut, found shut by the check, and opened again",
    async () => {
      still = await Walk.begin(browser, stead, pictures, { javaScriptEnabled: false });
      await still.goes("/login");
      await still.signsIn();
      await still.clicks("Move in");
      await still.presses("Close the door");
      await still.checks("Wait");
      await still.reads("You approve followers by hand.");
      await still.goes("/move");
      await still.presses("Open the door");
      await still.checks("Press Move now");
    },
  );

  await story.step("with scripts off: the old account is taken away, and pointed here again", async () => {
    await still.goes("/move");
    await still.page.getByRole("link", { name: /^Remove/ }).click();
    await still.shoots("point-remove");
    await still.page.getByRole("button", { name: /^Remove/ }).click();
    await still.reads("None points here yet.");
    await still.clicks("Point an old account here");
    await still.fills({ "Your old account": old.address });
    await still.presses("Look it up");
    await still.presses("Point it here");
    await still.reads(`@${old.address}`);
  });

  await story.step(
    "with scripts off: the list is uploaded, and each of its servers greeted once",
    async () => {
      await still.goes("/move/list");
      await still.uploads("followers.csv", csv(world.people.filter((person) => person !== old)));
      await still.reads(`${LISTED} people on ${SERVERS} servers are expected.`);
      await still.presses(`Greet ${SERVERS} servers`);
      await still.waitsFor("/move/list", new RegExp(`${SERVERS} of ${SERVERS} servers greeted\\.`));
      await still.shoots("list-greeted");
      assert.equal(world.arrived.length, SERVERS);
    },
  );

  await story.step(
    "half of the servers send theirs, and both pages show it when they load themselves again",
    async () => {
      world.askInVain(lost, stead.actor);
      for (const one of [walk, still]) {
        await one.goes("/move/arrivals");
        assert.equal(await percentOn(one), 0);
      }
      await world.press(old, stead.actor, world.homes.slice(0, SERVERS / 2));
      for (const one of [walk, still]) {
        const percent = await until(
          "the page counts some",
          async () => (await percentOn(one)) || null,
          FLOOD,
        );
        assert.ok(percent < ALL, `${percent} % came already`);
      }
      await walk.shoots("arrivals-some");
    },
  );

  await story.step("the others send theirs, and both pages count everybody who came", async () => {
    await world.press(old, stead.actor, world.homes.slice(SERVERS / 2));
    for (const one of [walk, still])
      await until("the page counts all", async () => (await percentOn(one)) === ALL, FLOOD);
    await walk.reads(`${COMING} of ${LISTED} people on the list follow you here`);
    await walk.shoots("arrivals-all");
    await until("all have their Accept", () => world.accepted(stead.actor).length === COMING);
    assert.deepEqual(world.mail.lost, []);
  });

  await story.step("the check knows that Move was pressed", async () => {
    await walk.checks("Move was pressed");
    await walk.shoots("check-pressed");
  });

  await story.step("who is missing is on a list to take away", async () => {
    await walk.goes("/move/arrivals");
    await walk.reads(/who they are/);
    const answer = await walk.page.context().request.get(`${stead.origin}/move/arrivals/missing.csv`);
    const [, ...rows] = (await answer.text()).trim().split("\r\n");
    assert.deepEqual(
      new Set(rows.map((row) => row.split(",")[0])),
      new Set(lost.map(({ address }) => address)),
    );
  });

  await story.step(
    "the rescue asks whether the flood is over, and then reaches all who are missing",
    async () => {
      await walk.clicks("Move in");
      await walk.clicks("Look after those who did not come");
      await walk.shoots("repair");
      await walk.presses(`Send rescue Accepts to ${LOST} people`);
      await walk.reads(/Say that you know, or wait/);
      await walk.shoots("repair-early");
      await walk.page.getByLabel("I know that people may still be on their way", { exact: true }).check();
      await walk.presses(`Send rescue Accepts to ${LOST} people`);
      await until("all who are missing are accepted", () =>
        lost.every(({ follows }) => follows.get(stead.actor)?.state === "accepted"),
      );
      await walk.goes("/move/repair");
      await walk.shoots("repair-after");
      assert.equal((await stead.document("/actor/followers")).json["totalItems"], COMING);
    },
  );

  await story.step("no page had a script, broke a rule of its own, or asked another host", () => {
    assert.deepEqual([...walk.complaints, ...still.complaints, ...world.problems], []);
    return Promise.resolve();
  });

  await story.step("at 320 pixels and in the dark the pages keep their width", async () => {
    const phone = await Walk.begin(browser, stead, pictures, {
      viewport: { width: 320, height: 640 },
      colorScheme: "dark",
      deviceScaleFactor: 2,
    });
    await phone.goes("/login");
    await phone.signsIn();
    for (const path of PAGES) {
      await phone.goes(path);
      await phone.hasRoomForValues();
      await phone.shoots(`phone${path.replaceAll("/", "-").replace(/\?.*/, "")}`);
    }
    await phone.goes("/move/point");
    await phone.fills({ "Your old account": old.address });
    await phone.presses("Look it up");
    await phone.heads("Is this your old account?");
    await phone.shoots("phone-move-point-found");
  });
}

const PAGES = [
  "/move",
  "/move/point",
  "/move/check",
  "/move/list",
  "/move/arrivals",
  "/move/repair",
  "/move/out",
  "/redirects?domain=old.example&names=anna",
];

/** As GoToSocial exports it. */
function csv(people: readonly Follower[]): string {
  return ["Account address", ...people.map(({ address }) => address)].join("\n");
}

/** As the title of the ledger says it; null while the page is loading. */
async function percentOn({ page }: Walk): Promise<number | null> {
  const [, percent] = /^(\d+) %/.exec(await page.title()) ?? [];
  return percent === undefined ? null : Number(percent);
}
