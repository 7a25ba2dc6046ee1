/** Two small load runs, with two kill -9 in each: a post to 600 followers of 120 servers, and 600 people who follow at once. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { root } from "./processes.ts";
import type { Scenario, Story } from "./scenario.ts";

export const scenario: Scenario = {
  title: "A post to many servers, a flood of Follows, and the process is killed",
  tell,
};

interface Outcome {
  readonly hosts: number;
  readonly lost: number;
  readonly largestMessageBytes: number;
}

/** The whole run, in ms: much more than it takes on a busy machine. */
const LONGEST = 300_000;

interface FloodOutcome {
  readonly followers: number;
  readonly lost: number;
  readonly ghosts: number;
  readonly doubles: number;
}

async function tell(story: Story): Promise<void> {
  await story.step("reaches every server, whatever dies meanwhile", async () => {
    // It ends with an error when something is lost, or sent twice more often than the kills explain.
    const outcome = await load<Outcome>("--followers", "600", "--hosts", "120", "--kills", "2");
    assert.equal(outcome.hosts, 120);
    assert.equal(outcome.lost, 0);
    assert.ok(outcome.largestMessageBytes <= 2_048);
  });
  await story.step("takes everybody who comes with a move, once, and nobody else", async () => {
    const { followers, lost, ghosts, doubles } = await load<FloodOutcome>("--flood", "600", "--kills", "2");
    assert.deepEqual(
      { followers, lost, ghosts, doubles },
      { followers: 600, lost: 0, ghosts: 0, doubles: 0 },
    );
  });
}

/** The last line of a load run. Throws when it ends with complaints. */
async function load<T>(...args: readonly string[]): Promise<T> {
  const script = join(root, "test/load/run.ts");
  const options = { cwd: root, timeout: LONGEST };
  const { stdout } = await promisify(execFile)(process.execPath, [script, ...args], options);
  return JSON.parse(stdout.trim().split("\n").at(-1) ?? "") as T;
}
