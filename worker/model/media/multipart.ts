/**
 * `multipart/form-data` (RFC 7578) as it comes, part by part, so that a film is never in memory. A part's bytes have to be taken before the
 * next part; what was not taken is passed over.
 */
import { Buffer } from "node:buffer";

import { concat, CUT_OFF, Unfit } from "./bytes.ts";

export interface Part {
  readonly name: string;
  /** Null: a field. "": a file input where none was chosen. */
  readonly fileName: string | null;
  readonly body: AsyncIterable<Uint8Array>;
}

/** Of a part's own headers, in bytes. */
const HEADERS_MAX = 8_192;
const PARTS_MAX = 200;
const UNREADABLE = "The form can not be read";

/** The boundary in a Content-Type; null when it is none of a form's. */
export function boundaryIn(type: string): string | null {
  if (!/^multipart\/form-data\b/i.test(type)) return null;
  const [, quoted, bare] = /;\s*boundary=(?:"([^"]{1,70})"|([^\s;,"]{1,70}))/i.exec(type) ?? [];
  return quoted ?? bare ?? null;
}

/** Throws `Unfit` for what is no form, or ends before its end. */
export async function* partsOf(source: AsyncIterable<Uint8Array>, boundary: string): AsyncGenerator<Part> {
  const bytes = new Incoming(source);
  const delimiter = Buffer.from(`\r\n--${boundary}`, "latin1");
  await skip(bytes.until(delimiter));
  for (let count = 0; ; count++) {
    const after = await bytes.take(2);
    if (after === "--") return;
    if (after !== "\r\n" || count >= PARTS_MAX) throw new Unfit(UNREADABLE);
    const headers = await textOf(bytes.until(Buffer.from("\r\n\r\n", "latin1")), HEADERS_MAX);
    const body = bytes.until(delimiter);
    yield { ...namesIn(headers), body };
    await skip(body);
  }
}

/** A field's text; throws `Unfit` when it is longer than `max` bytes. */
export async function textOf(body: AsyncIterable<Uint8Array>, max: number): Promise<string> {
  return new TextDecoder().decode(await bytesOf(body, max));
}

/** All bytes of a part; throws `Unfit` when there are more than `max`. */
export async function bytesOf(
  body: AsyncIterable<Uint8Array>,
  max: number,
  otherwise = `At most ${max} bytes can be sent there`,
): Promise<Uint8Array<ArrayBuffer>> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of body) {
    size += part.length;
    if (size > max) throw new Unfit(otherwise);
    parts.push(part);
  }
  return concat(parts);
}

async function skip(body: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of body) continue;
}

/** Browsers write a quote in a name as %22, line breaks as %0D and %0A (HTML, multipart/form-data encoding algorithm). */
function namesIn(headers: string): { name: string; fileName: string | null } {
  const [disposition = ""] = /^content-disposition:.*$/im.exec(headers) ?? [];
  const said = (name: string) =>
    new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]*))`, "i").exec(disposition);
  const name = said("name");
  if (!name) throw new Unfit(UNREADABLE);
  const file = said("filename");
  return { name: name[1] ?? name[2] ?? "", fileName: file ? (file[1] ?? file[2] ?? "") : null };
}

class Incoming {
  readonly #source: AsyncIterator<Uint8Array>;
  /** Begins as if a line had ended, so that the first boundary is like every other. */
  #held: Uint8Array = Uint8Array.of(0x0d, 0x0a);

  constructor(source: AsyncIterable<Uint8Array>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  async #next(): Promise<Uint8Array> {
    const { done, value } = await this.#source.next();
    if (done) throw new Unfit(CUT_OFF);
    return value;
  }

  async take(length: number): Promise<string> {
    while (this.#held.length < length) this.#held = concat([this.#held, await this.#next()]);
    const taken = Buffer.from(this.#held.subarray(0, length)).toString("latin1") as string;
    this.#held = this.#held.subarray(length);
    return taken;
  }

  /** What comes before the delimiter, which is taken as well. Bytes are copied only where a delimiter may lie across two chunks. */
  async *until(delimiter: Buffer): AsyncGenerator<Uint8Array> {
    for (;;) {
      const held = this.#held;
      const found = indexIn(held, delimiter);
      const end = found >= 0 ? found : Math.max(0, held.length - delimiter.length + 1);
      this.#held = held.subarray(found >= 0 ? end + delimiter.length : end);
      if (end > 0) yield held.subarray(0, end);
      if (found >= 0) return;
      const next = await this.#next();
      const tail = this.#held;
      const across = concat([tail, next.subarray(0, delimiter.length)]);
      const apart = next.length >= delimiter.length && indexIn(across, delimiter) < 0;
      this.#held = apart ? next : concat([tail, next]);
      if (apart && tail.length > 0) yield tail;
    }
  }
}

const indexIn = (bytes: Uint8Array, wanted: Buffer): number =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf(wanted) as number;
