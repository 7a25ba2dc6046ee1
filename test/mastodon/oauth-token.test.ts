import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";

import { DAY, SECOND } from "../../worker/kernel/clock.ts";
import { sweepDaily } from "../../worker/sweep.ts";
import { rows } from "../fediverse/rows.ts";
import { ACTOR, ORIGIN, Stead } from "../fediverse/stead.ts";
import { Browser } from "../web/browser.ts";
import {
  App,
  ask,
  asJson,
  authorizeQuery,
  codeIn,
  consent,
  forgetApps,
  form,
  pkce,
  redemption,
  registered,
  type Client,
  type Reply,
} from "./client.ts";

let stead: Stead;
let owner: Browser;
let client: Client;
beforeAll(async () => {
  stead = await Stead.claimed();
  owner = await Browser.signedIn(stead);
});
beforeEach(async () => {
  await forgetApps();
  client = await registered(stead);
});
afterEach(() => {
  vi.useRealTimers();
});

async function newCode(fields: Record<string, string> = {}): Promise<string> {
  return codeIn((await consent(owner, authorizeQuery(client, fields))).location);
}

const redeem = (fields: Record<string, string>): Promise<Reply> => ask(stead, "/oauth/token", form(fields));
const tokens = () => rows("SELECT * FROM oauth_tokens");
const basic = (id: string, secret: string) => ({ authorization: `Basic ${btoa(`${id}:${secret}`)}` });

describe("a token for a code", () => {
  it.each<[string, (fields: Record<string, string>) => [string, RequestInit]]>([
    ["oauth.form", (fields) => ["", form(fields)]],
    ["oauth.json, as Elk and Ice Cubes send it", (fields) => ["", asJson(fields)]],
    [
      "oauth.multipart",
      (fields) => {
        const body = new FormData();
        for (const [name, value] of Object.entries(fields)) body.append(name, value);
        return ["", { method: "POST", body }];
      },
    ],
    ["a body that says it is text", (fields) => ["", { method: "POST", body: JSON.stringify(fields) }]],
    ["its query", (fields) => [`?${new URLSearchParams(fields).toString()}`, { method: "POST" }]],
    [
      "Basic, without credentials in the body",
      ({ client_id: _id, client_secret: _secret, ...fields }) => [
        "",
        { ...form(fields), headers: basic(client.id, client.secret) },
      ],
    ],
    [
      "oauth.basic+body, as tooot sends it",
      (fields) => ["", { ...form(fields), headers: basic(client.id, client.secret) }],
    ],
    ["a path with a slash at its end", (fields) => ["/", form(fields)]],
  ])("is given for %s, and lets the app in", async (_, request) => {
    const [tail, init] = request(redemption(client, await newCode({ scope: "read write" })));
    const { status, body } = await ask(stead, `/oauth/token${tail}`, init);
    expect([status, body["scope"]]).toEqual([200, "read write"]);
    const app = new App(stead, client, String(body["access_token"]));
    const me = await app.ask("/api/v1/accounts/verify_credentials");
    expect(me.body).toMatchObject({ username: "me", acct: "me" });
    expect((await app.ask("/api/v1/apps/verify_credentials")).body).toMatchObject({ name: "Test app" });
    expect(await stead.state()).not.toContain(app.token);
  });

  it("is taken in the header alone: an address ends up in logs", async () => {
    const { token } = await App.letIn(stead);
    expect((await ask(stead, `/api/v1/preferences?access_token=${token}`)).status).toBe(401);
    for (const scheme of ["bearer", "BEARER"])
      expect(
        (await ask(stead, "/api/v1/preferences", { headers: { authorization: `${scheme} ${token}` } }))
          .status,
      ).toBe(200);
  });
});

