/**
 * The owner sends a picture, a film or a sound. A row is written before the first byte is kept and says when both go: whatever breaks off,
 * nothing is left in the bucket that no row knows. Bytes are cleaned on their way in, and never held whole but for pictures.
 */
import type { UnixMs } from "../kernel/brand.ts";
import { DAY } from "../kernel/clock.ts";
import type { Ctx, MediaPort } from "../kernel/ctx.ts";
import { newSecret } from "../kernel/secret-token.ts";
import { concat, Unfit } from "../model/media/bytes.ts";
import { MEDIA_TYPES, sniff, SNIFFED, type Extension } from "../model/media/kinds.ts";
import { bytesOf } from "../model/media/multipart.ts";
import { WAYS } from "../model/media/strip.ts";
import type { Scrubber } from "../model/media/walk.ts";
import { idFromTime } from "../model/post.ts";
import { runBatch } from "../store/batch.ts";
import { insertMedia, type Media } from "../store/media.ts";
import { giveUp } from "./media-sweep.ts";

/** Of a picture, in bytes: it is in memory whole, and once more without its notes. */
export const PICTURE_MAX = 16_000_000;
/** Of a film or sound, in bytes: what passes through in the CPU time of the plan, below the platform's 100 MB a request. */
export const FILM_MAX = { free: 40_000_000, paid: 90_000_000 } as const;
/** 7,680 × 4,320: Mastodon refuses larger pictures, and a header that claims more is there to fill a memory. */
export const PIXELS_MAX = 33_177_600;
/** Until what no post shows is removed. */
const KEPT = DAY;
/** What goes to the bucket at a time, in bytes: R2 wants 5 MiB at least. */
const PIECE = 8 * 1_048_576;
const ID_TRIES = 20;

export const OFF =
  "Pictures are off: this stead has no storage for them. Turn on R2 in your Cloudflare dashboard, then deploy again";

/** Bytes that are kept under a row that does not say yet what they are. */
export interface Received {
  readonly id: number;
  readonly name: string;
  readonly facts: Pick<Media, "type" | "size" | "width" | "height" | "duration">;
}

const invalid = (problem: string) => ({ kind: "invalid", problem }) as const;

/** Keeps a file. 1 D1 row, and an operation of R2 for each 8 MiB. The row is not seen by anybody before `describeMedia`. */
export async function receiveFile(
  ctx: Ctx,
  body: AsyncIterable<Uint8Array>,
): Promise<{ kind: "received"; received: Received } | { kind: "invalid"; problem: string }> {
  const port = ctx.ports.media;
  if (!port) return invalid(OFF);
  let id: number | null = null;
  try {
    const { start, all } = await begun(body);
    const extension = sniff(start);
    if (extension === null) return invalid(start.length === 0 ? "The file is empty" : NO_SUCH_TYPE);
    const name = `${newSecret()}.${extension}`;
    id = await newRow(ctx, name);
    const facts = await kept(ctx, port, name, extension, all);
    return { kind: "received", received: { id, name, facts } };
  } catch (cause) {
    if (!(cause instanceof Unfit)) throw cause;
    if (id !== null) await giveUp(ctx, id);
    return invalid(cause.message);
  }
}

const NO_SUCH_TYPE =
  "This kind of file can not be attached: JPEG, PNG, WebP, GIF, AVIF, MP4, WebM, MOV, MP3, Ogg, FLAC, WAV, M4A or AAC can";

/** The first bytes, and all of them with the first before the others. */
async function begun(body: AsyncIterable<Uint8Array>) {
  const rest = body[Symbol.asyncIterator]();
  let start: Uint8Array = new Uint8Array();
  while (start.length < SNIFFED) {
    const { done, value } = await rest.next();
    if (done) break;
    start = start.length === 0 ? value : concat([start, value]);
  }
  async function* all(): AsyncGenerator<Uint8Array> {
    yield start;
    for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value;
  }
  return { start: start.slice(0, SNIFFED), all: all() };
}

/** Knows of the name from before there are bytes under it. The number of the row. */
export async function newRow(ctx: Ctx, name: string): Promise<number> {
  const now = ctx.clock();
  const expiresAt = (now + KEPT) as UnixMs;
  for (let n = 0; ; n++) {
    const id = idFromTime(now, Math.floor(Math.random() * 1_000));
    try {
      await runBatch(ctx.db, [
        insertMedia(ctx.db, { id, name, type: "", size: 0, alt: "", transcript: "", expiresAt }),
      ]);
      return id;
    } catch (cause) {
      if (n >= ID_TRIES || !/UNIQUE constraint failed: media\.id/.test(String(cause))) throw cause;
    }
  }
}

async function kept(
  ctx: Ctx,
  port: MediaPort,
  name: string,
  extension: Extension,
  all: AsyncIterable<Uint8Array>,
): Promise<Received["facts"]> {
  const type = MEDIA_TYPES[extension];
  const way = WAYS[extension];
  if (way.kind === "whole") {
    const { bytes, width, height } = stripped(
      way.strip,
      await bytesOf(all, PICTURE_MAX, tooLarge(PICTURE_MAX)),
    );
    await port.put(name, once(bytes));
    return { type, size: bytes.length, width, height, duration: null };
  }
  const scrubber = way.scrubber();
  const counted = { size: 0 };
  await port.put(name, pieces(scrubbed(all, scrubber, FILM_MAX[ctx.settings.plan], counted)));
  const { width, height, seconds } = scrubber.end();
  // A recorder of voices writes the same container as a camera.
  const soundOnly = width === null && (extension === "mp4" || extension === "webm" || extension === "mov");
  return {
    type: soundOnly ? (extension === "webm" ? "audio/webm" : "audio/mp4") : type,
    size: counted.size,
    width,
    height,
    duration: seconds === null ? null : Math.round(seconds * 1_000),
  };
}

const tooLarge = (max: number): string => `The file is too large: at most ${max / 1_000_000} MB`;

export function stripped(
  strip: (bytes: Uint8Array) => { bytes: Uint8Array; width: number; height: number },
  bytes: Uint8Array,
) {
  const picture = strip(bytes);
  if (picture.width * picture.height > PIXELS_MAX)
    throw new Unfit(`The picture has more than ${Math.floor(PIXELS_MAX / 1_000_000)} megapixels`);
  return picture;
}

export async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

async function* scrubbed(
  all: AsyncIterable<Uint8Array>,
  scrubber: Scrubber,
  max: number,
  counted: { size: number },
): AsyncGenerator<Uint8Array> {
  for await (const bytes of all) {
    const clean = scrubber.push(bytes);
    counted.size += clean.length;
    if (counted.size > max) throw new Unfit(tooLarge(max));
    yield clean;
  }
  // Before the last piece is kept: what was cut off is never whole in the bucket.
  scrubber.end();
}

/** Pieces of one size, but for the last. Each is a new one: the bucket may still read the one before. */
async function* pieces(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let piece = new Uint8Array(PIECE);
  let filled = 0;
  for await (let part of bytes) {
    while (part.length > 0) {
      const taken = part.subarray(0, PIECE - filled);
      piece.set(taken, filled);
      filled += taken.length;
      part = part.subarray(taken.length);
      if (filled < PIECE) continue;
      yield piece;
      piece = new Uint8Array(PIECE);
      filled = 0;
    }
  }
  if (filled > 0) yield piece.subarray(0, filled);
}
