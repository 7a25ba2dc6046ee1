import type { Iri } from "./brand.ts";

/** Longest IRI we keep, in characters. Longer ones are refused, not cut. */
export const IRI_MAX = 2_048;

/**
 * Takes a string as an IRI, unchanged, or says null. http is taken as well: whether we may *go* there is the door's question
 * (`safe-fetch.ts`), whether we may *trust* it the guard's.
 */
export function parseIri(value: unknown): Iri | null {
  if (typeof value !== "string" || value.length > IRI_MAX) return null;
  // No control characters: SQLite cuts a text at a NUL.
  if (!/^https?:\/\/[^\s\0-\x1f\x7f]+$/.test(value)) return null;
  return URL.canParse(value) ? (value as Iri) : null;
}

/** Lower-case host with its port (no port when it is the default one), punycode. */
export function hostOf(iri: Iri): string {
  return new URL(iri).host;
}

export function sameOrigin(a: Iri, b: Iri): boolean {
  return new URL(a).origin === new URL(b).origin;
}

/** The IRI without its fragment: the document that holds it. */
export function documentOf(iri: Iri): Iri {
  const hash = iri.indexOf("#");
  return hash < 0 ? iri : (iri.slice(0, hash) as Iri);
}
