/** L1 to L4 for apps: what a stranger is shown, on every path there is. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { forgetCounts } from "../../worker/mastodon/rate-limit.ts";
import { routes } from "../../worker/mastodon/routes.ts";
import { SCOPES } from "../../worker/model/scopes.ts";
import { bookmarkPost } from "../../worker/owner/bookmark.ts";
import { boostPost } from "../../worker/owner/boost.ts";
import { likePost } from "../../worker/owner/like.ts";
import { editPost } from "../../worker/owner/publish.ts";
import { issueAppToken } from "../../worker/owner/tokens.ts";
import { findApp } from "../../worker/store/oauth.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, ORIGIN, Stead } from "../fediverse/stead.ts";
import { App, ask, registered, type Json } from "./client.ts";
import { boosts, follows, says } from "./following.ts";
import { tokenFor } from "./tokens.ts";

/** Stands in everything that is not for everybody, and in what the owner only reads. */
const SECRET = "xyzzy";

let stead: Stead;
let app: App;
let alice: FakePeer;
const ids: Record<string, number> = {};
beforeAll(async () => {
  stead = await Stead.claimed();
  app = await App.letIn(stead);
  alice = await stead.peer("alice");
  await follows(stead, alice);
  const ctx = await stead.ctx();
  ids["public"] = await stead.publishes("Open");
  ids["quiet"] = await stead.publishes("Open, quietly #open", { visibility: "quiet" });
  ids["followers"] = await stead.publishes(`${SECRET} #open`, { visibility: "followers", summary: SECRET });
  ids["direct"] = await stead.publishes(`${SECRET} @alice@a.test`, { visibility: "direct" });
  ids["answer"] = await stead.publishes(SECRET, { visibility: "followers", replyTo: ids["public"] });
  const change = { text: `${SECRET} again`, summary: "", language: null };
  await editPost(ctx, ids["followers"], change);
  const answers = {
    inReplyTo: `${ORIGIN}/posts/${ids["public"]}`,
    content: `<p>${SECRET}</p>`,
    tag: [{ type: "Hashtag", name: "#open" }],
  };
  ids["theirs"] = await says(stead, alice, { content: `<p>${SECRET}</p>` });
  ids["theirs, private"] = await says(stead, alice, { ...answers, to: [`${alice.id}/followers`], cc: [] });
  ids["theirs, direct"] = await says(stead, alice, { ...answers, to: [ACTOR], cc: [] });
  ids["open answer"] = await says(stead, alice, { ...answers, content: "<p>An open answer</p>" });
  const far = await stead.peer("bob", "b.test");
  await boosts(stead, alice, String(far.note({ content: `<p>${SECRET}</p>` })["id"]));
  const shown = await says(stead, alice, { content: "<p>Worth showing</p>" });
  await boostPost(ctx, shown);
  for (const id of Object.values(ids)) {
    await likePost(ctx, id);
    await bookmarkPost(ctx, id);
  }
  for (const { id } of await rows<{ id: number }>(
    "SELECT id FROM reactions WHERE kind = 'boost' AND id IS NOT NULL",
  ))
    ids[`boost ${id}`] = id;
  await stead.settle();
}, 30_000);
beforeEach(() => forgetCounts());
afterAll(() => stead.settle());

/** Every GET there is, of every post, boost and person there is. */
async function paths(): Promise<string[]> {
  const people = (await rows<{ id: number }>("SELECT id FROM peers")).map(({ id }) => String(id));
  const { body: me } = await app.ask("/api/v1/accounts/verify_credentials");
  const numbers = [...Object.values(ids).map(String), ...people, String(me["id"])];
  const queries = [
    "",
    "?limit=40",
    "?pinned=true",
    "?tagged=open",
    "?remote=true",
    "?only_media=true",
    "?exclude_replies=1",
  ];
  return routes
    .filter(({ method }) => method === "GET")
    .flatMap(({ path }) => {
      const open = path.replace(/:hashtag/, "open");
      const named = /:id/.test(open) ? numbers.map((id) => open.replace(/:id\{[^}]*\}/, id)) : [open];
      const listed = /statuses$|timelines/.test(path) ? queries : [""];
      return named.flatMap((one) => listed.map((query) => one + query));
    })
    .concat(`/api/v1/statuses?${numbers.map((id) => `id[]=${id}`).join("&")}`);
}

