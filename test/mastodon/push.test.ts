import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { fromBase64 } from "../../worker/kernel/base64.ts";
import { DAY, HOUR, MINUTE, SECOND } from "../../worker/kernel/clock.ts";
import { forgetCounts } from "../../worker/mastodon/rate-limit.ts";
import { Streaming } from "../../worker/mastodon/streaming/object.ts";
import { findPeer } from "../../worker/store/peers.ts";
import type { Doc, FakePeer } from "../fediverse/peer.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, env, ORIGIN, Stead } from "../fediverse/stead.ts";
import { Browser } from "../web/browser.ts";
import { App, ask, asJson, form, type Json } from "./client.ts";
import { follows } from "./following.ts";
import { moment } from "./listener.ts";
import { Phone, verifyVapid } from "./phone.ts";
import { PushService, wish, type Pushed } from "./push-service.ts";

const SUBSCRIPTION = "/api/v1/push/subscription";
const EVERYTHING = ["mention", "status", "reblog", "follow", "follow_request", "favourite", "poll"];

let stead: Stead;
let app: App;
let phone: Phone;
let service: PushService;
let alice: FakePeer;
let post: string;
beforeAll(async () => {
  stead = await Stead.claimed();
  // No alarm rings by itself.
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + DAY });
  app = await App.letIn(stead);
  phone = await Phone.made();
  service = new PushService(stead.world);
  alice = await stead.peer("alice");
  post = `${ORIGIN}/posts/${await stead.publishes("Do something with it")}`;
  await stead.followedBy(alice);
});
beforeEach(() => {
  service.answer = () => new Response(null, { status: 201 });
  service.knocks = 0;
  service.arrived.splice(0);
  forgetCounts();
});
afterEach(async () => {
  await app.ask(SUBSCRIPTION, { method: "DELETE" });
  pass(HOUR);
});
afterAll(async () => {
  await stead.settle();
  vi.useRealTimers();
});

const pass = (ms: number) => vi.setSystemTime(Date.now() + ms);

function subscribe(alerts: readonly string[] = EVERYTHING, more: Json = {}) {
  return app.ask(SUBSCRIPTION, asJson(wish(phone, service.endpoint("/1"), alerts, more)));
}

/** What the phone has after so long. */
async function arrives(ms = 2 * SECOND): Promise<Pushed[]> {
  await ring(ms);
  return service.opened(phone, "/1");
}

/** What happened was told, and after so long the alarm rings. */
async function ring(ms: number): Promise<void> {
  await moment(300);
  pass(ms);
  await stead.settle();
}

async function deliver(peer: FakePeer, activity: Doc): Promise<void> {
  expect((await stead.deliver(peer, activity)).status).toBe(202);
  await stead.settle();
}

const like = (peer: FakePeer, object = post) => deliver(peer, peer.activity("Like", { object }));

async function mention(peer: FakePeer, fields: Doc = {}): Promise<void> {
  const tag = [{ type: "Mention", href: ACTOR, name: "@me@me.test" }];
  const object = peer.note({ to: [ACTOR], cc: [], tag, ...fields });
  await deliver(peer, peer.activity("Create", { object, to: [ACTOR] }));
}

let strangers = 0;
const somebody = () => stead.peer(`s${++strangers}`, "s.test");

