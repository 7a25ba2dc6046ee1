import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { blockPeer, unfollow } from "../../worker/owner/follow.ts";
import { findPeer } from "../../worker/store/peers.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, ORIGIN, Stead } from "../fediverse/stead.ts";
import { App, ask, form, type Json, type Reply } from "./client.ts";
import { boosts, follows, says } from "./following.ts";

let stead: Stead;
let app: App;
let alice: FakePeer;
let bob: FakePeer;
let carol: FakePeer;
const list = (reply: Reply) => reply.body as unknown as Json[];
const idsIn = (statuses: readonly Json[]) => statuses.map(({ id }) => String(id));
const home = async (query = "") => list(await app.ask(`/api/v1/timelines/home${query}`));

beforeAll(async () => {
  stead = await Stead.claimed();
  app = await App.letIn(stead);
  alice = await stead.peer("alice");
  bob = await stead.peer("bob", "b.test");
  carol = await stead.peer("carol", "c.test");
  await follows(stead, alice, bob);
}, 30_000);
afterAll(() => stead.settle());

describe("home", () => {
  it("is empty at first, and an empty page has no Link, because readers would follow it for ever", async () => {
    const reply = await app.ask("/api/v1/timelines/home");
    expect([reply.body, reply.headers.get("link")]).toEqual([[], null]);
  });

  it("holds what the owner and those they follow said and boosted, and not what others said", async () => {
    const mine = await stead.publishes("Mine");
    const hers = await says(stead, alice);
    const mention = await says(stead, carol, { cc: [ACTOR] });
    const note = carol.note({ content: "<p>From far away</p>" });
    const announce = await boosts(stead, bob, String(note["id"]));
    const shown = await home();
    expect(shown).toMatchObject([
      {
        uri: announce["id"],
        account: { acct: "bob@b.test" },
        reblog: { uri: note["id"], account: { acct: "carol@c.test" } },
      },
      { id: String(hers) },
      { id: String(mine) },
    ]);
    expect(idsIn(shown)).not.toContain(String(mention));
    await stead.deliver(bob, bob.activity("Undo", { object: announce }));
    await stead.settle();
    expect(idsIn(await home())).toEqual([String(hers), String(mine)]);
  });

  it("boost.id≠original: a boost of the owner's own post is an entry too, and others' stay one row", async () => {
    const mine = await stead.publishes("Liked by many");
    const iri = `${ORIGIN}/posts/${mine}`;
    await boosts(stead, alice, iri);
    await boosts(stead, carol, iri);
    const [entry] = await home("?limit=1");
    expect(entry).toMatchObject({
      account: { acct: "alice@a.test" },
      reblog: { id: String(mine), reblogs_count: 2 },
    });
    const numbers = await rows<{ id: number | null }>(
      "SELECT id FROM reactions WHERE post = ? ORDER BY id",
      mine,
    );
    expect(numbers).toEqual([{ id: null }, { id: Number(entry!["id"]) }]);
  });

  it("leaves out what those it follows answer to strangers, but not what they answer to friends, themselves and the owner", async () => {
    const strangers = carol.note();
    const to = async (iri: unknown, fields = {}) =>
      String(await says(stead, alice, { inReplyTo: iri, ...fields }));
    const bobs = await says(stead, bob);
    const [{ iri: bobsIri }] = (await rows<{ iri: string }>("SELECT iri FROM posts WHERE id = ?", bobs)) as [
      { iri: string },
    ];
    const mine = await stead.publishes("Ask me");
    const toStranger = await to(strangers["id"]);
    const toFriend = await to(bobsIri);
    const toMe = await to(`${ORIGIN}/posts/${mine}`);
    const shown = idsIn(await home());
    expect(shown).toEqual(expect.arrayContaining([toFriend, toMe]));
    expect(shown).not.toContain(toStranger);
  });

  it("shows nobody who is blocked, not even boosted, and nobody who is followed no more", async () => {
    const troll = await stead.peer("troll", "troll.test");
    const dora = await stead.peer("dora", "d.test");
    await follows(stead, dora);
    const said = String(await says(stead, dora));
    const note = troll.note();
    await boosts(stead, dora, String(note["id"]));
    const ctx = await stead.ctx();
    const before = idsIn(await home());
    expect(before).toContain(said);
    await blockPeer(ctx, (await findPeer(ctx.db, troll.id))!.id);
    expect(idsIn(await home())).toEqual(before.slice(1));
    await unfollow(ctx, (await findPeer(ctx.db, dora.id))!.id);
    expect(idsIn(await home())).not.toContain(said);
    await stead.settle();
  });

  it("home.paginate: every way through it meets each entry once, in one order", async () => {
    for (let n = 0; n < 6; n++) {
      const id = await says(stead, alice, { content: `<p>${n}</p>` });
      if (n % 2 === 0) {
        await app.ask(`/api/v1/statuses/${id}/reblog`, form({}));
        await stead.settle();
      }
    }
    const all = idsIn(await home("?limit=40"));
    // home.order: as numbers, as text and by time it is one order.
    expect(all).toEqual(all.toSorted((a, b) => Number(b) - Number(a)));
    expect(all).toEqual(all.toSorted().toReversed());
    const times = (await home("?limit=40")).map((status) => String(status["created_at"]));
    expect(times).toEqual(times.toSorted().toReversed());
    expect(new Set(all).size).toBe(all.length);
    expect(all.length).toBeGreaterThan(10);

    const walked: string[] = [];
    let path: string | undefined = "/api/v1/timelines/home?limit=3";
    for (let pages = 0; path !== undefined; pages++) {
      expect(pages).toBeLessThan(20);
      const reply: Reply = await app.ask(path);
      walked.push(...idsIn(list(reply)));
      path = /<(https:\/\/me\.test\/[^>]+)>; rel="next"/.exec(reply.headers.get("link") ?? "")?.[1];
    }
    expect(walked).toEqual(all);

    const up: string[] = [];
    for (let newest = "0"; ; newest = up[0]!) {
      const page = idsIn(await home(`?min_id=${newest}&limit=4`));
      if (page.length === 0) break;
      up.unshift(...page);
    }
    expect(up).toEqual(all);
    expect(idsIn(await home(`?since_id=${all[5]}&limit=2`))).toEqual(all.slice(0, 2));
    expect(idsIn(await home(`?min_id=${all[5]}&limit=2`))).toEqual(all.slice(3, 5));
    expect(idsIn(await home(`?max_id=${all[1]}&since_id=${all[4]}`))).toEqual(all.slice(2, 4));
  });

  it.each([
    ["limit=0", 1],
    ["limit=-5", 1],
    ["limit=1000", 40],
    ["limit=x", 20],
    ["max_id=x", 20],
    ["max_id=99999999999999999999", 20],
    ["min_id=-1", 20],
  ])("home.limit-bounds: %s is no more than %d, and no fault", async (query, most) => {
    const shown = await home(`?${query}`);
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.length).toBeLessThanOrEqual(most);
  });
});