describe("a code", () => {
  it("oauth.pkce.reused-code (G5): used again is refused, and takes its token with it, for one of the two was a thief", async () => {
    const code = await newCode();
    const first = await redeem(redemption(client, code));
    const app = new App(stead, client, String(first.body["access_token"]));
    expect((await app.ask("/api/v1/preferences")).status).toBe(200);
    const again = await redeem(redemption(client, code));
    expect([again.status, again.body["error"]]).toEqual([400, "invalid_grant"]);
    expect((await app.ask("/api/v1/preferences")).status).toBe(401);
    expect(await tokens()).toEqual([]);
  });

  it("G5: used twenty times at once gives one token at most, and none that works", async () => {
    const code = await newCode();
    const answers = await Promise.all(Array.from({ length: 20 }, () => redeem(redemption(client, code))));
    expect(answers.filter(({ status }) => status === 200).length).toBeLessThanOrEqual(1);
    expect(await tokens()).toEqual([]);
  });

  it.each<[string, () => Promise<Record<string, string>>]>([
    ["G8: another redirect URI", async () => ({ redirect_uri: "https://app.example/other" })],
    ["G8: no redirect URI", async () => ({ redirect_uri: "" })],
    ["a verifier where no challenge was", async () => ({ code_verifier: "v".repeat(64) })],
    [
      "G6: another app",
      async () => {
        const other = await registered(stead);
        return { client_id: other.id, client_secret: other.secret };
      },
    ],
  ])("with %s is refused and burnt", async (_, wrong) => {
    const code = await newCode();
    const refused = await redeem(redemption(client, code, await wrong()));
    expect([refused.status, refused.body["error"]]).toEqual([400, "invalid_grant"]);
    expect((await redeem(redemption(client, code))).status).toBe(400);
    expect(await tokens()).toEqual([]);
  });

  it("G7: is too old after a minute", async () => {
    const [early, late] = [await newCode(), await newCode()];
    const now = Date.now();
    vi.useFakeTimers({ toFake: ["Date"], now: now + 55 * SECOND });
    expect((await redeem(redemption(client, early))).status).toBe(200);
    vi.setSystemTime(now + 61 * SECOND);
    expect((await redeem(redemption(client, late))).status).toBe(400);
    expect(await tokens()).toHaveLength(1);
  });

  it("that there never was is refused, and so is what can be none", async () => {
    for (const code of ["x".repeat(43), "", "../../etc", "' OR 1=1 --"])
      expect((await redeem(redemption(client, code))).body["error"]).toBe("invalid_grant");
  });

  it("is swept a day after it ended, and its token stays", async () => {
    await App.letIn(stead);
    vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * DAY });
    await sweepDaily(await stead.ctx());
    expect([(await rows("SELECT 1 FROM oauth_codes")).length, (await tokens()).length]).toEqual([0, 1]);
  });
});

describe("oauth.pkce", () => {
  it("S256 lets in who has the verifier", async () => {
    const { verifier, challenge } = await pkce();
    const code = await newCode({ code_challenge: challenge, code_challenge_method: "S256" });
    expect((await redeem(redemption(client, code, { code_verifier: verifier }))).status).toBe(200);
  });

  it.each([
    ["wrong-verifier", "w".repeat(64)],
    ["no verifier", ""],
    ["the challenge itself", "challenge"],
    ["a verifier too short", "v".repeat(42)],
    ["a verifier too long", "v".repeat(129)],
    ["a verifier of other letters", `${"v".repeat(63)}+`],
  ])("G4: refuses %s, and burns the code", async (_, given) => {
    const { verifier, challenge } = await pkce();
    const code = await newCode({ code_challenge: challenge, code_challenge_method: "S256" });
    const code_verifier = given === "challenge" ? challenge : given;
    expect((await redeem(redemption(client, code, { code_verifier }))).body["error"]).toBe("invalid_grant");
    expect((await redeem(redemption(client, code, { code_verifier: verifier }))).status).toBe(400);
    expect(await tokens()).toEqual([]);
  });
});

describe("an app that is not who it says", () => {
  it.each<[string, () => Record<string, string>]>([
    ["G3: no secret, challenge or not", () => ({ client_secret: "" })],
    ["a wrong secret", () => ({ client_secret: "x".repeat(43) })],
    ["another app's id", () => ({ client_id: "1000000000000000" })],
    ["no id", () => ({ client_id: "" })],
    ["an id that is none", () => ({ client_id: "1e15" })],
  ])("with %s is 401, and the code is still good", async (_, wrong) => {
    const { verifier, challenge } = await pkce();
    const code = await newCode({ code_challenge: challenge, code_challenge_method: "S256" });
    const right = redemption(client, code, { code_verifier: verifier });
    const refused = await redeem({ ...right, ...wrong() });
    expect([refused.status, refused.body["error"]]).toEqual([401, "invalid_client"]);
    expect(refused.headers.get("www-authenticate")).toMatch(/^Basic /);
    expect((await redeem(right)).status).toBe(200);
  });

  it("may not try for ever, and can not lock out the one who is", async () => {
    const wrong = redemption(client, "x".repeat(43), { client_secret: "x".repeat(43) });
    const tries: number[] = [];
    for (let n = 0; n < 32; n++) tries.push((await redeem(wrong)).status);
    expect([...new Set(tries.slice(0, 30)), ...tries.slice(30)]).toEqual([401, 429, 429]);
    expect((await redeem(redemption(client, await newCode()))).status).toBe(200);
  });

  it.each(["password", "refresh_token", "implicit", ""])(
    "gets nothing for the grant %j",
    async (grant_type) => {
      const { status, body } = await redeem({ ...redemption(client, await newCode()), grant_type });
      expect([status, body["error"]]).toEqual([400, "unsupported_grant_type"]);
    },
  );
});

