/** HTTP Message Signatures (RFC 9421), the part that servers of the fediverse use: the signature base, and the policy over it. */
import type { UnixMs } from "../kernel/brand.ts";
import { parseIri } from "../kernel/iri.ts";
import { keyTypeFor } from "./algorithms.ts";
import { contentDigestHolds } from "./digest.ts";
import { freshCreated, unexpired } from "./freshness.ts";
import { COMPONENTS_MAX, fieldValue, hasBody, type Message, namesHost, requestTarget } from "./message.ts";
import type { RawRequest, Refusal, RequestSignature } from "./request.ts";
import { type Member, type Parameters, parseDictionary } from "./structured-fields.ts";

/** Most signatures of one request that we look at; proxies add theirs, but seldom more than one. */
const LABELS_MAX = 4;

/**
 * The signature base (§2.5) over these components, in this order; `params` is the inner list with its parameters as it
 * stands in `Signature-Input`. Null when a component is not in the message, or is a derived one that we do not know.
 */
export function signatureBase(
  message: Message,
  components: readonly string[],
  params: string,
): string | null {
  const lines: string[] = [];
  for (const component of components) {
    const value = componentValue(message, component);
    if (value === null) return null;
    lines.push(`"${component}": ${value}`);
  }
  return [...lines, `"@signature-params": ${params}`].join("\n");
}

function componentValue(message: Message, component: string): string | null {
  const url = new URL(message.url);
  switch (component) {
    case "@method":
      return message.method;
    case "@target-uri":
      return message.url;
    case "@authority":
      return url.host;
    case "@scheme":
      return url.protocol.slice(0, -1);
    case "@request-target":
      return requestTarget(message.url);
    case "@path":
      return url.pathname;
    case "@query":
      return url.search || "?";
    default:
      return fieldValue(message, component);
  }
}

/**
 * Reads `Signature-Input` and `Signature` and takes the first signature that keeps the policy: `@method`, `@target-uri`
 * (or `@authority` with `@path`, and `@query` if there is one) and, with a body, `content-digest` are covered, and
 * `created` says when. When none does, the reason is that of the first.
 */
export function readRfc9421(request: RawRequest, receivedAt: UnixMs): RequestSignature | Refusal {
  const inputs = parseDictionary(request.headers["signature-input"] ?? "");
  const signatures = parseDictionary(request.headers["signature"] ?? "");
  if (inputs === null || signatures === null) return "malformed";

  let refusal: Refusal | null = null;
  for (const [label, input] of [...inputs].slice(0, LABELS_MAX)) {
    const read = readOne(request, input, signatures.get(label)?.value, receivedAt);
    if (typeof read !== "string") return read;
    refusal ??= read;
  }
  return refusal ?? "malformed";
}

function readOne(
  request: RawRequest,
  input: Member,
  signature: Member["value"] | undefined,
  receivedAt: UnixMs,
): RequestSignature | Refusal {
  const names = stringsOf(input.value);
  const keyId = parseIri(input.params.get("keyid"));
  if (names === null || keyId === null) return "malformed";
  if (!(signature instanceof Uint8Array) || signature.length === 0) return "malformed";

  const covered = new Set(names);
  if (covered.size !== names.length || covered.size > COMPONENTS_MAX) return "malformed";
  if (hasParameters(input.value)) return "coverage";
  if (!coversEnough(request, covered)) return "coverage";
  const algorithm = input.params.get("alg") ?? "";
  if (typeof algorithm !== "string" || keyTypeFor("rfc9421", algorithm) === null) {
    return "algorithm";
  }
  const untrue = firstUntrue(request, covered, input.params, receivedAt);
  if (untrue !== null) return untrue;

  const base = signatureBase(request, names, input.raw);
  if (base === null) return "coverage";
  const signed = new TextEncoder().encode(base);
  return { scheme: "rfc9421", keyId, algorithm, signed, signature };
}

/** The covered components' names in order; null when this is no list of strings. */
function stringsOf(value: Member["value"]): string[] | null {
  if (!Array.isArray(value)) return null;
  const names = value.map((item) => item.value).filter((name) => typeof name === "string");
  return names.length === value.length ? names : null;
}

/** Components with parameters (`;sf`, `;name="x"`) have other values than the plain ones; no peer sends them. */
function hasParameters(value: Member["value"]): boolean {
  return Array.isArray(value) && value.some((item) => item.params.size > 0);
}

function coversEnough(request: RawRequest, covered: Set<string>): boolean {
  const hasQuery = new URL(request.url).search !== "";
  const target =
    covered.has("@target-uri") ||
    (covered.has("@authority") && covered.has("@path") && (covered.has("@query") || !hasQuery));
  const body = covered.has("content-digest") || !hasBody(request.method);
  return covered.has("@method") && target && body;
}

/** The first thing that does not fit what we see ourselves: the clock, the body, the host. */
function firstUntrue(
  request: RawRequest,
  covered: Set<string>,
  params: Parameters,
  receivedAt: UnixMs,
): Refusal | null {
  if (!freshCreated(params.get("created"), receivedAt)) return "date";
  if (params.has("expires") && !unexpired(params.get("expires"), receivedAt)) return "date";
  const digest = fieldValue(request, "content-digest") ?? "";
  if (covered.has("content-digest") && !contentDigestHolds(digest, request.digest)) return "digest";
  const host = fieldValue(request, "host") ?? "";
  return !covered.has("host") || namesHost(host, request.url) ? null : "host";
}
