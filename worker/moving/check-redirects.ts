/** Looks at an old domain as another server would, and says of each rule whether it works, or exactly what is wrong with its cure. */
import type { Ctx } from "../kernel/ctx.ts";
import { safeFetch, type Fetched } from "../kernel/safe-fetch.ts";
import { asText, isObject, list } from "../vocab/read.ts";
import { isActivityType } from "../peers/fetch-document.ts";
import { loadOwner } from "../store/stead.ts";
import { answersFor } from "./old-handles.ts";
import { profilePaths } from "./redirect-packs.ts";

export interface Check {
  /** What was asked for. */
  readonly url: string;
  /** "none": not there, and it may well not have to be. */
  readonly verdict: "right" | "wrong" | "none";
  readonly text: string;
}

/** Where a request ended. `here`: at this stead, which is not asked: a Worker does not call itself. */
type Landed =
  | { kind: "here"; url: URL }
  | { kind: "there"; answer: Answer }
  | { kind: "failed"; why: string };
type Answer = Extract<Fetched, { ok: true }>;

const JRD_MAX = 65_536;

/** WebFinger, host-meta and the three places of a profile. 1 D1 read; 5 fetches with at most 3 redirects each. */
export async function checkRedirects(ctx: Ctx, old: { user: string; domain: string }): Promise<Check[]> {
  const owner = await loadOwner(ctx);
  const { user, domain } = old;
  const resource = `acct:${user}@${domain}`;
  const webfinger = `https://${domain}/.well-known/webfinger?resource=${encodeURIComponent(resource)}`;
  const hostMeta = `https://${domain}/.well-known/host-meta`;
  const pages = profilePaths(user).map((path) => `https://${domain}${path}`);
  const known = answersFor(owner, user, domain);
  return Promise.all([
    go(ctx, webfinger, "application/jrd+json, application/json", JRD_MAX).then((landed) => ({
      url: webfinger,
      ...ofWebfinger(ctx, landed, resource, known),
    })),
    go(ctx, hostMeta, "application/xrd+xml").then((landed) => ({ url: hostMeta, ...ofHostMeta(landed) })),
    ...pages.map((url) => go(ctx, url, "text/html").then((landed) => ({ url, ...ofPage(ctx, landed) }))),
  ]);
}

class Arrived extends Error {
  readonly url: URL;
  constructor(url: URL) {
    super("arrived at this stead");
    this.url = url;
  }
}

/** The door asks for headers before each hop, so that is where one sees a redirect come home, and stops. */
async function go(ctx: Ctx, url: string, accept: string, maxBytes = 0): Promise<Landed> {
  const sign = (hop: string): Promise<Record<string, string>> => {
    const at = new URL(hop);
    return at.origin === ctx.stead.origin ? Promise.reject(new Arrived(at)) : Promise.resolve({});
  };
  const door = { ...ctx.door, ownHosts: new Set<string>() };
  try {
    const answer = await safeFetch(door, { method: "GET", url, headers: { accept }, sign, maxBytes });
    return answer.ok ? { kind: "there", answer } : { kind: "failed", why: whyOf(answer) };
  } catch (cause) {
    if (cause instanceof Arrived) return { kind: "here", url: cause.url };
    throw cause;
  }
}

function whyOf(failed: Extract<Fetched, { ok: false }>): string {
  switch (failed.reason) {
    case "network":
      return "No connection: see whether the domain resolves, whether its server runs, and whether its certificate (TLS) is valid for this name.";
    case "timeout":
      return "No answer in time. See whether its server runs.";
    case "not-allowed":
      return `It leads to an address no server will follow (${failed.detail}). Redirect to https, and to a public name.`;
    case "too-many-redirects":
      return "More than three redirects after each other. Redirect straight to this stead.";
    case "too-large":
      return "The answer is far too long for what was asked: it is not redirected.";
  }
}

type Judged = Omit<Check, "url">;
const right = (text: string): Judged => ({ verdict: "right", text });
const wrong = (text: string): Judged => ({ verdict: "wrong", text });
const none = (text: string): Judged => ({ verdict: "none", text });