describe("oauth.client_credentials: a token for the app itself", () => {
  const asked = (fields: Record<string, string> = {}) => ({
    grant_type: "client_credentials",
    client_id: client.id,
    client_secret: client.secret,
    ...fields,
  });

  it("says that the app is known, and opens nothing of the owner's", async () => {
    const { status, body } = await redeem(asked({ scope: "read write" }));
    expect([status, body["scope"]]).toEqual([200, "read write"]);
    const app = new App(stead, client, String(body["access_token"]));
    expect((await app.ask("/api/v1/apps/verify_credentials")).status).toBe(200);
    expect((await app.ask("/api/v1/accounts/verify_credentials")).status).toBe(422);
    expect((await owner.get("/apps")).html).toContain("No app is in.");
  });

  it("has no more than the app registered for", async () => {
    client = await registered(stead, { scopes: "read" });
    expect((await redeem(asked({ scope: "write" }))).body["error"]).toBe("invalid_scope");
    expect((await redeem(asked())).body["scope"]).toBe("read");
  });

  it("can not fill the database: four work at a time, and sixty are given in an hour", async () => {
    const answers: number[] = [];
    for (let n = 0; n < 62; n++) answers.push((await redeem(asked())).status);
    expect([...new Set(answers.slice(0, 60)), ...answers.slice(60)]).toEqual([200, 429, 429]);
    expect(await tokens()).toHaveLength(4);
  });
});

describe("oauth.revoke: the end of a token", () => {
  const revoke = (fields: Record<string, string>, headers = {}) =>
    ask(stead, "/oauth/revoke", { ...form(fields), headers });

  it.each<[string, () => Record<string, string>]>([
    ["with the app's secret", () => ({ client_id: client.id, client_secret: client.secret })],
    ["by whoever has it", () => ({})],
  ])("comes %s, from another site too, and nothing else ends", async (_, credentials) => {
    const other = await App.letIn(stead);
    const code = await newCode({ scope: "read" });
    const token = String((await redeem(redemption(client, code))).body["access_token"]);
    const { status, body } = await revoke({ token, ...credentials() }, { origin: "https://phanpy.example" });
    expect([status, body]).toEqual([200, {}]);
    expect((await new App(stead, client, token).ask("/api/v1/preferences")).status).toBe(401);
    expect((await other.ask("/api/v1/preferences")).status).toBe(200);
  });

  it("is not brought by another app, nor by one with a wrong secret", async () => {
    const app = await App.letIn(stead);
    const other = await registered(stead);
    for (const credentials of [
      { client_id: other.id, client_secret: other.secret },
      { client_id: app.client.id, client_secret: "x".repeat(43) },
    ]) {
      const { status, body } = await revoke({ token: app.token, ...credentials });
      expect([status, body["error"]]).toEqual([403, "unauthorized_client"]);
    }
    expect((await app.ask("/api/v1/preferences")).status).toBe(200);
  });

  it("counts as come for a token that nobody has (RFC 7009, section 2.2)", async () => {
    for (const token of ["x".repeat(43), "", "nonsense"]) expect((await revoke({ token })).status).toBe(200);
  });
});

describe("what an app can learn", () => {
  it("is where to go, so that it need not guess (RFC 8414)", async () => {
    const { body } = await ask(stead, "/.well-known/oauth-authorization-server");
    expect(body).toMatchObject({
      issuer: ORIGIN,
      token_endpoint: `${ORIGIN}/oauth/token`,
      app_registration_endpoint: `${ORIGIN}/api/v1/apps`,
      code_challenge_methods_supported: ["S256"],
    });
    expect(body["scopes_supported"]).toContain("profile");
  });

  it("is who let it in, by GET and POST", async () => {
    const app = await App.letIn(stead, "profile");
    for (const method of ["GET", "POST"]) {
      const { body } = await app.ask("/oauth/userinfo", { method });
      expect(body).toMatchObject({ iss: ORIGIN, sub: ACTOR, name: "Me", preferred_username: "me" });
    }
  });
});

describe("G13: the database", () => {
  it("holds no secret, code or token that was given out, nor any half of one", async () => {
    const code = await newCode();
    const app = await App.letIn(stead);
    const own = await redeem({
      grant_type: "client_credentials",
      client_id: client.id,
      client_secret: client.secret,
    });
    const state = await stead.state();
    for (const secret of [
      client.secret,
      app.client.secret,
      code,
      app.token,
      String(own.body["access_token"]),
    ]) {
      expect(state).not.toContain(secret.slice(0, 20));
      expect(state).not.toContain(btoa(secret).slice(0, 20));
    }
  });
});
