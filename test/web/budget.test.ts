import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { publish } from "../../worker/owner/publish.ts";
import { Rig } from "../faults/rig.ts";

describe("the budget of a page for everybody", () => {
  let rig: Rig;
  let id = 0;
  beforeAll(async () => {
    rig = await Rig.made();
    const draft = {
      text: "Hello #world",
      summary: "",
      visibility: "public",
      language: "en",
      replyTo: null,
    } as const;
    const published = await publish(await rig.ctx(), draft);
    id = published.kind === "published" ? published.id : 0;
    await rig.run();
  });
  afterAll(() => rig.done());

  it.each(["/", "/@me", "/?before=5", "/posts/:id", "/tags/world", "/follow"])(
    "%s is one call to the database, so that a post that goes round costs little",
    async (path) => {
      rig.boundary.reset();
      const headers = { accept: "text/html,application/xhtml+xml" };
      const answer = await rig.stead.fetch(path.replace(":id", String(id)), { headers });
      expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/html; charset=utf-8"]);
      await answer.text();
      expect(rig.boundary.invocations.map(({ subrequests }) => subrequests)).toEqual([1]);
      expect(rig.boundary.d1Rows).toBe(0);
    },
  );

  it.each(["/feed.atom", "/feed.rss", "/feed.json"])("%s is one call to the database", async (path) => {
    rig.boundary.reset();
    const answer = await rig.stead.fetch(path);
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain(`/posts/${id}`);
    expect(rig.boundary.invocations.map(({ subrequests }) => subrequests)).toEqual([1]);
    expect(rig.boundary.d1Rows).toBe(0);
  });

  it.each(["/follow.svg", "/login", "/recover", "/home", "/style.css", "/icon.svg", "/nowhere"])(
    "%s asks a visitor's nothing of the database",
    async (path) => {
      rig.boundary.reset();
      await (await rig.stead.fetch(path, { headers: { accept: "text/html" } })).text();
      expect(rig.boundary.invocations.map(({ subrequests }) => subrequests)).toEqual([0]);
    },
  );
});
