/** What may be attached to a post. The first bytes decide, never a name or the sender's word: SVG and HTML are in no table. */
import { ascii, startsWith } from "./bytes.ts";

export type MediaKind = "image" | "video" | "audio";

/** Served under this type, whatever is asked for; the extension stands in the address. */
export const MEDIA_TYPES = {
  jpg: "image/jpeg",
  png: "image/png",
  gif: "image/gif",
  webp: "image/webp",
  avif: "image/avif",
  mp4: "video/mp4",
  mov: "video/quicktime",
  webm: "video/webm",
  mp3: "audio/mpeg",
  ogg: "audio/ogg",
  flac: "audio/flac",
  wav: "audio/wav",
  m4a: "audio/mp4",
  aac: "audio/aac",
} as const;

export type Extension = keyof typeof MEDIA_TYPES;

/** `image`, `video` or `audio`; null for what is none of them. */
export function kindOf(type: string): MediaKind | null {
  const kind = type.slice(0, type.indexOf("/"));
  return kind === "image" || kind === "video" || kind === "audio" ? kind : null;
}

/** So many bytes at the beginning say what it is, where there are as many. */
export const SNIFFED = 64;

const MPEG4_BRANDS = /^(isom|iso\d|mp4\d|avc1|dash|MSNV|M4VP|M4V |M4VH|f4v |3g[p2].|cmf.|mmp4)$/;

/** Null: nothing that can be attached. HEIC is among that, for no browser but Safari shows it. */
export function sniff(bytes: Uint8Array): Extension | null {
  if (startsWith(bytes, "\xff\xd8\xff")) return "jpg";
  if (startsWith(bytes, "\x89PNG\r\n\x1a\n")) return "png";
  if (startsWith(bytes, "GIF87a") || startsWith(bytes, "GIF89a")) return "gif";
  if (startsWith(bytes, "RIFF")) return riffs[ascii(bytes, 8, 12)] ?? null;
  if (startsWith(bytes, "fLaC")) return "flac";
  if (startsWith(bytes, "ID3")) return "mp3";
  if (startsWith(bytes, "OggS")) return ascii(bytes, 29, 35) === "theora" ? null : "ogg";
  if (startsWith(bytes, "\x1a\x45\xdf\xa3")) return ascii(bytes, 0, SNIFFED).includes("webm") ? "webm" : null;
  if (ascii(bytes, 4, 8) === "ftyp") return ofBrand(bytes);
  if (bytes[0] === 0xff && bytes[1] !== undefined) return ofSync(bytes[1]);
  return null;
}

const riffs: Readonly<Record<string, Extension>> = { WEBP: "webp", WAVE: "wav" };

function ofBrand(bytes: Uint8Array): Extension | null {
  const brand = ascii(bytes, 8, 12);
  const others = ascii(bytes, 16, SNIFFED);
  if (brand === "avif" || brand === "avis" || (brand === "mif1" && others.includes("avif"))) return "avif";
  if (brand === "qt  ") return "mov";
  if (brand === "M4A " || brand === "M4B ") return "m4a";
  return MPEG4_BRANDS.test(brand) ? "mp4" : null;
}

/** MPEG audio: 11 bits of sync, then version and layer. AAC in ADTS has the layer 0, MP3 is layer III. */
function ofSync(second: number): Extension | null {
  const layer = (second >> 1) & 3;
  if ((second & 0xf0) === 0xf0 && layer === 0) return "aac";
  return (second & 0xe0) === 0xe0 && layer === 1 ? "mp3" : null;
}
