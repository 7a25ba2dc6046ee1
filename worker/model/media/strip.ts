/** Which parser takes which kind of file. Pictures are taken whole, films and sounds as they come. */
import type { Stripped } from "./bytes.ts";
import { stripAvif } from "./avif.ts";
import { movie } from "./boxes.ts";
import { flac, id3, wave } from "./sound.ts";
import { stripGif } from "./gif.ts";
import { stripJpeg } from "./jpeg.ts";
import type { Extension } from "./kinds.ts";
import { stripPng } from "./png.ts";
import { Walk, type Scrubber } from "./walk.ts";
import { webm } from "./webm.ts";
import { stripWebp } from "./webp.ts";

type Way =
  | { readonly kind: "whole"; readonly strip: (bytes: Uint8Array) => Stripped }
  | { readonly kind: "streamed"; readonly scrubber: () => Scrubber };

const whole = (strip: (bytes: Uint8Array) => Stripped): Way => ({ kind: "whole", strip });
const streamed = (scrubber: () => Scrubber): Way => ({ kind: "streamed", scrubber });

/** Each throws `Unfit` for a file that is damaged, cut off, or can not be cleaned. */
export const WAYS: Readonly<Record<Extension, Way>> = {
  jpg: whole(stripJpeg),
  png: whole(stripPng),
  gif: whole(stripGif),
  webp: whole(stripWebp),
  avif: whole(stripAvif),
  mp4: streamed(movie),
  mov: streamed(movie),
  m4a: streamed(movie),
  webm: streamed(webm),
  mp3: streamed(id3),
  aac: streamed(id3),
  flac: streamed(flac),
  wav: streamed(wave),
  // Its comments are under checksums over whole pages; what a recorder writes there is its own name.
  ogg: streamed(() => new Walk({ kind: "rest" }, () => ({ width: null, height: null, seconds: null }))),
};
