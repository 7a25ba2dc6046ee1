/**
 * The one door out of the Worker: nothing else calls `fetch`. Every request that leaves was held against `allowed-url.ts`, has a
 * deadline over all of it (connecting, headers, body, redirects), a cap on what it may bring, and our name on it. What a peer or
 * the network does wrong comes back as an outcome; only our own mistakes are thrown.
 */
import { type Bounds, checkUrl } from "./allowed-url.ts";
import { SECOND } from "./clock.ts";
import { describe } from "./log.ts";
import type { Meter } from "./meter.ts";

export { checkUrl };

export interface Door extends Bounds {
  /** Sent with everything that leaves: GoToSocial answers 418 without one. */
  userAgent: string;
  /** `fetches` counts each request that is sent, redirect hops included. */
  meter: Meter;
  /** Requests an invocation may send in all; what comes after is not sent, and counts as a network that failed. None: no limit. */
  maxFetches?: number;
}

/** The same door, open for these addresses of our own too. Never for one that somebody else gave us. */
export function reaching(door: Door, urls: readonly string[]): Door {
  return { ...door, ownUrls: new Set([...(door.ownUrls ?? []), ...urls.map((url) => new URL(url).href)]) };
}

export interface Outgoing {
  method: "GET" | "POST";
  url: string;
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  /** Headers that depend on the URL, a signature for one; asked again for each redirect hop. What it throws is thrown on. */
  sign?: (url: string) => Promise<Record<string, string>>;
  /** For everything together, in ms; 8,000 when not given. */
  deadlineMs?: number;
  /** Instead: a deadline that several requests share, see `within`. */
  deadline?: AbortSignal;
  /** Of the body after decompression; 1 MiB when not given. 0: it is not looked at, and comes back empty. */
  maxBytes?: number;
  /** What comes after `maxBytes` is left, and what came before is the body: for pages, of which only the beginning is read. */
  cut?: boolean;
  /** 3 when not given. A POST follows none: its 3xx comes back as the answer. */
  maxRedirects?: number;
}

/** `url` is where the answer came from in the end; `detail` is for the log. */
export type Fetched =
  | { ok: true; status: number; headers: Headers; url: string; body: Uint8Array }
  | {
      ok: false;
      reason: "not-allowed" | "timeout" | "network" | "too-large" | "too-many-redirects";
      detail: string;
    };

type Fields = Readonly<Record<string, string>>;

const DEADLINE = 8 * SECOND;
const MAX_BYTES = 1_048_576;
const MAX_REDIRECTS = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308]);
/** Of the caller's headers only these go on to another origin; tokens, cookies and validators were meant for the first. */
const CROSSES_ORIGINS: ReadonlySet<string> = new Set(["accept", "accept-language"]);

/**
 * Sends a request and reads the whole answer. Cost: one fetch, and one more for each redirect followed. An answer of any status is
 * `ok: true`: what 404 means is the caller's question. A POST is judged by its status, so when the body of its answer is too long, too
 * late or broken off, the answer comes back with an empty body: a peer that took the delivery is not asked to take it again.
 */
export function safeFetch(door: Door, out: Outgoing): Promise<Fetched> {
  if (out.deadline) return followed(door, out, out.deadline);
  return within(out.deadlineMs ?? DEADLINE, (deadline) => followed(door, out, deadline));
}

/** Like `Fetched`, with the body still to come; whoever gets it reads or cancels it. */
export type Opened =
  | {
      ok: true;
      status: number;
      headers: Headers;
      url: string;
      body: ReadableStream<Uint8Array> | null;
    }
  | Extract<Fetched, { ok: false }>;

/**
 * Sends a GET and hands the answer on while it comes. The deadline is for its headers; the body breaks off with an error beyond `maxBytes`. One
 * that says its length is held to it by the platform and passes without our touching it.
 */
export async function openFetch(door: Door, out: Omit<Outgoing, "method">): Promise<Opened> {
  const asked = { ...out, method: "GET" } as const;
  const maxBytes = out.maxBytes ?? MAX_BYTES;
  const answered = await within(out.deadlineMs ?? DEADLINE, (deadline) => answerTo(door, asked, deadline));
  if (!answered.ok) return answered;
  const { url, response } = answered;
  const { status, headers, body } = response;
  const said = headers.has("content-encoding") ? null : headers.get("content-length");
  if (said !== null && Number(said) > maxBytes) {
    discard(body);
    return { ok: false, reason: "too-large", detail: `${said} bytes` };
  }
  const passed = said === null && body ? body.pipeThrough(cappedAt(maxBytes)) : body;
  return { ok: true, status, headers, url, body: passed };
}

function cappedAt(maxBytes: number): TransformStream<Uint8Array, Uint8Array> {
  let size = 0;
  return new TransformStream({
    transform(chunk, controller) {
      size += chunk.byteLength;
      if (size > maxBytes) controller.error(new Error(`more than ${maxBytes} bytes`));
      else controller.enqueue(chunk);
    },
  });
}

/** Work under a deadline, in ms. Its timer ends with the work: one that is left running, as `AbortSignal.timeout` does, keeps a Durable Object. */
export async function within<T>(ms: number, work: (deadline: AbortSignal) => Promise<T>): Promise<T> {
  const deadline = new AbortController();
  const timer = setTimeout(() => deadline.abort(new Error(`no whole answer within ${ms} ms`)), ms);
  try {
    return await work(deadline.signal);
  } finally {
    clearTimeout(timer);
  }
}

