import { runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { DAY, MINUTE, SECOND } from "../../worker/kernel/clock.ts";
import { Listing } from "../fediverse/lists.ts";
import type { Doc } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, env } from "../fediverse/stead.ts";

describe("the list of who is expected", () => {
  let list: Listing;
  beforeEach(async () => {
    list = await Listing.begun();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const mover = () => env.MOVER.getByName("mover");
  const hosts = () => rows("SELECT host, people FROM expected_hosts ORDER BY host");

  /** A server with Mastodon's API, which shows `followers`, two a page, to who has the token. */
  function mastodon(followers: readonly Doc[], uri: string | null = "https://old.test/users/me") {
    const host = list.stead.host("old.test");
    host.get = (request) => {
      const { pathname, searchParams } = new URL(request.url);
      if (pathname === "/.well-known/webfinger")
        return Response.json({
          links: [{ rel: "self", type: "application/activity+json", href: "https://old.test/users/me" }],
        });
      if (!pathname.startsWith("/api/")) return null;
      if (request.headers.get("authorization") !== "Bearer s3cret")
        return new Response(null, { status: 401 });
      if (pathname.endsWith("/verify_credentials")) return Response.json({ id: "7", acct: "me", uri });
      const from = Number(searchParams.get("max_id") ?? 0);
      const link = `<https://old.test${pathname}?limit=80&max_id=${from + 2}>; rel="next", <https://old.test/x>; rel="prev"`;
      return Response.json(followers.slice(from, from + 2), {
        headers: from + 2 < followers.length ? { link } : {},
      });
    };
    return host;
  }

  describe("from a file", () => {
    it("is a row a person and a server, and the same file again changes nothing", async () => {
      const file = "Account address\nalice@a.test\nbob@b.test\ncarol@a.test\n";
      expect(await list.upload("followers.csv", file)).toMatchObject({ status: 303, location: "/move/list" });
      const first = await rows("SELECT * FROM expected");
      expect(first).toHaveLength(3);
      expect(await hosts()).toEqual([
        { host: "a.test", people: 2 },
        { host: "b.test", people: 1 },
      ]);
      await list.upload("again.csv", file);
      expect(await rows("SELECT * FROM expected")).toEqual(first);
      const { html } = await list.owner.get("/move/list");
      expect(html).toContain("3 people on 2 servers are expected");
      expect(html).toContain("followers.csv");
    });

    it("counts somebody once who is in one list by address and in another by id", async () => {
      await list.upload("a.csv", "alice@a.test\nbob@a.test");
      await list.upload(
        "b.json",
        JSON.stringify([{ uri: "https://a.test/users/alice", acct: "alice@a.test" }]),
      );
      expect(await list.expected()).toEqual([
        { iri: "https://a.test/users/alice", address: "alice@a.test", host: "a.test" },
        { iri: null, address: "bob@a.test", host: "a.test" },
      ]);
      expect(await hosts()).toEqual([{ host: "a.test", people: 2 }]);
    });

    it("leaves the owner out, who does not follow themselves", async () => {
      await list.upload("a.csv", `alice@a.test\nme@me.test\n${ACTOR}`);
      expect(await list.expected()).toHaveLength(1);
    });

    it("says what is wrong with a file, takes nothing of it, and says so to programs too", async () => {
      await list.upload("a.csv", "alice@a.test");
      const refused = await list.upload("b.csv", "bob@b.test\nnobody\n");
      expect(refused.status).toBe(422);
      expect(refused.html).toContain("Line 2: “nobody” is no handle");
      expect(await list.expected()).toHaveLength(1);
      const form = new FormData();
      form.append("file", new File(["{}"], "x.json"));
      const headers = { cookie: list.owner.cookie, accept: "application/json" };
      const answer = await list.stead.fetch("/move/list/file", { method: "POST", body: form, headers });
      expect([answer.status, await answer.json()]).toEqual([422, { error: expect.any(String) as string }]);
    });

    it("is gone when the owner deletes it", async () => {
      await list.upload("a.csv", "alice@a.test");
      expect((await list.owner.post("/move/list/delete")).status).toBe(303);
      expect([await list.expected(), await hosts(), await rows("SELECT * FROM list_jobs")]).toEqual([
        [],
        [],
        [],
      ]);
    });
  });

  describe("from the old server's API", () => {
    const followers: Doc[] = [
      { acct: "alice@a.test", uri: "https://a.test/users/alice" },
      { acct: "bob@b.test" },
      { acct: "carol" },
      { acct: "dave@d.test", pleroma: { ap_id: "https://d.test/users/dave" } },
      { acct: "erin@a.test", url: "https://a.test/@erin" },
    ];

    it("is read page by page with the owner's token, which is forgotten then and was never shown", async () => {
      mastodon(followers);
      expect(await list.fetchFrom("me@old.test", "s3cret")).toMatchObject({ status: 303 });
      const { token } = await list.job();
      expect(token).not.toBeNull();
      expect(token).not.toContain("s3cret");
      expect((await list.owner.get("/move/list")).html).not.toContain("s3cret");
      await list.work();
      expect(await list.job()).toMatchObject({ state: "done", found: 5, token: null, problem: null });
      expect(await list.expected()).toEqual([
        { iri: "https://a.test/users/alice", address: "alice@a.test", host: "a.test" },
        { iri: null, address: "bob@b.test", host: "b.test" },
        { iri: null, address: "carol@old.test", host: "old.test" },
        { iri: "https://d.test/users/dave", address: "dave@d.test", host: "d.test" },
        { iri: null, address: "erin@a.test", host: "a.test" },
      ]);
    });

    it("is read by the mover's own alarm", async () => {
      mastodon(followers.slice(0, 2));
      await list.fetchFrom("me@old.test", "s3cret");
      for (let n = 0; n < 20 && (await list.job()).state === "running"; n++) {
        vi.setSystemTime(Date.now() + 2 * SECOND);
        await runDurableObjectAlarm(mover());
      }
      expect(await list.job()).toMatchObject({ state: "done", found: 2 });
    });

    it("asks one page a second, and waits as long as its server says", async () => {
      const host = mastodon(followers);
      const answer = host.get;
      let full = false;
      const at: number[] = [];
      host.get = (request) => {
        if (!request.url.includes("/followers")) return answer(request);
        at.push(Date.now());
        if (at.length !== 2 || full) return answer(request);
        full = true;
        return new Response(null, { status: 429, headers: { "retry-after": "90" } });
      };
      await list.fetchFrom("me@old.test", "s3cret");
      await list.work(5 * MINUTE);
      expect(at.map((time, n) => (n === 0 ? 0 : time - at[n - 1]!))).toEqual([0, 1_000, 90_000, 1_000]);
      expect(await list.job()).toMatchObject({ state: "done", found: 5 });
    });

    it("says so when the token is refused or somebody else's, and keeps it no longer", async () => {
      mastodon(followers);
      await list.fetchFrom("me@old.test", "wrong");
      await list.work();
      expect(await list.job()).toMatchObject({
        state: "failed",
        token: null,
        problem: expect.stringContaining("refuses the token") as string,
      });
      mastodon(followers, "https://old.test/users/other");
      await list.fetchFrom("me@old.test", "s3cret");
      await list.work();
      expect(await list.job()).toMatchObject({
        state: "failed",
        token: null,
        problem: expect.stringContaining("another account") as string,
      });
      expect((await list.owner.get("/move/list")).html).toContain("refuses the token");
    });

    it("gives the token to no other server, wherever it is sent", async () => {
      const host = mastodon(followers);
      const answer = host.get;
      let seen: string | null = "";
      list.stead.host("evil.test").get = (request) => {
        seen = request.headers.get("authorization");
        return Response.json([]);
      };
      host.get = (request) =>
        request.url.includes("max_id") || !request.url.includes("/followers")
          ? answer(request)
          : Response.json(followers.slice(0, 2), {
              headers: { link: '<https://evil.test/api/v1/accounts/7/followers>; rel="next"' },
            });
      await list.fetchFrom("me@old.test", "s3cret");
      await list.work();
      expect(seen).toBe("");
      expect(await list.job()).toMatchObject({ state: "done", found: 2 });
      host.get = (request) =>
        request.url.includes("/followers")
          ? Response.redirect("https://evil.test/followers", 302)
          : answer(request);
      await list.fetchFrom("me@old.test", "s3cret");
      await list.work();
      expect(seen).toBeNull();
    });

    it("goes on after a server that fails for an hour, and gives up after days", async () => {
      const host = mastodon(followers);
      const answer = host.get;
      let down = true;
      host.get = (request) =>
        down && request.url.includes("/api/") ? new Response(null, { status: 503 }) : answer(request);
      await list.fetchFrom("me@old.test", "s3cret");
      await list.work(3 * MINUTE);
      expect(await list.job()).toMatchObject({ state: "running", problem: "Its server answered 503." });
      down = false;
      await list.work(DAY);
      expect(await list.job()).toMatchObject({ state: "done", found: 5 });
      down = true;
      await list.fetchFrom("me@old.test", "s3cret");
      await list.work(5 * DAY);
      expect(await list.job()).toMatchObject({ state: "failed", token: null });
    });

    it("stops when the owner deletes the list meanwhile", async () => {
      const host = mastodon(followers);
      const answer = host.get;
      host.get = (request) => {
        if (!request.url.includes("max_id=2")) return answer(request);
        return list.owner.post("/move/list/delete").then(() => answer(request)!);
      };
      await list.fetchFrom("me@old.test", "s3cret");
      await list.work();
      expect([await list.expected(), await rows("SELECT * FROM list_jobs")]).toEqual([[], []]);
    });

    it("speaks Misskey's language where that is spoken", async () => {
      const all = Array.from({ length: 130 }, (_, n) => ({
        id: `r${String(999 - n)}`,
        follower:
          n === 0
            ? { id: "abc", username: "local", host: null }
            : {
                id: `u${n}`,
                username: `u${n}`,
                host: "a.test",
                ...(n % 2 ? { uri: `https://a.test/users/u${n}` } : {}),
              },
      }));
      const host = list.stead.host("old.test");
      host.get = (request) => {
        const { pathname } = new URL(request.url);
        if (pathname === "/.well-known/webfinger")
          return Response.json({
            links: [{ rel: "self", type: "application/activity+json", href: "https://old.test/users/m1" }],
          });
        if (pathname === "/.well-known/nodeinfo")
          return Response.json({
            links: [
              {
                rel: "http://nodeinfo.diaspora.software/ns/schema/2.1",
                href: "https://old.test/nodeinfo/2.1",
              },
            ],
          });
        return pathname === "/nodeinfo/2.1"
          ? Response.json({ software: { name: "sharkey", version: "2025.1" } })
          : null;
      };
      host.post = async (request) => {
        const asked = (await request.json()) as { i: string; userId?: string; untilId?: string };
        if (asked.i !== "s3cret") return new Response(null, { status: 401 });
        if (request.url.endsWith("/api/i"))
          return new Response(JSON.stringify({ id: "m1" }), { status: 200 });
        const from = asked.untilId ? all.findIndex(({ id }) => id === asked.untilId) + 1 : 0;
        return new Response(JSON.stringify(asked.userId === "m1" ? all.slice(from, from + 100) : []));
      };
      await list.fetchFrom("me@old.test", "s3cret");
      await list.work();
      expect(await list.job()).toMatchObject({ state: "done", found: 130, token: null });
      expect(await rows("SELECT iri, address FROM expected WHERE host = 'old.test'")).toEqual([
        { iri: "https://old.test/users/abc", address: "local@old.test" },
      ]);
    });
  });

  it("begins nowhere else than where an account is found", async () => {
    list.stead.host("old.test");
    const refused = await list.fetchFrom("nobody@old.test", "s3cret");
    expect(refused.status).toBe(422);
    expect(refused.html).toContain("old.test knows no nobody");
    expect(refused.html).not.toContain("s3cret");
    expect((await list.fetchFrom("me@me.test")).status).toBe(422);
    expect(await rows("SELECT * FROM list_jobs")).toEqual([]);
  });
});
