/**
 * An app that starts, as its own source says it does: how it registers, where the owner lets it in, how it redeems the code, and what it asks
 * then. One that is a web page asks as a browser lets it: with an origin, and a preflight before what is no simple request (Fetch §4.8).
 */
import { expect } from "vitest";

import { forgetCounts } from "../../worker/mastodon/rate-limit.ts";
import { ORIGIN, type Stead } from "../fediverse/stead.ts";
import { Browser } from "../web/browser.ts";
import { ask, codeIn, consent, pkce, type Json, type Reply } from "./client.ts";
import { follows, says } from "./following.ts";

/** How an app writes a body. */
export type Encoding = "form" | "multipart" | "json";

/** What a start needs that differs from app to app. */
export interface Login {
  /** Where a web page lives; null for a program. */
  readonly origin: string | null;
  readonly name: string;
  readonly redirect: string;
  readonly registers: Encoding;
  readonly redeems: Encoding;
  /** In the address of the consent page, beside what every app has there. */
  readonly authorizes?: Readonly<Record<string, string>>;
  /** With the code, beside what every app sends. */
  readonly brings?: Readonly<Record<string, string>>;
  readonly pkce?: boolean;
}

const OOB = "urn:ietf:wg:oauth:2.0:oob";
const SCOPES = "read write follow push";
const SIMPLE = /^(application\/x-www-form-urlencoded|multipart\/form-data|text\/plain)\b/;

export class Start {
  readonly stead: Stead;
  readonly login: Login;
  token = "";
  /** The owner's number, once the app knows it. */
  own = "";

  constructor(stead: Stead, login: Login) {
    this.stead = stead;
    this.login = login;
    forgetCounts();
  }

  /** From the name of the stead to a token. */
  async signsIn(): Promise<void> {
    const { redirect, registers, redeems, name } = this.login;
    const website = "https://app.example";
    const application = { client_name: name, redirect_uris: redirect, scopes: SCOPES, website };
    const { body: app } = await this.ask("/api/v1/apps", written(registers, application));
    expect(app).toMatchObject({ name, redirect_uri: redirect, redirect_uris: [redirect] });
    const client = { client_id: String(app["client_id"]), client_secret: String(app["client_secret"]) };

    const pair = await pkce();
    const challenge = this.login.pkce
      ? { code_challenge: pair.challenge, code_challenge_method: "S256" }
      : ({} as Record<string, string>);
    const { location, html } = await consent(await Browser.signedIn(this.stead), {
      client_id: client.client_id,
      response_type: "code",
      redirect_uri: redirect,
      scope: SCOPES,
      ...challenge,
      ...this.login.authorizes,
    });
    const copied = /<code class="handle">([\w-]{43})<\/code>/.exec(html)?.[1];
    expect(redirect === OOB ? copied : location.startsWith(redirect)).toBeTruthy();

    const { body: token } = await this.ask(
      "/oauth/token",
      written(redeems, {
        ...client,
        redirect_uri: redirect,
        grant_type: "authorization_code",
        code: copied ?? codeIn(location),
        ...(this.login.pkce ? { code_verifier: pair.verifier } : {}),
        ...this.login.brings,
      }),
    );
    expect([token["token_type"], token["scope"]]).toEqual(["Bearer", SCOPES]);
    this.token = String(token["access_token"]);
  }

