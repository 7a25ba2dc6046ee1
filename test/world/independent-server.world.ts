/** A server that shares no code with us: it follows, reads, answers and likes, and is followed, over plain http on localhost. */
import assert from "node:assert/strict";
import { type Bot, type Received, startBot } from "./bot.ts";
import type { Scenario, Story } from "./scenario.ts";
import { type Stead, startStead } from "./stead.ts";
import { until } from "./until.ts";

export const scenario: Scenario = {
  title: "An independent server and a stead talk to each other",
  tell,
};

async function tell(story: Story): Promise<void> {
  let stead!: Stead;
  let bot!: Bot;
  let post = "";

  await story.step("a fresh stead says that it waits for its owner", async () => {
    stead = await startStead({ name: "anna" });
    assert.equal((await stead.document("/actor")).status, 503);
  });

  await story.step("its owner claims it with a form, once and for ever, and signs in", async () => {
    await stead.claim("Anna");
    assert.equal((await stead.submit("/setup", {})).status, 404);
    await stead.signIn();
    assert.equal((await stead.document("/actor")).json["preferredUsername"], "anna");
  });

  await story.step("the bot follows it, and gets the Accept of its own Follow", async () => {
    bot = await startBot();
    const follow = await bot.does("follow", { actor: stead.actor });
    const accept = await bot.receives("the Accept", "Accept", () => true);
    assert.equal(idOf(accept.object), follow);
    await until("the bot counts the stead among those it follows", async () => {
      return (await bot.state()).following.includes(stead.actor);
    });
    assert.deepEqual((await stead.document("/actor/followers")).json["totalItems"], 1);
    assert.match(await stead.page("/followers"), new RegExp(bot.handle));
  });

  await story.step("a post reaches the bot as it was written", async () => {
    post = await stead.publish({ text: "Good morning, *fediverse*. It rains on the #allotment." });
    const note = await received(bot, "Create", post, "the post");
    assert.equal(note["attributedTo"], stead.actor);
    assert.match(
      text(note),
      /^<p>Good morning, <em>fediverse<\/em>\. It rains on the <a [^>]*>#<span>allotment<\/span><\/a>\.<\/p>$/,
    );
  });

  await story.step("its edit reaches the bot", async () => {
    await stead.edit(post, "The sun is out.");
    const note = await received(bot, "Update", post, "the edit");
    assert.equal(text(note), "<p>The sun is out.</p>");
    assert.ok(note["updated"], "the edited note says when it was edited");
  });

  await story.step("the bot's reply, like and boost reach the owner", async () => {
    const reply = await bot.does("reply", { object: post, content: "Here too!" });
    await bot.does("like", { object: post });
    await bot.does("announce", { object: post });
    for (const [collection, kind] of [
      ["replies", "reply"],
      ["likes", "like"],
      ["shares", "boost"],
    ] as const) {
      await until(`the ${kind} is counted`, async () => {
        return (await stead.document(`/posts/${number(post)}/${collection}`)).json["totalItems"] === 1;
      });
    }
    assert.deepEqual((await stead.document(`/posts/${number(post)}/replies`)).json["items"], [reply]);
    const notifications = await stead.page("/notifications");
    assert.match(notifications, /Here too!/);
    assert.match(notifications, /liked/i);
    assert.match(notifications, /boosted/i);
  });

  await story.step("what the bot takes back is gone", async () => {
    await bot.does("unlike", { object: post });
    await until("the like is taken back", async () => {
      return (await stead.document(`/posts/${number(post)}/likes`)).json["totalItems"] === 0;
    });
  });

  await story.step("the deletion reaches the bot, and the post leaves a Tombstone", async () => {
    await stead.delete(post);
    await bot.receives("the deletion", "Delete", (activity) => idOf(activity.object) === post);
    const { status, json } = await stead.document(`/posts/${number(post)}`);
    assert.equal(status, 410);
    assert.equal(json["type"], "Tombstone");
  });

  await story.step("the owner follows the bot by its handle, and is accepted", async () => {
    await stead.follow(bot.handle);
    await until("the bot has the stead among its followers", async () => {
      return (await bot.state()).followers.includes(stead.actor);
    });
    await until("the stead knows that it was accepted", async () => {
      return (await stead.document("/actor/following")).json["totalItems"] === 1;
    });
  });

  await story.step("the bot's post, its edit and its deletion show on the owner's home", async () => {
    const note = await bot.does("note", { content: "Kettle on." });
    await until("the bot's post is on the home page", async () =>
      /Kettle on\./.test(await stead.page("/home")),
    );
    await bot.does("edit", { object: note, content: "Tea is ready." });
    await until("the edited post is on the home page", async () => {
      const home = await stead.page("/home");
      return /Tea is ready\./.test(home) && !/Kettle on\./.test(home);
    });
    await bot.does("delete", { object: note });
    await until(
      "the deleted post has left the home page",
      async () => !/Tea is ready\./.test(await stead.page("/home")),
    );
  });

  await story.step("each stops following the other", async () => {
    await bot.does("unfollow", { actor: stead.actor });
    await until("the bot has left the followers", async () => {
      return (await stead.document("/actor/followers")).json["totalItems"] === 0;
    });
    await stead.unfollow(bot.handle);
    await until(
      "the stead has left the bot's followers",
      async () => (await bot.state()).followers.length === 0,
    );
  });
}

const number = (post: string): string => post.split("/").at(-1) ?? "";

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function idOf(value: unknown): unknown {
  return isObject(value) ? value["id"] : value;
}

/** The note inside the activity that brought it. */
async function received(
  bot: Bot,
  type: string,
  post: string,
  what: string,
): Promise<Readonly<Record<string, unknown>>> {
  const activity: Received = await bot.receives(what, type, (one) => idOf(one.object) === post);
  assert.ok(isObject(activity.object), `${type} carries its object`);
  return activity.object;
}

/** The bot's export says content as a string, or by language. */
function text(note: Readonly<Record<string, unknown>>): string {
  const { content, contentMap } = note;
  if (typeof content === "string") return content;
  if (isObject(contentMap)) return String(Object.values(contentMap)[0]);
  return JSON.stringify(note);
}
