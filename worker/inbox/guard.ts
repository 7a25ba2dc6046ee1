/**
 * What comes before anything is believed: cheap checks first, no database, no fetch. Never a 5xx for bad input (Mastodon would
 * send it 16 times), and never a refusal for what a real Follow of any peer looks like.
 */
import type { Mail } from "../kernel/ctx.ts";
import type { Iri, UnixMs } from "../kernel/brand.ts";
import { hostOf, parseIri, sameOrigin } from "../kernel/iri.ts";
import { readCapped } from "../kernel/safe-fetch.ts";
import { sha256 } from "../signatures/digest.ts";
import { readSignature } from "../signatures/read.ts";
import type { RequestSignature } from "../signatures/request.ts";
import { idOf, isObject, type JsonObject } from "../vocab/read.ts";
import { readActivity, type Activity } from "../vocab/read-activity.ts";
import { checkShape } from "./shape.ts";

export type Guarded =
  | { kind: "plausible"; activity: Activity; mail: Mail; signature: RequestSignature }
  /** Well-formed, and nothing is done with it: of no kind we know, or forwarded by somebody else than its actor. */
  | { kind: "unused"; reason: string }
  | { kind: "refused"; status: 400 | 401 | 413 | 415; reason: string };

/** Mastodon's limit too. Bytes. */
const BODY_MAX = 1_048_576;

/** A signature may cover any header, so all are kept with the mail but credentials and what the platform adds. */
const NOT_KEPT = /^(cf-|x-|cookie$|authorization$|cdn-loop$)/;

/** Characters of headers. A real request has 2,000; all of them would be kept with the mail. */
const HEADERS_MAX = 16_384;

/** Characters of a Follow: it is kept as it came, for as long as the follower. The longest seen are 4,000. */
const FOLLOW_MAX = 16_384;

export async function guard(request: Request, url: string, receivedAt: UnixMs): Promise<Guarded> {
  const type = (request.headers.get("content-type") ?? "").toLowerCase();
  if (!/^application\/(activity\+json|ld\+json|json)\s*(;|$)/.test(type)) return refused(415, "content type");
  const encoding = request.headers.get("content-encoding");
  if (encoding && encoding.toLowerCase() !== "identity") return refused(415, "content encoding");
  if (Number(request.headers.get("content-length") ?? 0) > BODY_MAX) return refused(413, "too large");
  const bytes = await readCapped(request.body, BODY_MAX);
  if (!bytes) return refused(413, "too large");
  const body = decode(bytes);
  const json = body === null ? null : parse(body);
  if (body === null || !json) return refused(400, "no JSON object");
  const shape = checkShape(json);
  if (shape) return refused(400, shape);
  const envelope = readEnvelope(json);
  if (typeof envelope === "string") return refused(400, envelope);

  const headers = Object.fromEntries([...request.headers].filter(([name]) => !NOT_KEPT.test(name)));
  const digest = await sha256(bytes);
  const read = readSignature({ method: request.method, url, headers, digest }, receivedAt);
  if (!read.ok) return refused(401, `signature: ${read.reason}`);
  // Cloudflare overwrites this one on its way in, and a signature may cover it.
  const encodings = request.cf?.["clientAcceptEncoding"];
  if (typeof encodings === "string") headers["accept-encoding"] = encodings;
  if (JSON.stringify(headers).length > HEADERS_MAX) return refused(400, "too many headers");
  // Before any key is looked for: a key lies where its actor lies.
  if (hostOf(read.signature.keyId) !== hostOf(envelope.actor)) {
    // Mastodon forwards replies under their authors' Linked Data signatures, which we never read. To refuse them would make it
    // hold back what its own people say: it pauses a host after ten failures.
    if (isObject(json["signature"])) return { kind: "unused", reason: "forwarded" };
    return refused(401, "the key is not the actor's");
  }
  const activity = readActivity(json, envelope.actor);
  if (!activity) return { kind: "unused", reason: "a kind we have no use for" };
  if (activity.type === "Follow" && body.length > FOLLOW_MAX) return refused(413, "too large for a Follow");
  const { actor } = envelope;
  const mail: Mail = {
    actor,
    host: hostOf(actor),
    receivedAt,
    url,
    method: request.method,
    headers,
    body,
    digest,
  };
  return { kind: "plausible", activity, mail, signature: read.signature };
}

/** Mail that lay in the spool passed the guard when it came: this reads it again. */
export function reopen(mail: Mail): { activity: Activity; signature: RequestSignature } | null {
  const json = parse(mail.body);
  const activity = json && readActivity(json, mail.actor);
  const read = readSignature(mail, mail.receivedAt);
  return activity && read.ok ? { activity, signature: read.signature } : null;
}

/** The actor as a string, an object with an id, or a list of one; the id on the actor's origin, where there is one. */
function readEnvelope(json: JsonObject): { actor: Iri } | string {
  const actor = idOf(json["actor"]);
  if (!actor) return "no actor";
  const { type, id, object } = json;
  if (object === undefined || object === null) return "no object";
  if (typeof type !== "string" && !Array.isArray(type)) return "no type";
  if (id === undefined || id === null || id === "") return type === "Follow" ? { actor } : "no id";
  const iri = parseIri(id);
  if (!iri || !sameOrigin(iri, actor)) return "the id is not on the actor's origin";
  return { actor };
}

function decode(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

function parse(body: string): JsonObject | null {
  try {
    const json: unknown = JSON.parse(body);
    return isObject(json) ? json : null;
  } catch {
    return null;
  }
}

function refused(status: 400 | 401 | 413 | 415, reason: string): Guarded {
  return { kind: "refused", status, reason };
}
