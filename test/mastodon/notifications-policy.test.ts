import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { FOLLOWER_AFTER, NEW_FOR } from "../../worker/model/notification-policy.ts";
import { findPeer } from "../../worker/store/peers.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { ACTOR, env, ORIGIN, Stead } from "../fediverse/stead.ts";
import { App, asJson, form, type Json, type Reply } from "./client.ts";
import { follows, says } from "./following.ts";
import { tokenFor } from "./tokens.ts";

const V1 = "/api/v1/notifications";
const V2 = "/api/v2/notifications";
const ACCEPT_ALL = {
  for_not_following: "accept",
  for_not_followers: "accept",
  for_new_accounts: "accept",
  for_private_mentions: "accept",
  for_limited_accounts: "accept",
};

let stead: Stead;
let app: App;
let friend: FakePeer;
let fan: FakePeer;
let stranger: FakePeer;
let mine: number;
const list = (reply: Reply) => reply.body as unknown as Json[];
const v1 = async (query = "") => list(await app.ask(`${V1}${query}`));
const requests = async (query = "") => list(await app.ask(`${V1}/requests${query}`));
const from = (notifications: readonly Json[]) =>
  [...new Set(notifications.map(({ account }) => String((account as Json)["username"])))].toSorted();
const numberOf = async (peer: FakePeer) => (await findPeer((await stead.ctx()).db, peer.id))!.id;
const patch = (fields: Json) => app.ask(`${V2}/policy`, asJson(fields, "PATCH"));
const post = (path: string, fields: Record<string, string> = {}) => app.ask(`${V1}/${path}`, form(fields));

beforeAll(async () => {
  stead = await Stead.claimed();
  app = new App(stead, { id: "", secret: "" }, await tokenFor(stead, ["read", "write"]));
  [friend, fan, stranger] = [
    await stead.peer("friend", "friend.test"),
    await stead.peer("fan", "fan.test"),
    await stead.peer("stranger", "stranger.test"),
  ];
  mine = await stead.publishes("Talk to me");
  await follows(stead, friend);
  await stead.followedBy(fan);
  await env.DB.prepare("UPDATE followers SET since = since - ?")
    .bind(FOLLOWER_AFTER + 1_000)
    .run();
  for (const peer of [friend, fan, stranger]) {
    await stead.deliver(peer, peer.activity("Like", { object: `${ORIGIN}/posts/${mine}` }));
    await says(stead, peer, { inReplyTo: `${ORIGIN}/posts/${mine}`, cc: [ACTOR] });
  }
}, 30_000);
beforeEach(async () => {
  await patch(ACCEPT_ALL);
});
afterEach(async () => {
  await env.DB.prepare("DELETE FROM notification_decisions").run();
});
afterAll(() => stead.settle());

