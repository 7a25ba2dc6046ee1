import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { loadNotification } from "../../worker/mastodon/notifications/load.ts";
import { noticeId, type NoticeSource } from "../../worker/model/notification.ts";
import type { UnixMs } from "../../worker/kernel/brand.ts";
import { blockPeer } from "../../worker/owner/follow.ts";
import { wishOf } from "../../worker/store/following.ts";
import { findPeer } from "../../worker/store/peers.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, env, ORIGIN, Stead } from "../fediverse/stead.ts";
import { App, form, type Json, type Reply } from "./client.ts";
import { follows, says } from "./following.ts";
import { tokenFor } from "./tokens.ts";

let stead: Stead;
let app: App;
let alice: FakePeer;
let bob: FakePeer;
let mine: number;
let iri: string;
beforeAll(async () => {
  stead = await Stead.claimed();
  app = new App(stead, { id: "", secret: "" }, await tokenFor(stead, ["read", "write"]));
  alice = await stead.peer("alice");
  bob = await stead.peer("bob", "b.test");
  mine = await stead.publishes("What others do with this");
  iri = `${ORIGIN}/posts/${mine}`;
}, 30_000);
afterAll(() => stead.settle());

const V1 = "/api/v1/notifications";
const V2 = "/api/v2/notifications";
const list = (reply: Reply) => reply.body as unknown as Json[];
const v1 = async (query = "") => list(await app.ask(`${V1}${query}`));
const groups = async (query = "") => (await app.ask(`${V2}${query}`)).body["notification_groups"] as Json[];
const idsIn = (notifications: readonly Json[]) => notifications.map(({ id }) => String(id));
const typesIn = (notifications: readonly Json[]) => notifications.map(({ type }) => type);
const peerOf = async (peer: FakePeer) => (await findPeer((await stead.ctx()).db, peer.id))!;

async function does(peer: FakePeer, type: string, fields: Json): Promise<Json> {
  const activity = peer.activity(type, fields);
  expect((await stead.deliver(peer, activity)).status).toBe(202);
  await stead.settle();
  return activity;
}