describe("a push subscription", () => {
  it("is one for a token: made, shown, changed, replaced and ended", async () => {
    expect((await app.ask(SUBSCRIPTION)).status).toBe(404);
    const made = await subscribe(["mention", "poll"], { policy: "followed" });
    expect([made.status, made.body]).toMatchObject([
      200,
      { endpoint: service.endpoint("/1"), standard: false, policy: "followed" },
    ]);
    expect(made.body["alerts"]).toMatchObject({
      mention: true,
      poll: true,
      follow: false,
      "admin.report": false,
    });
    expect((await app.ask(SUBSCRIPTION)).body).toEqual(made.body);
    const changed = await app.ask(
      SUBSCRIPTION,
      asJson({ data: { alerts: { follow: "true" }, policy: "all" } }, "PUT"),
    );
    expect(changed.body).toMatchObject({ policy: "all", alerts: { follow: true, mention: false } });
    const formed = await app.ask(SUBSCRIPTION, {
      ...form({ "data[alerts][mention]": "1", "data[alerts][follow]": "0", "data[policy]": "nonsense" }),
      method: "PUT",
    });
    expect(formed.body).toMatchObject({ policy: "all", alerts: { mention: true, follow: false } });
    const other = asJson(wish(phone, service.endpoint("/2"), [], { standard: true }));
    expect((await app.ask(SUBSCRIPTION, other)).body).toMatchObject({
      endpoint: service.endpoint("/2"),
      standard: true,
    });
    expect(await rows("SELECT id FROM push_subscriptions")).toHaveLength(1);
    expect((await app.ask(SUBSCRIPTION, { method: "DELETE" })).body).toEqual({});
    for (const method of ["GET", "PUT"]) expect((await app.ask(SUBSCRIPTION, { method })).status).toBe(404);
    expect((await app.ask(SUBSCRIPTION, { method: "DELETE" })).status).toBe(200);
  });

  it("names the key that the instance and the registration name, a point of 65 bytes that never changes", async () => {
    const { body } = await subscribe();
    const { body: instance } = await ask(stead, "/api/v2/instance");
    const { body: registered } = await app.ask("/api/v1/apps/verify_credentials");
    const key = String(body["server_key"]);
    expect(fromBase64(key)).toHaveLength(65);
    expect((instance["configuration"] as Json)["vapid"]).toEqual({ public_key: key });
    expect(registered["vapid_key"]).toBe(key);
    const { vapidPublicKey } = await import("../../worker/store/keys.ts");
    const ctx = await stead.ctx();
    const strange = { ...ctx, stead: { ...ctx.stead, dataKey: null } };
    expect(await vapidPublicKey(strange)).toBe(key);
  });

  it("keeps neither the token nor the private key where a copy of the database would tell them", async () => {
    await subscribe();
    const state = await stead.state();
    expect(state).toContain(service.endpoint("/1"));
    expect(state).not.toContain(app.token);
    const [row] = await rows<{ private: string }>("SELECT private FROM keys WHERE id = 'vapid-key'");
    const pkcs8 = { name: "ECDSA", namedCurve: "P-256" };
    const imported = crypto.subtle.importKey("pkcs8", fromBase64(row!.private)!, pkcs8, false, ["sign"]);
    expect(await imported.catch(() => "sealed")).toBe("sealed");
  });

  it.each([
    ["nothing", {}],
    ["http", { endpoint: "http://push.test/1" }],
    ["the stead itself", { endpoint: `${ORIGIN}/inbox` }],
    ["a private host", { endpoint: "https://router.local/1" }],
    ["an address", { endpoint: "https://127.0.0.1/1" }],
    ["a port", { endpoint: "https://push.test:8443/1" }],
    ["no address", { endpoint: "javascript:alert(1)" }],
    ["an endless one", { endpoint: `https://push.test/${"x".repeat(2_000)}` }],
    ["keys that are none", { endpoint: "https://push.test/1", keys: { p256dh: "AAAA", auth: "AAAA" } }],
  ])("A12: is refused for %s, and nothing is sent there", async (_, subscription: Json) => {
    const sent = { keys: phone.keys, ...subscription };
    const { status } = await app.ask(
      SUBSCRIPTION,
      asJson({ subscription: sent, data: { alerts: { mention: true } } }),
    );
    expect([status, await rows("SELECT 1 FROM push_subscriptions")]).toEqual([422, []]);
  });

  it("ends with its token: revoked, and with the app that the owner shows the door", async () => {
    const other = await App.letIn(stead);
    await other.ask(SUBSCRIPTION, asJson(wish(phone, service.endpoint("/other"), EVERYTHING)));
    await subscribe();
    await ask(stead, "/oauth/revoke", form({ token: other.token }));
    await like(await somebody());
    expect(await arrives()).toHaveLength(1);
    expect(await service.opened(phone, "/other")).toEqual([]);
    expect(await rows("SELECT endpoint FROM push_subscriptions")).toEqual([
      { endpoint: service.endpoint("/1") },
    ]);
  });
});