function ofWebfinger(ctx: Ctx, landed: Landed, resource: string, known: boolean): Judged {
  switch (landed.kind) {
    case "failed":
      return wrong(landed.why);
    case "here": {
      const { pathname, searchParams, search } = landed.url;
      if (pathname !== "/.well-known/webfinger")
        return wrong(`It leads here, but to ${pathname}. The path has to stay /.well-known/webfinger.`);
      if (search === "")
        return wrong(
          "It leads here, but the query string is lost on the way, so nobody is asked for. Keep it.",
        );
      if (searchParams.get("resource") !== resource)
        return wrong("It leads here, but the query string is changed on the way. Keep it as it is.");
      if (!known)
        return wrong(
          `The redirect works, but this stead does not know ${resource.slice(5)} and answers 404. Add it under Old handles.`,
        );
      return right("It leads here with its query string, and this stead answers for the old handle.");
    }
    case "there":
      return ofDocument(ctx, landed.answer);
  }
}

/** The old domain gave an answer of its own. */
function ofDocument(ctx: Ctx, { status, headers, body }: Answer): Judged {
  if (status === 404 || status === 410)
    return wrong(`It is not redirected: the old domain answers ${status}. Put the WebFinger rule in place.`);
  if (status === 401 || status === 403)
    return wrong(
      `The old domain answers ${status}. Something there keeps programs out: a firewall, a bot check, a password.`,
    );
  if (status !== 200) return wrong(`The old domain answers ${status} and not with a redirect.`);
  const type = headers.get("content-type")?.split(";")[0]?.trim().toLowerCase() ?? "";
  const actors = actorsIn(body);
  if (actors === null)
    return wrong(
      `It is not redirected: the old domain answers with something else (${type || "of no type"}), perhaps its start page.`,
    );
  if (!actors.includes(ctx.stead.actor))
    return wrong(
      `It is not redirected: the old domain answers with a document of its own, which names ${actors[0] ?? "no account"}. ` +
        "Its own software or a plugin answers first; the rule has to come before it.",
    );
  if (type !== "application/jrd+json" && type !== "application/json")
    return wrong(
      `It answers with your document, but as ${type || "no type"} and not as application/jrd+json. Many servers take that, some do not.`,
    );
  return right("It answers with your document itself, without a redirect.");
}

/** The ActivityPub actors a WebFinger document names; null when it is none. */
function actorsIn(body: Uint8Array): string[] | null {
  try {
    const json: unknown = JSON.parse(new TextDecoder().decode(body));
    if (!isObject(json)) return null;
    return list(json["links"])
      .filter(isObject)
      .filter((link) => link["rel"] === "self" && isActivityType(asText(link["type"])))
      .flatMap((link) => asText(link["href"]) ?? []);
  } catch {
    return null;
  }
}

/** Mastodon asks for it when WebFinger says 404, and nobody else does first. */
function ofHostMeta(landed: Landed): Judged {
  const needless = "It is needed only where WebFinger itself can not be redirected.";
  switch (landed.kind) {
    case "here":
      return landed.url.pathname === "/.well-known/host-meta"
        ? right("It leads here.")
        : none(`It leads here, but to ${landed.url.pathname}. ${needless}`);
    case "there":
      return none(`It is not redirected (${landed.answer.status}). ${needless}`);
    case "failed":
      return none(`${landed.why} ${needless}`);
  }
}

function ofPage(ctx: Ctx, landed: Landed): Judged {
  switch (landed.kind) {
    case "failed":
      return wrong(landed.why);
    case "here": {
      const path = landed.url.pathname.replace("%40", "@").toLowerCase();
      return path === "/" || path === `/@${ctx.stead.handle.toLowerCase()}`
        ? right("It leads to your profile.")
        : wrong(`It leads here, but to ${landed.url.pathname}, where there is nothing.`);
    }
    case "there": {
      const { status } = landed.answer;
      if (status === 404 || status === 410)
        return none(
          `Nothing is there (${status}). Nothing has to be, if your profile never had this address.`,
        );
      return wrong(
        `It is not redirected: the old domain still answers by itself (${status}). Put the profile rule in place.`,
      );
    }
  }
}
