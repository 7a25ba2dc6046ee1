import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { unfollow } from "../../worker/owner/follow.ts";
import { findPeer } from "../../worker/store/peers.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, env, Stead } from "../fediverse/stead.ts";
import { App, asJson, form, type Json, type Reply } from "./client.ts";
import { boosts, follows, says } from "./following.ts";
import { tokenFor } from "./tokens.ts";

let stead: Stead;
let app: App;
let alice: FakePeer;
let bob: FakePeer;
let carol: FakePeer;
const many = (reply: Reply) => reply.body as unknown as Json[];
const get = async (path: string) => many(await app.ask(path));
const idsIn = (entries: readonly Json[]) => entries.map(({ id }) => String(id));
const numberOf = async (peer: FakePeer) => String((await findPeer((await stead.ctx()).db, peer.id))!.id);
const DELETE = { method: "DELETE" };

async function made(fields: Record<string, string> = { title: "Friends" }): Promise<string> {
  const { status, body } = await app.ask("/api/v1/lists", form(fields));
  expect(status).toBe(200);
  return String(body["id"]);
}

async function listOf(people: readonly FakePeer[], fields: Record<string, string> = {}): Promise<string> {
  const id = await made({ title: "People", ...fields });
  const ids = await Promise.all(people.map(numberOf));
  expect((await app.ask(`/api/v1/lists/${id}/accounts`, asJson({ account_ids: ids }))).status).toBe(200);
  return id;
}

beforeAll(async () => {
  stead = await Stead.claimed();
  app = new App(stead, { id: "", secret: "" }, await tokenFor(stead, ["read", "write", "follow"]));
  alice = await stead.peer("alice");
  bob = await stead.peer("bob", "b.test");
  carol = await stead.peer("carol", "c.test");
  await follows(stead, alice, bob);
  // Known here, and not followed.
  await says(stead, carol, { cc: [ACTOR] });
}, 30_000);
afterAll(() => stead.settle());

describe("lists.crud", () => {
  it("makes, shows, changes what was sent, and removes", async () => {
    const { body } = await app.ask("/api/v1/lists", form({ title: "Friends" }));
    const path = `/api/v1/lists/${String(body["id"])}`;
    expect(body).toMatchObject({ title: "Friends", replies_policy: "list", exclusive: false });
    expect((await app.ask(path)).body).toEqual(body);
    const changed = await app.ask(path, asJson({ exclusive: true, replies_policy: "none" }, "PUT"));
    expect(changed.body).toEqual({ ...body, exclusive: true, replies_policy: "none" });
    const renamed = await app.ask(path, { ...form({ title: "Others" }), method: "PUT" });
    expect(renamed.body).toEqual({ ...changed.body, title: "Others" });
    expect(await get("/api/v1/lists")).toEqual([renamed.body]);
    expect((await app.ask(path, DELETE)).body).toEqual({});
    expect([(await app.ask(path)).status, (await app.ask(path, DELETE)).status]).toEqual([404, 404]);
    expect(await get("/api/v1/lists")).toEqual([]);
  });

  it.each<[string, Record<string, string>]>([
    ["no title", { title: "  " }],
    ["a title without end", { title: "x".repeat(257) }],
    ["a policy that is none", { title: "x", replies_policy: "everybody" }],
  ])("D12: refuses %s and makes nothing", async (_, fields) => {
    expect((await app.ask("/api/v1/lists", form(fields))).status).toBe(422);
    expect(await get("/api/v1/lists")).toEqual([]);
  });

  it("D12: makes no more than 50", async () => {
    for (let n = 0; n < 50; n++) await made({ title: `List ${n}` });
    expect((await app.ask("/api/v1/lists", form({ title: "One more" }))).status).toBe(422);
    const all = await get("/api/v1/lists");
    expect(all.map(({ title }) => title)).toEqual(Array.from({ length: 50 }, (_, n) => `List ${n}`));
    for (const id of idsIn(all)) await app.ask(`/api/v1/lists/${id}`, DELETE);
  });

  it("knows nothing of a list that is not there", async () => {
    for (const path of ["/api/v1/lists/5", "/api/v1/lists/5/accounts", "/api/v1/timelines/list/5"])
      expect([path, (await app.ask(path)).status]).toEqual([path, 404]);
    const people = form({ "account_ids[]": await numberOf(alice) });
    expect((await app.ask("/api/v1/lists/5/accounts", people)).status).toBe(404);
    expect((await app.ask("/api/v1/lists/5", { ...form({ title: "x" }), method: "PUT" })).status).toBe(404);
  });
});