describe("what is attached", () => {
  it("is shown from where it lies, as its kind, and in the lists of media alone", async () => {
    const attachment = [
      { type: "Document", mediaType: "image/png", url: "https://a.test/1.png", name: "A cat" },
      { type: "Document", mediaType: "video/mp4", url: "https://a.test/2.mp4" },
      { type: "Link", href: "https://a.test/page" },
    ];
    const id = await says(stead, alice, {
      attachment,
      tag: [{ type: "Hashtag", name: "#Cats", href: "https://a.test/tags/cats" }],
    });
    const { body } = await app.ask(`/api/v1/statuses/${id}`);
    expect(body["media_attachments"]).toMatchObject([
      {
        id: `${id}00`,
        type: "image",
        url: expect.stringMatching(/^https:\/\/me\.test\/media\/remote\//) as string,
        remote_url: "https://a.test/1.png",
        description: "A cat",
      },
      { id: `${id}01`, type: "video", preview_url: null, description: null },
      { type: "unknown", url: "https://a.test/page" },
    ]);
    const account = `/api/v1/accounts/${String((body["account"] as Json)["id"])}/statuses`;
    for (const path of [
      `${account}?only_media=true`,
      `${account}?tagged=cats`,
      "/api/v1/timelines/public?remote=true&only_media=1",
      "/api/v1/timelines/tag/CATS",
    ]) {
      expect([path, idsIn(list(await app.ask(path)))]).toEqual([path, [String(id)]]);
    }
  });

  it("a title is shown, because pages and articles have little else", async () => {
    const id = await says(stead, alice, {
      type: "Page",
      name: "This & that",
      content: "",
      url: "https://a.test/page",
    });
    const { body } = await app.ask(`/api/v1/statuses/${id}`);
    expect(body["content"]).toBe(
      '<p><a href="https://a.test/page" rel="nofollow noopener" target="_blank"><strong>This &amp; that</strong></a></p>',
    );
  });
});

describe("the public timeline and the pages of people", () => {
  it("local is the owner's, remote is what is held of others, and answers are in neither", async () => {
    const mine = String(await stead.publishes("To all"));
    const quiet = String(await stead.publishes("Quietly", { visibility: "quiet" }));
    const hers = String(await says(stead, alice));
    const answer = String(await stead.publishes("An answer", { replyTo: Number(hers) }));
    const shown = async (query: string) =>
      idsIn(list(await app.ask(`/api/v1/timelines/public?limit=40&${query}`)));
    expect(await shown("local=true")).toContain(mine);
    expect(await shown("local=true")).not.toContain(hers);
    expect(await shown("remote=true")).toContain(hers);
    expect(await shown("remote=true")).not.toContain(mine);
    expect(await shown("")).toEqual(expect.arrayContaining([mine, hers]));
    for (const query of ["", "local=true"])
      for (const id of [quiet, answer]) expect(await shown(query)).not.toContain(id);
    const anonymous = list(await ask(stead, "/api/v1/timelines/public?limit=40"));
    expect(idsIn(anonymous)).toEqual(await shown("local=true"));
    expect(list(await ask(stead, "/api/v1/timelines/public?remote=true"))).toEqual([]);
  });

  it("an account has what it said and boosted, with and without answers and boosts", async () => {
    const { body: me } = await app.ask("/api/v1/accounts/verify_credentials");
    const shown = async (query: string) =>
      list(await app.ask(`/api/v1/accounts/${String(me["id"])}/statuses?limit=40&${query}`));
    const all = await shown("");
    expect(all.some(({ reblog }) => reblog !== null)).toBe(true);
    expect((await shown("exclude_reblogs=true")).every(({ reblog }) => reblog === null)).toBe(true);
    const answers = (statuses: Json[]) =>
      statuses.filter(({ reblog, in_reply_to_id }) => reblog === null && in_reply_to_id !== null);
    expect(answers(all)).not.toEqual([]);
    expect(answers(await shown("exclude_replies=1"))).toEqual([]);
    const bobs = (await findPeer((await stead.ctx()).db, bob.id))!.id;
    expect(list(await app.ask(`/api/v1/accounts/${bobs}/statuses?pinned=true`))).toEqual([]);
    expect((await app.ask(`/api/v1/accounts/${bobs}`)).body).toMatchObject({
      acct: "bob@b.test",
      url: bob.id,
      avatar: `${ORIGIN}/avatar.png`,
    });
    expect((await ask(stead, `/api/v1/accounts/${bobs}`)).status).toBe(404);
    expect((await ask(stead, `/api/v1/accounts/${bobs}/statuses`)).status).toBe(404);
  });

  it("several posts are asked for at once, in the order of their ids, and those that are not there are left out", async () => {
    const ids = [await says(stead, alice), await stead.publishes("Mine")];
    const reply = await app.ask(
      `/api/v1/statuses?id[]=${ids[1]}&id[]=${ids[0]}&id[]=7&id[]=x&id[]=${ids[1]}`,
    );
    expect(idsIn(list(reply))).toEqual([String(ids[1]), String(ids[0])]);
  });

  it("there are no lists, so none has a timeline", async () => {
    expect((await app.ask("/api/v1/timelines/list/1")).status).toBe(404);
  });
});
