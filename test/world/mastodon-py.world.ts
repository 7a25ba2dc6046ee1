/** Mastodon.py, as Debian has it: what scripts and the apps of blind people are made of. */
import assert from "node:assert/strict";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { talkWith } from "./conversation.ts";
import { codeFor } from "./let-in.ts";
import { startPair } from "./pair.ts";
import { PIXEL } from "./pixel.ts";
import { temporaryFolder } from "./processes.ts";
import type { Scenario, Story } from "./scenario.ts";

export const scenario: Scenario = { title: "A script on Mastodon.py", tell };

const PYTHON = "/usr/bin/python3";

async function tell(story: Story): Promise<void> {
  const sentence = "it is let in, and all that it tries holds";
  if (!existsSync("/usr/lib/python3/dist-packages/mastodon"))
    return story.leaveOut(sentence, "the Debian package python3-mastodon is not installed");

  await story.step(sentence, async () => {
    const { anna, ben, certificates } = await startPair();
    const picture = join(temporaryFolder(), "dot.png");
    writeFileSync(picture, PIXEL);
    const script = join(import.meta.dirname, "mastodon_flow.py");
    const { code, said } = await talkWith(
      [PYTHON, script, anna.origin, ben.handle, picture],
      { REQUESTS_CA_BUNDLE: certificates.ca },
      /https:\/\/\S+\/oauth\/authorize\S+\n/,
      (address) => codeFor(anna, address.trim()),
    );
    assert.equal(code, 0, said);
    assert.match(said, /"done": true/);
  });
}
