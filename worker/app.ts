/**
 * Mounts the faces in order, and turns every thrown fault into an answer. What comes before a face is decided here: whether the stead is fit
 * and claimed, and whether it was asked under its own name.
 */
import { Hono } from "hono";

import { collections } from "./federation/collections.ts";
import { discovery } from "./federation/discovery.ts";
import { documents } from "./federation/documents.ts";
import { followersSync } from "./federation/followers-sync.ts";
import { inboxDoor } from "./federation/inbox-door.ts";
import { probeActor } from "./federation/probe-actor.ts";
import { wantsActivity } from "./federation/respond.ts";
import type { Ctx } from "./kernel/ctx.ts";
import { consoleLog, describe } from "./kernel/log.ts";
import { isForApps, refused } from "./mastodon/answers.ts";
import { cors } from "./mastodon/cors.ts";
import { mastodon } from "./mastodon/routes.ts";
import { streaming } from "./mastodon/streaming/door.ts";
import { bind } from "./objects/bindings.ts";
import type { Env } from "./env.ts";
import { isOwnDomain } from "./owner/domains.ts";
import { assets } from "./web/assets.ts";
import { pages } from "./web/pages.tsx";
import { setup } from "./web/setup.tsx";
import { problemPage } from "./web/problem.tsx";

interface AppEnv {
  Bindings: Env;
  Variables: { ctx: Ctx };
}

export const app = new Hono<AppEnv>();

app.use(cors);
app.route("/", assets);

app.use(async (c, next) => {
  const bound = await bind(c.env, (work) =>
    c.executionCtx.waitUntil(work.catch((cause) => consoleLog.error("background", cause))),
  );
  const { pathname } = new URL(c.req.url);
  if (bound.kind !== "claimed" && isForApps(pathname)) return refused({ kind: "unavailable" });
  if (bound.kind === "unfit") return problemPage(503, bound.problem, bound.cure);
  if (bound.kind === "unclaimed") return setup(bound.base, c.req.raw);
  const { ctx } = bound;
  const url = new URL(c.req.url);
  const wellKnown = /^\/\.well-known\/(webfinger|host-meta(\.json)?)$/.test(url.pathname);
  if (url.origin !== ctx.stead.origin && !(wellKnown && (await isOwnDomain(ctx, url.host)))) {
    const page =
      (c.req.method === "GET" || c.req.method === "HEAD") &&
      !wantsActivity(c) &&
      c.req.header("accept")?.includes("text/html");
    if (page) return c.redirect(`${ctx.stead.origin}${url.pathname}${url.search}`, 308);
    return c.text("This stead answers under another name.\n", 421);
  }
  c.set("ctx", ctx);
  return next();
});

app.route("/", inboxDoor);
app.route("/", documents);
app.route("/", collections);
app.route("/", followersSync);
app.route("/", discovery);
app.route("/", probeActor);
app.route("/", streaming);
app.route("/", mastodon);
app.route("/", pages);

app.notFound((c) => {
  if (c.req.header("accept")?.includes("text/html")) return problemPage(404, "There is nothing here.", "");
  return c.json({ error: "not found" }, 404);
});

/** A fault is ours: the sender is asked to come again, and the reason stays in the log. */
app.onError((cause, c) => {
  const { pathname } = new URL(c.req.url);
  consoleLog.error("request", cause, { method: c.req.method, path: pathname });
  if (isForApps(pathname)) return refused({ kind: "unavailable" });
  if (describe(cause).includes("no such table"))
    return problemPage(503, "The database has no tables yet.", "Run npm run deploy, which migrates it.");
  return new Response("Something failed here. Please come again in a moment.\n", {
    status: 503,
    headers: { "retry-after": "10", "content-type": "text/plain; charset=utf-8" },
  });
});
