/**
 * The whole signature policy that needs no key: what must be covered, by which algorithm, how fresh, over which body and
 * host. Runs before anything is fetched, so it costs no more than the parsing of two headers.
 */
import type { UnixMs } from "../kernel/brand.ts";
import { readCavage } from "./cavage.ts";
import type { RawRequest, Refusal, RequestSignature } from "./request.ts";
import { readRfc9421 } from "./rfc9421.ts";

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
