/**
 * A person walks through the pages with a browser, Chromium: once as browsers are, once with scripts off. Pictures of every page stay in
 * `fedistead-pages` of the temporary folder, to be looked at.
 */
import assert from "node:assert/strict";
import type { Browser } from "playwright-core";
import { type Bot, startBot } from "./bot.ts";
import type { Scenario, Story } from "./scenario.ts";
import { PASSWORD, type Stead, startStead } from "./stead.ts";
import { until } from "./until.ts";
import { freshPictures, openBrowser, Walk } from "./walk.ts";

export const scenario: Scenario = { title: "A person with a browser", tell };

const pictures = "fedistead-pages";

async function tell(story: Story): Promise<void> {
  let stead!: Stead;
  let bot!: Bot;
  let browser!: Browser;
  let walk!: Walk;
  let portrait!: Buffer;

  await story.step("a stead, the bot and Chromium start", async () => {
    browser = await openBrowser();
    stead = await startStead({ name: "anna" });
    bot = await startBot();
    portrait = await picture(browser);
    walk = await Walk.begin(browser, stead, pictures, {});
    freshPictures(pictures);
  });

  await story.step("whoever comes before the owner is told what is missing", async () => {
    await walk.goes("/", 503);
    await walk.shoots("unclaimed");
    await walk.page.getByRole("link", { name: "claim it" }).click();
  });

  await story.step("a mistake in the claim says what is wrong and keeps what was typed", async () => {
    await walk.fills({
      Secret: "not the secret, though long enough",
      Handle: "anna",
      Name: "Anna",
      Password: PASSWORD,
    });
    await walk.presses("Claim this stead");
    await walk.reads(/This is not the secret/);
    assert.equal(await walk.page.getByLabel("Handle").inputValue(), "anna");
    await walk.shoots("claim-refused");
  });

  await story.step("the owner claims the stead and signs in", async () => {
    await walk.fills({ Secret: stead.secret, Password: PASSWORD });
    await walk.presses("Claim this stead");
    await walk.reads(/The stead is yours/);
    await walk.shoots("sign-in");
    await walk.signsIn();
    await walk.shoots("home-empty");
  });

  await story.step("the owner sets a profile with a picture, and visitors see it", async () => {
    await walk.clicks("Settings");
    await walk.shoots("settings");
    await walk.fills({ Name: "Anna of the Allotment", Bio: "I grow beans, and write about it." });
    await walk.page.getByLabel(/^(New )?(Avatar|Picture)/).setInputFiles({
      name: "me.png",
      mimeType: "image/png",
      buffer: portrait,
    });
    await walk.presses("Save");
    await walk.goes("/@anna");
    await walk.reads(/Anna of the Allotment/);
    await walk.reads(/I grow beans/);
    await walk.showsPicture();
  });

  await writesAndTakesBack(story, () => walk, "with scripts on");

  await story.step("the owner follows by handle, and reads the bot's post at home", async () => {
    await walk.clicks("Following");
    await walk.fills({ "Follow somebody": bot.handle });
    await walk.presses("Follow");
    await until("the bot has a follower", async () => (await bot.state()).followers.length === 1);
    await bot.does("note", { content: "A robin on the fence this morning." });
    await walk.waitsFor("/home", /A robin on the fence/);
    await walk.shoots("home");
    await walk.goes("/following");
    await walk.reads(new RegExp(bot.handle));
    await walk.shoots("following");
  });

  await story.step("the owner answers the bot, is answered, liked and followed, and sees it", async () => {
    await walk.goes("/home");
    await walk.page
      .getByRole("article")
      .filter({ hasText: "A robin" })
      .getByRole("link", { name: "Reply" })
      .click();
    await walk.reads(/A robin on the fence/);
    await walk.shoots("answer");
    await walk.fills({ "Your answer": "Lucky you! **Here** only rain, see #weather." });
    await walk.presses("Answer");
    const answer = await until("the bot has the answer", async () => {
      const created = (await bot.received("Create")).find((one) =>
        JSON.stringify(one).includes("Lucky you!"),
      );
      return (created?.object as { id: string } | undefined)?.id;
    });
    await bot.does("follow", { actor: stead.actor });
    await bot.does("like", { object: answer });
    await bot.does("announce", { object: answer });
    await bot.does("reply", { object: answer, content: "It will pass. The beans like it." });
    await walk.waitsFor("/notifications", /The beans like it/);
    await walk.waitsFor("/notifications", /boosted/i);
    await walk.waitsFor("/notifications", /liked/i);
    await walk.shoots("notifications");
    await walk.waitsFor("/followers", new RegExp(bot.handle));
    await walk.shoots("followers");
    await walk.goes(new URL(answer).pathname);
    await walk.reads(/The beans like it/);
    await walk.shoots("post");
  });

  await story.step("when a server is down, the deliveries page says so", async () => {
    await bot.program.stop();
    await walk.writes("Is anybody there?");
    await walk.waitsFor("/deliveries", new RegExp(new URL(bot.origin).host));
    await walk.shoots("deliveries");
  });

  await story.step("no page had a script, broke a rule of its own, or asked another host", () => {
    assert.deepEqual(walk.complaints, []);
    return Promise.resolve();
  });

  await story.step("on a phone and in the dark the pages keep their width", async () => {
    const phone = await Walk.begin(browser, stead, pictures, {
      viewport: { width: 360, height: 740 },
      colorScheme: "dark",
      deviceScaleFactor: 2,
    });
    await phone.goes("/login");
    await phone.signsIn();
    for (const path of [
      "/home",
      "/notifications",
      "/followers",
      "/following",
      "/deliveries",
      "/settings",
      "/",
    ]) {
      await phone.goes(path);
      await phone.shoots(`phone${path.replace("/", "-")}`);
    }
  });

  await story.step("with scripts off the owner signs in as well", async () => {
    walk = await Walk.begin(browser, stead, pictures, { javaScriptEnabled: false });
    await walk.goes("/login");
    await walk.signsIn();
  });

  await writesAndTakesBack(story, () => walk, "with scripts off");
}

