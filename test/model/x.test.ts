import { env, exports } from "cloudflare:workers";
import { applyD1Migrations, reset } from "cloudflare:test";
import { expect, it, vi } from "vitest";
it("spies reach the object", async () => {
  await applyD1Migrations((env as any).DB, (env as any).TEST_MIGRATIONS);
  const seen: string[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (x: any) => { seen.push(String(x?.url ?? x)); return new Response("spy"); });
  vi.useFakeTimers({ toFake: ["Date"], now: 1000 });
  const r = await (exports as any).default.fetch("https://me.test/");
  expect(await r.json()).toEqual(["spy", 1000]);
  await (exports as any).default.fetch("https://me.test/q");
  vi.useRealTimers();
  await new Promise((r) => setTimeout(r, 500));
  console.log(seen);
  const d = await (env as any).DB.prepare("INSERT INTO t VALUES (1,'a')").run();
  console.log(d.meta);
});
