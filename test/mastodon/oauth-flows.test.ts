/** oauth.redirect and oauth.no-content-type: from registration to the first answer, by each kind of address that apps come back to. */
import { beforeAll, beforeEach, expect, it } from "vitest";

import { Stead } from "../fediverse/stead.ts";
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
} from "./client.ts";

let stead: Stead;
let owner: Browser;
beforeAll(async () => {
  stead = await Stead.claimed();
  owner = await Browser.signedIn(stead);
});
beforeEach(() => forgetApps());

/** Bytes of which nobody says what they are. */
const unnamed = (text: string): RequestInit => ({ method: "POST", body: new TextEncoder().encode(text) });

it.each([
  ["a web page", "https://app.example/callback?instance=me.test", ""],
  ["a scheme of its own and nothing else, as Ice Cubes", "icecubesapp://", ""],
  ["a scheme with a name in it, as Mastodon for Android", "org.joinmastodon.android-auth://callback", ""],
  ["a scheme without slashes, as Ivory", "com.tapbots.Ivory.10217:/request_token/9F3C", ""],
  ["a port that the program found free just now", "http://127.0.0.1/cb", "http://127.0.0.1:54321/cb"],
])("oauth.redirect: back to %s", async (_, registered, used) => {
  const redirect = used || registered;
  const website = "https://app.example";
  const asked = { client_name: "App", redirect_uris: registered, scopes: "read write", website };
  const { body: app } = await ask(stead, "/api/v1/apps", asJson(asked));
  const client = { id: String(app["client_id"]), secret: String(app["client_secret"]) };
  const { verifier, challenge } = await pkce();
  const state = "a state & more=?";
  const { location } = await consent(
    owner,
    authorizeQuery(client, {
      redirect_uri: redirect,
      scope: "read write",
      state,
      code_challenge: challenge,
      code_challenge_method: "S256",
    }),
  );
  expect(location.startsWith(redirect)).toBe(true);
  expect(new URLSearchParams(location.slice(location.indexOf("?") + 1)).get("state")).toBe(state);
  const fields = redemption(client, codeIn(location), { redirect_uri: redirect, code_verifier: verifier });
  const other = { ...fields, redirect_uri: `${redirect}x` };
  expect((await ask(stead, "/oauth/token", form(other))).status).toBe(400);

  // The owner is asked again, and lets it in.
  const again = await consent(owner, authorizeQuery(client, { redirect_uri: redirect, scope: "read write" }));
  const anew = redemption(client, codeIn(again.location), { redirect_uri: redirect });
  const { status, body } = await ask(stead, "/oauth/token", form(anew));
  expect([status, body["scope"]]).toEqual([200, "read write"]);
  const let_in = new App(stead, client, String(body["access_token"]));
  expect((await let_in.ask("/api/v1/accounts/verify_credentials")).body["acct"]).toBe("me");
  expect((await let_in.ask("/api/v1/timelines/home")).status).toBe(200);
});

it.each<[string, (fields: Record<string, string>) => string]>([
  ["as a form", (fields) => new URLSearchParams(fields).toString()],
  ["as JSON", (fields) => JSON.stringify(fields)],
])("oauth.no-content-type: a body of which nobody says what it is, is read %s", async (_, write) => {
  const redirect = "https://app.example/cb";
  const asked = { client_name: "App", redirect_uris: redirect, scopes: "read" };
  const { status, body } = await ask(stead, "/api/v1/apps", unnamed(write(asked)));
  expect(status).toBe(200);
  const client = { id: String(body["client_id"]), secret: String(body["client_secret"]) };
  const { location } = await consent(owner, authorizeQuery(client, { redirect_uri: redirect }));
  const fields = redemption(client, codeIn(location), { redirect_uri: redirect });
  const token = await ask(stead, "/oauth/token", unnamed(write(fields)));
  expect([token.status, token.body["scope"]]).toEqual([200, "read"]);
});