describe("no byte of what is not for everybody", () => {
  it("is in any answer to somebody unknown, and none of what the owner reads, likes or bookmarked", async () => {
    let read = 0;
    for (const path of await paths()) {
      forgetCounts();
      const text = await (await stead.fetch(path)).text();
      expect([path, text.includes(SECRET)]).toEqual([path, false]);
      expect([path, /"(favourited|reblogged|bookmarked)":true/.test(text)]).toEqual([path, false]);
      read++;
    }
    expect(read).toBeGreaterThan(100);
  });

  it("is in any answer to an app's token for itself, or to one of the owner's for something else", async () => {
    const client = await registered(stead);
    const ctx = await stead.ctx();
    const issued = await issueAppToken(
      ctx,
      (await findApp(ctx.db, Number(client.id)))!,
      SCOPES.join(" "),
      "",
    );
    if (issued.kind !== "issued") throw new Error(issued.kind);
    const others = await tokenFor(stead, ["write", "push", "read:lists", "read:accounts"]);
    for (const token of [issued.token, others]) {
      for (const path of await paths()) {
        forgetCounts();
        const answer = await stead.fetch(path, { headers: { authorization: `Bearer ${token}` } });
        expect([path, (await answer.text()).includes(SECRET)]).toEqual([path, false]);
      }
    }
  });

  it("is missing where the owner asks: the same paths show it then", async () => {
    const found = new Set<string>();
    for (const path of await paths()) {
      forgetCounts();
      const answer = await stead.fetch(path, { headers: { authorization: `Bearer ${app.token}` } });
      if ((await answer.text()).includes(SECRET))
        found.add(path.replaceAll(/\d{5,}/g, "N").replace(/\?.*/, ""));
    }
    expect([...found].filter((path) => !path.includes("statuses/N"))).toEqual(
      expect.arrayContaining([
        "/api/v1/timelines/home",
        "/api/v1/bookmarks",
        "/api/v1/favourites",
        "/api/v1/accounts/N/statuses",
        "/api/v1/statuses",
      ]),
    );
    for (const end of ["", "/context", "/source", "/history"])
      expect(found).toContain(`/api/v1/statuses/N${end}`);
  });
});

describe("a stranger", () => {
  it.each([
    ["public", 200],
    ["quiet", 200],
    ["followers", 404],
    ["direct", 404],
    ["answer", 404],
    ["theirs", 404],
    ["theirs, private", 404],
    ["theirs, direct", 404],
  ])("L1: asks for a post (%s): %d, as if it were not there", async (name, status) => {
    for (const end of ["", "/context", "/history"]) {
      expect([end, (await ask(stead, `/api/v1/statuses/${ids[name]}${end}`)).status]).toEqual([end, status]);
    }
  });

  it("sees an open thread with the open answers in it, and what the owner boosted", async () => {
    const { body } = await ask(stead, `/api/v1/statuses/${ids["public"]}/context`);
    expect((body["descendants"] as Json[]).map(({ id }) => id)).toEqual([String(ids["open answer"])]);
    const { body: me } = await app.ask("/api/v1/accounts/verify_credentials");
    const { body: shown } = await ask(stead, `/api/v1/accounts/${String(me["id"])}/statuses`);
    const contents = (shown as unknown as Json[]).map((one) => ((one["reblog"] ?? one) as Json)["content"]);
    expect(contents[0]).toBe("<p>Worth showing</p>");
    expect(contents).toHaveLength(3);
  });
});
