import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { hash52 } from "../../worker/kernel/hash52.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, Stead } from "../fediverse/stead.ts";
import { App, ask, asJson, form, type Json, type Reply } from "./client.ts";
import { follows, says } from "./following.ts";
import { tokenFor } from "./tokens.ts";

let stead: Stead;
let app: App;
let alice: FakePeer;
let bob: FakePeer;
beforeAll(async () => {
  stead = await Stead.claimed();
  app = new App(stead, { id: "", secret: "" }, await tokenFor(stead, ["read", "write"]));
  alice = await stead.peer("alice");
  bob = await stead.peer("bob", "b.test");
  await follows(stead, alice, bob);
  for (const fan of [bob, await stead.peer("carol", "c.test"), await stead.peer("dora", "d.test")])
    await stead.followedBy(fan);
  await stead.settle();
});
afterAll(() => stead.settle());

const ME = hash52(ACTOR);
const idOf = ({ id }: FakePeer) => hash52(id);
const list = ({ body }: Reply) => body as unknown as Json[];
const handles = async (path: string) => list(await app.ask(path)).map(({ acct }) => acct);

async function walked(path: string): Promise<unknown[]> {
  const shown: unknown[] = [];
  for (let next: string | undefined = path, pages = 0; next !== undefined; pages++) {
    expect(pages).toBeLessThan(10);
    const reply: Reply = await app.ask(next);
    shown.push(...list(reply).map(({ acct }) => acct));
    next = /<https:\/\/me\.test([^>]+)>; rel="next"/.exec(reply.headers.get("link") ?? "")?.[1];
  }
  return shown;
}

describe("followers and following", () => {
  it("of the owner are whole, newest first, on pages that meet each once", async () => {
    const followers = ["dora@d.test", "carol@c.test", "bob@b.test"];
    expect(await walked(`/api/v1/accounts/${ME}/followers?limit=1`)).toEqual(followers);
    expect(await walked(`/api/v1/accounts/${ME}/followers?limit=2`)).toEqual(followers);
    expect(await walked(`/api/v1/accounts/${ME}/following?limit=1`)).toEqual(["bob@b.test", "alice@a.test"]);
  });

  it("of others are what is known here: whether the owner is among them", async () => {
    expect(await handles(`/api/v1/accounts/${idOf(alice)}/followers`)).toEqual(["me"]);
    expect(await handles(`/api/v1/accounts/${idOf(alice)}/following`)).toEqual([]);
    expect(await handles(`/api/v1/accounts/${idOf(bob)}/following`)).toEqual(["me"]);
    expect((await app.ask("/api/v1/accounts/17/followers")).status).toBe(404);
  });

  it("familiar followers are nobody: whom others follow is not known", async () => {
    const query = `id[]=${idOf(alice)}&id[]=${idOf(bob)}&id[]=x`;
    expect((await app.ask(`/api/v1/accounts/familiar_followers?${query}`)).body).toEqual([
      { id: String(idOf(alice)), accounts: [] },
      { id: String(idOf(bob)), accounts: [] },
    ]);
  });
});

describe("accounts by number and by handle", () => {
  it("several at once come in the order asked, without who is not known, and to strangers the owner alone", async () => {
    const path = `/api/v1/accounts?id[]=${idOf(bob)}&id[]=17&id[]=${ME}&id[]=${idOf(bob)}`;
    expect(await handles(path)).toEqual(["bob@b.test", "me"]);
    expect(list(await ask(stead, path)).map(({ acct }) => acct)).toEqual(["me"]);
  });

  it.each(["me", "@me", "ME", "me@me.test", "@me@me.test", "acct:me@me.test"])(
    "%s is the owner, for everybody",
    async (acct) => {
      const { status, body } = await ask(stead, `/api/v1/accounts/lookup?acct=${encodeURIComponent(acct)}`);
      expect([status, body["id"]]).toEqual([200, String(ME)]);
    },
  );

  it("somebody known is found, by whatever id their server gave them, and who is not known is not kept", async () => {
    const odd = await stead.peer("odd", "odd.test", "/actors/9f8e");
    await says(stead, odd, { cc: [ACTOR] });
    await stead.peer("new", "new.test");
    const lookup = (acct: string) => app.ask(`/api/v1/accounts/lookup?acct=${encodeURIComponent(acct)}`);
    for (const acct of ["alice@a.test", "@Alice@A.test", "odd@odd.test"])
      expect((await lookup(acct)).body["acct"]).toBe(acct.replace(/^@/, "").toLowerCase());
    const before = await rows("SELECT count(*) AS n FROM peers");
    for (const acct of ["new@new.test", "", "@", "a@b@c", "alice", "x@127.0.0.1", "who@nowhere"])
      expect([acct, (await lookup(acct)).status]).toEqual([acct, 404]);
    expect(await rows("SELECT count(*) AS n FROM peers")).toEqual(before);
    expect((await ask(stead, "/api/v1/accounts/lookup?acct=alice@a.test")).status).toBe(404);
  });
});

