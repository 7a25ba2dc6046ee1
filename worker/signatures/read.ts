/**
 * The whole signature policy that needs no key: what must be covered, by which algorithm, how fresh, over which body and
 * host. Runs before anything is fetched, so it costs no more than the parsing of two headers.
 */
import type { Iri, UnixMs } from "../kernel/brand.ts";
import type { Scheme } from "./algorithms.ts";
import { readCavage } from "./cavage.ts";
import { readRfc9421 } from "./rfc9421.ts";

/** A request as received. */
export interface RawRequest {
  method: string;
  /** Our canonical origin, then path and query as received. */
  url: string;
  /** All of them, since a signature may cover any; lower-case names. */
  headers: Record<string, string>;
  /** Base64 of the SHA-256 that we computed over the raw body. */
  digest: string;
}

/** A signature that keeps the policy and is yet to be verified with the key of `keyId`. */
export interface RequestSignature {
  scheme: Scheme;
  keyId: Iri;
  /** In lower case; "" when the sender named none. */
  algorithm: string;
  /** The bytes of the signing string. */
  signed: Uint8Array;
  signature: Uint8Array;
}

/**
 * - `missing`: no signature at all
 * - `malformed`: cannot be parsed, is too long, says something twice, or its key id is no IRI
 * - `coverage`: covers too little, or something we cannot rebuild
 * - `digest`: the header is absent, or does not fit the body
 * - `date`: absent, no date, too old, from the future, or expired
 * - `host`: signed for another host
 * - `algorithm`: one that we do not verify
 */
export type Refusal = "missing" | "malformed" | "coverage" | "digest" | "date" | "host" | "algorithm";

export type ReadSignature = { ok: true; signature: RequestSignature } | { ok: false; reason: Refusal };

/**
 * Reads the signature of a request and holds it to the policy. With a `Signature-Input` header it is RFC 9421, else
 * draft-cavage-http-signatures-12. Never throws and never takes long, whatever the headers are. The result keeps all that
 * `verify` needs: neither headers nor body have to be kept for it.
 */
export function readSignature(request: RawRequest, receivedAt: UnixMs): ReadSignature {
  const read = readByScheme(request, receivedAt);
  return typeof read === "string" ? { ok: false, reason: read } : { ok: true, signature: read };
}

function readByScheme(request: RawRequest, receivedAt: UnixMs): RequestSignature | Refusal {
  if (!URL.canParse(request.url)) return "malformed";
  if (Object.hasOwn(request.headers, "signature-input")) return readRfc9421(request, receivedAt);
  if (Object.hasOwn(request.headers, "signature")) return readCavage(request, receivedAt);
  return "missing";
}
