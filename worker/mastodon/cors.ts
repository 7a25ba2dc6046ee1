/**
 * Apps that are web pages call from their own origin, so every answer they may need says that they may read it: errors too, or they see
 * nothing but "Failed to fetch". `*` comes without credentials: a browser neither sends nor shows anything of the owner's session.
 */
import { createMiddleware } from "hono/factory";

/** As Mastodon opens them (config/initializers/cors.rb), and the pictures. Never what carries the session's cookie. */
const OPEN = [
  /^\/api\//,
  /^\/oauth\/(token|revoke|userinfo)\/?$/,
  /^\/\.well-known\//,
  /^\/nodeinfo\//,
  /^\/@[^/]+$/,
  /^\/(actor|users)(\/|$)/,
  /^\/(images|media)\//,
  /^\/(avatar|header)\.png$/,
];

const EXPOSED =
  "Link, Mastodon-Async-Refresh, Retry-After, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset, X-Request-Id";
const PREFLIGHT = {
  "access-control-allow-methods": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
  "access-control-allow-headers": "Authorization, Content-Type, Idempotency-Key",
  "access-control-max-age": "7200",
};

/** Answers every preflight by itself; adds the headers to whatever else is answered. Before everything that might refuse. */
export const cors = createMiddleware(async (c, next) => {
  const { pathname } = new URL(c.req.url);
  if (!OPEN.some((path) => path.test(pathname))) return next();
  if (c.req.method === "OPTIONS") {
    return new Response(null, { status: 204, headers: { "access-control-allow-origin": "*", ...PREFLIGHT } });
  }
  await next();
  c.res.headers.set("access-control-allow-origin", "*");
  c.res.headers.set("access-control-expose-headers", EXPOSED);
});
