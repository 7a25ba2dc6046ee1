/**
 * The way to the streams: a WebSocket at `/api/v1/streaming`, and a stream of server-sent events for each of Mastodon's older addresses. Outside
 * the table of routes, because what comes back is no JSON. Nobody listens without a token of the owner's: what they read tells whom they follow.
 */
import { Hono } from "hono";
import type { Context } from "hono";

import type { Ctx } from "../../kernel/ctx.ts";
import { couldBeSecret } from "../../kernel/secret-token.ts";
import { bearerOf, type Bearer } from "../../owner/tokens.ts";
import { json, refused } from "../answers.ts";
import { allowance, networkOf } from "../rate-limit.ts";
import { hearsWith, mayListen, readChannel, type Asked } from "./channels.ts";
import { eventStream } from "./event-stream.ts";
import { UNKNOWN } from "./frames.ts";

interface DoorEnv {
  Variables: { ctx: Ctx };
}

type Visit = Context<DoorEnv>;

const STREAMING = "/api/v1/streaming";

export const streaming = new Hono<DoorEnv>();

for (const path of [`${STREAMING}/health`, `${STREAMING}/health/`])
  streaming.get(path, () => new Response("OK", { headers: PLAIN }));

const PLAIN = { "content-type": "text/plain; charset=utf-8", "cache-control": "private, no-store" };

for (const path of [STREAMING, `${STREAMING}/`]) streaming.get(path, (c) => socketFor(c));

/** Mastodon's addresses, and the streams they stand for. */
const ADDRESSES: Readonly<Record<string, string>> = {
  user: "user",
  "user/notification": "user:notification",
  public: "public",
  "public/local": "public:local",
  "public/remote": "public:remote",
  hashtag: "hashtag",
  "hashtag/local": "hashtag:local",
  list: "list",
  direct: "direct",
};

for (const [address, stream] of Object.entries(ADDRESSES)) {
  for (const path of [`${STREAMING}/${address}`, `${STREAMING}/${address}/`])
    streaming.get(path, (c) => eventsFor(c, stream));
}

/** 1 D1 read, and 1 call to the object. */
async function socketFor(c: Visit): Promise<Response> {
  if (c.req.header("upgrade")?.toLowerCase() !== "websocket") {
    const error = "This address is for WebSockets: ask for an upgrade";
    return json({ error }, 426, { upgrade: "websocket", connection: "upgrade" });
  }
  const [offered] = (c.req.header("sec-websocket-protocol") ?? "").split(",").map((one) => one.trim());
  const entry = await entryOf(c, offered ?? "");
  if (entry instanceof Response) return entry;
  const stream = c.req.query("stream") === undefined ? null : askedIn(c, c.req.query("stream") ?? "");
  const opened = await openFor(c.var.ctx, entry, stream);
  const { webSocket } = opened;
  if (!webSocket) return refused({ kind: "too-many", seconds: 60 });
  // A browser that offered a protocol hangs up when none is chosen (RFC 6455 §4.1).
  const headers: Record<string, string> = offered ? { "sec-websocket-protocol": offered } : {};
  return new Response(null, { status: 101, webSocket, headers });
}

async function eventsFor(c: Visit, stream: string): Promise<Response> {
  const entry = await entryOf(c, "");
  if (entry instanceof Response) return entry;
  const onlyMedia = /^(true|1|on)$/.test(c.req.query("only_media") ?? "") && stream.startsWith("public");
  const asked = askedIn(c, onlyMedia ? `${stream}:media` : stream);
  const channel = readChannel(asked);
  if (channel === null) return json({ error: UNKNOWN.problem }, UNKNOWN.status);
  if (!mayListen(hearsWith(entry.scopes), channel)) return refused({ kind: "out-of-scope" });
  const { webSocket } = await openFor(c.var.ctx, entry, asked);
  return webSocket ? eventStream(webSocket) : refused({ kind: "too-many", seconds: 60 });
}

const askedIn = (c: Visit, stream: string): Asked => ({
  stream,
  tag: c.req.query("tag") ?? "",
  list: c.req.query("list") ?? "",
});

function openFor(ctx: Ctx, bearer: Bearer, asked: Asked | null): Promise<Response> {
  const stream = asked && { ...asked };
  return ctx.ports.streams.open({ token: bearer.hash, scopes: bearer.scopes, stream });
}

/** Who comes in; or why not. The token in the query is how Mastodon's own web app and many others do it. */
async function entryOf(c: Visit, protocol: string): Promise<Bearer | Response> {
  const { ctx } = c.var;
  const now = ctx.clock();
  const [, inHeader = ""] = /^bearer +(\S+)$/i.exec(c.req.header("authorization")?.trim() ?? "") ?? [];
  const token = [inHeader, c.req.query("access_token") ?? "", protocol].find(couldBeSecret) ?? "";
  const bearer = await bearerOf(ctx, token);
  const who = bearer?.hash ?? `network:${networkOf(c.req.header("cf-connecting-ip") ?? "")}`;
  const { exceeded, resetAt } = allowance(who, now);
  if (exceeded) return refused({ kind: "too-many", seconds: Math.ceil((resetAt - now) / 1_000) });
  if (!bearer) return refused({ kind: "unauthorized" });
  if (bearer.kind === "app") return refused({ kind: "needs-owner" });
  const { statuses, notifications } = hearsWith(bearer.scopes);
  return statuses || notifications ? bearer : refused({ kind: "out-of-scope" });
}
