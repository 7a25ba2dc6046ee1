/** base58btc without a checksum: the alphabet of Multikeys (their text starts with "z", which is not part of it). */

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/** Bytes to base58. The work grows with the square of the length: it is for keys. */
export function encodeBase58(bytes: Uint8Array): string {
  const digits = convert(bytes, 256, 58);
  return digits.map((digit) => ALPHABET[digit]).join("");
}

/** Base58 to bytes; null when a character is not of the alphabet. The work grows with the square of the length. */
export function decodeBase58(text: string): Uint8Array<ArrayBuffer> | null {
  const digits = Array.from(text, (character) => ALPHABET.indexOf(character));
  return digits.includes(-1) ? null : Uint8Array.from(convert(digits, 58, 256));
}

/** One number in another base, most significant digit first; each leading zero stays one leading zero. */
function convert(digits: Iterable<number>, from: number, to: number): number[] {
  const result: number[] = []; // least significant digit first
  let zeros = 0;
  for (const digit of digits) {
    if (digit === 0 && result.length === 0) zeros++;
    let carry = digit;
    for (let i = 0; i < result.length; i++) {
      carry += (result[i] ?? 0) * from;
      result[i] = carry % to;
      carry = Math.floor(carry / to);
    }
    for (; carry > 0; carry = Math.floor(carry / to)) result.push(carry % to);
  }
  return [...new Array<number>(zeros).fill(0), ...result.reverse()];
}
