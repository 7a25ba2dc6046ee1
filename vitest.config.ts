import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin";
import { defineConfig } from "vitest/config";

export default defineConfig({
  plugins: [
    cloudflareTest(async () => ({
      wrangler: { configPath: "./wrangler.toml" },
      miniflare: {
        bindings: {
          TEST_MIGRATIONS: await readD1Migrations("./migrations"),
          INSTANCE_SECRET: "test-secret-of-32-characters-long",
        },
      },
    })),
  ],
  test: { isolate: false, include: ["test/**/*.test.ts"] },
});
