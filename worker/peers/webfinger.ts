/** WebFinger look-up (RFC 7033): from a handle as people write it to an actor id. */
import type { Iri } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { parseIri } from "../kernel/iri.ts";
import { safeFetch } from "../kernel/safe-fetch.ts";
import { asText, isObject, list, type JsonObject } from "../vocab/read.ts";
import { isActivityType } from "./fetch-document.ts";

export type LookedUp =
  | { kind: "found"; actor: Iri }
  /** `down`: for its server did not answer, and may do so later. */
  | { kind: "not-found"; detail: string; down: boolean };

/** Takes `@user@host`, `user@host`, `acct:user@host` or the URL of an actor. A URL is taken as it is. At most 3 fetches, unsigned. */
export async function lookUp(ctx: Ctx, typed: string): Promise<LookedUp> {
  const text = typed.trim().replace(/^acct:/i, "");
  const url = parseIri(text);
  if (url) return { kind: "found", actor: url };
  const match = /^@?([^@\s/]+)@([^@\s/]+)$/.exec(text);
  if (!match) return notFound("Write the handle as user@host, or paste the address of the profile.");
  const [, user, host] = match as unknown as [string, string, string];
  return webfinger(ctx, user, host.toLowerCase());
}

async function webfinger(ctx: Ctx, user: string, host: string): Promise<LookedUp> {
  const resource = encodeURIComponent(`acct:${user}@${host}`);
  const { privateHosts } = ctx.door;
  const isPrivate = privateHosts.has(host) || privateHosts.has(host.replace(/:\d+$/, ""));
  const unknown = notFound(`${host} knows no ${user}.`);
  let problem = "";
  for (const scheme of isPrivate ? ["https", "http"] : ["https"]) {
    const origin = `${scheme}://${host}`;
    const answer = await getJson(ctx, `${origin}/.well-known/webfinger?resource=${resource}`);
    if (answer.kind === "json") return selfLink(answer.json, host);
    if (answer.kind === "missing") {
      const template = await lrddTemplate(ctx, origin);
      const retold = template && (await getJson(ctx, template.replace("{uri}", resource)));
      return retold && retold.kind === "json" ? selfLink(retold.json, host) : unknown;
    }
    problem = `${host} did not answer: ${answer.detail}.`;
  }
  return notFound(problem, true);
}

type Answer = { kind: "json"; json: JsonObject } | { kind: "missing" } | { kind: "failed"; detail: string };

async function getJson(ctx: Ctx, url: string): Promise<Answer> {
  const accept = "application/jrd+json, application/json";
  const answer = await safeFetch(ctx.door, { method: "GET", url, headers: { accept }, maxBytes: 65_536 });
  if (!answer.ok) return { kind: "failed", detail: answer.reason };
  if (answer.status === 404) return { kind: "missing" };
  if (answer.status !== 200) return { kind: "failed", detail: `answered ${answer.status}` };
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(answer.body));
    return isObject(json) ? { kind: "json", json } : { kind: "failed", detail: "no WebFinger document" };
  } catch {
    return { kind: "failed", detail: "no JSON" };
  }
}

/** RFC 7033 §4.4.4: the link `self` with an ActivityPub type is the actor. */
function selfLink(json: JsonObject, host: string): LookedUp {
  for (const link of list(json["links"])) {
    if (!isObject(link) || link["rel"] !== "self" || !isActivityType(asText(link["type"]))) continue;
    const actor = parseIri(link["href"]);
    if (actor) return { kind: "found", actor };
  }
  return notFound(`${host} names no ActivityPub actor for this handle.`);
}

/** RFC 6415: host-meta names another address for WebFinger; Mastodon asks it on 404 only, and so do we. */
async function lrddTemplate(ctx: Ctx, origin: string): Promise<string | null> {
  const answer = await safeFetch(ctx.door, {
    method: "GET",
    url: `${origin}/.well-known/host-meta`,
    maxBytes: 65_536,
  });
  if (!answer.ok || answer.status !== 200) return null;
  const links = new TextDecoder().decode(answer.body).match(/<Link\b[^>]{0,2000}>/g) ?? [];
  const lrdd = links.find((link) => /\brel=["']lrdd["']/.test(link));
  const template = lrdd && /\btemplate=["']([^"']+)["']/.exec(lrdd)?.[1];
  return template?.includes("{uri}") ? template.replaceAll("&amp;", "&") : null;
}

const notFound = (detail: string, down = false): LookedUp => ({ kind: "not-found", detail, down });