describe("notif.policy", () => {
  it("takes everybody until the owner says otherwise, and is told in both versions", async () => {
    const summary = { pending_requests_count: 0, pending_notifications_count: 0 };
    expect((await app.ask(`${V2}/policy`)).body).toEqual({ ...ACCEPT_ALL, summary });
    expect(from(await v1())).toEqual(["fan", "friend", "stranger"]);
    expect((await patch({ for_not_following: "filter" })).body).toEqual({
      ...ACCEPT_ALL,
      for_not_following: "filter",
      summary: { pending_requests_count: 2, pending_notifications_count: 5 },
    });
    expect((await app.ask(`${V1}/policy`)).body).toMatchObject({
      filter_not_following: true,
      filter_not_followers: false,
    });
    await app.ask(
      `${V1}/policy`,
      asJson({ filter_not_following: false, filter_new_accounts: true }, "PATCH"),
    );
    expect((await app.ask(`${V2}/policy`)).body).toMatchObject({
      for_not_following: "accept",
      for_new_accounts: "filter",
    });
    await patch({ for_new_accounts: "drop" });
    await app.ask(`${V1}/policy`, asJson({ filter_new_accounts: true }, "PUT"));
    expect((await app.ask(`${V2}/policy`)).body).toMatchObject({ for_new_accounts: "drop" });
  });

  it("a word that is none changes nothing", async () => {
    const { status } = await patch({ for_not_followers: "drop", for_not_following: "reject" });
    expect(status).toBe(422);
    expect((await app.ask(`${V2}/policy`)).body).toMatchObject(ACCEPT_ALL);
  });

  it.each([
    ["for_not_following", ["friend"]],
    ["for_not_followers", ["fan"]],
    ["for_limited_accounts", ["fan", "friend", "stranger"]],
  ])("%s holds back the others, shows them to who asks, and drops them altogether", async (name, kept) => {
    await patch({ [name]: "filter" });
    expect(from(await v1())).toEqual(kept);
    const all = await v1("?include_filtered=true");
    expect(from(all)).toEqual(["fan", "friend", "stranger"]);
    for (const { filtered, account } of all) {
      const { username } = account as Json;
      expect([username, filtered === true]).toEqual([username, !kept.includes(String(username))]);
    }
    await patch({ [name]: "drop" });
    expect(from(await v1("?include_filtered=true"))).toEqual(kept);
    expect(await requests()).toEqual([]);
  });

  it("who follows for less than three days is no follower yet", async () => {
    const follower = await numberOf(fan);
    await env.DB.prepare("UPDATE followers SET since = ? WHERE peer = ?").bind(Date.now(), follower).run();
    await patch({ for_not_followers: "filter" });
    expect(from(await v1())).toEqual([]);
    await env.DB.prepare("UPDATE followers SET since = ? WHERE peer = ?")
      .bind(Date.now() - FOLLOWER_AFTER - 1_000, follower)
      .run();
    expect(from(await v1())).toEqual(["fan"]);
  });

  it("an account is new by what its document says, and nobody is new whose server does not say", async () => {
    const made = async (at: number | null) =>
      env.DB.prepare("UPDATE peers SET about = ? WHERE id = ?")
        .bind(
          at === null
            ? null
            : JSON.stringify({
                kind: "person",
                locked: false,
                header: null,
                fields: [],
                discoverable: null,
                published: at,
                collections: { followers: null, following: null, posts: null },
              }),
          await numberOf(stranger),
        )
        .run();
    await patch({ for_new_accounts: "filter" });
    await made(null);
    expect(from(await v1())).toEqual(["fan", "friend", "stranger"]);
    await made(Date.now() - NEW_FOR + 60_000);
    expect(from(await v1())).toEqual(["fan", "friend"]);
    await made(Date.now() - NEW_FOR - 60_000);
    expect(from(await v1())).toEqual(["fan", "friend", "stranger"]);
    await made(null);
  });

  it("a private mention is held back of who is not followed, unless it answers the owner", async () => {
    const direct = { to: [ACTOR], cc: [] };
    const asked = await stead.publishes("@stranger@stranger.test What?", { visibility: "direct" });
    const answer = String(await says(stead, stranger, { ...direct, inReplyTo: `${ORIGIN}/posts/${asked}` }));
    const spam = String(await says(stead, stranger, direct));
    const told = String(await says(stead, friend, direct));
    await patch({ for_private_mentions: "filter" });
    const mentioned = async (query: string) =>
      (await v1(`?types[]=mention${query}`)).map(({ status }) => String((status as Json)["id"]));
    expect(await mentioned("")).toEqual(expect.arrayContaining([answer, told]));
    expect(await mentioned("")).not.toContain(spam);
    expect(await mentioned("&include_filtered=true")).toContain(spam);
    expect(await requests()).toMatchObject([{ notifications_count: "1", last_status: { id: spam } }]);
  });

  it("the hardest counts of what holds for one person, and a group tells of nobody who is held back", async () => {
    await patch({ for_not_following: "filter", for_not_followers: "drop" });
    expect(from(await v1("?include_filtered=true"))).toEqual(["fan"]);
    const { body } = await app.ask(`${V2}?types[]=favourite&include_filtered=true`);
    expect(body["notification_groups"]).toMatchObject([
      { notifications_count: 1, sample_account_ids: [String(await numberOf(fan))] },
    ]);
  });
});

describe("notif.requests", () => {
  beforeEach(async () => {
    await patch({ for_not_following: "filter" });
  });

  it("are one a person, with the last thing they said, and page by their Link", async () => {
    const all = await requests();
    expect(from(all)).toEqual(["fan", "stranger"]);
    expect(all[0]!["id"]).toBe((all[0]!["account"] as Json)["id"]);
    const first = await app.ask(`${V1}/requests?limit=1`);
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get("link") ?? "")![1]!;
    expect([...list(first), ...list(await app.ask(next.slice(ORIGIN.length)))]).toEqual(all);
    expect((await app.ask(`${V1}/requests/${String(all[0]!["id"])}`)).body).toEqual(all[0]);
    expect((await app.ask(`${V1}/requests/${await numberOf(friend)}`)).status).toBe(404);
    expect((await app.ask(`${V1}/requests/merged`)).body).toEqual({ merged: true });
  });

  it("accepted, they are shown at once with all that was held back, and stay so", async () => {
    const id = await numberOf(stranger);
    expect((await post(`requests/${id}/accept`)).body).toEqual({});
    expect(from(await v1())).toEqual(["friend", "stranger"]);
    expect(from(await requests())).toEqual(["fan"]);
    expect((await post(`requests/${id}/accept`)).status).toBe(404);
    await says(stead, stranger, { cc: [ACTOR] });
    expect((await v1("?limit=1"))[0]).toMatchObject({ account: { username: "stranger" } });
  });

  it("put aside, they are asked about again when there is something new, and held back until then", async () => {
    const id = await numberOf(stranger);
    await post(`requests/${id}/dismiss`);
    expect([from(await v1()), from(await requests())]).toEqual([["friend"], ["fan"]]);
    await says(stead, stranger, { cc: [ACTOR] });
    expect([from(await v1()), from(await requests())]).toEqual([["friend"], ["fan", "stranger"]]);
  });

  it("many are decided on at once, and numbers that are nobody's are passed over", async () => {
    const ids = [await numberOf(stranger), await numberOf(fan), 5];
    const body = new URLSearchParams(ids.map((id) => ["id[]", String(id)]));
    expect((await app.ask(`${V1}/requests/dismiss`, { method: "POST", body })).body).toEqual({});
    expect(await requests()).toEqual([]);
    expect((await app.ask(`${V1}/requests/accept`, { method: "POST", body })).body).toEqual({});
    expect(from(await v1())).toEqual(["fan", "friend", "stranger"]);
    const { results } = await env.DB.prepare("SELECT peer FROM notification_decisions").all();
    expect(results).toHaveLength(2);
  });
});
