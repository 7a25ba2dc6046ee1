/** FEP-8fcf: the digest over a part of a followers collection, and the header that carries it. */
import type { Iri } from "../kernel/brand.ts";
import { parseIri } from "../kernel/iri.ts";

/** Name of the header, lower case. */
export const SYNC_HEADER = "collection-synchronization";

/** Of nobody: the XOR of nothing. */
export const EMPTY_DIGEST = "0".repeat(64);

/** Characters; three IRIs of ordinary length have 300. */
const HEADER_MAX = 4_096;
/** Digests that are made side by side. */
const TOGETHER = 500;

/**
 * XOR of the SHA-256 of each id, in lower-case hex. In any order; each id is to come once, since twice is as good as not at all. About
 * 4 µs an id.
 */
export async function followersDigest(ids: readonly string[]): Promise<string> {
  const encoder = new TextEncoder();
  const sum = new Uint8Array(32);
  for (let n = 0; n < ids.length; n += TOGETHER) {
    const digests = await Promise.all(
      ids.slice(n, n + TOGETHER).map((id) => crypto.subtle.digest("SHA-256", encoder.encode(id))),
    );
    for (const digest of digests) new Uint8Array(digest).forEach((byte, at) => (sum[at]! ^= byte));
  }
  return Array.from(sum, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export interface SyncHeader {
  /** The sender's followers collection. */
  readonly collection: Iri;
  /** The part of it that lives on the receiver's server. */
  readonly url: Iri;
  /** 64 digits of lower-case hex. */
  readonly digest: string;
}

export function writeSyncHeader({ collection, url, digest }: SyncHeader): string {
  return `collectionId="${collection}", url="${url}", digest="${digest}"`;
}

// One `name="value"` with the comma after it, as draft-cavage §4.1 writes them.
const PARAMETER = /[ \t]*([A-Za-z]+)[ \t]*=[ \t]*"([^"]*)"[ \t]*(?:,|$)/y;

/** Null for what is too long, of another form, says something twice or lacks a part. Parameters we do not know are passed over. */
export function readSyncHeader(value: string): SyncHeader | null {
  if (value.length > HEADER_MAX) return null;
  const params = new Map<string, string>();
  PARAMETER.lastIndex = 0;
  while (PARAMETER.lastIndex < value.length) {
    const found = PARAMETER.exec(value);
    const name = found?.[1];
    if (!found || name === undefined || params.has(name)) return null;
    params.set(name, found[2] ?? "");
  }
  const collection = parseIri(params.get("collectionId"));
  const url = parseIri(params.get("url"));
  const digest = (params.get("digest") ?? "").toLowerCase();
  return collection && url && /^[0-9a-f]{64}$/.test(digest) ? { collection, url, digest } : null;
}
