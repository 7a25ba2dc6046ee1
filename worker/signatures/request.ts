/** What the readers and the verifier of signatures hand each other. */
import type { Iri } from "../kernel/brand.ts";
import type { Scheme } from "./algorithms.ts";

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
