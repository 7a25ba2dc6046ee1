/**
 * Fetching an ActivityPub document, and believing no more than its origin said. The seven sins of this field are mostly committed
 * here: the id inside is trusted only when it is where the document came from, and only an ActivityPub media type counts.
 */
import type { Iri } from "../kernel/brand.ts";
import type { Ctx } from "../kernel/ctx.ts";
import { documentOf, parseIri } from "../kernel/iri.ts";
import { safeFetch, type Fetched } from "../kernel/safe-fetch.ts";
import { readRetryAfter } from "../model/retry.ts";
import { isObject, type JsonObject } from "../vocab/read.ts";
import { signed } from "./sign.ts";

const ACCEPT =
  'application/activity+json, application/ld+json; profile="https://www.w3.org/ns/activitystreams"';

export type FetchedDocument =
  | { kind: "document"; iri: Iri; json: JsonObject }
  /** 404 or 410: its origin says that there is none. */
  | { kind: "gone"; status: number }
  /** Worth another try later; after so many ms, when it said Retry-After. */
  | { kind: "unreachable"; detail: string; after?: number }
  /** Not worth one: another answer is not to be expected. `status`: where its server answered with something that is no document. */
  | { kind: "refused"; detail: string; status?: number };

/**
 * A signed GET (GoToSocial and secure-mode Mastodon want one; who serves everybody ignores it), once more unsigned when the
 * signature itself is refused. After redirects the `id` must be the final URL, else it is fetched once at its `id` and must be that
 * then. Cost: 1 signature and 1 fetch; at most 2 of each beside redirects.
 */
export function fetchDocument(ctx: Ctx, iri: Iri): Promise<FetchedDocument> {
  return fetchBy(ctx, iri, get);
}

/**
 * The same for what everybody may see, where many are fetched: unsigned, and signed only when its server wants that and the invocation may
 * still sign. 1 fetch and no signature; at most 4 and 2.
 */
export function fetchOpenDocument(ctx: Ctx, iri: Iri): Promise<FetchedDocument> {
  return fetchBy(ctx, iri, async (_, url) => {
    const answer = await safeFetch(ctx.door, { method: "GET", url, headers: { accept: ACCEPT } });
    const wantsSignature =
      answer.ok && (answer.status === 400 || answer.status === 401 || answer.status === 403);
    if (!wantsSignature) return judge(answer, ctx.clock());
    if (ctx.meter.signatures < ctx.settings.signatures) return get(ctx, url);
    return { kind: "unreachable", detail: "wants a signature, and this invocation had none left" };
  });
}

async function fetchBy(ctx: Ctx, iri: Iri, get: Get): Promise<FetchedDocument> {
  const first = await get(ctx, documentOf(iri));
  if (first.kind !== "document" || first.claimed === first.iri) return strip(first);
  if (first.claimed === null) return { kind: "refused", detail: "the document has no id" };
  const second = await get(ctx, documentOf(first.claimed));
  if (second.kind === "document" && second.claimed !== second.iri) {
    return { kind: "refused", detail: `the document at ${second.iri} says that it is ${second.claimed}` };
  }
  return strip(second);
}

type Got =
  | Exclude<FetchedDocument, { kind: "document" }>
  | { kind: "document"; iri: Iri; claimed: Iri | null; json: JsonObject };

type Get = (ctx: Ctx, url: Iri) => Promise<Got>;

async function get(ctx: Ctx, url: Iri): Promise<Got> {
  const out = { method: "GET", url, headers: { accept: ACCEPT } } as const;
  let wasSigned = true;
  const answer = await safeFetch(ctx.door, {
    ...out,
    sign: async (target) => {
      const headers = await signed(ctx, { method: "GET", url: target });
      wasSigned = "signature" in headers;
      return headers;
    },
  });
  const refusedSignature =
    answer.ok && (answer.status === 400 || answer.status === 401 || answer.status === 403);
  if (refusedSignature && !wasSigned)
    return { kind: "unreachable", detail: "wants a signature, and this invocation had none left" };
  return judge(refusedSignature ? await safeFetch(ctx.door, out) : answer, ctx.clock());
}

function judge(answer: Fetched, now: number): Got {
  if (!answer.ok) {
    const final =
      answer.reason === "not-allowed" ||
      answer.reason === "too-large" ||
      answer.reason === "too-many-redirects";
    return { kind: final ? "refused" : "unreachable", detail: `${answer.reason}: ${answer.detail}` };
  }
  const { status } = answer;
  if (status === 404 || status === 410) return { kind: "gone", status };
  if (status === 429 || status >= 500) {
    const after = readRetryAfter(answer.headers.get("retry-after"), now);
    return { kind: "unreachable", detail: `answered ${status}`, ...(after === null ? {} : { after }) };
  }
  if (status !== 200) return { kind: "refused", detail: `answered ${status}`, status };
  if (!isActivityType(answer.headers.get("content-type"))) {
    return { kind: "refused", detail: `is ${answer.headers.get("content-type") ?? "of no type"}`, status };
  }
  const json = parse(answer.body);
  const iri = parseIri(answer.url);
  if (!json || !iri) return { kind: "refused", detail: "is no JSON object" };
  return { kind: "document", iri, claimed: parseIri(json["id"]), json };
}

function strip(got: Got): FetchedDocument {
  if (got.kind !== "document") return got;
  return { kind: "document", iri: got.iri, json: got.json };
}

/** ActivityPub §3.2: anything else may be a file that somebody uploaded. */
export function isActivityType(value: string | null): boolean {
  const [type = "", ...parameters] = (value ?? "")
    .toLowerCase()
    .split(";")
    .map((part) => part.trim());
  if (type === "application/activity+json") return true;
  return (
    type === "application/ld+json" &&
    parameters.some((parameter) =>
      /^profile="?[^"]*https:\/\/www\.w3\.org\/ns\/activitystreams[^"]*"?$/.test(parameter),
    )
  );
}

function parse(body: Uint8Array): JsonObject | null {
  try {
    const json: unknown = JSON.parse(
      new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(body),
    );
    return isObject(json) ? json : null;
  } catch {
    return null;
  }
}
