import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { DAY, HOUR, MINUTE } from "../../worker/kernel/clock.ts";
import { moveOn } from "../../worker/moving/move-on.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, env, Stead } from "../fediverse/stead.ts";
import { Browser } from "../web/browser.ts";

interface Line {
  readonly expected: number;
  readonly here: number;
  readonly asking: number;
  readonly gone: number;
  readonly missing: number;
  readonly told: number;
}

interface Data {
  readonly arrived: number;
  readonly followers: number;
  readonly percent: number | null;
  readonly lastArrivalAt: number | null;
  readonly listed: boolean;
  readonly totals: Line;
  readonly asking: number;
  readonly hosts: readonly (Line & { host: string; software: string | null })[];
  readonly software: readonly (Line & { software: string })[];
  readonly failures: readonly { host: string; detail: string; people: number; what: string; state: string }[];
  readonly waiting: {
    mails: number;
    hosts: readonly { host: string; mails: number; problem: string | null }[];
  };
  readonly acceptsDelivered: number;
  readonly acceptsDue: number;
}

describe("the ledger of a move", () => {
  let stead: Stead;
  let owner: Browser;
  beforeEach(async () => {
    stead = await Stead.claimed();
    // A day ahead of the real clock, so that no alarm rings by itself.
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + DAY });
    owner = await Browser.signedIn(stead);
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const upload = (lines: readonly string[]) =>
    owner.post("/move/list/file", { file: new File([lines.join("\n")], "list.csv") });
  const openWindow = () => owner.post("/move/window", { days: "7", takes: "everybody" });

  /** The ledger as a program reads it, once a new snapshot may be made and who asks was looked at again. */
  async function ledger(): Promise<Data> {
    vi.setSystemTime(Date.now() + 11 * MINUTE);
    await recognised();
    const headers = { accept: "application/json", cookie: owner.cookie };
    return (await stead.fetch("/move/arrivals", { headers })).json();
  }

  /** Lets the mover look at newcomers. */
  async function recognised(): Promise<void> {
    for (let n = 0; n < 50; n++) {
      const next = await moveOn(await stead.ctx());
      if (next === null || next > Date.now()) return;
    }
  }

  it("knows without a list how many came since the window was opened, and from where", async () => {
    await stead.followedBy(await stead.peer("early"));
    await openWindow();
    await stead.followedBy(
      await stead.peer("alice"),
      await stead.peer("bob", "b.test"),
      await stead.peer("carol"),
    );
    const data = await ledger();
    expect(data).toMatchObject({
      arrived: 3,
      followers: 4,
      percent: null,
      listed: false,
      acceptsDelivered: 4,
    });
    expect(data.hosts.map(({ host, here }) => [host, here])).toEqual([
      ["a.test", 2],
      ["b.test", 1],
    ]);
    expect(data.lastArrivalAt).toBeGreaterThan(Date.now() - 20 * MINUTE);
    const { html } = await owner.get("/move/arrivals");
    expect(html).toContain("3 people arrived.");
    expect(html).toContain("/move/list");
  });

  it("knows with a list who came, who left again, who waits and who is missing, by address as well as by id", async () => {
    const [alice, bob, carol, dave] = [
      await stead.peer("alice"),
      await stead.peer("Bob"),
      await stead.peer("carol", "c.test"),
      await stead.peer("dave", "c.test"),
    ];
    await upload([alice.id, "bob@a.test", "carol@c.test", "dave@c.test", "erin@e.test"]);
    await stead.followedBy(alice, bob, carol, await stead.peer("stranger", "s.test"));
    const undone = stead.deliver(
      carol,
      carol.activity("Undo", { object: { type: "Follow", actor: carol.id, object: ACTOR } }),
    );
    expect((await undone).status).toBe(202);
    await stead.settle();
    await owner.post("/settings", { name: "Me", bio: "", locked: "on" });
    await stead.settle();
    await stead.deliver(dave, dave.activity("Follow", { object: ACTOR }));
    await stead.settle();
    const data = await ledger();
    expect(data).toMatchObject({ arrived: 4, followers: 3, percent: 40, listed: true, asking: 1 });
    expect(data.totals).toMatchObject({ expected: 5, here: 2, asking: 1, gone: 1, missing: 1, told: 2 });
    expect(data.hosts).toMatchObject([
      { host: "e.test", expected: 1, here: 0, missing: 1 },
      { host: "a.test", expected: 2, here: 2, missing: 0, told: 2 },
      { host: "c.test", expected: 2, here: 0, asking: 1, gone: 1, missing: 0 },
    ]);
    const { html } = await owner.get("/move/arrivals");
    expect(html).toContain("2 of 5 people on the list follow you here: 40 %.");
    expect(html).toContain("0 of 2 here, 1 wait for you, 1 left again");
  });

  it("recognises people a list names by the page of their profile", async () => {
    const alice = await stead.peer("alice", "p.test");
    alice.document = { ...alice.document, url: "https://p.test/alice" };
    alice.publishDocument();
    await upload(["https://p.test/alice"]);
    await stead.followedBy(alice);
    expect((await ledger()).totals).toMatchObject({ expected: 1, here: 1, missing: 0 });
    expect(await rows("SELECT iri, address FROM expected")).toEqual([
      { iri: alice.id, address: "alice@p.test" },
    ]);
  });

  it("recognises those who came before the list did, and takes nobody for another", async () => {
    const alice = await stead.peer("alice");
    const other = await stead.peer("alice", "other.test");
    await stead.followedBy(alice, other);
    await upload(["alice@a.test", "alice@b.test"]);
    expect((await ledger()).totals).toMatchObject({ expected: 2, here: 1, missing: 1 });
  });

  it("shows what is received and not verified, and why, and what failed", async () => {
    const alice = await stead.peer("alice", "deaf.test");
    const bob = await stead.peer("bob", "mute.test");
    await upload([alice.id, bob.id]);
    alice.host.post = () => new Response(null, { status: 500 });
    bob.host.get = () => new Response(null, { status: 503 });
    for (const peer of [alice, bob])
      expect((await stead.deliver(peer, peer.activity("Follow", { object: ACTOR }))).status).toBe(202);
    await stead.settle();
    const data = await ledger();
    expect(data.waiting).toEqual({
      mails: 1,
      hosts: [{ host: "mute.test", mails: 1, problem: "its server does not answer" }],
    });
    expect(data.failures).toMatchObject([
      { host: "deaf.test", what: "accept", state: "again", people: 1, detail: "answered 500" },
    ]);
    expect(data.totals).toMatchObject({ expected: 2, here: 1, told: 0, missing: 1 });
    const { html } = await owner.get("/move/arrivals");
    expect(html).toContain("mute.test");
    expect(html).toContain("your Accept is tried again");
    const csv = (await owner.get("/move/arrivals/missing.csv")).html.split("\r\n");
    expect(csv).toEqual([
      "Account address,Actor,Server,Why",
      `,${bob.id},mute.test,mail from this server waits: its server does not answer`,
      "",
    ]);
  });

  it("names the missing in a table no spreadsheet can take for formulas, each with the reason that is known", async () => {
    await upload(["=cmd@evil.test", "+1@plus.test", "gone@gone.test", "plain@plain.test", "x@lemmy.test"]);
    await env.DB.batch([
      env.DB.prepare("UPDATE expected SET problem = 'the account is gone' WHERE host = 'gone.test'"),
      env.DB.prepare("UPDATE expected_hosts SET software = 'lemmy' WHERE host = 'lemmy.test'"),
      env.DB.prepare("INSERT INTO blocked_hosts VALUES ('plus.test', 1)"),
    ]);
    const page = await owner.get("/move/arrivals/missing.csv");
    expect(page.headers.get("content-type")).toBe("text/csv; charset=utf-8");
    const lines = page.html.trimEnd().split("\r\n").slice(1).toSorted();
    expect(lines).toEqual([
      `"'+1@plus.test",,plus.test,you block this server`,
      `"'=cmd@evil.test",,evil.test,`,
      "gone@gone.test,,gone.test,the account is gone",
      "plain@plain.test,,plain.test,",
      "x@lemmy.test,,lemmy.test,lemmy knows no Move",
    ]);
  });

  it("keeps its numbers over a restart and a closed window", async () => {
    await openWindow();
    await stead.followedBy(await stead.peer("alice"), await stead.peer("bob"));
    await owner.post("/move/window/close");
    await stead.followedBy(await stead.peer("late"));
    await env.DB.prepare("DELETE FROM documents WHERE name = 'expected/ledger'").run();
    expect(await ledger()).toMatchObject({ arrived: 2, followers: 3 });
  });

  describe("greeting the servers of the list", () => {
    async function greetAll(ms = HOUR): Promise<void> {
      const end = Date.now() + ms;
      for (let n = 0; n < 400; n++) {
        const next = await moveOn(await stead.ctx());
        if (next === null || next > end) break;
        vi.setSystemTime(Math.max(Date.now(), next));
      }
      await stead.settle();
    }
    const greetings = (host: string) =>
      stead.host(host).arrived.map(({ activity, path, verified }) => ({ activity, path, verified }));

    it("brings each of them one signed word that says nothing, at its shared inbox", async () => {
      const peers = await Promise.all(
        Array.from({ length: 12 }, (_, n) => stead.peer(`p${n}`, `h${n % 6}.test`)),
      );
      await upload(peers.map((peer, n) => (n % 2 ? peer.id : `${peer.name}@${peer.host.name}`)));
      expect((await owner.get("/move/list")).html).toContain("Greet 6 servers");
      expect((await owner.post("/move/list/greet")).status).toBe(303);
      await greetAll();
      for (let n = 0; n < 6; n++) {
        const [first, ...more] = greetings(`h${n}.test`);
        expect(more).toEqual([]);
        expect(first).toMatchObject({ path: "/inbox", verified: true });
        expect(first!.activity).toMatchObject({
          type: "Undo",
          actor: ACTOR,
          object: { type: "Like", object: ACTOR },
        });
        expect(String(first!.activity["id"])).toMatch(/^https:\/\/me\.test\/actor#greetings\//);
      }
      const gets = stead.world.requests.filter(({ url }) => url.includes("/users/"));
      expect(gets).toHaveLength(6);
      expect((await owner.get("/move/list")).html).toContain("6 of 6 servers greeted.");
      expect((await owner.post("/move/list/greet")).status).toBe(422);
      vi.setSystemTime(Date.now() + MINUTE);
      await owner.post("/move/list/greet", { again: "1" });
      await greetAll();
      expect(greetings("h0.test")).toHaveLength(2);
      stead.world.assertNothingUnexpected();
    });

    it("tries three people of a server before it is given up, none of a server that is down, and none that is blocked", async () => {
      const alice = await stead.peer("alice", "a.test");
      stead.host("b.test");
      stead.host("down.test").get = () => new Response(null, { status: 503 });
      stead.host("blocked.test");
      await upload([
        "https://a.test/users/x",
        "https://a.test/users/y",
        alice.id,
        ...["p", "q", "r", "s"].map((name) => `https://b.test/users/${name}`),
        "https://down.test/users/p",
        "https://down.test/users/q",
        "p@blocked.test",
      ]);
      await owner.post("/blocked-hosts", { host: "blocked.test" });
      await owner.post("/move/list/greet");
      await greetAll();
      expect(greetings("a.test")).toHaveLength(1);
      const asked = (host: string) =>
        stead.world.requests.filter(
          ({ url, method }) => method === "GET" && url.startsWith(`https://${host}/users/`),
        );
      expect(asked("b.test")).toHaveLength(3);
      expect(asked("down.test")).toHaveLength(1);
      expect(asked("blocked.test")).toHaveLength(0);
      expect(
        await rows("SELECT host, problem FROM expected_hosts WHERE warmed_at IS NULL ORDER BY host"),
      ).toEqual([
        { host: "b.test", problem: "the account is gone" },
        { host: "blocked.test", problem: "you block it" },
        { host: "down.test", problem: "its server does not answer (answered 503)" },
      ]);
      const { html } = await owner.get("/move/list");
      expect(html).toContain("1 of 4 servers greeted; 3 could not be found.");
      expect(html).toContain("Greet 3 servers");
    });

    it("asks nobody where a follower is known already", async () => {
      const alice = await stead.peer("alice");
      await stead.followedBy(alice);
      await upload([alice.id, "https://a.test/users/unknown"]);
      stead.world.take();
      await owner.post("/move/list/greet");
      await greetAll();
      expect(alice.host.arrived.filter(({ activity }) => activity["type"] === "Undo")).toHaveLength(1);
      expect(stead.world.requests.filter(({ url }) => url.includes("/users/"))).toEqual([]);
    });

    it("goes on where it was cut off, and greets nobody twice", async () => {
      const peers = await Promise.all(Array.from({ length: 9 }, (_, n) => stead.peer(`p${n}`, `h${n}.test`)));
      await upload(peers.map((peer) => peer.id));
      await owner.post("/move/list/greet");
      for (let n = 0; n < 100; n++) {
        const ctx = await stead.ctx();
        // Every other round, its last write is lost with the process.
        const client = (ctx.db as unknown as { $client: D1Database }).$client;
        const batch = client.batch.bind(client);
        const cut = n % 2 === 0;
        if (cut)
          client.batch = (statements) =>
            statements.length > 3 && n < 60 ? Promise.reject(new Error("cut off")) : batch(statements);
        await moveOn(ctx);
        client.batch = batch;
      }
      await stead.settle();
      for (let n = 0; n < 9; n++) expect(greetings(`h${n}.test`)).toHaveLength(1);
    });
  });
});
