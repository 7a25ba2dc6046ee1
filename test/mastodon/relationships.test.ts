import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";

import { hash52 } from "../../worker/kernel/hash52.ts";
import type { FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, ORIGIN, Stead } from "../fediverse/stead.ts";
import { App, asJson, form, type Json, type Reply } from "./client.ts";
import { follows, says } from "./following.ts";
import { tokenFor } from "./tokens.ts";

let stead: Stead;
let app: App;
beforeAll(async () => {
  stead = await Stead.claimed();
  app = new App(stead, { id: "", secret: "" }, await tokenFor(stead, ["read", "write"]));
});
afterAll(() => stead.settle());

const idOf = ({ id }: FakePeer) => hash52(id);

async function act(peer: FakePeer, verb: string, init: RequestInit = form({})): Promise<Reply> {
  const reply = await app.ask(`/api/v1/accounts/${idOf(peer)}/${verb}`, init);
  await stead.settle();
  return reply;
}

/** How many of each kind of activity a peer got, and that each was signed. */
function got(peer: FakePeer): Record<string, number> {
  expect(peer.host.arrived.every(({ verified }) => verified)).toBe(true);
  const kinds = peer.host.arrived.map(({ activity }) => String(activity["type"]));
  return Object.fromEntries(
    [...new Set(kinds)].map((kind) => [kind, kinds.filter((one) => one === kind).length]),
  );
}

let people = 0;
/** Somebody new, who is known here because they wrote to the owner once. */
async function somebody(): Promise<FakePeer> {
  const n = ++people;
  const peer = await stead.peer(`p${n}`, `p${n}.test`);
  await says(stead, peer, { cc: [ACTOR] });
  return peer;
}

const nothing = {
  following: false,
  showing_reblogs: false,
  notifying: false,
  languages: null,
  followed_by: false,
  blocking: false,
  blocked_by: false,
  muting: false,
  muting_notifications: false,
  muting_expires_at: null,
  requested: false,
  requested_by: false,
  domain_blocking: false,
  endorsed: false,
  note: "",
};

describe("relationships", () => {
  it("come in the order asked, each once, of oneself too, and without who is not known", async () => {
    const [one, two] = [await somebody(), await somebody()];
    const me = hash52(ACTOR);
    const ids = [idOf(two), me, idOf(one), idOf(two), 17].map((id) => `id[]=${id}`).join("&");
    const { body } = await app.ask(`/api/v1/accounts/relationships?${ids}&id[]=x&with_suspended=true`);
    expect(body).toEqual([idOf(two), me, idOf(one)].map((id) => ({ id: String(id), ...nothing })));
    const single = await app.ask(`/api/v1/accounts/relationships?id=${idOf(one)}`);
    expect(single.body).toHaveLength(1);
    expect((await app.ask("/api/v1/accounts/relationships")).body).toEqual([]);
  });

  it("tell what the others did: they follow, ask, block", async () => {
    const [fan, foe] = [await somebody(), await somebody()];
    await stead.followedBy(fan);
    await stead.deliver(foe, foe.activity("Block", { object: ACTOR }));
    const query = `id[]=${idOf(fan)}&id[]=${idOf(foe)}`;
    const { body } = await app.ask(`/api/v1/accounts/relationships?${query}`);
    expect(body).toMatchObject([{ followed_by: true }, { blocked_by: true, followed_by: false }]);
  });
});

