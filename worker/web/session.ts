/** Who is signed in, and whether a form came from our own page. */
import type { Context } from "hono";
import { createMiddleware } from "hono/factory";

import type { Ctx } from "../kernel/ctx.ts";
import { findSession, SESSION_LIFE, type Session } from "../owner/sign-in.ts";
import { json, wantsJson } from "./answer.ts";
import { problemPage } from "./problem.tsx";

export interface WebEnv {
  Variables: { ctx: Ctx };
}

/** `__Host-` ties the cookie to this host and https; plain http is for localhost only. */
function cookieName(ctx: Ctx): string {
  return ctx.stead.origin.startsWith("https://") ? "__Host-session" : "session";
}

function cookie(ctx: Ctx, token: string, seconds: number): string {
  const secure = ctx.stead.origin.startsWith("https://") ? "; Secure" : "";
  return `${cookieName(ctx)}=${token}; Path=/; Max-Age=${seconds}; HttpOnly; SameSite=Lax${secure}`;
}

export const sessionCookie = (ctx: Ctx, token: string): string => cookie(ctx, token, SESSION_LIFE / 1_000);
export const noCookie = (ctx: Ctx): string => cookie(ctx, "", 0);

/** The token in the cookie; null when there is none. */
export function tokenOf(c: Context<WebEnv>): string | null {
  const name = `${cookieName(c.var.ctx)}=`;
  const parts = (c.req.header("cookie") ?? "").split(";").map((part) => part.trim());
  return parts.find((part) => part.startsWith(name))?.slice(name.length) || null;
}

/** The owner's session; null for a visitor. No D1 read without a cookie, 1 with one. */
export async function sessionOf(c: Context<WebEnv>): Promise<Session | null> {
  const token = tokenOf(c);
  return token === null ? null : findSession(c.var.ctx, token);
}

/**
 * The answer to a form of another site; null when it is ours. Browsers say where a POST comes from. What says neither Origin nor
 * Sec-Fetch-Site is no browser, and carries no cookie it was not given.
 */
function foreign(c: Context<WebEnv>): Response | null {
  if (c.req.method === "GET" || c.req.method === "HEAD") return null;
  const origin = c.req.header("origin");
  const site = c.req.header("sec-fetch-site");
  const ours =
    (origin === undefined || origin === c.var.ctx.stead.origin) &&
    (site === undefined || site === "same-origin" || site === "none");
  if (ours) return null;
  return problemPage(403, "This form came from another site.", "Open the page here and send it again.");
}

/** For forms that anybody may send. */
export const fromHere = createMiddleware<WebEnv>(async (c, next) => foreign(c) ?? (await next()));

/** Lets the owner pass; everybody else is asked to sign in, and comes back to where they wanted to go. */
export const ownerOnly = createMiddleware<WebEnv>(async (c, next) => {
  const refused = foreign(c);
  if (refused) return refused;
  if (await sessionOf(c)) return next();
  if (wantsJson(c)) return json({ error: "Sign in first: POST /login, and send the cookie." }, 401);
  const { pathname, search } = new URL(c.req.url);
  const back = c.req.method === "GET" ? `?next=${encodeURIComponent(pathname + search)}` : "";
  return seeOther(`/login${back}`);
});

/** After a form. The address is relative: a proxy in front, like Wrangler's, rewrites absolute ones. */
export function seeOther(path: string, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(null, {
    status: 303,
    headers: { location: path, "cache-control": "no-store", ...headers },
  });
}
