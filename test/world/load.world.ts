/** A small load run: a post to 600 followers of 120 servers, with two kill -9 in between. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "./processes.ts";
import type { Scenario, Story } from "./scenario.ts";

export const scenario: Scenario = { title: "A post to many servers, and the process is killed", tell };

interface Outcome {
  readonly hosts: number;
  readonly lost: number;
  readonly largestMessageBytes: number;
}

/** The whole run, in ms: much more than it takes on a busy machine. */
const LONGEST = 300_000;

async function tell(story: Story): Promise<void> {
  await story.step("reaches every server, whatever dies meanwhile", async () => {
    const args = [join(root, "test/load/run.ts"), "--followers", "600", "--hosts", "120", "--kills", "2"];
    // It ends with an error when something is lost, or sent twice more often than the kills explain.
    const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: root, timeout: LONGEST });
    const outcome = JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as Outcome;
    assert.equal(outcome.hosts, 120);
    assert.equal(outcome.lost, 0);
    assert.ok(outcome.largestMessageBytes <= 2_048);
  });
}