async function followed(door: Door, out: Outgoing, signal: AbortSignal): Promise<Fetched> {
  const answered = await answerTo(door, out, signal);
  return answered.ok ? received(out, answered.url, answered.response, signal) : answered;
}

type Answered = { ok: true; url: string; response: Response } | Extract<Fetched, { ok: false }>;

/** The answer at the end of the redirects, its body not yet read. */
async function answerTo(door: Door, out: Outgoing, signal: AbortSignal): Promise<Answered> {
  const maxRedirects = out.method === "GET" ? (out.maxRedirects ?? MAX_REDIRECTS) : 0;
  let headers = lowerCase(out.headers);
  let next = checkUrl(door, out.url);
  for (let hop = 0; ; hop++) {
    if (!next.ok) return { ok: false, reason: "not-allowed", detail: next.detail };
    const { url } = next;
    if (door.meter.fetches >= (door.maxFetches ?? Number.POSITIVE_INFINITY))
      return { ok: false, reason: "network", detail: "this invocation has sent all that it may" };
    const { href } = url;
    const init = await requestTo(href, door, out, headers, signal);
    let response: Response;
    door.meter.fetches++;
    try {
      response = await globalThis.fetch(href, init);
    } catch (cause) {
      return failure(signal, cause);
    }
    const location = REDIRECTS.has(response.status) ? response.headers.get("location") : null;
    if (out.method === "POST" || location === null) return { ok: true, url: href, response };
    discard(response.body);
    if (hop >= maxRedirects)
      return { ok: false, reason: "too-many-redirects", detail: `more than ${maxRedirects}` };
    next = checkUrl(door, URL.parse(location, href)?.href ?? location);
    if (next.ok && next.url.origin !== url.origin) headers = only(CROSSES_ORIGINS, headers);
  }
}

async function requestTo(
  href: string,
  door: Door,
  out: Outgoing,
  base: Fields,
  signal: AbortSignal,
): Promise<RequestInit> {
  const headers: Record<string, string> = {
    ...base,
    ...lowerCase(await out.sign?.(href)),
    "user-agent": door.userAgent,
  };
  delete headers["host"]; // follows the URL, whatever the signer covered
  // no-store: the platform's cache knows neither our Accept header nor who signed.
  const init: RequestInit = {
    method: out.method,
    headers,
    redirect: "manual",
    cache: "no-store",
    signal,
  };
  if (out.body !== undefined) init.body = out.body;
  return init;
}

/** Header fields as a plain object: the platform's `Headers` costs a call for each. */
function lowerCase(headers: Fields = {}): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function only(names: ReadonlySet<string>, headers: Fields): Fields {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => names.has(name)));
}

async function received(
  out: Outgoing,
  url: string,
  response: Response,
  signal: AbortSignal,
): Promise<Fetched> {
  const { status, headers } = response;
  const answer = { ok: true, status, headers, url } as const;
  const maxBytes = out.maxBytes ?? MAX_BYTES;
  const nothing = new Uint8Array();
  if (maxBytes === 0) {
    discard(response.body);
    return { ...answer, body: nothing };
  }
  try {
    const body = await readCapped(response.body, maxBytes, signal, out.cut);
    if (body !== null) return { ...answer, body };
    if (out.method === "POST") return { ...answer, body: nothing };
    return { ok: false, reason: "too-large", detail: `more than ${maxBytes} bytes` };
  } catch (cause) {
    return out.method === "POST" ? { ...answer, body: nothing } : failure(signal, cause);
  }
}

function failure(signal: AbortSignal, cause: unknown): Extract<Fetched, { ok: false }> {
  return {
    ok: false,
    reason: signal.aborted ? "timeout" : "network",
    detail: describe(signal.aborted ? signal.reason : cause),
  };
}

/**
 * Reads a stream to its end, or says null as soon as it brings more than `maxBytes`; the stream is cancelled then. No stream is an
 * empty one. With `cut` it is no null, but what came first. Throws what the stream throws, and the signal's reason when that fires first.
 */
export async function readCapped(
  body: ReadableStream<Uint8Array> | null,
  maxBytes: number,
  signal?: AbortSignal,
  cut = false,
): Promise<Uint8Array<ArrayBuffer> | null> {
  if (body === null) return new Uint8Array();
  const reader = body.getReader();
  const stop = () => void reader.cancel(signal?.reason).catch(() => {}); // ends a read that waits
  signal?.addEventListener("abort", stop);
  // One growing buffer: a list of chunks would let a peer that sends single bytes make us hold a million objects.
  let buffer = new Uint8Array(Math.min(maxBytes, 16_384));
  let size = 0;
  try {
    for (;;) {
      signal?.throwIfAborted();
      const { done, value } = await reader.read();
      signal?.throwIfAborted();
      if (done) return buffer.slice(0, size);
      const whole = size + value.byteLength <= maxBytes;
      if (!whole && !cut) return null;
      const chunk = whole ? value : value.subarray(0, maxBytes - size);
      const end = size + chunk.byteLength;
      if (end > buffer.byteLength) {
        const larger = new Uint8Array(Math.min(maxBytes, Math.max(end, 2 * buffer.byteLength)));
        larger.set(buffer);
        buffer = larger;
      }
      buffer.set(chunk, size);
      size = end;
      if (!whole) return buffer.slice(0, size);
    }
  } finally {
    signal?.removeEventListener("abort", stop);
    stop(); // nothing is lost: either the end was read, or nobody wants the rest
  }
}

function discard(body: ReadableStream<Uint8Array> | null): void {
  body?.cancel().catch(() => {});
}
