import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";

import { disconnect } from "../../worker/owner/apps.ts";
import { issueAppToken, revoke } from "../../worker/owner/tokens.ts";
import { recover } from "../../worker/owner/sign-in.ts";
import { findApp } from "../../worker/store/oauth.ts";
import { forgetCounts } from "../../worker/mastodon/rate-limit.ts";
import { env, Stead } from "../fediverse/stead.ts";
import { App, ask, form, registered } from "./client.ts";
import { Ear, knock, moment } from "./listener.ts";
import { tokenFor } from "./tokens.ts";

const STREAMING = "/api/v1/streaming";
const streamingObject = () => env.STREAMING.getByName("streaming");

let stead: Stead;
let token: string;
const ears: Ear[] = [];
beforeAll(async () => {
  stead = await Stead.claimed();
  token = await tokenFor(stead, ["read"]);
});
afterEach(async () => {
  forgetCounts();
  for (const ear of ears.splice(0)) if (ear.closed === null) ear.socket.close(1000);
  await moment(20);
});
afterAll(() => stead.settle());

async function listen(...args: Parameters<typeof Ear.at>): Promise<Ear> {
  const ear = await Ear.at(...args);
  ears.push(ear);
  return ear;
}

/** The post reaches it, so it listens. */
async function hears(ear: Ear, count = 1): Promise<void> {
  await stead.publishes("Is anybody there?");
  expect(await ear.hears(count)).toHaveLength(count);
}

describe("the door to the streams", () => {
  it("stream.subprotocol-echo: takes the token as a subprotocol and answers with it, or browsers hang up", async () => {
    const ear = await listen(stead, `${STREAMING}?stream=user`, { "sec-websocket-protocol": token });
    expect(ear.answer.headers.get("sec-websocket-protocol")).toBe(token);
    await hears(ear);
  });

  it("takes the first of several subprotocols", async () => {
    const ear = await listen(stead, STREAMING, { "sec-websocket-protocol": `${token}, mastodon` });
    expect(ear.answer.headers.get("sec-websocket-protocol")).toBe(token);
  });

  it("stream.query-token: takes the token from the query, and from the header, and chooses no protocol then", async () => {
    const inQuery = await listen(stead, `${STREAMING}?access_token=${token}&stream=user`);
    const inHeader = await listen(stead, `${STREAMING}/?stream=user`, { authorization: `Bearer ${token}` });
    expect(inQuery.answer.headers.get("sec-websocket-protocol")).toBeNull();
    await hears(inQuery);
    expect(await inHeader.hears(1)).toEqual(["user: update"]);
  });

  it("G20: lets nobody in without a token that works and may read", async () => {
    const refused = async (path: string, headers: Record<string, string> = {}) => {
      forgetCounts();
      const answer = await knock(stead, path, headers);
      return [answer.status, (await answer.json<{ error: string }>()).error];
    };
    const invalid = [401, "The access token is invalid"];
    expect(await refused(STREAMING)).toEqual(invalid);
    expect(await refused(`${STREAMING}?stream=public`)).toEqual(invalid);
    expect(await refused(`${STREAMING}?access_token=${"x".repeat(43)}`)).toEqual(invalid);
    expect(await refused(STREAMING, { "sec-websocket-protocol": "mastodon" })).toEqual(invalid);
    expect(await refused(STREAMING, { authorization: `Basic ${token}` })).toEqual(invalid);
    for (const address of [
      "user",
      "user/notification",
      "public",
      "public/local",
      "hashtag?tag=a",
      "list?list=1",
      "direct",
    ])
      expect(await refused(`${STREAMING}/${address}`)).toEqual(invalid);
    const writes = await tokenFor(stead, ["write", "push", "read:accounts"]);
    expect(await refused(STREAMING, { authorization: `Bearer ${writes}` })).toEqual([
      403,
      "This action is outside the authorized scopes",
    ]);
    const client = await registered(stead);
    const ctx = await stead.ctx();
    const issued = await issueAppToken(ctx, (await findApp(ctx.db, Number(client.id)))!, "read", "");
    const itsOwn = issued.kind === "issued" ? issued.token : "";
    expect((await refused(STREAMING, { authorization: `Bearer ${itsOwn}` }))[0]).toBe(422);
  });

  it("says what it is for to who asks without an upgrade, and that it is well to who asks for that", async () => {
    const { status, headers, body } = await ask(stead, STREAMING, {
      headers: { authorization: `Bearer ${token}` },
    }).catch(() => ({ status: 0, headers: new Headers(), body: {} }));
    expect([status, headers.get("upgrade"), JSON.stringify(body)]).toEqual([
      426,
      "websocket",
      expect.stringContaining("WebSocket"),
    ]);
    const health = await stead.fetch(`${STREAMING}/health`);
    expect([health.status, await health.text()]).toEqual([200, "OK"]);
    expect((await ask(stead, `${STREAMING}/nowhere`)).status).toBe(404);
  });

  it("keeps all who come at once, each with a token that works, as after a deploy", async () => {
    const tokens = await Promise.all(Array.from({ length: 5 }, () => tokenFor(stead, ["read"])));
    const many = await Promise.all(
      tokens.map((each) => listen(stead, `${STREAMING}?access_token=${each}&stream=user`)),
    );
    await moment(200);
    expect(many.map(({ closed }) => closed)).toEqual(tokens.map(() => null));
    await hears(many[0]!);
    expect(many.map(({ closed }) => closed)).toEqual(tokens.map(() => null));
  });

  it("keeps eight sockets of a token, the newest, because apps that lost one open another", async () => {
    const many: Ear[] = [];
    for (let n = 0; n < 9; n++) many.push(await listen(stead, `${STREAMING}?access_token=${token}`));
    await many[0]!.until(() => many[0]!.closed !== null);
    await moment();
    expect(many.map(({ closed }) => closed?.code ?? null)).toEqual([1000, ...Array<null>(8).fill(null)]);
  });

  it("takes no more than 64 in all", async () => {
    const tokens = await Promise.all(Array.from({ length: 9 }, () => tokenFor(stead, ["read"])));
    for (const each of tokens.slice(0, 8))
      for (let n = 0; n < 8; n++) await listen(stead, `${STREAMING}?access_token=${each}`);
    const answer = await knock(stead, `${STREAMING}?access_token=${tokens[8]}`);
    expect([answer.status, answer.headers.get("retry-after")]).toEqual([429, "60"]);
  });
});

