import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { DAY, HOUR, MINUTE } from "../../worker/kernel/clock.ts";
import { Listing } from "../fediverse/lists.ts";
import { env } from "../fediverse/stead.ts";

/** Followers who came a minute apart, as rows: `n` of them, numbered from `from`. */
async function arrive(from: number, n: number): Promise<void> {
  const rows = Array.from({ length: n }, (_, k) => {
    const name = `f${from + k}`;
    return { id: Date.now() * 1_000 + k, peer: from + k, name, iri: `https://h${k % 7}.test/users/${name}` };
  });
  const last = rows.at(-1)!.id;
  const json = JSON.stringify(rows);
  await env.DB.batch([
    env.DB.prepare(`INSERT INTO peers (id, iri, inbox, keys, keys_fetched_at, username, fetched_at, follower, follow_event_at)
      SELECT value ->> 'peer', value ->> 'iri', value ->> 'iri' || '/inbox', '[]', 0, value ->> 'name', 0, value ->> 'id', 1
      FROM json_each(?)`).bind(json),
    env.DB.prepare(`INSERT INTO followers (id, peer, inbox, since, proof)
      SELECT value ->> 'id', value ->> 'peer', 1, ?2, '' FROM json_each(?1)`).bind(json, Date.now()),
    env.DB.prepare("UPDATE follower_log SET count = count + ?1, arrived = arrived + ?1, last_id = ?2").bind(
      n,
      last,
    ),
  ]);
}

describe("the pages about a move", () => {
  let list: Listing;
  beforeEach(async () => {
    list = await Listing.begun();
  });
  afterEach(() => {
    vi.useRealTimers();
  });
  const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);

  it("are the owner's alone, for browsers and programs", async () => {
    for (const path of ["/move/list", "/move/arrivals", "/move/arrivals/missing.csv"]) {
      const page = await list.stead.fetch(path, { headers: { accept: "text/html" } });
      expect([page.status, page.headers.get("location")]).toEqual([
        303,
        `/login?next=${encodeURIComponent(path)}`,
      ]);
      const data = await list.stead.fetch(path, { headers: { accept: "application/json" } });
      expect(data.status).toBe(401);
    }
    for (const path of ["file", "fetch", "delete", "greet"]) {
      const post = { method: "POST", body: new URLSearchParams({ account: "x@y.test" }) };
      expect((await list.stead.fetch(`/move/list/${path}`, post)).status).toBe(303);
      const foreign = { ...post, headers: { cookie: list.owner.cookie, origin: "https://evil.test" } };
      expect((await list.stead.fetch(`/move/list/${path}`, foreign)).status).toBe(403);
    }
  });

  it("say the same to programs as to people, and keep their secrets", async () => {
    await list.upload("a.csv", "alice@a.test\nbob@b.test");
    const headers = { accept: "application/json", cookie: list.owner.cookie };
    const data = await (await list.stead.fetch("/move/list", { headers })).json();
    expect(data).toMatchObject({
      expected: 2,
      hosts: 2,
      toGreet: 2,
      jobs: [{ source: "file", account: "a.csv", found: 2, state: "done" }],
    });
    expect(JSON.stringify(data)).not.toMatch(/token|cursor/);
    const greet = await list.stead.fetch("/move/list/greet", {
      method: "POST",
      body: new URLSearchParams(),
      headers,
    });
    expect(await greet.json()).toEqual({ greeting: 2 });
    const twice = await list.stead.fetch("/move/list/greet", {
      method: "POST",
      body: new URLSearchParams(),
      headers,
    });
    expect([twice.status, await twice.json()]).toEqual([422, { error: expect.any(String) as string }]);
  });

  it("come again by themselves without a script, often while people arrive, and stand still when they are told to", async () => {
    const refresh = (html: string) => /<meta http-equiv="refresh" content="(\d+)"/.exec(html)?.[1];
    expect(refresh((await list.owner.get("/move/arrivals")).html)).toBe("120");
    await arrive(1, 3);
    const lively = await list.owner.get("/move/arrivals");
    expect(refresh(lively.html)).toBe("15");
    expect(lively.html).toContain('href="/move/arrivals?refresh=off"');
    const still = await list.owner.get("/move/arrivals?refresh=off");
    expect(refresh(still.html)).toBeUndefined();
    expect(still.html).toContain("Let it come again by itself");
    pass(2 * HOUR);
    expect(refresh((await list.owner.get("/move/arrivals")).html)).toBe("120");
  });

  it("count whoever arrives at once, though servers are counted now and then", async () => {
    await list.owner.post("/move/window", { days: "7", takes: "everybody" });
    await arrive(1, 100);
    expect((await list.owner.get("/move/arrivals")).html).toContain("100 people arrived.");
    pass(1);
    await arrive(200, 50);
    const { html } = await list.owner.get("/move/arrivals");
    expect(html).toContain("150 people arrived.");
    expect(html).toContain("h0.test</span> 15 here");
    pass(MINUTE);
    expect((await list.owner.get("/move/arrivals")).html).toContain("h0.test</span> 23 here");
  });

  it("show nothing of what others wrote but as text", async () => {
    const evil = '<script>alert(1)</script>"><img src=x>';
    await list.upload(`${evil}.csv`, "alice@a.test");
    await env.DB.batch([
      env.DB.prepare("UPDATE expected_hosts SET software = ?1, problem = ?1").bind(evil),
      env.DB.prepare("INSERT INTO unverified_mail VALUES ('https://a.test/x', 'Follow', ?, 1)").bind(evil),
    ]);
    for (const path of ["/move/list", "/move/arrivals"]) {
      const { html } = await list.owner.get(path);
      expect(html).not.toContain("<script>alert");
      expect(html).not.toContain("<img src=x");
    }
    expect((await list.owner.get("/move/arrivals")).html).toContain("&lt;script&gt;alert(1)");
  });

  it("tell of a move's arrivals in one notice, and of everybody else in one each", async () => {
    await arrive(1, 3);
    pass(HOUR);
    await list.owner.post("/move/window", { days: "7", takes: "everybody" });
    await arrive(100, 4_312);
    pass(DAY);
    const open = (await list.owner.get("/notifications")).html;
    expect(open).toContain('<a href="/move/arrivals">4,312 people followed after your move</a>');
    expect(open.match(/follows you/g)).toHaveLength(3);
    await list.owner.post("/move/window/close");
    pass(HOUR);
    await arrive(9_000, 2);
    const closed = (await list.owner.get("/notifications")).html;
    expect(closed).toContain("4,312 people followed after your move");
    expect(closed.match(/follows you/g)).toHaveLength(5);
    expect(closed.indexOf("@f9001@")).toBeLessThan(closed.indexOf("4,312"));
    expect(closed.indexOf("4,312")).toBeLessThan(closed.indexOf("@f1@"));
  });

  it("link to each other", async () => {
    expect((await list.owner.get("/move")).html).toContain('href="/move/list"');
    expect((await list.owner.get("/move/arrivals")).html).toContain('href="/move/list"');
    await list.upload("a.csv", "alice@a.test");
    expect((await list.owner.get("/move/list")).html).toContain('href="/move/arrivals"');
  });
});
