/**
 * `npm run demo`: a stead and a server that is not ours meet on this machine, step by step, for somebody who has never seen a stead. Takes
 * a minute; then the stead stays until Ctrl-C, to be looked at. Needs no network but for the first time, to fetch the other server.
 */
import { inspect } from "node:util";
import { startBot } from "../test/world/bot.ts";
import { endAll, lastWords } from "../test/world/processes.ts";
import { PASSWORD, startStead } from "../test/world/stead.ts";
import { until } from "../test/world/until.ts";

let steps = 0;

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.once(signal, () => void leave(0));

try {
  await story();
} catch (fault) {
  say(`\nThis did not go as it should: ${inspect(fault)}\n${lastWords()}`);
  await leave(1);
}

async function story(): Promise<void> {
  say("A stead is your own small server in the fediverse. Watch one come to life and make a friend.");
  say("All of it happens on this machine, in a temporary folder. (Starting takes a moment.)");

  const stead = await startStead({ name: "anna" });
  await stead.claim("Anna");
  await stead.signIn();
  told(
    `Anna has claimed her stead. She is now @${stead.handle}.`,
    `Look: ${stead.origin}/`,
    `Sign in at ${stead.origin}/login with the password: ${PASSWORD}`,
  );

  const bot = await startBot();
  told(
    "A second server starts: activitypub-bot, an independent program that shares no code with this one.",
    `On it lives @${bot.handle}.`,
  );

  await bot.does("follow", { actor: stead.actor });
  await bot.receives("Anna's Accept", "Accept", () => true);
  told(
    "The bot has followed Anna, and Anna's stead has answered: welcome.",
    `Look: ${stead.origin}/followers`,
  );

  const post = await stead.publish({ text: "Good morning, *fediverse*! First day in my own #stead." });
  const arrived = (kind: string) =>
    bot.receives(`the ${kind}`, kind, (activity) => JSON.stringify(activity.object).includes(post));
  await arrived("Create");
  told("Anna has written her first post, and the bot's server has it.", `Look: ${post}`);

  await stead.edit(post, "Good morning, *fediverse*! First day in my own #stead. The kettle works.");
  await arrived("Update");
  told("She has added a sentence. The bot's server has the new words too.", `Look: ${post}`);

  await bot.does("reply", { object: post, content: "Congratulations! Lovely place you have." });
  await bot.does("like", { object: post });
  await until("the reply and the like arrive", async () => {
    const page = await stead.page("/notifications");
    return /Lovely place/.test(page) && /liked/i.test(page);
  });
  told("The bot has liked and answered it.", `Look: ${stead.origin}/notifications`);

  await stead.follow(bot.handle);
  await until("the bot has Anna among its followers", async () => (await bot.state()).followers.length === 1);
  await bot.does("note", { content: "The weather on loopback: calm, 127 degrees, no wind." });
  await until("the bot's post arrives", async () => /calm, 127 degrees/.test(await stead.page("/home")));
  told("Anna has followed the bot back, and reads what it posts.", `Look: ${stead.origin}/home`);

  const mistake = await stead.publish({ text: "Oops, wrong window." });
  await stead.delete(mistake);
  await bot.receives("the deletion", "Delete", (activity) =>
    JSON.stringify(activity.object).includes(mistake),
  );
  told("Anna has posted something by mistake and deleted it. The bot's server was told to forget it.");

  say(`
That is a stead: your name, your posts, your followers, on a server of your own.
This one stays until you press Ctrl-C, and the bot goes on listening: write something at ${stead.origin}/home
Your own begins with: npm start`);
}

function told(happened: string, ...where: string[]): void {
  steps++;
  say(`\n${steps}. ${happened}`);
  for (const line of where) say(`   ${line}`);
}

async function leave(code: number): Promise<never> {
  say("\nPutting everything away ...");
  await endAll();
  process.exit(code);
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
