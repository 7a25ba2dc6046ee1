/** Two steads, each behind TLS, and an independent server that watches: who gets what, and what a kill -9 can not lose. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import tls from "node:tls";
import { type Certificates, makeCertificates } from "../../scripts/tls-proxy.ts";
import { type Bot, startBot } from "./bot.ts";
import { freePort, temporaryFolder } from "./processes.ts";
import { PIXEL } from "./pixel.ts";
import type { Scenario, Story } from "./scenario.ts";
import { type Stead, startStead } from "./stead.ts";
import { until } from "./until.ts";

export const scenario: Scenario = { title: "Two steads behind TLS, and a witness", tell };

/** Longer than the wait after a host's first failure, 60 s and a fifth. In ms. */
const RETRIED = 120_000;
/** What a message that is on its way may take to arrive after a later one has. In ms. */
const SETTLED = 3_000;

const NTH = ["first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"];

async function tell(story: Story): Promise<void> {
  let anna!: Stead;
  let ben!: Stead;
  let bot!: Bot;

  await story.step("two steads and the bot start behind certificates of a private authority", async () => {
    const certificates = await makeCertificates(temporaryFolder());
    trust(certificates);
    [anna, ben] = [await claimed(certificates, "anna"), await claimed(certificates, "ben")];
    bot = await startBot(certificates);
    assert.match(anna.actor, /^https:\/\/localhost:\d+\/actor$/);
  });

  await story.step("they follow each other by handle, and so does the bot", async () => {
    await anna.follow(ben.handle);
    await ben.follow(`@${anna.handle}`);
    await bot.does("follow", { actor: anna.handle });
    await count(anna, "followers", 2);
    await count(anna, "following", 1);
    await count(ben, "followers", 1);
    await count(ben, "following", 1);
    await bot.receives("anna's Accept", "Accept", () => true);
  });

  await story.step("a post, its edit and its deletion show on the other's home", async () => {
    const post = await anna.publish({ text: "The first swallow." });
    await shows(ben, "/home", /The first swallow\./);
    await anna.edit(post, "The second swallow.");
    await shows(ben, "/home", /The second swallow\./);
    await lacks(ben, "/home", /The first swallow\./);
    await anna.delete(post);
    await lacks(ben, "/home", /The second swallow\./);
  });

  await story.step("a new name and avatar reach the other, and the picture is there", async () => {
    await anna.does("/settings", {
      name: "Anna of the Allotment",
      bio: "Grows beans.",
      avatar: new File([PIXEL], "me.png", { type: "image/png" }),
    });
    await shows(ben, "/following", /Anna of the Allotment/);
    const { icon } = (await anna.document("/actor")).json as { icon: { url: string } };
    const picture = await fetch(icon.url);
    assert.equal(picture.headers.get("content-type"), "image/png");
    assert.deepEqual(Buffer.from(await picture.arrayBuffer()), PIXEL);
  });

  await story.step("a post for followers reaches them, and nobody else can read it", async () => {
    const post = await anna.publish({ text: "For those who follow.", visibility: "followers" });
    await shows(ben, "/home", /For those who follow\./);
    await bot.receives("the post for followers", "Create", (one) => JSON.stringify(one).includes(post));
    assert.equal((await anna.document(new URL(post).pathname)).status, 404);
    assert.equal((await fetch(post, { headers: { accept: "text/html" } })).status, 404);
  });

  await story.step("a direct answer reaches the one it answers, and not the bot that follows", async () => {
    await ben.publish({ text: "Who has seeds?" });
    await shows(anna, "/home", /Who has seeds\?/);
    const direct = await anna.answer(/Who has seeds\?/, { text: "I have, come over.", visibility: "direct" });
    await shows(ben, "/notifications", /I have, come over\./);
    const later = await anna.publish({ text: "Something for all." });
    await bot.receives("the later post", "Create", (one) => JSON.stringify(one).includes(later));
    await sleep(SETTLED);
    const seen = JSON.stringify(await bot.received("Create"));
    assert.ok(!seen.includes(direct), "the bot got a direct post that was not for it");
    assert.equal((await anna.document(new URL(direct).pathname)).status, 404);
  });

  await story.step("who stops following gets nothing more", async () => {
    await ben.unfollow(anna.handle);
    await count(anna, "followers", 1);
    const post = await anna.publish({ text: "Without Ben." });
    await bot.receives("the post", "Create", (one) => JSON.stringify(one).includes(post));
    await sleep(SETTLED);
    assert.doesNotMatch(await ben.page("/home"), /Without Ben\./);
    await ben.follow(anna.handle);
    await count(anna, "followers", 2);
  });

  // Ben is the witness here: the bot answers 202 and only then asks the killed stead for its followers, and drops the post.
  await story.step("a stead killed while it publishes loses nothing that it had taken", async () => {
    let owed = 0;
    for (const enough of [1, 3, 5]) {
      const texts = NTH.map((nth) => `The ${nth} word, killed after ${enough}.`);
      const answered: string[] = [];
      const publishing = texts.map(async (text) => {
        const { status } = await anna.submit("/posts", { text, visibility: "public", language: "en" });
        if (status === 303) answered.push(text);
      });
      await until(`anna has answered ${enough}`, () => answered.length >= enough);
      await anna.kill();
      await Promise.allSettled(publishing);
      const before = await ben.page("/home");
      await anna.start();
      const home = await anna.page("/home");
      const taken = texts.filter((text) => home.includes(text));
      assert.deepEqual(
        answered.filter((text) => !taken.includes(text)),
        [],
        "posts were answered, and are not there",
      );
      owed += taken.filter((text) => !before.includes(text)).length;
      for (const text of taken) {
        await shows(ben, "/home", new RegExp(text));
        const copies = (await ben.page("/home")).split(text).length - 1;
        assert.equal(copies, 1, `Ben sees "${text}" ${copies} times`);
      }
    }
    assert.ok(owed > 0, "no kill came while something was owed: this machine is too fast for the test");
  });

  await story.step("a stead that was down when others spoke hears the last word of it", async () => {
    await ben.kill();
    const deleted = await anna.publish({ text: "Soon taken back." });
    const edited = await anna.publish({ text: "Not the last word." });
    await anna.edit(edited, "The last word.");
    await anna.delete(deleted);
    await shows(anna, "/deliveries", new RegExp(new URL(ben.origin).host));
    await ben.start();
    await shows(ben, "/home", /The last word\./, RETRIED);
    await lacks(ben, "/home", /Soon taken back\.|Not the last word\./);
  });
}

/** This process asks the steads through their proxies, as everybody does. */
function trust({ ca }: Certificates): void {
  tls.setDefaultCACertificates([...tls.getCACertificates("default"), readFileSync(ca, "utf8")]);
}

async function claimed(certificates: Certificates, name: string): Promise<Stead> {
  const stead = await startStead({ name, tls: { certificates, port: await freePort() } });
  await stead.claim(name);
  await stead.signIn();
  return stead;
}

async function count(stead: Stead, collection: "followers" | "following", wanted: number): Promise<void> {
  await until(`${stead.name} has ${wanted} in ${collection}`, async () => {
    return (await stead.document(`/actor/${collection}`)).json["totalItems"] === wanted;
  });
}

function shows(stead: Stead, path: string, words: RegExp, patience?: number): Promise<boolean> {
  return until(
    `${stead.name} sees ${words} on ${path}`,
    async () => words.test(await stead.page(path)),
    patience,
  );
}

function lacks(stead: Stead, path: string, words: RegExp): Promise<boolean> {
  return until(
    `${stead.name} no longer sees ${words} on ${path}`,
    async () => !words.test(await stead.page(path)),
  );
}