describe("blocked servers", () => {
  const DOMAINS = "/api/v1/domain_blocks";
  it("are named by form, JSON or query, twice is once, and the list goes by pages", async () => {
    await app.ask(DOMAINS, form({ domain: "One.Example" }));
    await app.ask(DOMAINS, asJson({ domain: "two.example" }));
    await app.ask(`${DOMAINS}?domain=three.example`, { method: "POST" });
    await app.ask(`${DOMAINS}?domain=three.example`, { method: "POST" });
    expect((await app.ask(DOMAINS)).body).toEqual(["one.example", "three.example", "two.example"]);
    const first = await app.ask(`${DOMAINS}?limit=2`);
    const next = /<https:\/\/me\.test([^>]+)>; rel="next"/.exec(first.headers.get("link") ?? "")![1]!;
    expect((await app.ask(next)).body).toEqual(["two.example"]);

    await app.ask(`${DOMAINS}?domain=one.example`, { method: "DELETE" });
    await app.ask(DOMAINS, { ...form({ domain: "two.example" }), method: "DELETE" });
    await app.ask(DOMAINS, asJson({ domain: "three.example" }, "DELETE"));
    expect((await app.ask(DOMAINS)).body).toEqual([]);
  });

  it("shows in each relationship with somebody there, and is undone", async () => {
    const query = `/api/v1/accounts/relationships?id[]=${idOf(alice)}&id[]=${idOf(bob)}`;
    await app.ask(DOMAINS, form({ domain: "a.test" }));
    expect((await app.ask(query)).body).toMatchObject([
      { domain_blocking: true },
      { domain_blocking: false },
    ]);
    expect((await app.ask("/api/v1/instance/domain_blocks")).body).toMatchObject([
      { domain: "a.test", severity: "suspend" },
    ]);
    await app.ask(`${DOMAINS}?domain=a.test`, { method: "DELETE" });
    expect((await app.ask(query)).body).toMatchObject([{ domain_blocking: false }, {}]);
  });

  it.each(["", "me.test", "https://a.test", "a.test/path", "localhost", "a b", "x".repeat(300), "'--"])(
    "takes no %j, and writes nothing then",
    async (domain) => {
      const before = await stead.state();
      expect((await app.ask(DOMAINS, form({ domain }))).status).toBe(422);
      expect(await stead.state()).toBe(before);
    },
  );
});

describe("reports", () => {
  it("go to the server of whom they are about, with their own posts alone, when they are to be forwarded", async () => {
    const hers = await says(stead, alice);
    const bobs = await says(stead, bob);
    const { status, body } = await app.ask(
      "/api/v1/reports",
      asJson({
        account_id: String(idOf(alice)),
        status_ids: [String(hers), String(bobs), "17"],
        comment: "Look at this",
        category: "spam",
        forward: true,
      }),
    );
    await stead.settle();
    expect([status, body]).toMatchObject([
      200,
      {
        forwarded: true,
        category: "spam",
        status_ids: [String(hers)],
        target_account: { acct: "alice@a.test" },
      },
    ]);
    const [flag, ...more] = alice.received("Flag");
    const [post] = await rows<{ iri: string }>("SELECT iri FROM posts WHERE id = ?", hers);
    expect([flag, more]).toMatchObject([
      { actor: ACTOR, object: [alice.id, post!.iri], content: "Look at this" },
      [],
    ]);
    expect(alice.host.arrived.every(({ verified }) => verified)).toBe(true);
    expect(bob.received("Flag")).toEqual([]);
  });

  it("else go nowhere, and say so", async () => {
    const before = await stead.state();
    const { body } = await app.ask(
      "/api/v1/reports/",
      form({ account_id: String(idOf(bob)), comment: "x", category: "made up" }),
    );
    expect(body).toMatchObject({ forwarded: false, category: "other", action_taken: false, status_ids: [] });
    expect(await stead.state()).toBe(before);
  });

  it("are refused where they are too long or about nobody", async () => {
    const before = await stead.state();
    const about = { account_id: String(idOf(bob)), forward: "true" };
    const long = await app.ask("/api/v1/reports", form({ ...about, comment: "x".repeat(1_001) }));
    expect(long.status).toBe(422);
    for (const account_id of ["", "17", "x", String(ME)])
      expect((await app.ask("/api/v1/reports", form({ ...about, account_id }))).status).toBe(404);
    expect(await stead.state()).toBe(before);
  });
});

describe("what is told of this server", () => {
  it("is how much was said to everybody in each of twelve weeks, from Mondays on", async () => {
    await stead.publishes("Hello");
    await stead.publishes("For few", { visibility: "followers" });
    const weeks = list(await ask(stead, "/api/v1/instance/activity"));
    expect(weeks).toHaveLength(12);
    expect(weeks[0]).toMatchObject({ statuses: "1", logins: "1", registrations: "0" });
    expect(weeks[11]).toMatchObject({ statuses: "0", logins: "0" });
    const days = weeks.map(({ week }) => new Date(Number(week) * 1_000).toISOString().slice(10));
    expect(new Set(days)).toEqual(new Set(["T00:00:00.000Z"]));
    expect(new Date(Number(weeks[0]!["week"]) * 1_000).getUTCDay()).toBe(1);
  });

  it("is who lives here, and of others nothing to strangers", async () => {
    expect(list(await ask(stead, "/api/v1/directory")).map(({ acct }) => acct)).toEqual(["me"]);
    expect((await ask(stead, "/api/v1/directory?offset=1")).body).toEqual([]);
    expect((await app.ask("/api/v1/instance/peers")).body).toEqual(["a.test", "b.test", "c.test", "d.test"]);
    for (const path of ["/api/v1/instance/peers", "/api/v1/instance/domain_blocks"])
      expect((await ask(stead, path)).status).toBe(404);
  });
});
