/** The Worker as it is deployed: bundled and minified by Wrangler, with or without the counting around it. */
import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

import { quietEnv, root, wranglerBin } from "../../scripts/wrangler.ts";

export interface Bundle {
  /** The one module, as a path. */
  readonly module: string;
  remove(): void;
}

/**
 * Bundles an entry module of this repository ("worker/index.ts", "test/rig/counted.ts") into a temporary folder. Takes 2 to 10 s.
 * Throws with Wrangler's words when it does not build.
 */
export async function bundle(entry: string): Promise<Bundle> {
  const folder = mkdtempSync(join(tmpdir(), "fedistead-bundle-"));
  const args = ["deploy", join(root, entry), "--config", join(root, "wrangler.toml"), "--dry-run"];
  await promisify(execFile)(process.execPath, [wranglerBin, ...args, "--minify", "--outdir", folder], {
    cwd: root,
    env: { ...process.env, ...quietEnv },
  });
  const [file] = readdirSync(folder).filter((name) => name.endsWith(".js"));
  if (!file) throw new Error(`Wrangler left no module in ${folder}`);
  return {
    module: join(folder, file),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
