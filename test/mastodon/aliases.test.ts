import { beforeEach, describe, expect, it } from "vitest";

import type { FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, Stead } from "../fediverse/stead.ts";
import { Browser } from "../web/browser.ts";
import { App, asJson } from "./client.ts";

let stead: Stead;
let old: FakePeer;
beforeEach(async () => {
  stead = await Stead.claimed();
  old = await stead.peer("me", "old.test");
});

const PATH = "/api/v1/accounts/alias";
const requests = () => rows("SELECT account FROM identity_requests");
const aliases = async () => (await stead.getJson("/actor"))["alsoKnownAs"];

describe("an app that wants an old account pointed here", () => {
  it("can not, whatever it may write, without the scope that names the owner's identity", async () => {
    const app = await App.letIn(stead, "read write follow push profile");
    const answer = await app.ask(PATH, asJson({ also_known_as_uris: [old.id] }));
    expect(answer.status).toBe(403);
    expect(await requests()).toEqual([]);
  });

  it("only asks: nothing changes before the owner has looked and confirmed on the stead's own page", async () => {
    const app = await App.letIn(stead, "read fedistead:identity");
    const answer = await app.ask(PATH, asJson({ also_known_as_uris: ["@me@old.test", old.id] }));
    expect([answer.status, answer.body["confirm_at"]]).toEqual([202, "https://me.test/move"]);
    expect(await aliases()).toEqual([]);
    const owner = await Browser.signedIn(stead);
    const { html } = await owner.get("/move");
    expect(html).toContain("Test app asks to point @me@old.test here");
    expect((await owner.post("/move/point", { account: "@me@old.test" })).html).toContain(old.id);
    await owner.post("/move/point/add", { account: old.id });
    expect(await aliases()).toEqual([old.id]);
    expect(await requests()).toEqual([]);
    await stead.settle();
  });

  it("is refused with a press, and asks for nothing that is no account", async () => {
    const app = await App.letIn(stead, "fedistead:identity");
    for (const wrong of [[], ["me"], [`${ACTOR} <b>`], ["javascript:alert(1)"], ["http://old.test/users/me"]])
      expect((await app.ask(PATH, asJson({ also_known_as_uris: wrong }))).status).toBe(422);
    await app.ask(PATH, asJson({ also_known_as_uris: [old.id] }));
    const owner = await Browser.signedIn(stead);
    await owner.post("/move/requests/refuse", { account: old.id });
    expect(await requests()).toEqual([]);
    expect(await aliases()).toEqual([]);
  });

  it("fills no table: past twenty, no more is noted, and the app is told", async () => {
    const app = await App.letIn(stead, "fedistead:identity");
    for (const [n, status] of [202, 422].entries()) {
      const many = Array.from({ length: 20 }, (_, k) => `@u${n}x${k}@old.test`);
      expect((await app.ask(PATH, asJson({ also_known_as_uris: many }))).status).toBe(status);
    }
    expect(await requests()).toHaveLength(20);
  });
});
