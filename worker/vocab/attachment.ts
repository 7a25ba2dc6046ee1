/** Pictures, films and sounds on the wire, as Mastodon writes them: a Document with what is needed to lay it out before it is there. */
import { plainText } from "../kernel/sanitise.ts";
import { MEDIA_TYPES } from "../model/media/kinds.ts";
import type { Attachment, Focus } from "../model/post.ts";
import { asText, isObject, list, urlOf, type Json, type JsonObject } from "./read.ts";

const ATTACHMENTS_MAX = 32;
const ALT_MAX = 2_000;
/** Pixels a side; what claims more is not told to apps. */
const SIDE_MAX = 100_000;

/** What the standard context lacks. */
export const ATTACHMENT_TERMS: JsonObject = {
  toot: "http://joinmastodon.org/ns#",
  blurhash: "toot:blurhash",
  focalPoint: { "@container": "@list", "@id": "toot:focalPoint" },
};

export function attachmentDocument(attachment: Attachment): JsonObject {
  const { url, type, alt, width, height, duration, focus, blurhash, preview } = attachment;
  return {
    type: "Document",
    mediaType: type,
    url,
    name: alt === "" ? null : alt,
    ...(width === undefined || height === undefined ? {} : { width, height }),
    ...(duration === undefined ? {} : { duration: `PT${duration / 1_000}S` }),
    ...(focus === undefined ? {} : { focalPoint: [...focus] }),
    ...(blurhash === undefined ? {} : { blurhash }),
    ...(preview === undefined ? {} : { icon: { type: "Image", mediaType: typeOf(preview), url: preview } }),
  };
}

function typeOf(url: string): string {
  const [, extension] = Object.entries(MEDIA_TYPES).find(([end]) => url.endsWith(`.${end}`)) ?? [];
  return extension ?? "image/jpeg";
}

export function attachmentsOf(json: JsonObject): Attachment[] {
  const attachments = list(json["attachment"]).flatMap((item): Attachment[] => {
    if (!isObject(item)) return [];
    const url = urlOf(item["url"] ?? item["href"]);
    if (!url) return [];
    const alt = plainText(asText(item["name"]) ?? asText(item["summary"]) ?? "", ALT_MAX);
    return [{ url, type: (asText(item["mediaType"]) ?? "").slice(0, 100), alt, ...layoutOf(item) }];
  });
  return attachments.slice(0, ATTACHMENTS_MAX);
}

function layoutOf(item: JsonObject): Partial<Attachment> {
  const [width, height] = [sideOf(item["width"]), sideOf(item["height"])];
  const duration = durationOf(item["duration"]);
  const focus = focusOf(item["focalPoint"]);
  const blurhash = asText(item["blurhash"]);
  const preview = isObject(item["icon"]) ? urlOf(item["icon"]["url"]) : null;
  return {
    ...(width && height ? { width, height } : {}),
    ...(duration === null ? {} : { duration }),
    ...(focus === null ? {} : { focus }),
    ...(isBlurhash(blurhash) ? { blurhash } : {}),
    ...(preview === null ? {} : { preview }),
  };
}

const sideOf = (value: Json | undefined): number | null =>
  typeof value === "number" && Number.isInteger(value) && value > 0 && value <= SIDE_MAX ? value : null;

/** xsd:duration without years and months; ms. */
function durationOf(value: Json | undefined): number | null {
  const [, days = 0, hours = 0, minutes = 0, seconds = 0] =
    /^P(?:(\d{1,4})D)?(?:T(?:(\d{1,5})H)?(?:(\d{1,6})M)?(?:(\d{1,8}(?:\.\d{1,9})?)S)?)?$/.exec(
      asText(value) ?? "",
    ) ?? [];
  const total = ((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(seconds);
  return total > 0 ? Math.round(total * 1_000) : null;
}

function focusOf(value: Json | undefined): Focus | null {
  const [x, y, more] = list(value);
  const within = (at: Json | undefined): at is number => typeof at === "number" && at >= -1 && at <= 1;
  return within(x) && within(y) && more === undefined ? [x, y] : null;
}

/** Base 83, and as long as its first letter says (github.com/woltapp/blurhash, Algorithm.md); some apps fail on others. */
function isBlurhash(text: string | null): text is string {
  if (text === null || !/^[0-9A-Za-z#$%*+,\-.:;=?@[\]^_{|}~]{6,166}$/.test(text)) return false;
  const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz#$%*+,-.:;=?@[]^_{|}~";
  const size = digits.indexOf(text[0]!);
  return text.length === 4 + 2 * ((size % 9) + 1) * (Math.floor(size / 9) + 1);
}
