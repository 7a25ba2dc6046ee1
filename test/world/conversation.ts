/** A program that is talked with: it says something, is told something, and says how it ended. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { root } from "./processes.ts";

/** What a program may take, in ms. */
const PATIENCE = 180_000;

export interface Told {
  readonly code: number | null;
  /** All that it said, on both channels. */
  readonly said: string;
}

/**
 * Runs a program to its end. As soon as what it said matches `asks`, `answer` is given what was found, and what it gives is written to the
 * program as a line.
 */
export async function talkWith(
  command: readonly [program: string, ...args: string[]],
  env: Readonly<Record<string, string>>,
  asks?: RegExp,
  answer?: (found: string) => Promise<string>,
): Promise<Told> {
  const [program, ...args] = command;
  const child = spawn(program, args, { cwd: root, env: { ...process.env, ...env }, stdio: "pipe" });
  const late = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
  let said = "";
  let answered = answer === undefined;
  for (const channel of [child.stdout, child.stderr]) {
    channel.setEncoding("utf8").on("data", (text: string) => {
      said += text;
      const [found] = (!answered && asks?.exec(said)) || [];
      if (found === undefined || answer === undefined) return;
      answered = true;
      answer(found).then(
        (line) => child.stdin.end(`${line}\n`),
        (cause: unknown) => {
          said += String(cause);
          child.kill("SIGKILL");
        },
      );
    });
  }
  if (answered) child.stdin.end();
  const [code] = (await once(child, "close")) as [number | null];
  clearTimeout(late);
  return { code, said };
}
