/** What a server runs, by its own word: NodeInfo (nodeinfo.diaspora.software). Never trusted with more than a choice of words. */
import { SECOND } from "../kernel/clock.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { safeFetch } from "../kernel/safe-fetch.ts";
import { asText, isObject, list, type JsonObject } from "../vocab/read.ts";

export interface Software {
  /** Lower case, at most 60 characters; "" when it does not say. */
  readonly name: string;
  readonly version: string;
}

export interface NodeInfo extends Software {
  /** Whether anything answered, and its clock: the Date header, unix ms; null where there was none. */
  readonly answered: boolean;
  readonly date: number | null;
}

const MAX_BYTES = 65_536;
const DEADLINE = 5 * SECOND;
const SCHEMA = /^https?:\/\/nodeinfo\.diaspora\.software\/ns\/schema\/2\.[01]$/;
const TEXT_MAX = 60;

/** 2 fetches beside redirects, unsigned: 64 KiB and 5 seconds each. Never throws for what a server does. */
export async function nodeInfo(ctx: Ctx, origin: string): Promise<NodeInfo> {
  const first = await getJson(ctx, `${origin}/.well-known/nodeinfo`);
  const links = list(first.json?.["links"]).filter(isObject);
  const found = links.filter((link) => SCHEMA.test(asText(link["rel"]) ?? "")).at(-1);
  const href = found && asText(found["href"]);
  const url = href ? URL.parse(href, origin)?.href : null;
  const { json } = url ? await getJson(ctx, url) : { json: null };
  const software = isObject(json?.["software"]) ? json["software"] : {};
  const text = (name: string) => (asText(software[name]) ?? "").trim().slice(0, TEXT_MAX);
  return {
    name: text("name").toLowerCase(),
    version: text("version"),
    answered: first.answered,
    date: first.date,
  };
}

interface Got {
  readonly json: JsonObject | null;
  readonly answered: boolean;
  readonly date: number | null;
}

async function getJson(ctx: Ctx, url: string): Promise<Got> {
  const headers = { accept: "application/json" };
  const out = { method: "GET", url, headers, maxBytes: MAX_BYTES, deadlineMs: DEADLINE } as const;
  const answer = await safeFetch(ctx.door, out);
  if (!answer.ok) return { json: null, answered: false, date: null };
  const date = Date.parse(answer.headers.get("date") ?? "");
  const said = { answered: true, date: Number.isFinite(date) ? date : null };
  if (answer.status !== 200) return { json: null, ...said };
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(answer.body));
    return { json: isObject(json) ? json : null, ...said };
  } catch {
    return { json: null, ...said };
  }
}