describe("lists.add", () => {
  it.each<[string, (ids: string[]) => [string, RequestInit]]>([
    ["form", (ids) => ["", { body: new URLSearchParams(ids.map((id) => ["account_ids[]", id])) }]],
    ["json", (ids) => ["", asJson({ account_ids: ids })]],
    ["query", (ids) => [`?${ids.map((id) => `account_ids[]=${id}`).join("&")}`, {}]],
  ])("lists.add-%s: puts people in and takes them out, twice as once", async (_, sent) => {
    const ids = [await numberOf(alice), await numberOf(bob)];
    const list = await made();
    const path = `/api/v1/lists/${list}/accounts`;
    const [query, init] = sent(ids);
    for (let n = 0; n < 2; n++) {
      const reply = await app.ask(path + query, { ...init, method: "POST" });
      expect([reply.status, reply.body]).toEqual([200, {}]);
      expect(idsIn(await get(path)).toSorted()).toEqual(ids.toSorted());
    }
    expect(await get(`/api/v1/accounts/${ids[0]}/lists`)).toMatchObject([{ id: list }]);
    for (let n = 0; n < 2; n++) {
      expect((await app.ask(path + query, { ...init, method: "DELETE" })).body).toEqual({});
      const empty = await app.ask(path);
      expect([empty.body, empty.headers.get("link")]).toEqual([[], null]);
    }
    expect(await get(`/api/v1/accounts/${ids[0]}/lists`)).toEqual([]);
    await app.ask(`/api/v1/lists/${list}`, DELETE);
  });

  it("puts nobody in who is not followed, nor anybody with them, and knows who is nobody", async () => {
    const list = await made();
    const path = `/api/v1/lists/${list}/accounts`;
    const with_ = async (id: string) => asJson({ account_ids: [await numberOf(alice), id] });
    expect((await app.ask(path, await with_(await numberOf(carol)))).status).toBe(422);
    expect((await app.ask(path, await with_("12345"))).status).toBe(404);
    expect((await app.ask(path, await with_("x"))).status).toBe(404);
    expect(await get(path)).toEqual([]);
    expect((await app.ask(`/api/v1/accounts/12345/lists`)).status).toBe(404);
    await app.ask(`/api/v1/lists/${list}`, DELETE);
  });

  it("shows people a page at a time, and all of them for a limit of 0", async () => {
    const list = await listOf([alice, bob]);
    const path = `/api/v1/lists/${list}/accounts`;
    const all = await get(`${path}?limit=0`);
    expect(all).toHaveLength(2);
    const first = await app.ask(`${path}?limit=1`);
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get("link") ?? "")?.[1];
    const second = await app.ask(next!.replace("https://me.test", ""));
    expect([...many(first), ...many(second)]).toEqual(all);
    const beyond = /<([^>]+)>; rel="next"/.exec(second.headers.get("link") ?? "")?.[1];
    const third = await app.ask(beyond!.replace("https://me.test", ""));
    expect([third.body, third.headers.get("link")]).toEqual([[], null]);
    await app.ask(`/api/v1/lists/${list}`, DELETE);
  });

  it("who is followed no more leaves every list", async () => {
    const dave = await stead.peer("dave", "d.test");
    await follows(stead, dave);
    const list = await listOf([alice, dave], { exclusive: "true" });
    await unfollow(await stead.ctx(), Number(await numberOf(dave)));
    await stead.settle();
    expect(idsIn(await get(`/api/v1/lists/${list}/accounts`))).toEqual([await numberOf(alice)]);
    // Followed anew, they are at home again.
    await follows(stead, dave);
    const again = String(await says(stead, dave));
    expect(idsIn(await get("/api/v1/timelines/home"))).toContain(again);
    expect(idsIn(await get(`/api/v1/timelines/list/${list}`))).not.toContain(again);
    await app.ask(`/api/v1/lists/${list}`, DELETE);
  });

  it("who moves is found in the lists of the account they had, once they let the owner in", async () => {
    const [before, after] = [await stead.peer("erin", "e1.test"), await stead.peer("erin", "e2.test")];
    await follows(stead, before);
    const list = await listOf([before], { exclusive: "true" });
    after.document = { ...after.document, alsoKnownAs: [before.id] };
    before.document = { ...before.document, movedTo: after.id };
    after.publishDocument();
    before.publishDocument();
    await stead.deliver(before, before.activity("Move", { object: before.id, target: after.id }));
    await stead.settle();
    const ask = after.received("Follow").at(-1);
    await stead.deliver(after, after.activity("Accept", { object: ask }));
    await stead.settle();
    expect(await get(`/api/v1/lists/${list}/accounts`)).toMatchObject([{ acct: "erin@e2.test" }]);
    const post = String(await says(stead, after));
    expect(idsIn(await get(`/api/v1/timelines/list/${list}`))).toContain(post);
    expect(idsIn(await get("/api/v1/timelines/home"))).not.toContain(post);
    await app.ask(`/api/v1/lists/${list}`, DELETE);
  });
});