describe("a push", () => {
  it.each([
    ["push.aesgcm decrypt", false, "aesgcm"],
    ["push.aes128gcm decrypt", true, "aes128gcm"],
  ])(
    "%s: says who did what to which post, to the app alone (standard: %s)",
    async (_, standard, encoding) => {
      await subscribe(EVERYTHING, { standard });
      const fan = await somebody();
      await like(fan);
      await ring(2 * SECOND);
      expect(service.arrived[0]?.headers["content-encoding"]).toBe(encoding);
      const [push, ...more] = await service.opened(phone, "/1");
      expect(more).toEqual([]);
      expect(push).toMatchObject({
        access_token: app.token,
        notification_type: "favourite",
        title: `S${strangers} liked your post`,
        body: "Do something with it",
        icon: expect.stringMatching(/^https:/),
      });
      const { body } = await app.ask("/api/v1/notifications?limit=1");
      expect((body as unknown as Json[])[0]).toMatchObject({ id: String(push!.notification_id) });
    },
  );

  it("push.vapid jwt verify: is signed for the service with the key that the app subscribed with", async () => {
    for (const standard of [true, false]) {
      const { body } = await subscribe(EVERYTHING, { standard });
      await like(await somebody());
      await ring(2 * SECOND);
      const { headers } = service.arrived.splice(0)[0]!;
      const algorithm = { name: "ECDSA", namedCurve: "P-256" };
      const point = fromBase64(String(body["server_key"]))!;
      const key = await crypto.subtle.importKey("raw", point, algorithm, false, ["verify"]);
      const claims = await verifyVapid(headers, key);
      expect(claims).toMatchObject({ aud: "https://push.test", sub: `${ORIGIN}/` });
      expect(Number(claims["exp"]) * 1_000).toBeGreaterThan(Date.now());
      expect([headers["ttl"], headers["urgency"]]).toEqual(["172800", "normal"]);
    }
  });

  it("push.alerts: is sent for what the app named, and for nothing else", async () => {
    await subscribe(["mention"]);
    await like(await somebody());
    await mention(alice, { content: "<p>Secret</p>", summary: "Careful" });
    const pushes = await arrives();
    expect(pushes).toMatchObject([
      { notification_type: "mention", title: "Alice wrote to you", body: "Careful" },
    ]);
  });

  it.each([
    ["all", ["stranger", "follower", "followed"]],
    ["follower", ["follower"]],
    ["followed", ["followed"]],
    ["none", []],
  ])("push.policy: %s is about %j", async (policy, wanted) => {
    const followed = await somebody();
    const cast = { stranger: await somebody(), follower: await somebody(), followed };
    await stead.followedBy(cast.follower);
    await follows(stead, followed);
    await subscribe(["mention"], { policy });
    for (const peer of Object.values(cast)) await mention(peer);
    const pushes = await arrives();
    const from = pushes.map(({ title }) => title.split(" ")[0]!.toLowerCase());
    const named = Object.entries(cast).flatMap(([role, { name }]) => (from.includes(name) ? [role] : []));
    expect([named, pushes.length]).toEqual([wanted, wanted.length]);
  });

  it("is not sent for what was taken back before, nor for whom the owner muted", async () => {
    await subscribe();
    const fan = await somebody();
    const activity = fan.activity("Like", { object: post });
    await deliver(fan, activity);
    await deliver(fan, fan.activity("Undo", { object: activity }));
    const loud = await somebody();
    await like(loud);
    const { id } = (await findPeer((await stead.ctx()).db, loud.id))!;
    await app.ask(`/api/v1/accounts/${id}/mute`, form({}));
    await like(loud, post);
    expect(await arrives()).toEqual([]);
    expect(service.knocks).toBe(0);
  });

  it("is one for many of a kind, with their number: thousands of Follows are no thousand pushes", async () => {
    await subscribe(["follow"]);
    const crowd = await Promise.all(Array.from({ length: 12 }, () => somebody()));
    await stead.followedBy(...crowd.slice(0, 9));
    const pushes = await arrives();
    expect(pushes).toMatchObject([{ notification_type: "follow", title: "9 people followed you" }]);
    for (const peer of crowd.slice(9)) {
      await stead.followedBy(peer);
      expect(await arrives()).toHaveLength(1);
    }
  });

  it("counts what comes after the fifth of a kind, and tells it ten minutes later", async () => {
    await subscribe(["follow"]);
    for (let n = 0; n < 5; n++) {
      await stead.followedBy(await somebody());
      expect(await arrives()).toHaveLength(1);
    }
    for (let n = 0; n < 3; n++) {
      await stead.followedBy(await somebody());
      expect(await arrives()).toEqual([]);
    }
    expect(await arrives(10 * MINUTE)).toMatchObject([{ title: "3 people followed you" }]);
    await stead.followedBy(await somebody());
    expect(await arrives(10 * MINUTE)).toHaveLength(1);
  });
});

