/** A browser without scripts: keeps the cookie, says where a form comes from, and looks at every page it is given. */
import { expect } from "vitest";

import { ORIGIN, PASSWORD, type Stead } from "../fediverse/stead.ts";

export type Fields = Readonly<Record<string, string | File | readonly string[]>>;

export interface Page {
  readonly status: number;
  readonly html: string;
  /** Where it leads, "" when it leads nowhere. */
  readonly location: string;
  readonly headers: Headers;
}

interface Asked {
  fetch(path: string, init: RequestInit): Promise<Response>;
}

export class Browser {
  readonly #stead: Asked;
  cookie = "";

  constructor(stead: Asked) {
    this.#stead = stead;
  }

  static async signedIn(stead: Stead): Promise<Browser> {
    const browser = new Browser(stead);
    const { status } = await browser.post("/login", { password: PASSWORD });
    if (status !== 303) throw new Error(`signing in was answered ${status}`);
    return browser;
  }

  get(path: string): Promise<Page> {
    return this.#load(path, { headers: { accept: "text/html" } });
  }

  post(path: string, fields: Fields = {}, headers: Record<string, string> = {}): Promise<Page> {
    const said = { accept: "text/html", origin: ORIGIN, "sec-fetch-site": "same-origin", ...headers };
    return this.#load(path, { method: "POST", body: bodyOf(fields), headers: said });
  }

  async #load(path: string, init: RequestInit): Promise<Page> {
    const headers = { ...(init.headers as Record<string, string>), cookie: this.cookie };
    const answer = await this.#stead.fetch(path, { ...init, headers });
    const [cookie] = answer.headers.getSetCookie();
    if (cookie !== undefined) this.cookie = cookie.split(";")[0] ?? "";
    const html = await answer.text();
    if (answer.headers.get("content-type")?.startsWith("text/html")) expectSafe(answer.headers, html);
    return {
      status: answer.status,
      html,
      location: answer.headers.get("location") ?? "",
      headers: answer.headers,
    };
  }
}

function bodyOf(fields: Fields): FormData | URLSearchParams {
  const entries = Object.entries(fields).flatMap(([name, value]) =>
    (Array.isArray(value) ? value : [value]).map((one: string | File) => [name, one] as const),
  );
  if (entries.every(([, value]) => typeof value === "string")) {
    return new URLSearchParams(entries as [string, string][]);
  }
  const form = new FormData();
  for (const [name, value] of entries) {
    if (typeof value === "string") form.append(name, value);
    else form.append(name, value, value.name);
  }
  return form;
}

const CSP =
  "default-src 'none'; style-src 'self'; img-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

/** What holds for every page there is. */
export function expectSafe(headers: Headers, html: string): void {
  // The consent page leads to the app: Chromium would hold that to form-action as well.
  const leadsOut = html.includes('<form method="post" action="/oauth/authorize"');
  const policy = leadsOut ? CSP.replace(" form-action 'self';", "") : CSP;
  expect(headers.get("content-security-policy")).toBe(policy);
  expect(headers.get("x-content-type-options")).toBe("nosniff");
  expect(headers.get("referrer-policy")).toBe("same-origin");
  expect(headers.get("cache-control")).toMatch(/^(private, no-store|no-cache)$/);
  expect(html).toMatch(/^<!doctype html><html lang="en">/);
  expect(html.match(/<h1[ >]/g)).toHaveLength(1);
  for (const [tag] of html.matchAll(/<[a-z](?:[^>"]|"[^"]*")*>/gi)) {
    expect(tag).not.toMatch(/^<(script|style|iframe|object|embed|base|svg)\b/i);
    expect(tag.replaceAll(/"[^"]*"/g, '""')).not.toMatch(/\s(on[a-z]+|style|srcdoc|formaction)\s*=/i);
    expect(tag).not.toMatch(/\s(href|src|action)\s*=\s*["']?\s*(javascript|data|vbscript):/i);
    if (/^<img\b/.test(tag)) expect(tag).toMatch(/ src="\/(images\/|media\/|follow\.svg")/);
  }
  for (const [, id] of html.matchAll(/<(?:input|textarea|select)\b[^>]* id="([^"]+)"/g)) {
    expect(html, `${id} has no label`).toContain(`for="${id}"`);
  }
}
