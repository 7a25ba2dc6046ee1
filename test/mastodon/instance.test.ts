import { beforeAll, describe, expect, it, vi } from "vitest";

import { app as worker } from "../../worker/app.ts";
import { TEXT_MAX } from "../../worker/owner/draft.ts";
import { emptyStead, env, ORIGIN, Stead } from "../fediverse/stead.ts";
import { ask, type Json } from "./client.ts";

describe("the stead, to an app that does not know it yet", () => {
  let stead: Stead;
  beforeAll(async () => {
    stead = await Stead.claimed();
  });

  it("says what it is and what can be sent, and promises nothing that is not there", async () => {
    const { body } = await ask(stead, "/api/v2/instance");
    expect(body).toMatchObject({
      domain: "me.test",
      registrations: { enabled: false },
      thumbnail: { url: `${ORIGIN}/header.png` },
      contact: { account: { acct: "me" } },
      configuration: {
        urls: { streaming: "wss://me.test" },
        statuses: { max_characters: TEXT_MAX, max_media_attachments: 4 },
        translation: { enabled: false },
      },
    });
    // Ice Cubes reads the first three letters as a number, and from 4.3 asks for grouped notifications.
    expect(Number.parseFloat(String(body["version"]).slice(0, 3))).toBe(4.3);
  });

  it("says it in the old words too, with urls.streaming_api, which Pinafore reads before anything else", async () => {
    const { body } = await ask(stead, "/api/v1/instance/");
    expect(body).toMatchObject({ uri: "me.test", urls: { streaming_api: "wss://me.test" } });
  });

  it("names its API in NodeInfo, without which megalodon knows no such server", async () => {
    for (const version of ["2.0", "2.1"]) {
      const answer = await stead.fetch(`/nodeinfo/${version}`);
      const body: Json = await answer.json();
      expect(body["metadata"]).toEqual({ upstream: { name: "mastodon" } });
      expect(body["software"]).toMatchObject({ name: "fedistead" });
    }
  });

  it("tells what the owner says of themselves, as HTML", async () => {
    const { body } = await ask(stead, "/api/v1/instance/extended_description");
    expect(body["content"]).toBe("");
    expect((await ask(stead, "/api/v1/instance/privacy_policy")).body["content"]).toMatch(/^<p>One person/);
  });
});

describe("a stead that can not answer", () => {
  const context = () =>
    ({ waitUntil() {}, passThroughOnException() {}, props: {} }) as unknown as ExecutionContext;
  const fetchFrom = (path: string, vars: object, method = "GET") => {
    const request = new Request(ORIGIN + path, { method, headers: { accept: "text/html" } });
    return worker.fetch(request, { ...env, ...vars }, context());
  };

  async function expectJson503(answer: Response): Promise<void> {
    expect([answer.status, answer.headers.get("content-type")]).toEqual([
      503,
      "application/json; charset=utf-8",
    ]);
    expect(answer.headers.get("access-control-allow-origin")).toBe("*");
    expect(Object.keys(await answer.json())).toEqual(["error"]);
  }

  it("says so in JSON before the claim, and takes no app", async () => {
    await emptyStead();
    await expectJson503(await fetchFrom("/api/v2/instance", {}));
    await expectJson503(await fetchFrom("/api/v1/apps", {}, "POST"));
    await expectJson503(await fetchFrom("/oauth/token", {}, "POST"));
    expect(await env.DB.prepare("SELECT count(*) AS n FROM oauth_apps").first("n")).toBe(0);
  });

  it("says so in JSON when a setting is wrong, and when the database is away", async () => {
    await Stead.claimed();
    await expectJson503(await fetchFrom("/api/v2/instance", { PLAN: "nonsense" }));
    vi.spyOn(console, "error").mockImplementation(() => {});
    const prepare = () => {
      throw new Error("D1_ERROR: away");
    };
    await expectJson503(await fetchFrom("/api/v2/instance", { DB: { prepare, batch: prepare } }));
  });
});
