/** An app of the owner's: registers, is let in through the consent page, and holds every answer against its contract. */
import * as v from "valibot";
import { expect } from "vitest";

import { forgetCounts } from "../../worker/mastodon/rate-limit.ts";
import { SCOPES } from "../../worker/model/scopes.ts";
import { env, ORIGIN, type Stead } from "../fediverse/stead.ts";
import { Browser } from "../web/browser.ts";
import { contractOf } from "./contracts/by-route.ts";
import { error } from "./contracts/oauth.ts";

/** The same stead for the next test: as if no app had ever come. */
export async function forgetApps(): Promise<void> {
  forgetCounts();
  const tables = ["oauth_apps", "oauth_codes", "oauth_tokens", "attempts"];
  await env.DB.batch(tables.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
}

export type Json = Record<string, unknown>;

export interface Reply {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Json;
}

/** Asks as an app asks: what comes back is JSON that may be read from another site, and keeps its contract. */
export async function ask(stead: Stead, path: string, init: RequestInit = {}): Promise<Reply> {
  const answer = await stead.fetch(path, init);
  const { status, headers } = answer;
  const { pathname } = new URL(path, ORIGIN);
  const text = await answer.text();
  expect([path, headers.get("content-type")]).toEqual([path, "application/json; charset=utf-8"]);
  expect([path, headers.get("access-control-allow-origin")]).toEqual([path, "*"]);
  expect(headers.get("access-control-allow-credentials")).toBeNull();
  expect(headers.get("cache-control")).toMatch(/no-store|no-cache/);
  if (init.method === "HEAD") return { status, headers, body: {} };
  const body: unknown = JSON.parse(text);
  const contract = status < 300 ? contractOf(init.method ?? "GET", pathname) : error;
  if (contract === null) throw new Error(`${path} has no contract`);
  const parsed = v.safeParse(contract, body);
  expect(
    parsed.issues?.map(({ message, path: at }) => `${v.getDotPath({ path: at } as never)}: ${message}`),
  ).toBe(undefined);
  return { status, headers, body: body as Json };
}

export const form = (fields: Record<string, string>): RequestInit => ({
  method: "POST",
  body: new URLSearchParams(fields),
});

export const asJson = (data: unknown, method = "POST"): RequestInit => ({
  method,
  body: JSON.stringify(data),
  headers: { "content-type": "application/json" },
});

export const REDIRECT = "https://app.example/callback";

export interface Client {
  readonly id: string;
  readonly secret: string;
}

export async function registered(
  stead: Stead,
  fields: { redirect_uris?: string; scopes?: string; client_name?: string } = {},
): Promise<Client> {
  const asked = { client_name: "Test app", redirect_uris: REDIRECT, scopes: SCOPES.join(" "), ...fields };
  const { status, body } = await ask(stead, "/api/v1/apps", form(asked));
  expect(status).toBe(200);
  return { id: String(body["client_id"]), secret: String(body["client_secret"]) };
}

/** What an app opens in the browser. */
export function authorizeQuery(client: Client, fields: Record<string, string> = {}): Record<string, string> {
  return { response_type: "code", client_id: client.id, redirect_uri: REDIRECT, scope: "read", ...fields };
}

/** Opens the consent page, and presses "Let it in" with what the page holds. */
export async function consent(
  browser: Browser,
  query: Record<string, string>,
  answer = "allow",
): Promise<Awaited<ReturnType<Browser["post"]>>> {
  const shown = await browser.get(`/oauth/authorize?${new URLSearchParams(query).toString()}`);
  expect(shown.status).toBe(200);
  const fields = Object.fromEntries(
    [...shown.html.matchAll(/<input type="hidden" name="([^"]+)" value="([^"]*)"/g)].map(
      ([, name, value]) => [name!, value!.replaceAll("&amp;", "&").replaceAll("&quot;", '"')],
    ),
  );
  return browser.post("/oauth/authorize", { ...fields, answer });
}

/** The code in the address that the browser is sent to. */
export function codeIn(location: string): string {
  const code = /[?&]code=([\w-]{43})(&|$)/.exec(location)?.[1];
  if (code === undefined) throw new Error(`no code in ${location}`);
  return code;
}

export function redemption(client: Client, code: string, fields: Record<string, string> = {}) {
  return {
    grant_type: "authorization_code",
    client_id: client.id,
    client_secret: client.secret,
    redirect_uri: REDIRECT,
    code,
    ...fields,
  };
}

/** An app that was let in. */
export class App {
  readonly stead: Stead;
  readonly client: Client;
  readonly token: string;

  constructor(stead: Stead, client: Client, token: string) {
    this.stead = stead;
    this.client = client;
    this.token = token;
  }

  static async letIn(stead: Stead, scope = "read write follow push profile"): Promise<App> {
    const browser = await Browser.signedIn(stead);
    const client = await registered(stead);
    const { location } = await consent(browser, authorizeQuery(client, { scope }));
    const { status, body } = await ask(stead, "/oauth/token", form(redemption(client, codeIn(location))));
    expect([status, body["scope"]]).toEqual([200, scope]);
    return new App(stead, client, String(body["access_token"]));
  }

  ask(path: string, init: RequestInit = {}): Promise<Reply> {
    const headers = { ...(init.headers as Record<string, string>), authorization: `Bearer ${this.token}` };
    return ask(this.stead, path, { ...init, headers });
  }
}

/** A PKCE pair. */
export async function pkce(verifier = "v".repeat(64)): Promise<{ verifier: string; challenge: string }> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
  const challenge = btoa(String.fromCharCode(...new Uint8Array(digest)));
  return { verifier, challenge: challenge.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "") };
}
