/** masto.js, the library of Elk and Phanpy, does all that an app does with posts; a second stead is who the owner talks with. */
import assert from "node:assert/strict";
import {
  arrives,
  type Client,
  getAcquainted,
  type MastoPair,
  startMastoPair,
  wordsOf,
} from "./masto-pair.ts";
import { PIXEL } from "./pixel.ts";
import type { Scenario, Story } from "./scenario.ts";
import { until } from "./until.ts";

export const scenario: Scenario = { title: "masto.js reads, writes and answers", tell };

async function tell(story: Story): Promise<void> {
  let pair!: MastoPair;
  let anna!: Client;
  let ben!: Client;
  let benHere = "";
  const me = () => anna.v1.accounts.verifyCredentials();

  await story.step("the app is registered, let in by the owner, and knows who that is", async () => {
    pair = await startMastoPair();
    [anna, ben] = [pair.app, pair.theirs];
    assert.equal((await me()).username, "anna");
  });

  await story.step("what every app asks first is answered", async () => {
    const { version, configuration } = await anna.v2.instance.fetch();
    assert.match(version, /^4\.\d\.\d \(compatible; Fedistead /);
    assert.equal(configuration.urls.streaming, pair.anna.origin.replace("https", "wss"));
    await Promise.all([
      anna.v1.instance.fetch(),
      anna.v1.preferences.fetch(),
      anna.v1.customEmojis.list(),
      anna.v1.announcements.list(),
      anna.v1.markers.fetch({ timeline: ["home", "notifications"] }),
      anna.v1.trends.tags.list(),
      anna.v1.suggestions.list(),
      anna.v1.endorsements.list(),
    ]);
  });

  await story.step("a handle is found on its server, followed, and follows back", async () => {
    ({ benHere } = await getAcquainted(pair));
    assert.equal((await anna.v1.accounts.lookup({ acct: pair.ben.handle })).id, benHere);
    const followers = await anna.v1.accounts.$select((await me()).id).followers.list();
    assert.deepEqual(
      followers.map(({ id }) => id),
      [benHere],
    );
  });

  await story.step("posts of every kind are written, and each reaches whom it is for", async () => {
    const plain = await anna.v1.statuses.create({ status: "Plain words." });
    await anna.v1.statuses.create({
      status: "Behind a warning.",
      spoilerText: "Mind the step",
      sensitive: true,
    });
    for (const visibility of ["unlisted", "private"] as const)
      await anna.v1.statuses.create({ status: `For ${visibility}.`, visibility });
    await anna.v1.statuses.create({ status: `@${pair.ben.handle} between us.`, visibility: "direct" });
    assert.equal((await arrives(ben, "Plain words.")).visibility, "public");
    assert.equal((await arrives(ben, "Behind a warning.")).spoilerText, "Mind the step");
    assert.equal((await arrives(ben, "For unlisted.")).visibility, "unlisted");
    assert.equal((await arrives(ben, "For private.")).visibility, "private");
    const answer = await ben.v1.statuses.create({
      status: `@${pair.anna.handle} I read it.`,
      inReplyToId: (await arrives(ben, "Plain words.")).id,
    });
    assert.notEqual(answer.inReplyToId, null);
    const thread = await until("the answer is in the thread", async () => {
      const { descendants } = await anna.v1.statuses.$select(plain.id).context.fetch();
      return descendants.length > 0 && descendants;
    });
    assert.equal(wordsOf(thread[0]!).includes("I read it."), true);
    const talks = await until("the words between us are a conversation", async () => {
      const found = await ben.v1.conversations.list();
      return found.length > 0 && found;
    });
    assert.equal(talks[0]!.lastStatus?.content.includes("between us."), true);
    await ben.v1.conversations.$select(talks[0]!.id).read();
  });

  await story.step("the same wish twice is one post", async () => {
    const wish = { requestInit: { headers: { "Idempotency-Key": "the very same" } } };
    const post = { status: "Only once." };
    const [first, second] = [
      await anna.v1.statuses.create(post, wish),
      await anna.v1.statuses.create(post, wish),
    ];
    assert.equal(first.id, second.id);
  });

  await story.step("a picture with its description goes along", async () => {
    const file = new File([PIXEL], "dot.png", { type: "image/png" });
    const media = await anna.v2.media.create({ file, description: "A dot." });
    await anna.v1.statuses.create({ mediaIds: [media.id], status: "See the dot." });
    const [shown] = (await arrives(ben, "See the dot.")).mediaAttachments;
    assert.deepEqual([shown?.type, shown?.description], ["image", "A dot."]);
    const picture = await fetch(shown!.url!);
    assert.equal(picture.headers.get("content-type"), "image/png");
  });

  await story.step("a poll is asked, and the answer is counted", async () => {
    const asked = await anna.v1.statuses.create({
      status: "Tea or coffee?",
      poll: { options: ["Tea", "Coffee"], expiresIn: 3_600 },
    });
    const { poll } = await arrives(ben, "Tea or coffee?");
    assert.deepEqual(
      poll?.options.map(({ title }) => title),
      ["Tea", "Coffee"],
    );
    const voted = await ben.v1.polls.$select(poll.id).votes.create({ choices: [0] });
    assert.deepEqual(voted.ownVotes, [0]);
    await until("the vote is counted", async () => {
      const { options } = await anna.v1.polls.$select(asked.poll!.id).fetch();
      return options[0]?.votesCount === 1;
    });
  });

  await story.step("a post is edited, and its history kept; another is deleted", async () => {
    const post = await anna.v1.statuses.create({ status: "Wrods." });
    await arrives(ben, "Wrods.");
    await anna.v1.statuses.$select(post.id).update({ status: "Words, mended." });
    assert.notEqual((await arrives(ben, "Words, mended.")).editedAt, null);
    const versions = await anna.v1.statuses.$select(post.id).history.list();
    assert.deepEqual(
      versions.map(({ content }) => content.includes("mended")),
      [false, true],
    );
    assert.equal((await anna.v1.statuses.$select(post.id).source.fetch()).text, "Words, mended.");
    await anna.v1.statuses.$select(post.id).remove();
    await until("it is gone over there", async () =>
      (await ben.v1.timelines.home.list()).every((one) => !wordsOf(one).includes("Words, mended.")),
    );
  });

  await story.step(
    "liking, boosting, bookmarking and pinning hold, and the other hears of what is for them",
    async () => {
      const theirs = await ben.v1.statuses.create({ status: "Like me." });
      const { id } = await arrives(anna, "Like me.");
      const post = anna.v1.statuses.$select(id);
      assert.equal((await post.favourite()).favourited, true);
      assert.equal((await post.reblog()).reblog?.id, id);
      assert.equal((await post.bookmark()).bookmarked, true);
      assert.deepEqual(
        (await anna.v1.bookmarks.list()).map((one) => one.id),
        [id],
      );
      assert.deepEqual(
        (await anna.v1.favourites.list()).map((one) => one.id),
        [id],
      );
      await until("ben hears of both", async () => {
        const types = (await ben.v1.notifications.list()).filter(({ status }) => status?.id === theirs.id);
        return ["favourite", "reblog"].every((type) => types.some((one) => one.type === type));
      });
      const { notificationGroups } = await ben.v2.notifications.list();
      assert.equal(
        notificationGroups.some(({ type }) => type === "favourite"),
        true,
      );
      assert.equal((await post.unfavourite()).favourited, false);
      assert.equal((await post.unreblog()).reblogged, false);
      assert.equal((await post.unbookmark()).bookmarked, false);
      const own = await anna.v1.statuses.create({ status: "Pin me." });
      await anna.v1.statuses.$select(own.id).pin();
      const pinned = await anna.v1.accounts.$select((await me()).id).statuses.list({ pinned: true });
      assert.deepEqual(
        pinned.map((one) => one.id),
        [own.id],
      );
    },
  );

  await story.step("a post is put off, and taken back", async () => {
    const scheduledAt = new Date(Date.now() + 3_600_000).toISOString();
    const { id } = await anna.v1.statuses.create({ status: "Later.", scheduledAt });
    const waiting = await anna.v1.scheduledStatuses.list();
    assert.deepEqual(
      waiting.map((one) => [one.id, one.params.text]),
      [[id, "Later."]],
    );
    await anna.v1.scheduledStatuses.$select(id).remove();
    assert.deepEqual(await anna.v1.scheduledStatuses.list(), []);
  });

  await story.step(
    "pages follow each other to the end, with nothing twice and nothing left out",
    async () => {
      const ids: string[] = [];
      for await (const page of anna.v1.timelines.home.list({ limit: 3 }))
        ids.push(...page.map(({ id }) => id));
      assert.equal(new Set(ids).size, ids.length);
      assert.deepEqual(ids, ids.toSorted().toReversed());
      assert.deepEqual(
        ids.slice(0, 40),
        (await anna.v1.timelines.home.list({ limit: 40 })).map(({ id }) => id),
      );
      const told: string[] = [];
      for await (const page of anna.v1.notifications.list({ limit: 2 }))
        told.push(...page.map(({ id }) => id));
      assert.deepEqual(
        told,
        (await anna.v1.notifications.list({ limit: 80 })).map(({ id }) => id),
      );
    },
  );
}
