/** Answers as apps expect them: JSON, never kept by a cache, and each problem under the status and the words that apps look for. */
const HEADERS = {
  "content-type": "application/json; charset=utf-8",
  "cache-control": "private, no-store",
  vary: "authorization",
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
};

export function json(data: unknown, status = 200, headers: Readonly<Record<string, string>> = {}): Response {
  return new Response(JSON.stringify(data), { status, headers: { ...HEADERS, ...headers } });
}

/** Why a request is not obeyed. */
export type Problem =
  | { kind: "unreadable"; problem: string }
  | { kind: "unauthorized" }
  | { kind: "out-of-scope" }
  | { kind: "needs-owner" }
  | { kind: "not-found" }
  | { kind: "too-large"; max: number }
  | { kind: "invalid"; problem: string }
  | { kind: "too-many"; seconds: number }
  | { kind: "unavailable" };

/** The one mapper. The first four sentences are Mastodon's own: apps compare them. */
export function refused(problem: Problem): Response {
  switch (problem.kind) {
    case "unauthorized": {
      const challenge = 'Bearer realm="Fedistead", error="invalid_token"';
      return json({ error: "The access token is invalid" }, 401, { "www-authenticate": challenge });
    }
    case "out-of-scope":
      return json({ error: "This action is outside the authorized scopes" }, 403);
    case "needs-owner":
      return json({ error: "This method requires an authenticated user" }, 422);
    case "not-found":
      return json({ error: "Record not found" }, 404);
    case "unreadable":
      return json({ error: problem.problem }, 400);
    case "too-large":
      return json({ error: `At most ${Math.round(problem.max / 1_000)} KB can be sent` }, 413);
    case "invalid":
      return json({ error: `Validation failed: ${problem.problem}` }, 422);
    case "too-many":
      return json({ error: "Too many requests" }, 429, { "retry-after": String(problem.seconds) });
    case "unavailable":
      return json({ error: "Something failed here. Please come again in a moment." }, 503, {
        "retry-after": "10",
      });
  }
}

/** Whether a path is only ever asked by apps, so that even the worst answer to it has to be JSON. */
export const isForApps = (pathname: string): boolean =>
  /^\/(api\/|oauth\/(token|revoke|userinfo)\/?$)/.test(pathname);

/** RFC 6749 §5.2, for the endpoints under /oauth. */
export function oauthError(
  error:
    | "invalid_request"
    | "invalid_client"
    | "invalid_grant"
    | "invalid_scope"
    | "unauthorized_client"
    | "unsupported_grant_type",
  description: string,
  status = error === "invalid_client" ? 401 : 400,
): Response {
  const headers = status === 401 ? { "www-authenticate": 'Basic realm="Fedistead"' } : {};
  return json({ error, error_description: description }, status, headers);
}

/** A time as every client can read it: always with milliseconds, always UTC (Toot! needs them). */
export const timestamp = (at: number): string => new Date(at).toISOString();
