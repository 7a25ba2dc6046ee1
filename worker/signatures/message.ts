/**
 * The parts of a request that a signature may cover, by the names both schemes share: header fields, the host, the
 * target. Everything is taken from the URL we were called by; a header cannot move it.
 */
import type { RawRequest } from "./request.ts";
import { FIELD_MAX } from "./structured-fields.ts";

/** Most components a signature may list. Most servers list five; Fedify lists every header it sends. */
export const COMPONENTS_MAX = 32;

export type Message = Pick<RawRequest, "method" | "url" | "headers">;

/**
 * The value of a header field, without outer space. Null when it is absent, longer than `FIELD_MAX`, or has a line break,
 * which could pass for another line of the signing string (RFC 9421 §7.5.5).
 * A missing `host` is the URL's: whoever kept the request may have dropped it, and the signature tells whether it was that.
 */
export function fieldValue(message: Message, name: string): string | null {
  const value = Object.hasOwn(message.headers, name)
    ? message.headers[name]
    : name === "host"
      ? new URL(message.url).host
      : undefined;
  if (value === undefined || value.length > FIELD_MAX || /[\r\n]/.test(value)) return null;
  return value.trim();
}

/** Path and query, as in the request line. */
export function requestTarget(url: string): string {
  const { pathname, search } = new URL(url);
  return pathname + search;
}

/** Whether a `Host` header names the URL's host; a default port written out does not count. */
export function namesHost(value: string, url: string): boolean {
  const { host, protocol } = new URL(url);
  const defaultPort = protocol === "https:" ? ":443" : ":80";
  const named = value.toLowerCase();
  return named === host || named === host + defaultPort;
}

/** Whether a request of this method has a body that must be signed for. */
export function hasBody(method: string): boolean {
  return method !== "GET" && method !== "HEAD";
}
