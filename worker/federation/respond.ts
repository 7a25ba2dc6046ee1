/** Answers to machines: the media types, and the caching each kind may have. */
import type { Context } from "hono";

const ACTIVITY_JSON = "application/activity+json; charset=utf-8";

/**
 * A public document. `no-cache` with an ETag: a stale alias costs followers, a stale collection a wrong count. Whoever sends the
 * ETag back pays nothing for the body.
 */
export function document(c: Context, body: string, etag: string, type = ACTIVITY_JSON): Response {
  const headers = { "content-type": type, "cache-control": "no-cache", etag, vary: "accept" };
  if (matches(c.req.header("if-none-match"), etag)) return new Response(null, { status: 304, headers });
  return new Response(body, { headers });
}

/** A document made for this request: not kept by anybody when it was shown because of who asked. */
export function activity(body: unknown, open = true): Response {
  const headers = {
    "content-type": ACTIVITY_JSON,
    "cache-control": open ? "no-cache" : "private, no-store",
    vary: "accept",
  };
  return new Response(JSON.stringify(body), { headers });
}

/** RFC 9110 §13.1.2: weak comparison. */
function matches(header: string | undefined, etag: string): boolean {
  const bare = (tag: string) => tag.trim().replace(/^W\//, "");
  return (
    header !== undefined && header.split(",").some((tag) => tag.trim() === "*" || bare(tag) === bare(etag))
  );
}

/** Whether the request asks for ActivityPub rather than for a page. A browser names text/html; peers never do before our types. */
export function wantsActivity(c: Context): boolean {
  const accept = (c.req.header("accept") ?? "").toLowerCase();
  const at = (type: string) => (accept.includes(type) ? accept.indexOf(type) : Number.POSITIVE_INFINITY);
  const machine = Math.min(
    at("application/activity+json"),
    at("application/ld+json"),
    at("application/json"),
  );
  return machine < at("text/html");
}
