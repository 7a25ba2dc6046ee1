/** Reading and putting together bytes. Reading beyond the end throws `Unfit`: every size in a file is somebody's claim. */

/** What is wrong with a file, as a sentence for its owner. Thrown inside the parsers, caught by who called them. */
export class Unfit extends Error {}

/** A picture without its notes; width and height in pixels as it is shown. */
export interface Stripped {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly width: number;
  readonly height: number;
}

export const CUT_OFF = "The file ends too early";

export function u8(bytes: Uint8Array, at: number): number {
  const byte = bytes[at];
  if (byte === undefined) throw new Unfit(CUT_OFF);
  return byte;
}

export const u16 = (bytes: Uint8Array, at: number): number => u8(bytes, at) * 256 + u8(bytes, at + 1);
export const u24 = (bytes: Uint8Array, at: number): number => u16(bytes, at) * 256 + u8(bytes, at + 2);
export const u32 = (bytes: Uint8Array, at: number): number => u16(bytes, at) * 65_536 + u16(bytes, at + 2);
/** Exact up to 2^53, and far beyond every cap above it. */
export const u64 = (bytes: Uint8Array, at: number): number => u32(bytes, at) * 2 ** 32 + u32(bytes, at + 4);
export const u16le = (bytes: Uint8Array, at: number): number => u8(bytes, at) + u8(bytes, at + 1) * 256;
export const u24le = (bytes: Uint8Array, at: number): number => u16le(bytes, at) + u8(bytes, at + 2) * 65_536;
export const u32le = (bytes: Uint8Array, at: number): number =>
  u16le(bytes, at) + u16le(bytes, at + 2) * 65_536;

/** As ISO 8859-1; what lies beyond the end is left out. */
export const ascii = (bytes: Uint8Array, from: number, to: number): string =>
  String.fromCharCode(...bytes.subarray(from, to));

export const fromAscii = (text: string): Uint8Array<ArrayBuffer> =>
  Uint8Array.from(text, (letter) => letter.charCodeAt(0));

export const startsWith = (bytes: Uint8Array, text: string, at = 0): boolean =>
  ascii(bytes, at, at + text.length) === text;

export function setU32(bytes: Uint8Array, at: number, value: number): void {
  for (let n = 0; n < 4; n++) bytes[at + n] = (value >>> (24 - 8 * n)) & 0xff;
}

export function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const joined = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Parts of a file that stay, in order. Neighbours become one, so that a file of a million chunks is not a million pieces. */
export class Kept {
  readonly #of: Uint8Array;
  readonly #parts: Uint8Array[] = [];
  #from = 0;
  #to = 0;

  constructor(of: Uint8Array) {
    this.#of = of;
  }

  keep(from: number, to: number): void {
    if (to > this.#of.length) throw new Unfit(CUT_OFF);
    if (from !== this.#to) {
      this.#close();
      this.#from = from;
    }
    this.#to = to;
  }

  insert(bytes: Uint8Array): void {
    this.#close();
    this.#parts.push(bytes);
    this.#from = this.#to;
  }

  joined(): Uint8Array<ArrayBuffer> {
    this.#close();
    return concat(this.#parts);
  }

  #close(): void {
    if (this.#to > this.#from) this.#parts.push(this.#of.subarray(this.#from, this.#to));
    this.#from = this.#to;
  }
}