describe("a push service", () => {
  const gone = async () =>
    rows<{ ended_at: number | null; problem: string }>("SELECT * FROM push_subscriptions");

  it.each([410, 404, 400, 401, 403, 413, 301])(
    "push.410→removed: that answers %d is not asked again, and the owner sees why",
    async (status) => {
      await subscribe();
      service.answer = () =>
        new Response(null, { status, headers: { location: "https://push.test/elsewhere" } });
      await like(await somebody());
      await arrives();
      expect(service.knocks).toBe(1);
      expect((await app.ask(SUBSCRIPTION)).status).toBe(404);
      expect(await gone()).toMatchObject([
        { problem: `it answered ${status}`, ended_at: expect.any(Number) },
      ]);
      const { html } = await (await Browser.signedIn(stead)).get("/apps");
      expect(html).toContain("push.test");
      expect(html).toContain(`it answered ${status}`);
      await like(await somebody());
      await arrives(DAY);
      expect(service.knocks).toBe(1);
      await subscribe();
      service.answer = () => new Response(null, { status: 201 });
      await like(await somebody());
      expect(await arrives()).toHaveLength(1);
    },
  );

  it.each([429, 503, 408, 500])(
    "that answers %d is asked again, and what it did not take is not lost",
    async (status) => {
      await subscribe();
      service.answer = () => new Response(null, { status });
      await like(await somebody());
      expect(await arrives()).toEqual([]);
      expect(await gone()).toMatchObject([{ problem: `it answered ${status}`, ended_at: null }]);
      service.answer = () => new Response(null, { status: 201 });
      expect(await arrives(30 * SECOND)).toEqual([]);
      expect(await arrives(MINUTE)).toHaveLength(1);
      expect(await gone()).toMatchObject([{ problem: null, sent_at: expect.any(Number) }]);
    },
  );

  it("that can not be reached is asked five times in three hours, and the next notification begins anew", async () => {
    await subscribe();
    service.answer = () => {
      throw new TypeError("connection refused");
    };
    await like(await somebody());
    for (let n = 0; n < 12; n++) await arrives(HOUR);
    expect(service.knocks).toBe(5);
    service.answer = () => new Response(null, { status: 201 });
    await like(await somebody());
    expect(await arrives()).toHaveLength(1);
  });

  it("that asks for patience gets it", async () => {
    await subscribe();
    service.answer = () => new Response(null, { status: 429, headers: { "retry-after": "1800" } });
    await like(await somebody());
    await arrives();
    service.answer = () => new Response(null, { status: 201 });
    expect(await arrives(20 * MINUTE)).toEqual([]);
    expect(await arrives(11 * MINUTE)).toHaveLength(1);
  });
});

describe("without anybody who listens", () => {
  it("an activity asks the streaming object once in three seconds, and neither writes nor reads anything", async () => {
    pass(HOUR);
    const asked = vi.spyOn(Streaming.prototype, "emit");
    const read = vi.spyOn(Object.getPrototypeOf(env.DB) as D1Database, "prepare");
    const { ports } = await stead.ctx();
    const emit = async () => {
      ports.streams.emit([{ kind: "follow", peer: 1 }]);
      await moment(50);
      return asked.mock.calls.length;
    };
    const calls = [await emit(), await emit(), await emit()];
    pass(4 * SECOND);
    calls.push(await emit());
    expect(calls).toEqual([1, 1, 1, 2]);
    expect(read).not.toHaveBeenCalled();
    asked.mockRestore();
    read.mockRestore();
  });
});