describe("act.follow", () => {
  it("act.follow, act.unfollow: asks by a Follow, is requested until they accept, and an Undo ends it", async () => {
    const peer = await somebody();
    const asked = await act(peer, "follow");
    expect([asked.status, asked.body]).toMatchObject([
      200,
      { id: String(idOf(peer)), following: false, requested: true, showing_reblogs: true },
    ]);
    const [follow] = peer.received("Follow");
    expect(follow).toMatchObject({ actor: ACTOR, object: peer.id });
    await stead.deliver(peer, peer.activity("Accept", { object: follow }));
    const query = `/api/v1/accounts/relationships?id[]=${idOf(peer)}`;
    expect((await app.ask(query)).body).toMatchObject([{ following: true, requested: false }]);

    expect((await act(peer, "unfollow")).body).toMatchObject({ following: false, requested: false });
    expect((await act(peer, "unfollow")).status).toBe(200);
    expect(got(peer)).toEqual({ Follow: 1, Undo: 1 });
    expect(peer.received("Undo")[0]).toMatchObject({ object: { id: follow!["id"], type: "Follow" } });
  });

  it("act.follow-idempotent: again is no second Follow, and changes what is wanted of them", async () => {
    const peer = await somebody();
    await act(peer, "follow", asJson({ reblogs: false }));
    const again = await act(peer, "follow", asJson({ notify: true, languages: ["de", "en"] }));
    expect(again.body).toMatchObject({ showing_reblogs: false, notifying: true, languages: ["de", "en"] });
    const more = await act(peer, "follow");
    expect(more.body).toEqual(again.body);
    const less = await act(peer, "follow", asJson({ reblogs: true, notify: false, languages: [] }));
    expect(less.body).toMatchObject({ showing_reblogs: true, notifying: false, languages: null });
    expect(got(peer)).toEqual({ Follow: 1 });
  });

  it("act.follow-idempotent: asked twice at the same moment is one Follow", async () => {
    const peer = await somebody();
    const path = `/api/v1/accounts/${idOf(peer)}/follow`;
    const replies = await Promise.all(Array.from({ length: 4 }, () => app.ask(path, form({}))));
    await stead.settle();
    for (const { status, body } of replies) expect([status, body]).toMatchObject([200, { requested: true }]);
    expect(got(peer)).toEqual({ Follow: 1 });
  });

  it("takes no language that is none, and writes nothing then", async () => {
    const peer = await somebody();
    const before = await stead.state();
    for (const languages of [
      ["'; DROP TABLE"],
      ["e"],
      Array.from({ length: 51 }, () => "en").map((l, n) => `${l}-${n}`),
    ])
      expect((await act(peer, "follow", asJson({ languages }))).status).toBe(422);
    expect(await stead.state()).toBe(before);
  });

  it.each(["follow", "unfollow", "block", "unblock", "mute", "unmute", "note", "remove_from_followers"])(
    "%s of oneself is refused, and of who is not known 404",
    async (verb) => {
      const before = await stead.state();
      expect((await app.ask(`/api/v1/accounts/${hash52(ACTOR)}/${verb}`, form({}))).status).toBe(422);
      expect((await app.ask(`/api/v1/accounts/17/${verb}`, form({}))).status).toBe(404);
      expect((await app.ask(`/api/v1/accounts/9999999999999999/${verb}`, form({}))).status).toBe(404);
      expect(await stead.state()).toBe(before);
    },
  );
});

describe("act.block", () => {
  it("ends both follows, tells their server once, and is taken back by the same name", async () => {
    const peer = await somebody();
    await stead.followedBy(peer);
    await follows(stead, peer);
    const blocked = await act(peer, "block");
    expect(blocked.body).toMatchObject({ blocking: true, following: false, followed_by: false });
    expect((await act(peer, "block")).body).toEqual(blocked.body);
    expect(got(peer)).toEqual({ Accept: 1, Follow: 1, Reject: 1, Undo: 1, Block: 1 });
    const [block] = peer.received("Block");
    expect(block).toMatchObject({ actor: ACTOR, object: peer.id, to: [peer.id] });
    const refused = await act(peer, "follow");
    expect([refused.status, refused.body["error"]]).toEqual([
      422,
      "Validation failed: You block them. Unblock them first.",
    ]);

    expect((await act(peer, "unblock")).body).toMatchObject({ blocking: false, following: false });
    await act(peer, "unblock");
    const { "@context": _, ...whole } = block!;
    expect(peer.received("Undo").at(-1)).toMatchObject({ object: whole });
    expect(got(peer)).toMatchObject({ Undo: 2, Block: 1 });
    expect((await act(peer, "follow")).body).toMatchObject({ requested: true });
  });

  it("of somebody who waits to be let in turns them away", async () => {
    const peer = await somebody();
    await rows("UPDATE owner SET locked = 1");
    await stead.deliver(peer, peer.activity("Follow", { object: ACTOR }), { inbox: `${ACTOR}/inbox` });
    await stead.settle();
    expect((await act(peer, "block")).body).toMatchObject({ blocking: true, requested_by: false });
    expect(got(peer)).toEqual({ Reject: 1, Block: 1 });
    await rows("UPDATE owner SET locked = 0");
  });

  it("is listed with the newest first, on pages that hold each once", async () => {
    await rows("UPDATE peers SET blocked_at = NULL");
    const three = [await somebody(), await somebody(), await somebody()];
    for (const peer of three) await act(peer, "block");
    const first = await app.ask("/api/v1/blocks?limit=2");
    const next = /<([^>]+)>; rel="next"/.exec(first.headers.get("link") ?? "")![1]!;
    const second = await app.ask(next.slice(ORIGIN.length));
    const shown = [...(first.body as unknown as Json[]), ...(second.body as unknown as Json[])];
    expect(shown.map(({ id }) => Number(id))).toEqual(three.toReversed().map(idOf));
    expect(second.headers.get("link")).not.toContain('rel="next"');
  });
});

