import fc from "fast-check";
import { describe, expect, it } from "vitest";

import {
  isLocalOrigin,
  parseSettings,
  privateHostsProblem,
  type Settings,
  type SettingVars,
} from "../../worker/kernel/settings.ts";

const SECRET = "a-secret-of-22-letters";

function settings(vars: SettingVars): Settings {
  const parsed = parseSettings(vars);
  if (!parsed.ok) throw new Error(parsed.problem);
  return parsed.settings;
}

describe("settings", () => {
  it("that are all empty are those of a Free stead that is not pinned yet", () => {
    expect(settings({})).toEqual({
      origin: null,
      handleDomain: null,
      plan: "free",
      signatures: 5,
      secret: null,
      privateHosts: new Set(),
    });
  });

  it.each<[SettingVars, Partial<Settings>]>([
    [{ ORIGIN: "https://me.example" }, { origin: "https://me.example" }],
    [{ ORIGIN: " https://me.example/ " }, { origin: "https://me.example" }],
    [{ ORIGIN: "HTTPS://Me.Example" }, { origin: "https://me.example" }],
    [{ ORIGIN: "http://localhost:8787" }, { origin: "http://localhost:8787" }],
    [{ PLAN: "paid" }, { plan: "paid", signatures: 50 }],
    [{ PLAN: " free " }, { plan: "free", signatures: 5 }],
    [{ HANDLE_DOMAIN: " Example.COM " }, { handleDomain: "example.com" }],
    [{ INSTANCE_SECRET: SECRET }, { secret: SECRET }],
    [{ INSTANCE_SECRET: SECRET.slice(1) }, { secret: null }],
    [
      { ALLOW_PRIVATE_HOSTS: "A.test, b.test\nc.test" },
      { privateHosts: new Set(["a.test", "b.test", "c.test"]) },
    ],
  ])("%j are read", (vars, expected) => {
    expect(settings(vars)).toMatchObject(expected);
  });

  it.each<[SettingVars, string]>([
    [{ ORIGIN: "me.example" }, "ORIGIN"],
    [{ ORIGIN: "http://me.example" }, "ORIGIN"],
    [{ ORIGIN: "https://me.example/path" }, "ORIGIN"],
    [{ ORIGIN: "https://me.example?x" }, "ORIGIN"],
    [{ ORIGIN: "https://user@me.example" }, "ORIGIN"],
    [{ ORIGIN: "ftp://me.example" }, "ORIGIN"],
    [{ PLAN: "enterprise" }, "PLAN"],
    [{ HANDLE_DOMAIN: "not a host" }, "HANDLE_DOMAIN"],
  ])("%j are refused by name, with the cure", (vars, name) => {
    const parsed = parseSettings(vars);
    if (parsed.ok) throw new Error("taken");
    expect(parsed.problem).toContain(name);
    expect(parsed.cure).toContain(name);
  });

  it("never half work: whatever is typed is an origin, nothing, or refused", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^https?:\/\/[a-z.:@/?]{1,12}$/)), (typed) => {
        const parsed = parseSettings({ ORIGIN: typed });
        const origin = parsed.ok ? parsed.settings.origin : null;
        expect(origin === null || new URL(origin).origin === origin).toBe(true);
      }),
    );
  });
});

describe("private hosts", () => {
  const open = settings({ ALLOW_PRIVATE_HOSTS: "b.test" });

  it.each([
    "http://localhost:8787",
    "https://me.localhost",
    "https://me.test",
    "http://127.0.0.1:8787",
    "http://[::1]:8787",
  ])("may be fetched from %s, which is local itself", (origin) => {
    expect(isLocalOrigin(origin)).toBe(true);
    expect(privateHostsProblem(open, origin)).toBeNull();
  });

  it.each([
    "https://me.example",
    "https://test.example",
    "https://nottest",
    "https://localhost.example",
    "https://127.0.0.2",
  ])("may not be fetched from %s: they would open the owner's network to everybody", (origin) => {
    expect(privateHostsProblem(open, origin)).toMatchObject({
      problem: expect.stringContaining(origin) as string,
    });
    expect(privateHostsProblem(settings({}), origin)).toBeNull();
  });
});
