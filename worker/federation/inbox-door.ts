/** Where peers knock: both inboxes, one way of being answered. */
import { Hono } from "hono";

import { receive } from "../inbox/receive.ts";
import type { SteadEnv } from "./stead-env.ts";

export const inboxDoor = new Hono<SteadEnv>();

for (const path of ["/inbox", "/inbox/", "/actor/inbox", "/actor/inbox/"]) {
  inboxDoor.post(path, async (c) => {
    const { ctx } = c.var;
    if (!ctx.stead.dataKey) return answer(503, "This stead's secret is missing or was changed.", 300);
    const { pathname, search } = new URL(c.req.url);
    const { status, reason, retryAfter } = await receive(
      ctx,
      c.req.raw,
      `${ctx.stead.origin}${pathname}${search}`,
    );
    ctx.log.info("inbox", { status, reason });
    return answer(status, TEXTS[status] ?? "", retryAfter);
  });
  inboxDoor.all(
    path,
    () => new Response("Inboxes take POST.\n", { status: 405, headers: { allow: "POST" } }),
  );
}

/** Safe words: nothing of what was sent comes back. */
const TEXTS: Record<number, string> = {
  400: "This activity can not be read.",
  401: "The signature is missing or does not hold.",
  403: "Nothing is taken from this server or account.",
  413: "An activity may have at most 1 MiB.",
  415: "Send application/activity+json, not compressed.",
  503: "Please come again in a moment.",
};

function answer(status: number, text: string, retryAfter?: number): Response {
  const headers = new Headers({ "content-type": "text/plain; charset=utf-8", "cache-control": "no-store" });
  if (retryAfter !== undefined) headers.set("retry-after", String(retryAfter));
  return new Response(text === "" ? null : `${text}\n`, { status, headers });
}
