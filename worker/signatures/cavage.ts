/** draft-cavage-http-signatures-12, as the fediverse speaks it: the signing string, and the policy over it. */
import { fromBase64 } from "../kernel/base64.ts";
import type { UnixMs } from "../kernel/brand.ts";
import { parseIri } from "../kernel/iri.ts";
import { keyTypeFor } from "./algorithms.ts";
import { digestHolds } from "./digest.ts";
import { freshCavageCreated, freshDate, unexpired } from "./freshness.ts";
import { COMPONENTS_MAX, fieldValue, hasBody, type Message, namesHost, requestTarget } from "./message.ts";
import type { RawRequest, Refusal, RequestSignature } from "./request.ts";
import { FIELD_MAX } from "./structured-fields.ts";

type Parameters = Map<string, string>;

// One `name="value"` or `name=value` with the comma after it.
const PARAMETER = /[ \t]*([A-Za-z]+)[ \t]*=[ \t]*(?:"([^"]*)"|([^\s",]+))[ \t]*(?:,|$)/y;

/**
 * The signing string (§2.3) over these names, in this order. Null when one of them is not in the message.
 * `(created)` and `(expires)` are taken from the parameters as written.
 */
export function signingString(message: Message, names: readonly string[], params: Parameters): string | null {
  const lines: string[] = [];
  for (const name of names) {
    const value = componentValue(message, name, params);
    if (value === null) return null;
    lines.push(`${name}: ${value}`);
  }
  return lines.join("\n");
}

function componentValue(message: Message, name: string, params: Parameters): string | null {
  switch (name) {
    case "(request-target)":
      return `${message.method.toLowerCase()} ${requestTarget(message.url)}`;
    case "(created)":
      return params.get("created") ?? null;
    case "(expires)":
      return params.get("expires") ?? null;
    default:
      return fieldValue(message, name);
  }
}

/**
 * Reads a draft-cavage `Signature` header and holds it to the policy: `(request-target)`, `host`, `date` and, with a body,
 * `digest` are covered. `(created)` may stand in for `date`, under any algorithm name: the draft forbids it beside
 * `rsa-sha256`, but nothing gets less safe by it.
 */
export function readCavage(request: RawRequest, receivedAt: UnixMs): RequestSignature | Refusal {
  const params = parseParameters(request.headers["signature"] ?? "");
  const names = params?.get("headers")?.toLowerCase().trim().split(/ +/) ?? ["date"];
  const keyId = parseIri(params?.get("keyId"));
  const signature = fromBase64(params?.get("signature") ?? "");
  if (params === null || keyId === null || !signature?.length) return "malformed";

  const covered = new Set(names);
  if (covered.size !== names.length || covered.size > COMPONENTS_MAX) return "malformed";
  if (!coversEnough(request.method, covered)) return "coverage";

  const algorithm = params.get("algorithm")?.toLowerCase() ?? "";
  if (keyTypeFor("cavage", algorithm) === null) return "algorithm";
  const untrue = firstUntrue(request, covered, params, receivedAt);
  if (untrue !== null) return untrue;

  const signed = signingString(request, names, params);
  if (signed === null) return "coverage";
  const bytes = new TextEncoder().encode(signed);
  return { scheme: "cavage", keyId, algorithm, signed: bytes, signature };
}

function coversEnough(method: string, covered: Set<string>): boolean {
  return (
    covered.has("(request-target)") &&
    covered.has("host") &&
    (covered.has("date") || covered.has("(created)")) &&
    (covered.has("digest") || !hasBody(method))
  );
}

/** The first thing covered that does not fit what we see ourselves: the clock, the body, the host. */
function firstUntrue(
  request: RawRequest,
  covered: Set<string>,
  params: Parameters,
  receivedAt: UnixMs,
): Refusal | null {
  const value = (name: string) => componentValue(request, name, params) ?? "";
  if (covered.has("date") && !freshDate(value("date"), receivedAt)) return "date";
  if (covered.has("(created)") && !freshCavageCreated(value("(created)"), receivedAt)) return "date";
  // Honoured when it is not covered too: taking it away is all that somebody in between could do.
  const mayExpire = covered.has("(expires)") || params.has("expires");
  if (mayExpire && !unexpired(value("(expires)"), receivedAt)) return "date";
  if (covered.has("digest") && !digestHolds(value("digest"), request.digest)) return "digest";
  return namesHost(value("host"), request.url) ? null : "host";
}

/** The header's parameters; null when it is too long, not of that form, or names one twice. */
function parseParameters(header: string): Parameters | null {
  if (header.length > FIELD_MAX) return null;
  const params: Parameters = new Map();
  PARAMETER.lastIndex = 0;
  while (PARAMETER.lastIndex < header.length) {
    const found = PARAMETER.exec(header);
    const name = found?.[1];
    if (found === null || name === undefined || params.has(name)) return null;
    params.set(name, found[2] ?? found[3] ?? "");
  }
  return params;
}
