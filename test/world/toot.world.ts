/** toot, the client for the terminal, as Debian has it. */
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { talkWith } from "./conversation.ts";
import { codeFor } from "./let-in.ts";
import { type Pair, startPair } from "./pair.ts";
import { PIXEL } from "./pixel.ts";
import { temporaryFolder } from "./processes.ts";
import type { Scenario, Story } from "./scenario.ts";
import { until } from "./until.ts";

export const scenario: Scenario = { title: "toot, in a terminal", tell };

const TOOT = "/usr/bin/toot";

async function tell(story: Story): Promise<void> {
  if (!existsSync(TOOT))
    return story.leaveOut("toot does what it can", "the Debian package toot is not installed");
  let pair!: Pair;
  let env: Readonly<Record<string, string>> = {};
  let picture = "";

  /** What it prints, without colours. Throws when it fails. */
  const toot = async (...args: string[]): Promise<string> => {
    const { code, said } = await talkWith([TOOT, ...args, "--no-color"], env);
    assert.equal(code, 0, `toot ${args.join(" ")}: ${said}`);
    assert.doesNotMatch(said, /error|failed/i, `toot ${args.join(" ")}`);
    return said;
  };
  /** Posts, and gives the number that is in the printed address. */
  const post = async (...args: string[]): Promise<string> => {
    const [, id] = /\/(\d{16})\b/.exec(await toot("post", ...args)) ?? [];
    assert.ok(id, "no number in what toot printed");
    return id;
  };

  await story.step("logs in through the page, and says who it is", async () => {
    pair = await startPair();
    const folder = temporaryFolder();
    picture = join(folder, "dot.png");
    writeFileSync(picture, PIXEL);
    // No browser: it prints the address.
    env = {
      REQUESTS_CA_BUNDLE: pair.certificates.ca,
      HOME: folder,
      XDG_CONFIG_HOME: folder,
      BROWSER: "/bin/true",
    };
    const { code, said } = await talkWith(
      [TOOT, "login", "--instance", new URL(pair.anna.origin).host],
      env,
      /https:\/\/\S+\/oauth\/authorize\S+\s/,
      async (address) => `\n${await codeFor(pair.anna, address.trim())}`,
    );
    assert.equal(code, 0, said);
    assert.match(await toot("whoami"), /@anna/);
    assert.match(await toot("instance"), /localhost/);
  });

  await story.step("finds somebody on another server, and follows", async () => {
    assert.match(await toot("search", `@${pair.ben.handle}`, "--resolve"), /@ben/);
    await toot("follow", pair.ben.handle);
    await until("toot shows whom anna follows", async () => /@ben/.test(await toot("following", "anna")));
    await toot("mute", pair.ben.handle);
    await toot("unmute", pair.ben.handle);
    await toot("block", pair.ben.handle);
    await toot("unblock", pair.ben.handle);
    await toot("follow", pair.ben.handle);
  });

  await story.step("posts, with a warning, a picture, an answer, and for fewer", async () => {
    const first = await post("Typed in a terminal.");
    await post("Behind it.", "--spoiler-text", "A warning");
    await post("A dot.", "--media", picture, "--description", "One dot");
    await post("An answer.", "--reply-to", first);
    await post("For followers.", "--visibility", "private");
    assert.match(await toot("timeline", "--once", "--count", "10"), /Typed in a terminal\./);
    assert.match(await toot("thread", first), /An answer\./);
    for (const act of ["favourite", "reblog", "bookmark", "pin", "unpin", "unreblog", "unfavourite"])
      await toot(act, first);
    assert.match(await toot("bookmarks", "--once"), /Typed in a terminal\./);
    await toot("delete", first);
    assert.doesNotMatch(await toot("timeline", "--once", "--count", "10"), /Typed in a terminal\./);
  });

  await story.step("hears of what others do, and follows a tag", async () => {
    await pair.ben.follow(pair.anna.handle);
    await until("a notification", async () =>
      /@ben.*followed|ben.*follow/is.test(await toot("notifications")),
    );
    await toot("tags_follow", "allotments");
    assert.match(await toot("tags_followed"), /allotments/);
    await toot("tags_unfollow", "allotments");
  });
}
