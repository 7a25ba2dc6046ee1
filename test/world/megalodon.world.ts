/** megalodon, the library of Whalebird and others: another way to write the same requests, JSON where others send forms. */
import assert from "node:assert/strict";
import { createReadStream, writeFileSync } from "node:fs";
import { join } from "node:path";
import generator, { detector, type Entity, type MegalodonInterface } from "megalodon";
import { codeFor, OUT_OF_BAND, SCOPES } from "./let-in.ts";
import { type Pair, startPair } from "./pair.ts";
import { PIXEL } from "./pixel.ts";
import { temporaryFolder } from "./processes.ts";
import type { Scenario, Story } from "./scenario.ts";
import { until } from "./until.ts";

export const scenario: Scenario = { title: "megalodon does all that an app does", tell };

const isStatus = (said: Entity.Status | Entity.ScheduledStatus): said is Entity.Status => "content" in said;

async function tell(story: Story): Promise<void> {
  let pair!: Pair;
  let app!: MegalodonInterface;
  let benHere = "";

  const post = async (...said: Parameters<MegalodonInterface["postStatus"]>): Promise<Entity.Status> => {
    const { data } = await app.postStatus(...said);
    assert.ok(isStatus(data));
    return data;
  };

  await story.step("knows what speaks here, registers, and is let in", async () => {
    pair = await startPair();
    const { origin } = pair.anna;
    assert.equal(await detector(origin), "mastodon");
    const stranger = generator("mastodon", origin);
    const { client_id, client_secret, url } = await stranger.registerApp("megalodon", {
      scopes: SCOPES,
      redirect_uris: OUT_OF_BAND,
    });
    const code = await codeFor(pair.anna, url ?? "");
    const token = await stranger.fetchAccessToken(client_id, client_secret, code, OUT_OF_BAND);
    app = generator("mastodon", origin, token.access_token);
    assert.equal((await app.verifyAccountCredentials()).data.username, "anna");
    assert.match((await app.getInstance()).data.version, /^4\./);
  });

  await story.step("finds somebody, follows, mutes, blocks, and keeps them in a list", async () => {
    const { data } = await app.search(pair.ben.handle, { type: "accounts", resolve: true });
    benHere = data.accounts[0]!.id;
    await app.followAccount(benHere);
    await until("ben is followed", async () => (await app.getRelationship(benHere)).data.following);
    assert.equal((await app.muteAccount(benHere, true)).data.muting, true);
    assert.equal((await app.unmuteAccount(benHere)).data.muting, false);
    const list = (await app.createList("Close")).data;
    await app.addAccountsToList(list.id, [benHere]);
    assert.deepEqual(
      (await app.getAccountsInList(list.id)).data.map(({ id }) => id),
      [benHere],
    );
    await app.getListTimeline(list.id);
    await app.deleteAccountsFromList(list.id, [benHere]);
    await app.deleteList(list.id);
    assert.equal((await app.blockAccount(benHere)).data.blocking, true);
    assert.equal((await app.unblockAccount(benHere)).data.blocking, false);
  });

  await story.step("writes every kind of post, and reads them back", async () => {
    const first = await post("Said by megalodon.", { spoiler_text: "A library" });
    const answer = await post("An answer.", { in_reply_to_id: first.id });
    assert.deepEqual(
      (await app.getStatusContext(first.id)).data.descendants.map(({ id }) => id),
      [answer.id],
    );
    for (const visibility of ["unlisted", "private", "direct"] as const)
      assert.equal((await post(`For ${visibility}.`, { visibility })).visibility, visibility);
    const asked = await post("Tea?", { poll: { options: ["Yes", "No"], expires_in: 3_600 } });
    assert.equal((await app.getPoll(asked.poll!.id)).data.options.length, 2);
    const picture = join(temporaryFolder(), "dot.png");
    writeFileSync(picture, PIXEL);
    const media = await app.uploadMedia(createReadStream(picture), { description: "A dot." });
    const shown = await post("See the dot.", { media_ids: [media.data.id] });
    assert.equal(shown.media_attachments[0]?.description, "A dot.");
    const edited = await app.editStatus(first.id, { status: "Mended by megalodon." });
    assert.match(edited.data.content, /Mended/);
    const scheduled_at = new Date(Date.now() + 3_600_000).toISOString();
    const { data: later } = await app.postStatus("Later.", { scheduled_at });
    assert.deepEqual(
      (await app.getScheduledStatuses()).data.map(({ id }) => id),
      [later.id],
    );
    await app.cancelScheduledStatus(later.id);
    assert.equal((await app.favouriteStatus(first.id)).data.favourited, true);
    assert.equal((await app.bookmarkStatus(first.id)).data.bookmarked, true);
    assert.equal((await app.reblogStatus(first.id)).data.reblog?.id, first.id);
    assert.equal((await app.pinStatus(first.id)).data.pinned, true);
    for (const read of [app.getFavourites(), app.getBookmarks()])
      assert.deepEqual(
        (await read).data.map(({ id }) => id),
        [first.id],
      );
    for (const read of [app.getHomeTimeline(), app.getPublicTimeline(), app.getLocalTimeline()])
      assert.ok((await read).data.length > 0);
    await app.getConversationTimeline();
    await app.getMarkers(["home", "notifications"]);
    await app.deleteStatus(answer.id);
  });

  await story.step("keeps a filter, and follows a tag", async () => {
    const { data: filter } = await app.createFilter("spoilt", ["home"]);
    assert.deepEqual(
      (await app.getFilters()).data.map(({ phrase }) => phrase),
      ["spoilt"],
    );
    await app.deleteFilter(filter.id);
    await app.followTag("allotments");
    assert.deepEqual(
      (await app.getFollowedTags()).data.map(({ name }) => name),
      ["allotments"],
    );
  });

  await story.step("hears over a socket what happens, and reads the notification of it", async () => {
    const stream = await app.userStreaming();
    const seen: string[] = [];
    stream.on("update", () => void seen.push("update"));
    stream.on("notification", () => void seen.push("notification"));
    stream.on("error", () => void seen.push("error"));
    await until("the socket tells of a post", async () => {
      await post(`Live at ${Date.now()}.`);
      return until("an update", () => seen.includes("update"), 5_000).catch(() => false);
    });
    await pair.ben.follow(pair.anna.handle);
    await until("and of a follower", () => seen.includes("notification"));
    stream.stop();
    const { data } = await app.getNotifications();
    assert.equal(data[0]?.type, "follow");
    await app.dismissNotification(data[0].id);
    assert.deepEqual((await app.getNotifications()).data, []);
  });
}
