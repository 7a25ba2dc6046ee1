/** masto.js does what an app does with people, lists and filters, and is told by socket and by push. */
import assert from "node:assert/strict";
import { createStreamingAPIClient } from "masto";
import {
  arrives,
  type Client,
  getAcquainted,
  type MastoPair,
  startMastoPair,
  wordsOf,
} from "./masto-pair.ts";
import { PIXEL } from "./pixel.ts";
import { startPushEndpoint } from "./push-endpoint.ts";
import type { Scenario, Story } from "./scenario.ts";
import { until } from "./until.ts";

export const scenario: Scenario = { title: "masto.js keeps lists and filters, and hears what happens", tell };

async function tell(story: Story): Promise<void> {
  let pair!: MastoPair;
  let anna!: Client;
  let ben!: Client;
  let [benHere, annaThere] = ["", ""];

  await story.step("two owners let an app in each, and follow each other", async () => {
    pair = await startMastoPair();
    [anna, ben] = [pair.app, pair.theirs];
    ({ benHere, annaThere } = await getAcquainted(pair));
    await ben.v1.statuses.create({ status: "Like me." });
    await arrives(anna, "Like me.");
  });

  await story.step("a list holds whom it is told to, and shows what they say", async () => {
    const { id } = await anna.v1.lists.create({ title: "Close" });
    await anna.v1.lists.$select(id).accounts.create({ accountIds: [benHere] });
    assert.deepEqual(
      (await anna.v1.lists.$select(id).accounts.list()).map((one) => one.id),
      [benHere],
    );
    const shown = await anna.v1.timelines.list.$select(id).list();
    assert.equal(
      shown.some((one) => wordsOf(one).includes("Like me.")),
      true,
    );
    await anna.v1.lists.$select(id).update({ title: "Closer" });
    await anna.v1.lists.$select(id).accounts.remove({ accountIds: [benHere] });
    await anna.v1.lists.$select(id).remove();
    assert.deepEqual(await anna.v1.lists.list(), []);
  });

  await story.step("what a filter finds is marked", async () => {
    const filter = await anna.v2.filters.create({
      title: "Likes",
      context: ["home"],
      filterAction: "warn",
      keywordsAttributes: [{ keyword: "like me", wholeWord: true }],
    });
    const { filtered } = await arrives(anna, "Like me.");
    assert.deepEqual(
      filtered?.map((one) => [one.filter.title, one.keywordMatches]),
      [["Likes", ["like me"]]],
    );
    await anna.v2.filters.$select(filter.id).remove();
    assert.deepEqual((await arrives(anna, "Like me.")).filtered, []);
  });

  await story.step("searching finds people, posts by their address, and tags", async () => {
    await ben.v1.statuses.create({ status: "A word on #allotments." });
    const { url } = await arrives(anna, "A word on");
    const byUrl = await anna.v2.search.list({ q: url!, resolve: true });
    assert.deepEqual(
      byUrl.statuses.map((one) => one.url),
      [url],
    );
    const byTag = await anna.v2.search.list({ q: "#allotments" });
    assert.deepEqual(
      byTag.hashtags.map(({ name }) => name.toLowerCase()),
      ["allotments"],
    );
    assert.equal((await anna.v1.tags.$select("allotments").follow()).following, true);
    assert.deepEqual(
      (await anna.v1.followedTags.list()).map(({ name }) => name.toLowerCase()),
      ["allotments"],
    );
    assert.equal((await anna.v1.timelines.tag.$select("allotments").list()).length, 1);
  });

  await story.step("somebody is muted, and blocked, and let go again", async () => {
    const person = anna.v1.accounts.$select(benHere);
    assert.equal((await person.mute()).muting, true);
    assert.deepEqual(
      (await anna.v1.mutes.list()).map((one) => one.id),
      [benHere],
    );
    assert.equal(
      (await anna.v1.timelines.home.list()).every((one) => one.account.id !== benHere),
      true,
    );
    assert.equal((await person.unmute()).muting, false);
    assert.equal((await person.note.create({ comment: "From the allotment." })).note, "From the allotment.");
    assert.equal((await person.block()).blocking, true);
    assert.deepEqual(
      (await anna.v1.blocks.list()).map((one) => one.id),
      [benHere],
    );
    assert.equal((await person.unblock()).blocking, false);
    await person.follow();
    await until("ben is followed again", async () => {
      const [relationship] = await anna.v1.accounts.relationships.fetch({ id: [benHere] });
      return relationship?.following;
    });
  });

  await story.step("what happens is told while it happens, over a socket", async () => {
    const streaming = createStreamingAPIClient({
      streamingApiUrl: pair.anna.origin.replace("https", "wss"),
      accessToken: pair.token,
    });
    const seen: string[] = [];
    void (async () => {
      for await (const event of streaming.user.subscribe()) seen.push(event.event);
    })();
    await until("the socket tells of a post", async () => {
      await ben.v1.statuses.create({ status: `Live at ${Date.now()}.` });
      return until("an update", () => seen.includes("update"), 5_000).catch(() => false);
    });
    await ben.v1.accounts.$select(annaThere).unfollow();
    await ben.v1.accounts.$select(annaThere).follow();
    await until("and of a notification", () => seen.includes("notification"));
    streaming.close();
  });

  await story.step("what happens is pushed to a device, in words it can open", async () => {
    const device = await startPushEndpoint(pair.certificates);
    const { endpoint, keys } = device;
    await anna.v1.push.subscription.create({
      subscription: { endpoint, keys },
      data: { alerts: { mention: true } },
      policy: "all",
    });
    await ben.v1.statuses.create({ status: `@${pair.anna.handle} do you hear me?` });
    await until("the push arrives", () => device.pushed.length > 0);
    assert.equal(device.pushed[0]!["notification_type"], "mention");
    assert.equal(device.pushed[0]!["access_token"], pair.token);
    assert.deepEqual(device.encodings, ["aesgcm"]);
    device.leave();
    await ben.v1.statuses.create({ status: `@${pair.anna.handle} and now?` });
    await until("a device that is gone is forgotten", () =>
      anna.v1.push.subscription.fetch().then(
        () => false,
        () => true,
      ),
    );
  });

  await story.step("the profile is changed with a picture, and the other sees it", async () => {
    const avatar = new File([PIXEL], "me.png", { type: "image/png" });
    const changed = await anna.v1.accounts.updateCredentials({
      displayName: "Anna of the Allotment",
      note: "Grows beans.",
      avatar,
      fieldsAttributes: [{ name: "Garden", value: "Plot 7" }],
    });
    assert.deepEqual([changed.displayName, changed.fields[0]?.name], ["Anna of the Allotment", "Garden"]);
    await until(
      "ben sees the new name",
      async () => (await ben.v1.accounts.$select(annaThere).fetch()).displayName === "Anna of the Allotment",
    );
  });
}