  /** Asks with the token, one after the other; each is answered with success. */
  async asks(...paths: readonly string[]): Promise<void> {
    for (const path of paths) await this.ask(path, this.#bearing());
  }

  /** Sends with the token. */
  sends(path: string, method: "POST" | "PUT" | "PATCH", encoding: Encoding, fields: Json): Promise<Reply> {
    return this.ask(path, this.#bearing({ ...written(encoding, fields), method }));
  }

  /** Who it is that let the app in. */
  async learnsWhose(): Promise<void> {
    const { body } = await this.ask("/api/v1/accounts/verify_credentials", this.#bearing());
    expect(body).toMatchObject({ username: "me", acct: "me", source: { privacy: "public" } });
    this.own = String(body["id"]);
  }

  /** An answer that is 404 in so many words: the app knows by it that there is none. */
  async findsNone(path: string): Promise<void> {
    await this.ask(path, this.#bearing(), 404);
  }

  async ask(path: string, init: RequestInit = {}, status = 200): Promise<Reply> {
    const request = await this.#asBrowser(path, init);
    const reply = await ask(this.stead, path, request);
    expect([this.login.name, path, reply.status]).toEqual([this.login.name, path, status]);
    return reply;
  }

  /** What is no JSON of the API: documents for everybody. */
  async reads(path: string): Promise<string> {
    const answer = await this.stead.fetch(path, await this.#asBrowser(path, {}));
    expect([path, answer.status, answer.headers.get("access-control-allow-origin")]).toEqual([
      path,
      200,
      "*",
    ]);
    return answer.text();
  }

  /** Opens the stream, as a WebSocket, with the token where the app puts it. */
  async listens(where: "subprotocol" | "query", stream?: string): Promise<void> {
    const query = new URLSearchParams({
      ...(stream ? { stream } : {}),
      ...(where === "query" ? { access_token: this.token } : {}),
    });
    const headers: Record<string, string> = { upgrade: "websocket" };
    if (this.login.origin) headers["origin"] = this.login.origin;
    if (where === "subprotocol") headers["sec-websocket-protocol"] = this.token;
    const asked = query.size > 0 ? `?${query.toString()}` : "";
    const answer = await this.stead.fetch(`/api/v1/streaming${asked}`, { headers });
    expect([this.login.name, "WebSocket", answer.status]).toEqual([this.login.name, "WebSocket", 101]);
    if (where === "subprotocol") expect(answer.headers.get("sec-websocket-protocol")).toBe(this.token);
    const socket = answer.webSocket!;
    socket.accept();
    if (!stream) socket.send(JSON.stringify({ type: "subscribe", stream: "user" }));
    socket.close(1000);
  }

  #bearing(init: RequestInit = {}): RequestInit {
    const headers = new Headers(init.headers);
    headers.set("authorization", `Bearer ${this.token}`);
    return { ...init, headers: Object.fromEntries(headers) };
  }

  /** A page may not send what the other side has not agreed to. */
  async #asBrowser(path: string, init: RequestInit): Promise<RequestInit> {
    const { origin } = this.login;
    if (origin === null) return init;
    const { method, headers } = new Request(ORIGIN + path, init);
    const unsafe = [...headers].flatMap(([name, value]) =>
      name === "authorization" || (name === "content-type" && !SIMPLE.test(value)) ? [name] : [],
    );
    if (unsafe.length > 0 || !["GET", "HEAD", "POST"].includes(method)) {
      const preflight = await this.stead.fetch(path, {
        method: "OPTIONS",
        headers: {
          origin,
          "access-control-request-method": method,
          "access-control-request-headers": unsafe.join(","),
        },
      });
      expect([path, preflight.ok]).toEqual([path, true]);
      const granted = (name: string) => preflight.headers.get(`access-control-allow-${name}`) ?? "";
      expect(granted("origin")).toBe("*");
      expect(granted("methods").split(", ")).toContain(method);
      for (const name of unsafe) expect(granted("headers").toLowerCase().split(", ")).toContain(name);
    }
    return { ...init, headers: { ...(init.headers as Record<string, string>), origin } };
  }
}

function written(encoding: Encoding, fields: Json): RequestInit {
  switch (encoding) {
    case "json":
      return {
        method: "POST",
        body: JSON.stringify(fields),
        headers: { "content-type": "application/json" },
      };
    case "form":
      return { method: "POST", body: new URLSearchParams(fields as Record<string, string>) };
    case "multipart": {
      const body = new FormData();
      for (const [name, value] of Object.entries(fields)) body.append(name, String(value));
      return { method: "POST", body };
    }
  }
}

/** A stead with something of everything for an app to read: posts, answers, a boost, a picture, and news of each kind. */
export async function livedIn(stead: Stead): Promise<void> {
  const alice = await stead.peer("alice");
  await stead.followedBy(alice);
  await follows(stead, alice);
  const mine = await stead.publishes("Mine, with #cats and https://news.example/", { summary: "A warning" });
  await stead.publishes("For followers", { visibility: "followers" });
  const iri = `${ORIGIN}/posts/${mine}`;
  await stead.deliver(alice, alice.activity("Like", { object: iri }));
  await stead.deliver(alice, alice.activity("Announce", { object: iri }));
  const attachment = [
    { type: "Document", mediaType: "image/png", url: "https://a.test/cat.png", name: "A cat" },
  ];
  await says(stead, alice, { attachment });
  await says(stead, alice, { inReplyTo: iri, cc: [`${ORIGIN}/actor`] });
  const theirs = await says(stead, alice, { to: [`${alice.id}/followers`], cc: [] });
  expect(theirs).toBeGreaterThan(0);
  await stead.settle();
}
