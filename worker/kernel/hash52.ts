/** Numeric ids stay below 2^52, exact in JavaScript, SQLite and JSON alike. */
export const ID_LIMIT = 2 ** 52;

/**
 * A 52-bit number made from a string (cyrb53, cut to 52 bits): the numeric id of a peer or an inbox, so that a table needs no second
 * index to find an IRI. Not cryptographic: whoever reads a row by it compares the string as well, and takes the next
 * free number on a collision.
 */
export function hash52(text: string): number {
  let h1 = 0xdeadbeef;
  let h2 = 0x41c6ce57;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    h1 = Math.imul(h1 ^ code, 2654435761);
    h2 = Math.imul(h2 ^ code, 1597334677);
  }
  h1 = Math.imul(h1 ^ (h1 >>> 16), 2246822507) ^ Math.imul(h2 ^ (h2 >>> 13), 3266489909);
  h2 = Math.imul(h2 ^ (h2 >>> 16), 2246822507) ^ Math.imul(h1 ^ (h1 >>> 13), 3266489909);
  return (2 ** 32 * (0xfffff & h2) + (h1 >>> 0)) % ID_LIMIT || 1;
}