describe("notifications", () => {
  it("are none at first, and have no Link, because readers would follow it for ever", async () => {
    const reply = await app.ask(V1);
    expect([reply.body, reply.headers.get("link")]).toEqual([[], null]);
    const grouped = await app.ask(V2);
    expect([grouped.body, grouped.headers.get("link")]).toEqual([
      { accounts: [], statuses: [], notification_groups: [] },
      null,
    ]);
    expect((await app.ask(`${V1}/unread_count`)).body).toEqual({ count: 0 });
    expect((await app.ask(`${V2}/unread_count`)).body).toEqual({ count: 0 });
  });

  it("tell of a follow, a favourite, a boost, a mention and a post of somebody the owner wants to hear of, newest first", async () => {
    await stead.followedBy(alice);
    await does(alice, "Like", { object: iri });
    await does(bob, "Announce", { object: iri });
    const mention = await says(stead, alice, { inReplyTo: iri, content: "<p>An answer</p>", cc: [ACTOR] });
    await follows(stead, bob);
    const ctx = await stead.ctx();
    await says(stead, bob, { content: "<p>Not asked for</p>" });
    expect(typesIn(await v1())).toEqual(["mention", "reblog", "favourite", "follow"]);
    await wishOf(ctx.db, (await peerOf(bob)).id, { notify: true }, ctx.clock());
    const post = await says(stead, bob, { content: "<p>Asked for</p>" });
    // Said once more, it is since the first time.
    await wishOf(ctx.db, (await peerOf(bob)).id, { notify: true }, (ctx.clock() + 60_000) as UnixMs);
    const shown = await v1("?limit=4");
    expect(shown).toMatchObject([
      { type: "status", account: { acct: "bob@b.test" }, status: { id: String(post) } },
      { type: "mention", account: { acct: "alice@a.test" }, status: { id: String(mention) } },
      {
        type: "reblog",
        account: { acct: "bob@b.test" },
        status: { id: String(mine), account: { acct: "me" }, reblogs_count: 1 },
      },
      { type: "favourite", account: { acct: "alice@a.test" }, status: { id: String(mine) } },
    ]);
    const ids = idsIn(await v1());
    expect(ids).toEqual(ids.toSorted((a, b) => Number(b) - Number(a)));
    expect(new Set(ids).size).toBe(ids.length);
    for (const id of ids) expect((await app.ask(`${V1}/${id}`)).body).toMatchObject({ id });
    expect((await app.ask(`${V1}/1795000000000000`)).status).toBe(404);
  });

  it("show what is known of it and no more where a server says an emoji: apps crash on types they do not know", async () => {
    await does(bob, "EmojiReact", { object: iri, content: "🎉" });
    expect(await v1("?limit=1&types[]=favourite")).toMatchObject([
      { type: "favourite", account: { acct: "bob@b.test" } },
    ]);
    expect(await v1("?types[]=emoji_reaction&types[]=pleroma:emoji_reaction")).toEqual([]);
  });

  it("have the number that the event already tells, so that it can be pushed without looking for it", async () => {
    const ctx = await stead.ctx();
    const [reaction] = await rows<{ peer: number; at: UnixMs }>(
      "SELECT peer, at FROM reactions WHERE kind = 'boost'",
    );
    const [follower] = await rows<{ id: number }>("SELECT id FROM followers");
    const [mention] = await rows<{ id: number }>("SELECT id FROM posts WHERE mentions_owner = 1");
    const sources: [NoticeSource, string][] = [
      [{ kind: "boost", post: mine, ...reaction! }, "reblog"],
      [{ kind: "follow", follower: follower!.id }, "follow"],
      [{ kind: "mention", post: mention!.id }, "mention"],
    ];
    for (const [source, type] of sources) {
      const id = noticeId(source);
      expect(await loadNotification(ctx, id)).toMatchObject({ id: String(id), type });
    }
    expect(await loadNotification(ctx, 1)).toBeNull();
  });

  it("notif.unknown types ignored: neither a type nobody knows nor none at all is an error", async () => {
    const all = idsIn(await v1());
    expect(idsIn(await v1("?exclude_types[]=reaction&exclude_types[]=x"))).toEqual(all);
    expect(await v1("?types[]=reaction")).toEqual([]);
    expect(typesIn(await v1("?types[]=reaction&types[]=mention"))).toEqual(["mention"]);
    expect(typesIn(await v1("?types[]=follow&types[]=favourite"))).toEqual([
      "favourite",
      "favourite",
      "follow",
    ]);
    expect(
      typesIn(await v1("?exclude_types[]=favourite&exclude_types[]=status&exclude_types[]=reblog")),
    ).toEqual(["mention", "follow"]);
    expect(typesIn(await v1("?types[]=severed_relationships&types[]=poll"))).toEqual([]);
  });

  it("are of one account where an app asks for it", async () => {
    const { id } = await peerOf(alice);
    expect(typesIn(await v1(`?account_id=${id}`))).toEqual(["mention", "favourite", "follow"]);
    expect(await v1("?account_id=12345")).toEqual([]);
    expect(await v1("?account_id=nobody")).toEqual([]);
  });

  it("page by max_id, since_id and min_id, each once and in one order", async () => {
    const all = idsIn(await v1("?limit=80"));
    const pages: string[] = [];
    for (let path: string | null = `${V1}?limit=2`; path !== null;) {
      const reply = await app.ask(path);
      pages.push(...idsIn(list(reply)));
      const next = /<([^>]+)>; rel="next"/.exec(reply.headers.get("link") ?? "")?.[1];
      path = next ? next.slice(ORIGIN.length) : null;
    }
    expect(pages).toEqual(all);
    expect(idsIn(await v1(`?since_id=${all[2]}`))).toEqual(all.slice(0, 2));
    expect(idsIn(await v1(`?min_id=${all[4]}&limit=2`))).toEqual(all.slice(2, 4));
    expect(idsIn(await v1(`?max_id=${all[1]}&min_id=${all[5]}`))).toEqual(all.slice(2, 5));
  });

  it("are grouped by post and part of a day, and a group's people are told", async () => {
    const { body } = await app.ask(`${V2}?types[]=favourite&types[]=reblog&types[]=mention`);
    expect(body).toMatchObject({
      notification_groups: [
        { type: "favourite", notifications_count: 2, status_id: String(mine) },
        { type: "mention", notifications_count: 1 },
        { type: "reblog", notifications_count: 1, status_id: String(mine) },
      ],
    });
    const [favourites, mention] = body["notification_groups"] as Json[];
    const people = [String((await peerOf(bob)).id), String((await peerOf(alice)).id)];
    expect(favourites!["sample_account_ids"]).toEqual(people);
    const key = String(favourites!["group_key"]);
    expect((await app.ask(`${V2}/${key}`)).body["notification_groups"]).toEqual([favourites]);
    expect(idsIn(list(await app.ask(`${V2}/${key}/accounts`)))).toEqual(people);
    const alone = String(mention!["group_key"]);
    expect(alone).toBe(`ungrouped-${String(mention!["most_recent_notification_id"])}`);
    expect((await app.ask(`${V2}/${alone}`)).body["notification_groups"]).toEqual([mention]);
    expect(idsIn(list(await app.ask(`${V2}/${alone}/accounts`)))).toEqual([people[1]]);
    for (const none of [
      "favourite-1-1",
      "ungrouped-1",
      "follow-1",
      "arrivals-1",
      "x",
      "favourite-x-1",
      "favourite-1",
    ]) {
      expect([none, (await app.ask(`${V2}/${none}`)).status]).toEqual([none, 404]);
      expect([none, (await app.ask(`${V2}/${none}/accounts`)).status]).toEqual([none, 404]);
    }
    expect(await groups("?types[]=favourite&grouped_types[]=reblog")).toHaveLength(2);
    const partly = await app.ask(`${V2}?types[]=favourite&expand_accounts=partial_avatars`);
    expect([partly.body["accounts"], partly.body["partial_accounts"]]).toMatchObject([
      [{ id: people[0] }],
      [{ id: people[1], acct: "alice@a.test" }],
    ]);
  });

  it("notif.markers: unread is what is newer than the marker, in both versions, from the same rows", async () => {
    const all = idsIn(await v1());
    expect((await app.ask(`${V1}/unread_count`)).body).toEqual({ count: all.length });
    expect((await app.ask(`${V1}/unread_count?limit=2`)).body).toEqual({ count: 2 });
    await app.ask("/api/v1/markers", form({ "notifications[last_read_id]": all[1]! }));
    expect((await app.ask(`${V1}/unread_count`)).body).toEqual({ count: 1 });
    expect((await app.ask(`${V2}/unread_count`)).body).toEqual({ count: 1 });
    const [newest] = await groups("?limit=1");
    expect(String(newest!["most_recent_notification_id"])).toBe(all[0]);
    await app.ask("/api/v1/markers", form({ "notifications[last_read_id]": all[0]! }));
    expect((await app.ask(`${V1}/unread_count`)).body).toEqual({ count: 0 });
    expect((await app.ask(`${V2}/unread_count`)).body).toEqual({ count: 0 });
  });

  it("tell of a report only an app that asks for reports", async () => {
    await does(bob, "Flag", { object: [ACTOR, iri], content: "Rude" });
    expect(typesIn(await v1())).not.toContain("admin.report");
    expect(await v1("?types[]=admin.report")).toMatchObject([
      {
        account: { acct: "bob@b.test" },
        report: { comment: "Rude", status_ids: [String(mine)], target_account: { acct: "me" } },
      },
    ]);
    expect(await groups("?types[]=admin.report")).toMatchObject([{ report: { comment: "Rude" } }]);
  });

  it("go when the like is taken back, and when who did it is muted with them, and come back with them", async () => {
    const like = await does(alice, "Like", { object: `${ORIGIN}/posts/${await stead.publishes("Another")}` });
    const before = idsIn(await v1());
    await does(alice, "Undo", { object: like });
    expect(idsIn(await v1())).toEqual(before.slice(1));
    const { id } = await peerOf(alice);
    const mute = (notifications: number, expires: number | null) =>
      env.DB.prepare("INSERT OR REPLACE INTO mutes (peer, id, notifications, expires_at) VALUES (?, 1, ?, ?)")
        .bind(id, notifications, expires)
        .run();
    await mute(0, null);
    expect(idsIn(await v1())).toEqual(before.slice(1));
    await mute(1, null);
    expect((await v1()).map(({ account }) => (account as Json)["acct"])).not.toContain("alice@a.test");
    expect((await groups()).flatMap(({ sample_account_ids }) => sample_account_ids)).not.toContain(
      String(id),
    );
    await mute(1, Date.now() - 1);
    expect(idsIn(await v1())).toEqual(before.slice(1));
    await env.DB.prepare("DELETE FROM mutes").run();
  });

  it("are none of a muted thread, nor of who is blocked", async () => {
    const before = await v1();
    await env.DB.prepare("INSERT INTO muted_threads VALUES (?, 1)").bind(mine).run();
    expect(typesIn(await v1())).toEqual(["status", "follow"]);
    await env.DB.prepare("DELETE FROM muted_threads").run();
    expect(await v1()).toEqual(before);
    const ctx = await stead.ctx();
    const troll = await stead.peer("troll", "troll.test");
    await does(troll, "Like", { object: iri });
    await says(stead, troll, { inReplyTo: iri, cc: [ACTOR] });
    expect(await v1()).toHaveLength(before.length + 2);
    await blockPeer(ctx, (await peerOf(troll)).id);
    await stead.settle();
    expect(idsIn(await v1())).toEqual(idsIn(before));
  });

  it("notif.dismiss: one goes in both versions, by path or by body, and a group until there is news", async () => {
    const [newest, second] = idsIn(await v1());
    expect((await app.ask(`${V1}/${newest}/dismiss`, { method: "POST" })).status).toBe(200);
    expect((await app.ask(`${V1}/dismiss`, form({ id: second! }))).status).toBe(200);
    expect(idsIn(await v1()).slice(0, 2)).not.toContain(newest);
    expect(idsIn(await v1())).not.toContain(second);
    expect((await app.ask(`${V1}/${newest}`)).status).toBe(404);
    expect((await app.ask(`${V1}/${newest}/dismiss`, { method: "POST" })).status).toBe(404);
    expect((await app.ask(`${V1}/dismiss`, form({ id: "1" }))).status).toBe(404);
    const [group] = await groups("?types[]=favourite");
    const key = String(group!["group_key"]);
    expect((await app.ask(`${V2}/${key}/dismiss`, { method: "POST" })).status).toBe(200);
    expect(await v1("?types[]=favourite")).toEqual([]);
    expect(await groups("?types[]=favourite")).toEqual([]);
    expect((await app.ask(`${V2}/${key}/dismiss`, { method: "POST" })).status).toBe(404);
    await does(await stead.peer("carol", "c.test"), "Like", { object: iri });
    expect(await groups("?types[]=favourite")).toMatchObject([{ group_key: key, notifications_count: 1 }]);
  });

  it("notif.clear: all are gone in both versions, and what comes later is there", async () => {
    expect((await app.ask(`${V1}/clear`, { method: "POST" })).body).toEqual({});
    expect([await v1(), await groups()]).toEqual([[], []]);
    expect(await rows("SELECT * FROM dismissed_notifications")).toEqual([]);
    await does(alice, "Announce", { object: iri });
    expect(typesIn(await v1())).toEqual(["reblog"]);
  });

  it("tell of who asks to follow, until the owner answers", async () => {
    await app.ask("/api/v1/accounts/update_credentials", { ...form({ locked: "true" }), method: "PATCH" });
    await does(bob, "Follow", { object: ACTOR });
    const [request] = await v1("?limit=1");
    expect(request).toMatchObject({ type: "follow_request", account: { acct: "bob@b.test" } });
    const [row] = await rows<{ peer: number; at: UnixMs }>(
      "SELECT peer, received_at AS at FROM follow_requests",
    );
    expect(request!["id"]).toBe(String(noticeId({ kind: "request", ...row! })));
    await env.DB.prepare("DELETE FROM follow_requests").run();
    expect(typesIn(await v1())).not.toContain("follow_request");
  });
});
