import { beforeEach, describe, expect, it } from "vitest";

import { takeFile } from "../../worker/moving/expected.ts";
import { open } from "../../worker/moving/window.ts";
import { rows } from "../fediverse/rows.ts";
import { mend } from "../fediverse/sync.ts";
import { ACTOR, Stead } from "../fediverse/stead.ts";
import { Browser } from "./browser.ts";

const PATH = "/move/repair";

let stead: Stead;
let owner: Browser;
beforeEach(async () => {
  stead = await Stead.claimed();
  owner = await Browser.signedIn(stead);
});

/** A program with the owner's cookie. */
async function program(path: string, fields?: Record<string, string>) {
  const headers = { accept: "application/json", cookie: owner.cookie };
  const init = fields ? { method: "POST", headers, body: new URLSearchParams(fields) } : { headers };
  const answer = await stead.fetch(path, init);
  return { status: answer.status, body: await answer.json<Record<string, unknown>>() };
}

describe("the page that mends a move", () => {
  it("says what each of its buttons does, to how many, and when it happens by itself", async () => {
    const alice = await stead.peer("alice");
    await stead.followedBy(alice);
    const people = ["ann", "ben"].map((name) => `${name}@a.test`).join("\n");
    await takeFile(await stead.ctx(), "list.csv", new TextEncoder().encode(people));
    const { html, status } = await owner.get(PATH);
    expect(status).toBe(200);
    expect(html).toContain("Send every Accept again (1 person)");
    expect(html).toContain("Send rescue Accepts to 2 people");
    expect(html).toContain("Compare now");
    const { body } = await program(PATH);
    expect(body).toMatchObject({
      early: false,
      accepts: { followers: 1, sweeps: [] },
      rescue: { auto: false, missing: 2, round: null, nextAt: null },
      sync: { auto: true, nextAt: null, madeAt: null },
      follows: [],
    });
  });

  it("obeys each button once, and shows what came of it", async () => {
    const alice = await stead.peer("alice");
    const ben = await stead.peer("ben");
    await stead.followedBy(alice);
    await takeFile(await stead.ctx(), "list.csv", new TextEncoder().encode("ben@a.test"));
    for (const button of ["accepts", "rescue", "sync"])
      expect((await owner.post(`${PATH}/${button}`)).location).toBe(PATH);
    expect((await owner.post(`${PATH}/accepts`)).status).toBe(409);
    await mend(stead);
    await stead.settle();
    expect(alice.received("Accept")).toHaveLength(2);
    expect(ben.received("Accept")).toMatchObject([{ object: { actor: ben.id, object: ACTOR } }]);
    const { body } = await program(PATH);
    expect(body).toMatchObject({
      accepts: { sweeps: [{ reason: "owner" }] },
      rescue: { missing: 0, people: 1, round: { over: true, owed: 1 } },
      sync: { servers: 1, sent: 1, waiting: 0, problems: [] },
    });
    const { html } = await owner.get(PATH);
    expect(html).toContain("to everybody, when you asked");
    expect(html).not.toContain("Send rescue Accepts to");
  });

  it("asks whether the owner knows what they do while people may still be arriving", async () => {
    await open(await stead.ctx(), 7, "everybody");
    await stead.followedBy(await stead.peer("alice"));
    for (const button of ["rescue", "sync"]) {
      const refused = await owner.post(`${PATH}/${button}`);
      expect([refused.status, refused.html.includes("may still be on their way")]).toEqual([409, true]);
      expect((await program(`${PATH}/${button}`, {})).status).toBe(409);
    }
    expect(await rows("SELECT rescue_asked_at AS r, sync_asked_at AS s FROM repairs")).toEqual([
      { r: null, s: null },
    ]);
    expect((await owner.get(PATH)).html).toContain('name="sure"');
    expect((await program(`${PATH}/sync`, { sure: "on" })).body).toEqual({ asked: "sync" });
  });

  it("remembers what is to happen by itself", async () => {
    expect((await program(`${PATH}/choices`, { rescue: "on" })).body).toEqual({
      rescueAuto: true,
      syncAuto: false,
    });
    expect((await program(PATH)).body).toMatchObject({ rescue: { auto: true }, sync: { auto: false } });
    expect((await owner.post(`${PATH}/choices`, { sync: "on" })).location).toBe(PATH);
    expect((await program(PATH)).body).toMatchObject({ rescue: { auto: false }, sync: { auto: true } });
  });

  it("is the owner's alone", async () => {
    const stranger = new Browser(stead);
    expect((await stranger.get(PATH)).location).toContain("/login");
    for (const button of ["accepts", "rescue", "sync", "choices"])
      expect((await stranger.post(`${PATH}/${button}`)).location).toContain("/login");
    expect((await owner.post(`${PATH}/sync`, {}, { origin: "https://evil.test" })).status).toBe(403);
  });
});