async function writesAndTakesBack(story: Story, walk: () => Walk, how: string): Promise<void> {
  await story.step(`the owner writes, edits and deletes a post, ${how}`, async () => {
    const { page } = walk();
    await walk().writes(`Seedlings are up, ${how}.`);
    await walk().clicks("Edit");
    assert.equal(await page.getByLabel("Your post").inputValue(), `Seedlings are up, ${how}.`);
    await walk().shoots("edit");
    await walk().fills({ "Your post": "Seedlings are up, all *forty* of them." });
    await walk().presses("Save");
    await walk().reads(/all forty of them/);
    await walk().goes("/home");
    await walk().shoots("home-with-a-post");
    await page.getByText("Delete", { exact: true }).first().click();
    await walk().shoots("delete");
    await walk().presses("Delete this post");
    assert.doesNotMatch(await page.content(), /Seedlings are up/);
  });
}

/** A face to upload, drawn here. */
async function picture(browser: Browser): Promise<Buffer> {
  const page = await browser.newPage({ viewport: { width: 200, height: 200 } });
  await page.setContent(`
    <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 200" style="position:fixed;inset:0">
      <path fill="#cfe3d4" d="M0 0h200v200H0z"/><path fill="#7a5a3c" d="M0 150h200v50H0z"/>
      <path fill="none" stroke="#2f6b3c" stroke-width="8" d="M100 160c0-40 4-50 0-80"/>
      <path fill="#4f9a5b" d="M100 96c-40 4-56-16-56-36 36-2 56 10 56 36zm0-14c36 2 52-16 54-38-36-2-54 12-54 38z"/>
    </svg>`);
  const bytes = await page.screenshot();
  await page.close();
  return bytes;
}
