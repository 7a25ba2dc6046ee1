/**
 * `npm run test:world`: every scenario file of this folder in turn, against real programs on loopback. With words behind it only the
 * files whose names contain one of them: `npm run test:world -- pages`. Everything started here is ended here, on Ctrl-C too.
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { inspect } from "node:util";
import { endAll, lastWords } from "./processes.ts";
import type { Scenario } from "./scenario.ts";

let passed = 0;
let failed = 0;
let leftOut = 0;

for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const) {
  process.once(signal, () => {
    say("\nStopping ...");
    void endAll().finally(() => process.exit(code));
  });
}

process.once("uncaughtException", (fault) => {
  say(`\nA fault of the tests themselves: ${inspect(fault)}`);
  void endAll().finally(() => process.exit(1));
});

const wanted = process.argv.slice(2);
const files = readdirSync(import.meta.dirname)
  .filter((name) => name.endsWith(".world.ts"))
  .filter((name) => wanted.length === 0 || wanted.some((word) => name.includes(word)))
  .toSorted();

for (const file of files) await tell(file);
if (files.length === 0) {
  failed++;
  say(`No file *.world.ts has ${wanted.join(" or ")} in its name.`);
}
say(`\n${passed} passed, ${failed} failed${leftOut > 0 ? `, ${leftOut} not tried` : ""}`);
process.exit(failed === 0 ? 0 : 1);

async function tell(file: string): Promise<void> {
  let current = `${file} is read`;
  let since = Date.now();
  try {
    const { scenario } = (await import(join(import.meta.dirname, file))) as { scenario: Scenario };
    say(`\n${scenario.title}`);
    await scenario.tell({
      async step(sentence, act) {
        current = sentence;
        since = Date.now();
        await act();
        passed++;
        say(`  ok    ${sentence} (${seconds(since)})`);
        current = "it goes on";
      },
      leaveOut(sentence, why) {
        leftOut++;
        say(`  --    ${sentence}: not tried, ${why}`);
      },
    });
  } catch (fault) {
    failed++;
    say(`  FAIL  ${current} (${seconds(since)}); the rest of this story was not tried\n`);
    say(inspect(fault));
    say(lastWords());
  } finally {
    await endAll();
  }
}

function seconds(since: number): string {
  return `${((Date.now() - since) / 1_000).toFixed(1)} s`;
}

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}
