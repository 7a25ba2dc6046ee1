/** How our scripts call Wrangler: this checkout's own copy under this very Node, quiet, and with nothing sent anywhere. */
import { spawn } from "node:child_process";
import { join } from "node:path";

export const root: string = join(import.meta.dirname, "..");

/** Wrangler's command line as a file for Node to run. */
export const wranglerBin: string = join(root, "node_modules", "wrangler", "bin", "wrangler.js");

/** What we tell Wrangler through the environment: no telemetry, no banner, no log files, no local data explorer. */
export const quietEnv: Readonly<Record<string, string>> = {
  WRANGLER_SEND_METRICS: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_WRITE_LOGS: "false",
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: "true",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  // The explorer shows the whole database to whoever reaches the port.
  X_LOCAL_EXPLORER: "false",
  X_LOCAL_OBSERVABILITY: "false",
};

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/**
 * Runs `wrangler ARGS` in the project's folder to its end. Never throws for an exit code.
 * "show" leaves the terminal to Wrangler, prompts included (stdout and stderr are empty then); "read" collects both, without prompts.
 * `input` is what Wrangler reads from its standard input: for secrets, which do not belong in an argument.
 */
export function wrangler(args: readonly string[], mode: "show" | "read", input = ""): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [wranglerBin, ...args], {
      cwd: root,
      env: { ...process.env, ...quietEnv },
      stdio: mode === "show" ? "inherit" : [input === "" ? "ignore" : "pipe", "pipe", "pipe"],
    });
    let stdout = "";
    let stderr = "";
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.stdin?.end(input);
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, stdout, stderr }));
  });
}