describe("what an app says over its socket", () => {
  it("stream.in-band subscribe/unsubscribe: begins and ends streams, each as often as it likes", async () => {
    const ear = await listen(stead, `${STREAMING}?access_token=${token}`);
    await stead.publishes("Nobody listens yet");
    ear.subscribe("user");
    ear.subscribe("public");
    ear.subscribe("user");
    await moment();
    await stead.publishes("Twice");
    expect((await ear.hears(2)).toSorted()).toEqual(["public: update", "user: update"]);
    ear.say({ type: "unsubscribe", stream: "user" });
    ear.say({ type: "unsubscribe", stream: "direct" });
    await moment();
    await stead.publishes("Once");
    expect((await ear.hears(3)).slice(2)).toEqual(["public: update"]);
  });

  it("is told when it asks for what there is not, or may not have, and may ask on", async () => {
    const narrow = await tokenFor(stead, ["read:notifications"]);
    const ear = await listen(stead, `${STREAMING}?access_token=${narrow}&stream=nonsense`);
    for (const asked of [
      { stream: "hashtag" },
      { stream: "list", list: "x" },
      { stream: "__proto__" },
      { stream: ["user"] },
      { stream: "user" },
      { stream: "public" },
      { stream: "user:notification" },
    ])
      ear.say({ type: "subscribe", ...asked });
    await ear.until(() => ear.errors.length >= 7);
    const [outside, unknown] = [
      { error: "This action is outside the authorized scopes", status: 403 },
      { error: "Unknown channel requested", status: 400 },
    ];
    expect(ear.errors).toEqual([unknown, unknown, unknown, unknown, unknown, outside, outside]);
    expect(ear.closed).toBeNull();
  });

  it("does no harm, whatever it is", async () => {
    const ear = await listen(stead, `${STREAMING}?access_token=${token}&stream=user`);
    const junk = [
      "",
      "{",
      "null",
      "[]",
      "42",
      '"subscribe"',
      "{}",
      '{"type":"subscribe"',
      '{"type":7}',
      "ping".repeat(99),
    ];
    for (const frame of [...junk, '{"type":"toString"}', `[${"[".repeat(900)}`, "\u0000"]) ear.say(frame);
    await hears(ear);
    expect(ear.closed).toBeNull();
  });

  it.each([
    ["too long", 1009, "x".repeat(2_001)],
    ["no text", 1003, new Uint8Array([1, 2, 3])],
  ])("ends the socket when it is %s", async (_, code, frame) => {
    const ear = await listen(stead, `${STREAMING}?access_token=${token}&stream=user`);
    ear.socket.send(frame);
    await ear.until(() => ear.closed !== null);
    expect(ear.closed?.code).toBe(code);
  });

  it("is refused beyond twenty streams, and beyond what a sleeping socket can keep", async () => {
    const ear = await listen(stead, `${STREAMING}?access_token=${token}`);
    for (let n = 0; n < 21; n++) ear.subscribe("hashtag", { tag: `t${n}` });
    await ear.until(() => ear.errors.length > 0);
    expect(ear.errors).toEqual([{ error: "Too many channels requested", status: 429 }]);
    const other = await listen(stead, `${STREAMING}?access_token=${token}`);
    for (let n = 0; n < 10; n++) other.subscribe("hashtag", { tag: `${n}${"ü".repeat(99)}` });
    await other.until(() => other.errors.length > 0);
    await hears(await listen(stead, `${STREAMING}?access_token=${token}&stream=user`));
  });

  it("is answered when it is a ping, without waking anybody", async () => {
    const ear = await listen(stead, `${STREAMING}?access_token=${token}`);
    const pong = new Promise((resolve) =>
      ear.socket.addEventListener("message", ({ data }) => resolve(data), { once: true }),
    );
    ear.socket.send("ping");
    expect(await pong.catch(String)).toBe("pong");
  });
});

