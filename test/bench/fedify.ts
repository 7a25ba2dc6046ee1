/** Fedify's Worker on a socket of its own: one module, no bindings. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Readable } from "node:stream";

import { convertV4MiniflareOptions, Miniflare } from "miniflare";

import { wrangler } from "../../scripts/wrangler.ts";
import { childrenOf } from "../rig/processes.ts";

export interface RunningFedify {
  readonly port: number;
  /** Of workerd. */
  readonly pid: number;
  dispose(): Promise<void>;
}

export async function startFedify(): Promise<RunningFedify> {
  const contents = await bundled();
  const before = new Set(childrenOf(process.pid, "workerd"));
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      cf: false,
      handleRuntimeStdio: (stdout: Readable, stderr: Readable) => {
        stdout.resume();
        stderr.resume();
      },
      workers: [
        {
          name: "fedify",
          compatibilityDate: "2026-10-01",
          modules: [{ type: "ESModule", path: "index.js", contents }],
          unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }],
        },
      ],
    }),
  );
  await miniflare.ready;
  const [pid] = childrenOf(process.pid, "workerd").filter((child) => !before.has(child));
  if (pid === undefined) throw new Error("workerd is not among our children");
  const { port } = await miniflare.unsafeGetDirectURL("fedify");
  return { port: Number(port), pid, dispose: () => miniflare.dispose() };
}

/** The Worker as one module, minified like ours. */
async function bundled(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), "fedistead-bench-fedify-"));
  try {
    const config = join(import.meta.dirname, "fedify.toml");
    const ran = await wrangler(
      ["deploy", "--config", config, "--dry-run", "--minify", "--outdir", folder],
      "read",
    );
    if (ran.code !== 0) throw new Error(`Fedify's Worker does not build: ${ran.stderr}`);
    return readFileSync(join(folder, "fedify-worker.js"), "utf8");
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