describe("lists.timeline", () => {
  it("holds nothing of whom the owner mutes, or whose boosts they do not want", async () => {
    const list = await listOf([alice, bob]);
    const shown = async () => {
      const entries = await get(`/api/v1/timelines/list/${list}`);
      return [entries.some(({ id }) => id === alices), entries.some(({ uri }) => uri === announce["id"])];
    };
    const alices = String(await says(stead, alice));
    const [row] = await rows<{ iri: string }>("SELECT iri FROM posts WHERE author = 0 OR id = ?", alices);
    const announce = await boosts(stead, bob, row!.iri);
    expect(await shown()).toEqual([true, true]);
    const run = (sql: string) => env.DB.prepare(sql).run();
    await run(`UPDATE following SET boosts = 0 WHERE peer = ${await numberOf(bob)}`);
    expect(await shown()).toEqual([true, false]);
    await run(`UPDATE following SET boosts = 1`);
    await run(`INSERT INTO mutes (peer, id, notifications) VALUES (${await numberOf(alice)}, 1, 0)`);
    expect(await shown()).toEqual([false, false]);
    await run("DELETE FROM mutes");
    expect(await shown()).toEqual([true, true]);
    await app.ask(`/api/v1/lists/${list}`, DELETE);
  });

  it("holds everybody else's as before while one of its people is muted, in a list of any size", async () => {
    const list = await listOf([alice, bob]);
    const mute = `INSERT INTO mutes (peer, id, notifications) VALUES (${await numberOf(alice)}, 1, 0)`;
    const run = (sql: string) => env.DB.prepare(sql).run();
    const [alices, bobs] = [String(await says(stead, alice)), String(await says(stead, bob))];
    const shown = async () => {
      const ids = idsIn(await get(`/api/v1/timelines/list/${list}?limit=40`));
      return [ids.includes(alices), ids.includes(bobs)];
    };
    const both = async () => {
      expect(await shown()).toEqual([true, true]);
      await run(mute);
      expect(await shown()).toEqual([false, true]);
      await run("DELETE FROM mutes");
    };
    await both();
    // Of many people nobody's posts are looked up: what everybody said is looked through.
    const many = "WITH RECURSIVE s(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM s WHERE n < 50)";
    await run(
      `${many} INSERT INTO following (peer, id, follow_iri, state) SELECT n, n, 'https://me.test/' || n, 'requested' FROM s`,
    );
    await run(`${many} INSERT INTO list_members (list, peer) SELECT ${list}, n FROM s`);
    await both();
    await run("DELETE FROM following WHERE peer <= 50");
    await app.ask(`/api/v1/lists/${list}`, DELETE);
  });

  it("leaves out whom the owner mutes; a thread that they open shows everybody, as with Mastodon", async () => {
    const bobs = await says(stead, bob);
    const [row] = await rows<{ iri: string }>("SELECT iri FROM posts WHERE id = ?", bobs);
    const answer = String(await says(stead, alice, { inReplyTo: row!.iri }));
    await env.DB.prepare("INSERT INTO mutes (peer, id, notifications) VALUES (?, 1, 0)")
      .bind(Number(await numberOf(alice)))
      .run();
    const { body } = await app.ask(`/api/v1/statuses/${bobs}/context`);
    expect(idsIn(body["descendants"] as Json[])).toEqual([answer]);
    await env.DB.prepare("DELETE FROM mutes").run();
  });

  it("holds what its people said and boosted and nothing else, a page at a time", async () => {
    const list = await listOf([alice]);
    const path = `/api/v1/timelines/list/${list}`;
    const first = String(await says(stead, alice));
    const bobs = await says(stead, bob);
    const [row] = await rows<{ iri: string }>("SELECT iri FROM posts WHERE id = ?", bobs);
    const announce = await boosts(stead, alice, row!.iri);
    const last = String(await says(stead, alice));
    const shown = await get(path);
    expect(shown.slice(0, 3)).toMatchObject([
      { id: last },
      { uri: announce["id"], account: { acct: "alice@a.test" }, reblog: { id: String(bobs) } },
      { id: first },
    ]);
    expect(idsIn(shown)).not.toContain(String(bobs));
    const pages: string[] = [];
    for (let at: string | undefined = `${path}?limit=1`; at !== undefined;) {
      const reply = await app.ask(at);
      pages.push(...idsIn(many(reply)));
      at = /<https:\/\/me\.test([^>]+)>; rel="next"/.exec(reply.headers.get("link") ?? "")?.[1];
    }
    expect(pages).toEqual(idsIn(shown));
    const newer = await get(`${path}?min_id=${first}&limit=1`);
    expect(idsIn(newer)).toEqual([idsIn(shown)[1]]);
    await app.ask(`/api/v1/lists/${list}`, DELETE);
  });

  it("lists.replies_policy: shows of what they answer to others as much as the list says", async () => {
    const bobs = await says(stead, bob);
    const [row] = await rows<{ iri: string }>("SELECT iri FROM posts WHERE id = ?", bobs);
    const toBob = String(await says(stead, alice, { inReplyTo: row!.iri }));
    const own = await says(stead, alice);
    const [mine] = await rows<{ iri: string }>("SELECT iri FROM posts WHERE id = ?", own);
    const toSelf = String(await says(stead, alice, { inReplyTo: mine!.iri }));
    const toOwner = String(
      await says(stead, alice, { inReplyTo: `https://me.test/posts/${await stead.publishes("Hi")}` }),
    );
    const toStranger = String(await says(stead, alice, { inReplyTo: carol.note()["id"] }));
    const always = [toSelf, toOwner];
    for (const [replies_policy, people, more] of [
      ["none", [alice], []],
      ["none", [alice, bob], []],
      ["list", [alice], []],
      ["list", [alice, bob], [toBob]],
      ["followed", [alice], [toBob]],
    ] as const) {
      const list = await listOf(people, { replies_policy });
      const shown = idsIn(await get(`/api/v1/timelines/list/${list}`));
      const answers = shown.filter((id) => [toBob, toSelf, toOwner, toStranger].includes(id));
      expect([replies_policy, people.length, answers.toSorted()]).toEqual([
        replies_policy,
        people.length,
        [...always, ...more].toSorted(),
      ]);
      await app.ask(`/api/v1/lists/${list}`, DELETE);
    }
  });

  it("lists.exclusive: its people leave the home page, and come back when it goes or lets them", async () => {
    const list = await listOf([alice]);
    const post = String(await says(stead, alice));
    const bobs = await says(stead, bob);
    const [row] = await rows<{ iri: string }>("SELECT iri FROM posts WHERE id = ?", bobs);
    const announce = await boosts(stead, alice, row!.iri);
    const atHome = async () => {
      const shown = await get("/api/v1/timelines/home");
      expect(idsIn(shown)).toContain(String(bobs));
      return [idsIn(shown).includes(post), shown.some(({ uri }) => uri === announce["id"])];
    };
    const put = (fields: Json) => app.ask(`/api/v1/lists/${list}`, asJson(fields, "PUT"));
    expect(await atHome()).toEqual([true, true]);
    await put({ exclusive: true });
    expect(await atHome()).toEqual([false, false]);
    expect(idsIn(await get(`/api/v1/timelines/list/${list}`))).toContain(post);
    await put({ exclusive: false });
    expect(await atHome()).toEqual([true, true]);
    await put({ exclusive: true });
    const other = await listOf([alice], { exclusive: "1" });
    await app.ask(`/api/v1/lists/${list}`, DELETE);
    expect(await atHome()).toEqual([false, false]);
    const alices = await numberOf(alice);
    await app.ask(`/api/v1/lists/${other}/accounts?account_ids[]=${alices}`, DELETE);
    expect(await atHome()).toEqual([true, true]);
    await app.ask(`/api/v1/lists/${other}`, DELETE);
  });
});
