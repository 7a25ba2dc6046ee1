import { describe, expect, it } from "vitest";

import manifest from "../../package.json";
import readme from "../../README.md?raw";
import {
  mediaBucket,
  planDeploy,
  plainVars,
  withMedia,
  type DeployFacts,
} from "../../scripts/deploy-plan.ts";
import { envFile, readLocalSettings } from "../../scripts/local-settings.ts";
import { VERSION } from "../../worker/kernel/version.ts";
import wranglerToml from "../../wrangler.toml?raw";

const nothing: DeployFacts = {
  signedIn: true,
  queues: [
    { name: "fedistead-deliveries", exists: false },
    { name: "fedistead-dead-letters", exists: false },
  ],
  database: { name: "fedistead", exists: false },
  fileVars: { ORIGIN: "", HANDLE_DOMAIN: "", PLAN: "free" },
  liveVars: {},
  media: { kind: "off", bucket: "fedistead-media" },
};

const everything: DeployFacts = {
  ...nothing,
  queues: nothing.queues.map((queue) => ({ ...queue, exists: true })),
  database: { name: "fedistead", exists: true },
};

function argsOf(facts: DeployFacts): string[] {
  const plan = planDeploy(facts);
  if (plan.kind === "refused") throw new Error(plan.problem);
  return plan.steps.map((step) => step.args.join(" "));
}

describe("deploying", () => {
  it("creates what is missing, then migrates, then deploys, so that code never meets a schema older than itself", () => {
    expect(argsOf(nothing)).toEqual([
      "queues create fedistead-deliveries",
      "queues create fedistead-dead-letters",
      "d1 create fedistead --update-config=false",
      "d1 migrations apply DB --remote",
      "deploy",
    ]);
  });

  it("creates nothing the second time, so that it is safe to run twice", () => {
    expect(argsOf(everything)).toEqual(["d1 migrations apply DB --remote", "deploy"]);
  });

  it("keeps what the owner set in the dashboard, which the file would overwrite", () => {
    const liveVars = { ORIGIN: "https://me.example", PLAN: "paid", HANDLE_DOMAIN: "" };
    expect(argsOf({ ...everything, liveVars }).at(-1)).toBe(
      "deploy --var ORIGIN:https://me.example --var PLAN:paid",
    );
  });

  it("lets a value in the file win over the dashboard, because somebody wrote it there", () => {
    const fileVars = { ORIGIN: "https://new.example", HANDLE_DOMAIN: "", PLAN: "free" };
    expect(argsOf({ ...everything, fileVars, liveVars: { ORIGIN: "https://old.example" } }).at(-1)).toBe(
      "deploy",
    );
  });

  it("makes the bucket where R2 is on, and deploys without it where it is off or can not be made", () => {
    const media = { bucket: "fedistead-media", kind: "can be made" } as const;
    const made = planDeploy({ ...everything, media });
    expect(argsOf({ ...everything, media })).toEqual([
      "r2 bucket create fedistead-media",
      "d1 migrations apply DB --remote",
      "deploy --config wrangler.media.toml",
    ]);
    expect(made).toMatchObject({
      steps: [{ mayFail: true, makesMedia: true }, {}, { argsWithout: ["deploy"] }],
    });
    expect(argsOf(everything).at(-1)).toBe("deploy");
  });

  it("never takes the bucket from a stead that has it, or its pictures would be gone", () => {
    const bindings = [{ type: "r2_bucket", name: "MEDIA", bucket_name: "mine" }];
    expect([mediaBucket({ resources: { bindings } }), mediaBucket(null)]).toEqual(["mine", null]);
    const plan = planDeploy({ ...everything, media: { kind: "bound", bucket: "mine" } });
    expect(plan).toMatchObject({ steps: [{}, { args: ["deploy", "--config", "wrangler.media.toml"] }] });
    expect(plan.kind === "go" && plan.steps[1]).not.toHaveProperty("argsWithout");
    expect(withMedia(wranglerToml, "mine")).toMatch(
      /^\[\[r2_buckets\]\]\nbinding = "MEDIA"\nbucket_name = "mine"$/m,
    );
  });

  it("names no bucket in the file that the deploy button reads, because R2 may be off", () => {
    expect(wranglerToml).not.toMatch(/^\[\[r2_buckets\]\]/m);
    expect(withMedia(wranglerToml, null, "/x")).toContain('main = "/x/worker/index.ts"');
    expect(withMedia(wranglerToml, null, "/x")).toMatch(
      /^alias = \{ asn1js = "\/x\/worker\/vocab\/no-asn1\.ts", pkijs = "\/x\/worker\/.*" \}$/m,
    );
  });

  it("stops with the cure when nobody is signed in", () => {
    expect(planDeploy({ ...nothing, signedIn: false })).toMatchObject({
      kind: "refused",
      problem: expect.stringContaining("wrangler login") as string,
    });
  });

  it("reads plain variables only, never a secret's binding", () => {
    const bindings = [
      { type: "plain_text", name: "PLAN", text: "paid" },
      { type: "secret_text", name: "INSTANCE_SECRET" },
    ];
    expect(plainVars({ resources: { bindings } })).toEqual({ PLAN: "paid" });
    expect(plainVars(null)).toEqual({});
  });
});

