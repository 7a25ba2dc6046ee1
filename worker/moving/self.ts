/** Our own documents as a stranger sees them: asked for at their public address, through whatever stands in front. */
import type { Ctx } from "../kernel/ctx.ts";
import { reaching, safeFetch, type Fetched } from "../kernel/safe-fetch.ts";
import { signed } from "../peers/sign.ts";
import { isObject, type JsonObject } from "../vocab/read.ts";

/** An answer, and what can be told from it. */
export interface Got {
  /** 0: nothing answered; `detail` says why. */
  readonly status: number;
  readonly detail: string;
  /** Lower case, without parameters. */
  readonly type: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly json: JsonObject | null;
  readonly text: string;
}

export interface Self {
  /** The actor, asked for by nobody in particular, by somebody who signs, and with a query string to get past caches. */
  readonly actor: Got;
  readonly signed: Got;
  readonly busted: Got;
  readonly webfinger: Got;
  /** WebFinger for the name and host in the actor document; null where that is the handle again. */
  readonly back: Got | null;
  readonly hostMeta: Got;
}

const ACTIVITY =
  'application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"';
const JRD = "application/jrd+json, application/json";
const KEPT = ["cache-control", "etag", "age", "cf-cache-status", "cf-mitigated", "date"];

/** At most 6 fetches and 1 signature. */
export async function lookAtOurselves(ctx: Ctx): Promise<Self> {
  const { origin, actor, handle, handleDomain } = ctx.stead;
  const { host, protocol } = new URL(origin);
  const finger = (user: string, at: string) =>
    `/.well-known/webfinger?resource=${encodeURIComponent(`acct:${user}@${at}`)}`;
  const scheme = handleDomain === host ? protocol : "https:";
  const handles = `${scheme}//${handleDomain}${finger(handle, handleDomain)}`;
  const backs = `${origin}${finger(handle, host)}`;
  const hostMeta = `${origin}/.well-known/host-meta`;
  const busted = `${actor}?cb=${Math.floor(ctx.clock() / 1_000)}`;
  // The handle's domain may lead here by a redirect.
  const ours = [actor, busted, hostMeta, backs, `${origin}${finger(handle, handleDomain)}`];
  const door = reaching(ctx.door, [...ours, ...(handleDomain === host ? [handles] : [])]);
  const get = async (url: string, accept: string, sign = false): Promise<Got> => {
    const out = { method: "GET", url, headers: { accept } } as const;
    const signs = { sign: (target: string) => signed(ctx, { method: "GET", url: target }) };
    return seenOf(await safeFetch(door, sign ? { ...out, ...signs } : out));
  };
  const [unsigned, withKey, past, webfinger, back, meta] = await Promise.all([
    get(actor, ACTIVITY),
    get(actor, ACTIVITY, true),
    get(busted, ACTIVITY),
    get(handles, JRD),
    handleDomain === host ? null : get(backs, JRD),
    get(hostMeta, "application/xrd+xml"),
  ]);
  return { actor: unsigned, signed: withKey, busted: past, webfinger, back, hostMeta: meta };
}

export function seenOf(answer: Fetched): Got {
  if (!answer.ok) {
    const detail = `${answer.reason}: ${answer.detail}`;
    return { status: 0, detail, type: "", headers: {}, json: null, text: "" };
  }
  const headers = Object.fromEntries(
    KEPT.flatMap((name) => {
      const value = answer.headers.get(name);
      return value === null ? [] : [[name, value] as const];
    }),
  );
  const [type = ""] = (answer.headers.get("content-type") ?? "").toLowerCase().split(";");
  const text = new TextDecoder().decode(answer.body);
  return { status: answer.status, detail: "", type: type.trim(), headers, json: parse(text), text };
}

function parse(text: string): JsonObject | null {
  try {
    const json: unknown = JSON.parse(text);
    return isObject(json) ? json : null;
  } catch {
    return null;
  }
}

/** In a few words, for the owner. */
export function describeAnswer(got: Got): string {
  if (got.status === 0) return `could not be reached (${got.detail})`;
  const challenge = challenged(got);
  return challenge === null ? `answered ${got.status}` : `answered ${got.status}, ${challenge}`;
}

/**
 * Whether something in front of us answered in our place: a challenge or a firewall's page. We answer machines in JSON or in plain
 * words, never in HTML.
 */
export function challenged(got: Got): string | null {
  if ("cf-mitigated" in got.headers) return `${HELD_UP} (${got.headers["cf-mitigated"]})`;
  if (got.type === "text/html") return FOR_PEOPLE;
  return null;
}

const HELD_UP = "held up by Cloudflare";
const FOR_PEOPLE = "with a page for people";

/** Whether `describeAnswer` said so. */
export const soundsChallenged = (detail: string) => detail.includes(HELD_UP) || detail.includes(FOR_PEOPLE);
