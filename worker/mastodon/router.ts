/**
 * Routes as a table, and what holds for all of them: who may, how often, and what was sent. A route says what it needs or it does not
 * compile; what is not in the table is not there. Every path is taken with a slash at its end as well, because some apps write one.
 */
import { Hono } from "hono";
import type { Context } from "hono";

import type { Ctx } from "../kernel/ctx.ts";
import { covers, type Scope } from "../model/scopes.ts";
import { bearerOf, type Bearer } from "../owner/tokens.ts";
import { refused } from "./answers.ts";
import { readParams, readQuery, type Params } from "./params.ts";
import { allowance, networkOf } from "./rate-limit.ts";

/** What a handler is given. */
export interface Call {
  readonly ctx: Ctx;
  readonly request: Request;
  /** Without a slash at its end. */
  readonly url: URL;
  readonly params: Params;
  /** Who asks, to be counted: an address or an IPv6 /64. */
  readonly from: string;
  readonly path: (name: string) => string;
}

/** A call whose token is known. */
export interface GrantedCall extends Call {
  readonly bearer: Bearer;
}

/** A call by anybody, or by the owner. */
export interface OpenCall extends Call {
  /** It has a token of the owner's, with the scope that is needed. */
  readonly byOwner: boolean;
}

type Answer = Response | Promise<Response>;

interface Place {
  readonly method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** As Hono reads it, without a slash at its end. */
  readonly path: string;
  /** Of the body, in bytes, where pictures may be in it. */
  readonly maxBody?: number;
  /** The handler reads the body itself, as it comes; `params` is the query alone. */
  readonly streamed?: true;
}

/**
 * `public`: for everybody, and a token is not looked at. `app`: any token that works. Else one of these scopes, and the owner's own token:
 * an app's token for itself opens nothing of the owner's. `anybody`: for everybody, and more of it for the owner's own token with one of these
 * scopes.
 */
export type Route =
  | (Place & { readonly scope: "public"; readonly handle: (call: Call) => Answer })
  | (Place & {
      readonly scope: { readonly anybody: readonly [Scope, ...Scope[]] };
      readonly handle: (call: OpenCall) => Answer;
    })
  | (Place & {
      readonly scope: "app" | readonly [Scope, ...Scope[]];
      readonly handle: (call: GrantedCall) => Answer;
    });

interface RouterEnv {
  Variables: { ctx: Ctx };
}

export function router(routes: readonly Route[]): Hono<RouterEnv> {
  const face = new Hono<RouterEnv>();
  for (const route of routes) {
    face.on(route.method, [route.path, `${route.path}/`], (c) => answer(c, route));
  }
  // 404 and not 405: Android and Elk go on to an older endpoint for that alone.
  face.all("/api/*", () => refused({ kind: "not-found" }));
  face.onError((cause, c) => {
    const { pathname } = new URL(c.req.url);
    c.var.ctx.log.error("request", cause, { method: c.req.method, path: pathname });
    return refused({ kind: "unavailable" });
  });
  return face;
}

async function answer(c: Context<RouterEnv>, route: Route): Promise<Response> {
  const { ctx } = c.var;
  const from = networkOf(c.req.header("cf-connecting-ip") ?? "");
  const entry = await entryOf(ctx, route, c.req.header("authorization") ?? "");
  const now = ctx.clock();
  const bearer = "bearer" in entry ? entry.bearer : null;
  const rate = allowance(bearer?.hash ?? `network:${from}`, now);
  const made = rate.exceeded
    ? refused({ kind: "too-many", seconds: Math.ceil((rate.resetAt - now) / 1_000) })
    : await enter(c, entry, from, route);
  for (const [name, value] of Object.entries(rate.headers)) made.headers.set(name, value);
  return made;
}

type Entry =
  | { kind: "anybody"; handle: (call: Call) => Answer }
  | { kind: "open"; bearer: Bearer | null; handle: (call: OpenCall) => Answer }
  | { kind: "bearer"; bearer: Bearer; handle: (call: GrantedCall) => Answer }
  | { kind: "refused"; why: "unauthorized" | "out-of-scope" | "needs-owner" };

/** Who may enter, before anything that was sent is read. At most 1 D1 read. */
async function entryOf(ctx: Ctx, route: Route, authorization: string): Promise<Entry> {
  if (route.scope === "public") return { kind: "anybody", handle: route.handle };
  if (isOpen(route)) return openEntry(ctx, route, authorization);
  const { scope, handle } = route;
  const bearer = await bearerOf(ctx, tokenIn(authorization));
  if (!bearer) return { kind: "refused", why: "unauthorized" };
  if (scope === "app") return { kind: "bearer", bearer, handle };
  if (!scope.some((one) => covers(bearer.scopes, one))) return { kind: "refused", why: "out-of-scope" };
  return bearer.kind === "app" ? { kind: "refused", why: "needs-owner" } : { kind: "bearer", bearer, handle };
}

/** Never from the query, where it would end up in logs. */
function tokenIn(authorization: string): string {
  const [, token = ""] = /^bearer +(\S+)$/i.exec(authorization.trim()) ?? [];
  return token;
}

type OpenRoute = Extract<Route, { scope: { anybody: readonly Scope[] } }>;
const isOpen = (route: Route): route is OpenRoute =>
  typeof route.scope === "object" && "anybody" in route.scope;

/** Who shows a token has to show one that works, or they would see less than they expect and not know why. */
async function openEntry(ctx: Ctx, { scope, handle }: OpenRoute, authorization: string): Promise<Entry> {
  if (authorization.trim() === "") return { kind: "open", bearer: null, handle };
  const bearer = await bearerOf(ctx, tokenIn(authorization));
  if (!bearer) return { kind: "refused", why: "unauthorized" };
  const reads = scope.anybody.some((one) => covers(bearer.scopes, one));
  return reads ? { kind: "open", bearer, handle } : { kind: "refused", why: "out-of-scope" };
}

async function enter(
  c: Context<RouterEnv>,
  entry: Entry,
  from: string,
  { maxBody, streamed }: Place,
): Promise<Response> {
  if (entry.kind === "refused") return refused({ kind: entry.why });
  const read = streamed ? readQuery(c.req.raw) : await readParams(c.req.raw, maxBody);
  if (read.kind !== "params") return refused(read);
  const url = new URL(c.req.url);
  url.pathname = url.pathname.replace(/\/$/, "");
  const path = (name: string) => c.req.param(name) ?? "";
  const call: Call = { ctx: c.var.ctx, request: c.req.raw, url, params: read.params, from, path };
  switch (entry.kind) {
    case "anybody":
      return entry.handle(call);
    case "open":
      return entry.handle({ ...call, byOwner: entry.bearer?.kind === "owner" });
    case "bearer":
      return entry.handle({ ...call, bearer: entry.bearer });
  }
}