describe("starting on one machine", () => {
  it("names the setting that is wrong and what it should be", () => {
    expect(readLocalSettings({ PORT: "http" })).toMatchObject({
      ok: false,
      problem: expect.stringContaining("PORT") as string,
    });
    expect(readLocalSettings({ LOG: "loud" })).toMatchObject({
      ok: false,
      problem: expect.stringContaining("LOG") as string,
    });
  });

  it("gives two steads a port and a folder each", () => {
    const read = readLocalSettings({
      PORT: "8788",
      STATE_DIR: ".state-2",
      ORIGIN: "https://b.localhost:8444",
    });
    expect(read).toMatchObject({
      ok: true,
      settings: { port: 8788, stateDir: ".state-2", tlsOrigin: "https://b.localhost:8444" },
    });
  });

  it("writes values so that nothing in them is expanded", () => {
    expect(envFile({ INSTANCE_SECRET: "a$b" })).toBe("INSTANCE_SECRET='a\\$b'\n");
  });
});

describe("what the deploy button reads", () => {
  const repository = manifest.repository.url.replace(/^git\+/, "").replace(/\.git$/, "");

  it("points to the repository that package.json names", () => {
    expect(readme).toContain(`https://deploy.workers.cloudflare.com/?url=${repository})`);
  });

  it("finds every binding described", () => {
    const bindings = [...wranglerToml.matchAll(/^(?:binding|name) = "([A-Z_]+)"/gm)].map((match) => match[1]);
    expect(new Set(bindings)).toEqual(
      new Set(["DB", "DEAD_LETTERS", "DELIVERIES", "MAILROOM", "MOVER", "REDELIVERY", "STREAMING"]),
    );
    const described = Object.keys(manifest.cloudflare.bindings);
    for (const name of ["INSTANCE_SECRET", "ORIGIN", "HANDLE_DOMAIN", "PLAN", "DB"])
      expect(described).toContain(name);
  });

  it("finds the dead-letter queue declared as a producer too, or nobody would create it", () => {
    const producers = [
      ...wranglerToml.matchAll(/\[\[queues\.producers\]\]\s+binding = "\w+"\s+queue = "([\w-]+)"/g),
    ];
    const [, deadLetters] = /^dead_letter_queue = "([\w-]+)"/m.exec(wranglerToml) ?? [];
    expect(producers.map((match) => match[1])).toContain(deadLetters);
  });

  it("finds no limits and no routes, with which a Free or a stranger's deploy fails", () => {
    expect(wranglerToml).not.toMatch(/^\[limits\]|^routes?\b/m);
  });

  it("tells peers the version that package.json has", () => {
    expect(VERSION).toBe(manifest.version);
  });
});