describe("a socket", () => {
  it("stream.hibernate-wake: knows its streams after the object was away", async () => {
    const ear = await listen(stead, `${STREAMING}?access_token=${token}&stream=user`);
    ear.subscribe("hashtag", { tag: "ünicode" });
    await moment();
    await evictDurableObject(streamingObject());
    await stead.publishes("Good morning #ünicode");
    expect((await ear.hears(2)).toSorted()).toEqual(["hashtag ünicode: update", "user: update"]);
  });

  const within5s = async (ear: Ear) => {
    await ear.until(() => ear.closed !== null);
    expect(ear.closed).toEqual({ code: 1008, reason: "The access token was revoked" });
  };

  it("stream.revoked→close: G20: is closed when its token is revoked, and no other is", async () => {
    const app = await App.letIn(stead);
    const ear = await listen(stead, `${STREAMING}?access_token=${app.token}&stream=user`);
    const other = await listen(stead, `${STREAMING}?access_token=${token}&stream=user`);
    await ask(stead, "/oauth/revoke", form({ token: app.token }));
    await within5s(ear);
    await hears(other);
    expect(ear.heard).toEqual([]);
  });

  it("G20: is closed when the owner shows its app the door", async () => {
    const app = await App.letIn(stead);
    const ear = await listen(stead, `${STREAMING}?access_token=${app.token}&stream=user`);
    await disconnect(await stead.ctx(), Number(app.client.id));
    await within5s(ear);
  });

  it("G20: is told nothing more even when nobody could tell it that its token ended", async () => {
    const mine = await tokenFor(stead, ["read"]);
    const ear = await listen(stead, `${STREAMING}?access_token=${mine}&stream=user`);
    await moment();
    const ctx = await stead.ctx();
    const deaf = {
      ...ctx,
      ports: { ...ctx.ports, streams: { ...ctx.ports.streams, tokensEnded: async () => {} } },
    };
    expect(await revoke(deaf, mine, null)).toBe(true);
    await stead.publishes("A secret of tomorrow");
    await within5s(ear);
    expect(ear.heard).toEqual([]);
  });

  it("G20: is closed with all others when the password is set anew with the secret", async () => {
    const mine = await tokenFor(stead, ["read"]);
    const all = [
      await listen(stead, `${STREAMING}?access_token=${mine}`),
      await listen(stead, `${STREAMING}?access_token=${mine}`),
    ];
    expect(await recover(await stead.ctx(), "another battery staple")).toBeNull();
    for (const ear of all) await within5s(ear);
    token = await tokenFor(stead, ["read"]);
  });

  it("is forgotten when it is closed", async () => {
    const ear = await listen(stead, `${STREAMING}?access_token=${token}`);
    ear.socket.close(1000);
    await moment(100);
    const open = await runInDurableObject(streamingObject(), (_, state) => state.getWebSockets().length);
    expect(open).toBe(0);
  });
});

describe("server-sent events", () => {
  async function* linesOf(answer: Response): AsyncGenerator<string> {
    const reader = answer.body!.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      rest += value;
      const lines = rest.split("\n");
      rest = lines.pop()!;
      yield* lines;
    }
  }

  it("carry the same to bots that read lines, and end with the token", async () => {
    const mine = await tokenFor(stead, ["read"]);
    const answer = await stead.fetch(`${STREAMING}/user`, { headers: { authorization: `Bearer ${mine}` } });
    expect([answer.status, answer.headers.get("content-type")]).toEqual([200, "text/event-stream"]);
    const lines = linesOf(answer);
    expect((await lines.next()).value).toBe(":)");
    const id = await stead.publishes("For bots");
    expect((await lines.next()).value).toBe("event: update");
    const data = String((await lines.next()).value);
    expect(JSON.parse(data.slice("data: ".length))).toMatchObject({ id: String(id) });
    expect((await lines.next()).value).toBe("");
    await revoke(await stead.ctx(), mine, null);
    expect((await lines.next()).done).toBe(true);
  });

  it.each([
    "user/notification",
    "public",
    "public/local",
    "public/remote",
    "hashtag?tag=a",
    "hashtag/local?tag=a",
    "list?list=1",
    "direct",
  ])("are at %s as well", async (address) => {
    const sign = address.includes("?") ? "&" : "?";
    const answer = await stead.fetch(`${STREAMING}/${address}${sign}access_token=${token}`);
    expect(answer.status).toBe(200);
    await answer.body!.cancel();
  });

  it("are refused for a hashtag without a name, and for what the token is not for", async () => {
    const narrow = await tokenFor(stead, ["read:notifications"]);
    const at = async (address: string, mine: string) =>
      (await ask(stead, `${STREAMING}/${address}`, { headers: { authorization: `Bearer ${mine}` } })).status;
    expect(await at("hashtag", token)).toBe(400);
    expect(await at("list?list=abc", token)).toBe(400);
    expect(await at("user", narrow)).toBe(403);
  });
});
