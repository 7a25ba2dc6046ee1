/* oxlint-disable no-console -- a command: it says what it found. */
/**
 * How big the Worker is when it is uploaded: `node test/budgets/bundle.ts`. Builds it as a deploy would, and fails above the budget. The
 * Free plan takes 3 MiB; what is small also starts fast.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** KiB, gzip. */
const BUDGET = 600;

const folder = mkdtempSync(join(tmpdir(), "fedistead-bundle-"));
try {
  const args = ["wrangler", "deploy", "--dry-run", "--minify", "--outdir", folder];
  const built = spawnSync("npx", args, { encoding: "utf8" });
  if (built.status !== 0) throw new Error(`the build failed:\n${built.stdout}${built.stderr}`);
  const files = readdirSync(folder).filter((name) => /\.(js|mjs|wasm)$/.test(name));
  const sizes = files.map((name) => gzipSync(readFileSync(join(folder, name))).length);
  const kib = Math.ceil(sizes.reduce((sum, size) => sum + size, 0) / 1024);
  console.log(JSON.stringify({ bundleKiB: kib, budgetKiB: BUDGET, files }));
  if (files.length === 0 || kib > BUDGET) {
    console.error(`The bundle is ${kib} KiB of ${files.length} files; ${BUDGET} KiB are allowed.`);
    process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
