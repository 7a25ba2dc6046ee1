import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [
    cloudflareTest(async () => ({
      wrangler: { configPath: "./wrangler.toml" },
      miniflare: {
        r2Buckets: ["MEDIA"],
        bindings: {
          TEST_MIGRATIONS: await readD1Migrations("./migrations"),
          INSTANCE_SECRET: "test-secret-of-32-characters-long",
        },
      },
    })),
  ],
  // One isolate for all of a worker, and a worker for each of two cores: loading the Worker takes longer than most files. What a passing test logs is noise.
  test: {
    isolate: false,
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 30_000,
    silent: "passed-only",
    include: ["test/**/*.test.ts"],
  },
});