describe("act.mute", () => {
  it("is told to nobody, with and without notifications, and ends by itself", async () => {
    const peer = await somebody();
    expect((await act(peer, "mute")).body).toMatchObject({
      muting: true,
      muting_notifications: true,
      muting_expires_at: null,
    });
    const short = await act(peer, "mute", form({ notifications: "false", duration: "3600" }));
    expect(short.body).toMatchObject({ muting: true, muting_notifications: false });
    const ends = Date.parse(String(short.body["muting_expires_at"]));
    expect(Math.abs(ends - Date.now() - 3_600_000)).toBeLessThan(60_000);
    const listed = await app.ask("/api/v1/mutes");
    expect(listed.body).toMatchObject([
      { id: String(idOf(peer)), mute_expires_at: short.body["muting_expires_at"] },
    ]);
    vi.useFakeTimers({ toFake: ["Date"], now: ends + 1 });
    const query = `/api/v1/accounts/relationships?id[]=${idOf(peer)}`;
    expect((await app.ask(query)).body).toMatchObject([{ muting: false, muting_notifications: false }]);
    expect((await app.ask("/api/v1/mutes")).body).toEqual([]);
    vi.useRealTimers();
    expect((await act(peer, "unmute")).body).toMatchObject({ muting: false });
    expect(await rows("SELECT * FROM mutes")).toEqual([]);
    expect(got(peer)).toEqual({});
  });

  it.each(["-5", "0", "1e9", "nonsense", "99999999999999"])(
    "for %s seconds is until it is taken back",
    async (duration) => {
      const peer = await somebody();
      const { status, body } = await act(peer, "mute", form({ duration }));
      expect([status, body]).toMatchObject([200, { muting: true, muting_expires_at: null }]);
    },
  );

  it("is listed with the newest first, and a change keeps its place", async () => {
    await rows("DELETE FROM mutes");
    const [one, two] = [await somebody(), await somebody()];
    await act(one, "mute");
    await act(two, "mute");
    await act(one, "mute", form({ duration: "60" }));
    const ids = ((await app.ask("/api/v1/mutes")).body as unknown as Json[]).map(({ id }) => Number(id));
    expect(ids).toEqual([two, one].map(idOf));
  });
});

describe("act.note", () => {
  it("is the owner's alone, is changed, and goes when it is empty", async () => {
    const peer = await somebody();
    expect((await act(peer, "note", form({ comment: " Met in Brussels\0 " }))).body).toMatchObject({
      note: "Met in Brussels",
    });
    expect((await act(peer, "note", asJson({ comment: "<b>Met</b>" }))).body).toMatchObject({
      note: "<b>Met</b>",
    });
    expect((await act(peer, "note", form({ comment: "x".repeat(2_001) }))).status).toBe(422);
    expect((await act(peer, "note", form({}))).body).toMatchObject({ note: "" });
    expect(await rows("SELECT * FROM peer_notes")).toEqual([]);
    expect(got(peer)).toEqual({});
  });
});

describe("followers and their requests", () => {
  it("a follower is removed by a Reject, once, and may come again", async () => {
    const peer = await somebody();
    await stead.followedBy(peer);
    expect((await act(peer, "remove_from_followers")).body).toMatchObject({ followed_by: false });
    expect((await act(peer, "remove_from_followers")).status).toBe(200);
    expect(got(peer)).toEqual({ Accept: 1, Reject: 1 });
    await stead.followedBy(peer);
    expect(await stead.followers()).toContain(peer.id);
  });

  it("who waits is listed, let in or turned away, and a second time is the same answer", async () => {
    await rows("UPDATE owner SET locked = 1");
    const [friend, foe] = [await somebody(), await somebody()];
    for (const peer of [friend, foe])
      await stead.deliver(peer, peer.activity("Follow", { object: ACTOR }), { inbox: `${ACTOR}/inbox` });
    await stead.settle();
    const waiting = (await app.ask("/api/v1/follow_requests")).body as unknown as Json[];
    expect(new Set(waiting.map(({ id }) => Number(id)))).toEqual(new Set([friend, foe].map(idOf)));
    const asks = `/api/v1/accounts/relationships?id[]=${idOf(foe)}`;
    expect((await app.ask(asks)).body).toMatchObject([{ requested_by: true }]);
    const decide = async (peer: FakePeer, verb: string) => {
      const reply = await app.ask(`/api/v1/follow_requests/${idOf(peer)}/${verb}`, form({}));
      await stead.settle();
      return reply;
    };
    for (let n = 0; n < 2; n++) {
      expect((await decide(friend, "authorize")).body).toMatchObject({
        followed_by: true,
        requested_by: false,
      });
      expect((await decide(foe, "reject")).body).toMatchObject({ followed_by: false, requested_by: false });
    }
    expect([got(friend), got(foe)]).toEqual([{ Accept: 1 }, { Reject: 1 }]);
    expect((await decide(foe, "authorize")).status).toBe(404);
    expect((await app.ask("/api/v1/follow_requests")).body).toEqual([]);
    await rows("UPDATE owner SET locked = 0");
  });
});
