import { beforeEach, describe, expect, it } from "vitest";

import type { FakePeer } from "../fediverse/peer.ts";
import { ORIGIN, Stead } from "../fediverse/stead.ts";
import { Browser } from "./browser.ts";

let stead: Stead;
let owner: Browser;
let old: FakePeer;
beforeEach(async () => {
  stead = await Stead.claimed();
  owner = await Browser.signedIn(stead);
  old = await stead.peer("old", "old.test");
  const { host } = old;
  host.documents.set("/.well-known/nodeinfo", {
    links: [{ rel: "http://nodeinfo.diaspora.software/ns/schema/2.0", href: `${host.origin}/nodeinfo/2.0` }],
  });
  host.documents.set("/nodeinfo/2.0", { software: { name: "mastodon", version: "4.5.0" } });
  stead.world.host("me.test", async (request) => {
    const answer = await stead.fetch(request);
    return new Response(await answer.text(), answer);
  });
});

/** A program with the owner's cookie. */
async function program(path: string, fields?: Record<string, string>) {
  const headers = { accept: "application/json", cookie: owner.cookie };
  const init = fields ? { method: "POST", headers, body: new URLSearchParams(fields) } : { headers };
  const answer = await stead.fetch(path, init);
  return { status: answer.status, body: await answer.json<Record<string, unknown>>() };
}

describe("moving in", () => {
  it("leads from a handle to an alias, and shows for a day that it was added", async () => {
    expect((await owner.get("/home")).html).toContain('href="/move"');
    expect((await owner.get("/move")).html).toContain("None points here yet.");
    const asked = await owner.get("/move/point");
    expect(asked.html).toContain('name="account"');
    const found = await owner.post("/move/point", { account: "@old@old.test" });
    expect(found.status).toBe(200);
    for (const words of [
      "@old@old.test",
      old.id,
      "Mastodon 4.5.0",
      "Not again within 30 days.",
      "Point it here",
    ])
      expect(found.html).toContain(words);
    // The password was given a moment ago.
    expect(found.html).not.toContain('name="password"');
    expect((await owner.post("/move/point/add", { account: old.id })).location).toBe("/move");
    const { html } = await owner.get("/move");
    expect(html).toContain("@old@old.test was added as an alias on");
    expect(html).toContain('href="/recover"');
    const remove = /\/move\/point\/remove\?account=[^"]+/.exec(html)![0];
    expect((await owner.get(remove)).html).toContain(`name="account" value="${old.id}"`);
    expect((await owner.post("/move/point/remove", { account: old.id })).location).toBe("/move");
    expect((await owner.get("/move")).html).toContain("None points here yet.");
    expect((await owner.post("/move/point/remove", { account: old.id })).status).toBe(404);
  });

  it("keeps what was typed and says what is wrong with it", async () => {
    for (const [account, sentence] of [
      ["nonsense <b>", "Write the handle as user@host"],
      ["nobody@old.test", "old.test knows no nobody."],
      ["http://old.test/users/old", "can not be an account"],
      [`${ORIGIN}/actor`, "this stead itself"],
    ] as const) {
      const answer = await owner.post("/move/point", { account });
      expect([account, answer.status]).toEqual([account, 422]);
      expect(answer.html).toContain(sentence);
      expect(answer.html).toContain(`value="${account.replace("<b>", "&lt;b&gt;")}"`);
    }
  });

  it("offers to take an account that does not answer by its id, and says so plainly", async () => {
    old.host.get = () => new Response(null, { status: 503 });
    const { html } = await owner.post("/move/point", { account: old.id });
    expect(html).toContain("nothing of it is known but the id");
    expect(html).toContain('name="unseen" value="yes"');
    expect((await owner.post("/move/point/add", { account: old.id })).status).toBe(422);
    expect((await owner.post("/move/point/add", { account: old.id, unseen: "yes" })).location).toBe("/move");
  });

  it("opens and closes the door", async () => {
    await owner.post("/settings", { name: "Me", bio: "", locked: "on" });
    expect((await owner.get("/move")).html).toContain("has to ask first");
    expect((await owner.post("/move/window", { takes: "everybody", days: "31" })).status).toBe(422);
    expect((await owner.post("/move/window", { takes: "expected", days: "7" })).html).toContain(
      "Nobody is on the list",
    );
    expect((await owner.post("/move/window", { takes: "everybody", days: "7" })).location).toBe("/move");
    expect((await owner.get("/move")).html).toContain("nobody needs your approval until");
    expect((await owner.post("/move/window/close")).location).toBe("/move");
    expect((await owner.get("/move")).html).not.toContain("needs your approval until");
  });

  it("checks, comes again by itself while it waits, and says where to press", async () => {
    await owner.post("/move/point/add", { account: old.id });
    expect((await owner.get("/move/check")).html).toContain("Start the check");
    expect((await owner.post("/move/check")).location).toBe("/move/check");
    const running = await owner.get("/move/check");
    expect(running.html).toContain('<meta http-equiv="refresh" content="3"');
    await stead.settle();
    const { html } = await owner.get("/move/check");
    expect(html).toContain("<h1>Press Move now</h1>");
    expect(html).toContain('href="https://old.test/settings/migration"');
    expect(html).toContain("can not be moved by anybody");
    expect(html).not.toContain("http-equiv");
  });

  it("says all of it to a program as well, and takes its forms", async () => {
    expect(await program("/move")).toMatchObject({
      status: 200,
      body: { accounts: [], window: null, locked: false },
    });
    expect(await program("/move/point", { account: "@old@old.test" })).toMatchObject({
      status: 200,
      body: {
        seen: true,
        account: { iri: old.id, software: "mastodon" },
        rule: { can: "yes", cooldownDays: 30 },
      },
    });
    expect(await program("/move/point", { account: "nonsense" })).toMatchObject({
      status: 422,
      body: { error: expect.any(String) },
    });
    expect(await program("/move/point/add", { account: old.id })).toMatchObject({
      body: { pointed: { account: { iri: old.id } } },
    });
    expect(await program("/move/window", { days: "3", takes: "everybody" })).toMatchObject({
      body: { open: true, days: 3 },
    });
    expect(await program("/move/window", { days: "99" })).toMatchObject({ status: 422 });
    expect(await program("/move/window/close", {})).toMatchObject({ body: { open: false, closed: true } });
    expect(await program("/move/check")).toMatchObject({ body: { state: "none" } });
    expect(await program("/move/check", {})).toMatchObject({ body: { state: "running" } });
    await stead.settle();
    expect(await program("/move/check")).toMatchObject({
      body: {
        state: "done",
        press: true,
        accounts: [{ verdict: "press", instructions: { steps: expect.any(Array) } }],
      },
    });
    expect(await program("/move/point/remove", { account: "https://else.test/x" })).toMatchObject({
      status: 404,
    });
    expect(await program("/move/point/remove", { account: old.id })).toMatchObject({
      body: { removed: old.id },
    });
  });
});
