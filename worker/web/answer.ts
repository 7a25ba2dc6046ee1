/** The same address for people and for programs: JSON where that is asked for, else a page. */
import type { Context } from "hono";

/** Whether JSON is what was asked for; a browser asks for text/html. */
export function wantsJson(c: Context): boolean {
  const accept = c.req.header("accept") ?? "";
  return accept.includes("application/json") && !accept.includes("text/html");
}

/** What the page shows, as JSON; nobody keeps a copy. `data` has no secret in it. */
export function json(data: object, status = 200): Response {
  return Response.json(data, {
    status,
    headers: { "cache-control": "private, no-store", vary: "accept, cookie" },
  });
}

/** `data` or the page, by what was asked for. The page is made only when it is wanted. */
export function answer(
  c: Context,
  data: object,
  view: () => Response | Promise<Response>,
): Response | Promise<Response> {
  return wantsJson(c) ? json(data) : view();
}

/** After a form that was obeyed: on to the page that shows it, or the outcome as JSON. */
export function obeyed(c: Context, path: string, data: object): Response {
  if (wantsJson(c)) return json(data);
  return new Response(null, { status: 303, headers: { location: path, "cache-control": "no-store" } });
}
